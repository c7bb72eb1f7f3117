/**
 * amountFunctions: exact arithmetic for expressions.
 *
 * JSONata computes with binary floats, in which 0.1 + 0.2 is not 0.3. These
 * functions take and give decimal strings. An absent amount is an error, since
 * it is not the same as nothing owed; only an empty list has a sum, "0".
 */
import { BigDecimal } from "effect"
import { allocate, roundTo } from "../accounting/Amount.ts"
import { type Decimal, formatDecimal, zero } from "../accounting/Decimal.ts"
import { stop } from "./Budget.ts"

/** Digits of an amount; longer numbers are not money. */
const digitsMax = 40

const read = (value: unknown, name: string): Decimal => {
  const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value
  return typeof text === "string" && text.length <= digitsMax && /^-?\d+(?:\.\d+)?$/u.test(text)
    ? BigDecimal.fromStringUnsafe(text)
    : stop(
        "transform/not-an-amount",
        `$${name} got ${JSON.stringify(value)?.slice(0, 60) ?? "an absent field"}, not an amount. Amounts are texts such as "119.00".`
      )
}

const write = (value: Decimal, name: string): string => {
  const text = formatDecimal(value)
  return text.length <= digitsMax
    ? text
    : stop(
        "transform/not-an-amount",
        `$${name} gives more than ${digitsMax} digits. Round with its last argument, or check the factors.`
      )
}

/** A sum with the decimals of both; adding nothing would otherwise drop those of the other. */
const add = (left: Decimal, right: Decimal): Decimal =>
  BigDecimal.scale(BigDecimal.sum(left, right), Math.max(left.scale, right.scale))

const list = (value: unknown): ReadonlyArray<unknown> =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]

const decimals = (value: unknown, name: string): number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 10
    ? value
    : stop("transform/not-an-amount", `$${name} takes 0 to 10 decimals. Write for example 2.`)

/** The functions by name, without the `$`. */
export const amountFunctions = {
  /** Sum of a list. */
  amountSum: (amounts: unknown) =>
    write(
      list(amounts).reduce<Decimal>((sum, amount) => add(sum, read(amount, "amountSum")), zero),
      "amountSum"
    ),
  amountAdd: (left: unknown, right: unknown) =>
    write(add(read(left, "amountAdd"), read(right, "amountAdd")), "amountAdd"),
  amountSubtract: (left: unknown, right: unknown) =>
    write(
      add(read(left, "amountSubtract"), BigDecimal.negate(read(right, "amountSubtract"))),
      "amountSubtract"
    ),
  /** Exact product; rounded half away from zero when a number of decimals is given. */
  amountMultiply: (left: unknown, right: unknown, places?: unknown) => {
    const product = BigDecimal.multiply(read(left, "amountMultiply"), read(right, "amountMultiply"))
    return write(
      places === undefined ? product : roundTo(product, decimals(places, "amountMultiply")),
      "amountMultiply"
    )
  },
  amountNegate: (amount: unknown) => write(BigDecimal.negate(read(amount, "amountNegate")), "amountNegate"),
  /** Splits a total by weights without losing a cent; two decimals unless a number is given. */
  amountAllocate: (total: unknown, weights: unknown, places: unknown = 2) => {
    const scale = decimals(places, "amountAllocate")
    const whole = read(total, "amountAllocate")
    const shares = list(weights).map((weight) => read(weight, "amountAllocate"))
    if (!BigDecimal.equals(roundTo(whole, scale), whole)) {
      return stop(
        "transform/not-an-amount",
        `$amountAllocate cannot split ${formatDecimal(whole)} in steps of ${scale} decimals. Round it first.`
      )
    }
    if (shares.some(BigDecimal.isNegative)) {
      return stop("transform/not-an-amount", "$amountAllocate takes no negative weight. Negate them before.")
    }
    return allocate(whole, shares, scale).map((part) => write(part, "amountAllocate"))
  },
  /** -1, 0 or 1: the left amount is less, equal or more. Texts do not compare as amounts: "9.00" is after "10.00". */
  amountCompare: (left: unknown, right: unknown): number =>
    BigDecimal.Order(read(left, "amountCompare"), read(right, "amountCompare"))
} as const

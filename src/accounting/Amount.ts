/**
 * Amount: an exact, strictly positive decimal.
 *
 * Which way an amount moves is the `side` of its line, never its sign. The
 * arithmetic of money lives here too: rounding to the minor unit of a currency
 * and splitting without losing a cent.
 */
import { BigDecimal, Schema } from "effect"
import { type Decimal, decimalFromString, zero } from "./Decimal.ts"

/** A strictly positive decimal; encoded as a string such as "119.00". */
export const Amount = Schema.String.annotate({
  identifier: "Amount",
  description: "Positive decimal amount as a string.",
  examples: ["119.00"]
})
  .check(Schema.isPattern(/^\d+(\.\d+)?$/u))
  .pipe(
    Schema.decodeTo(Schema.BigDecimal, decimalFromString),
    Schema.check(Schema.isGreaterThanBigDecimal(zero))
  )
export type Amount = typeof Amount.Type

/** Rounds half away from zero, as invoices do, and keeps exactly `decimals` decimals. */
export const roundTo = (value: Decimal, decimals: number): Decimal =>
  BigDecimal.scale(BigDecimal.round(value, { scale: decimals, mode: "half-from-zero" }), decimals)

/**
 * Splits `total` in the proportion of `weights`, in steps of 10^-decimals.
 *
 * The parts add up to `total` exactly: what rounding leaves over goes, one step
 * each, to the parts that rounding cut most (largest remainder, first wins a
 * tie). All-zero weights share equally. `total` must have at most `decimals`
 * decimals and weights must not be negative; without weights the result is empty.
 */
export const allocate = (
  total: Decimal,
  weights: ReadonlyArray<Decimal>,
  decimals: number
): ReadonlyArray<Decimal> => {
  if (weights.length === 0) return []
  const scale = weights.reduce((most, weight) => Math.max(most, weight.scale), 0)
  const given = weights.map((weight) => BigDecimal.scale(weight, scale).value)
  const sum = given.reduce((all, weight) => all + weight, 0n)
  const shares = sum === 0n ? given.map(() => 1n) : given
  const whole = sum === 0n ? BigInt(shares.length) : sum

  const steps = roundTo(total, decimals).value
  const direction = steps < 0n ? -1n : 1n
  const parts = shares.map((share) => {
    const exact = steps * direction * share
    return { floor: exact / whole, remainder: exact % whole }
  })
  const left = Number(steps * direction - parts.reduce((all, part) => all + part.floor, 0n))
  const winners = new Set(
    parts
      .map((part, index) => ({ index, remainder: part.remainder }))
      .toSorted((a, b) =>
        a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1
      )
      .slice(0, left)
      .map(({ index }) => index)
  )
  return parts.map((part, index) =>
    BigDecimal.make(direction * (part.floor + (winners.has(index) ? 1n : 0n)), decimals)
  )
}

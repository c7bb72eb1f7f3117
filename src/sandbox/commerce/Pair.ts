/**
 * Pair: one amount of a document in both of its currencies.
 *
 * Commerce stores every amount twice, as `base_x` in the currency of the books and as `x` in the
 * currency of the order, and computes the two apart: neither is the other times the rate.
 * Both are whole minor units (cents), so the generator adds exactly.
 */
import { BigDecimal } from "effect"
import type { PayloadObject } from "./Payload.ts"

/** Cents in base currency and in order currency. */
export interface Pair {
  readonly base: bigint
  readonly order: bigint
}

/** No money. */
export const zeroPair: Pair = { base: 0n, order: 0n }

/** A pair computed by the same rule on each currency. */
export const pairOf = (rule: (currency: keyof Pair) => bigint): Pair => ({
  base: rule("base"),
  order: rule("order")
})

/** The sum of `pairs`. */
export const sumPairs = (...pairs: ReadonlyArray<Pair>): Pair =>
  pairs.reduce((left, right) => pairOf((currency) => left[currency] + right[currency]), zeroPair)

/** `left` less `right`. */
export const minusPair = (left: Pair, right: Pair): Pair =>
  pairOf((currency) => left[currency] - right[currency])

/** The opposite sign. */
export const negatePair = (pair: Pair): Pair => minusPair(zeroPair, pair)

/** The smaller amount in each currency. */
export const smallerPair = (left: Pair, right: Pair): Pair =>
  pairOf((currency) => (left[currency] < right[currency] ? left[currency] : right[currency]))

/** `part / whole` of `pair`, each currency rounded to the cent, half away from zero. */
export const shareOfPair = (pair: Pair, part: bigint, whole: bigint): Pair =>
  pairOf((currency) => divideRounded(pair[currency] * part, whole))

/** Whether there is no money in either currency. */
export const isZeroPair = (pair: Pair): boolean => pair.base === 0n && pair.order === 0n

/** Integer division rounded half away from zero; `divisor` is positive. */
export const divideRounded = (dividend: bigint, divisor: bigint): bigint =>
  dividend < 0n ? -divideRounded(-dividend, divisor) : (2n * dividend + divisor) / (2n * divisor)

/** Cents as a decimal amount. */
export const decimalOf = (cents: bigint): BigDecimal.BigDecimal =>
  // Most fields of a payload are zero; sharing one object keeps a large shop small.
  cents === 0n ? zero : BigDecimal.make(cents, 2)

const zero = BigDecimal.make(0n, 2)

/** Each pair under its own name and under `base_` plus its name; undefined pairs are left out. */
export const pairFields = (pairs: { readonly [field: string]: Pair | undefined }): PayloadObject =>
  Object.fromEntries(
    Object.entries(pairs).flatMap(([field, pair]) =>
      pair === undefined
        ? []
        : [
            [`base_${field}`, decimalOf(pair.base)],
            [field, decimalOf(pair.order)]
          ]
    )
  )

/** `pair`, or undefined where Commerce stores null instead of zero. */
export const unlessZero = (pair: Pair): Pair | undefined => (isZeroPair(pair) ? undefined : pair)

/**
 * Both: one amount as Commerce records it twice.
 *
 * The plain field is in the currency of the order, the `base_` field in the
 * base currency of the website, which is what the shop keeps its books in.
 * Neither is ever computed from the other: `base_to_order_rate` has only four
 * decimals.
 */
import { BigDecimal } from "effect"
import { type Decimal, formatDecimal, zero } from "../../accounting/Decimal.ts"
import { type CurrencyCode, minorUnitDecimals } from "../../accounting/CurrencyCode.ts"

/** The same amount in the currency of the document and in the accounting currency. */
export interface Both {
  readonly amount: Decimal
  readonly accounting: Decimal
}

/** Which of the two. */
export type Which = keyof Both

/** The two currencies of a document. */
export type Currencies = Readonly<Record<Which, CurrencyCode>>

/** Pairs a plain field with its `base_` field; an absent one is nothing. */
export const both = (amount: Decimal | undefined, accounting: Decimal | undefined): Both => ({
  amount: amount ?? zero,
  accounting: accounting ?? zero
})

/** Nothing in either currency. */
export const nothing: Both = both(zero, zero)

/** Computes each of the two alike. */
export const each = (of: (which: Which) => Decimal): Both => ({
  amount: of("amount"),
  accounting: of("accounting")
})

/** Sum in each currency. */
export const sum = (values: ReadonlyArray<Both>): Both =>
  each((which) => values.reduce((all, value) => BigDecimal.sum(all, value[which]), zero))

/** Difference in each currency. */
export const minus = (from: Both, value: Both): Both =>
  each((which) => BigDecimal.subtract(from[which], value[which]))

/** Each with the other sign. */
export const negate = (value: Both): Both => each((which) => BigDecimal.negate(value[which]))

/** True when neither currency has an amount. */
export const isNothing = (value: Both): boolean =>
  BigDecimal.isZero(value.amount) && BigDecimal.isZero(value.accounting)

/** Decimals needed to write `value` exactly: those of the currency, or more where Commerce left a fraction of a cent. */
export const decimalsOf = (value: Decimal, currency: CurrencyCode): number =>
  Math.max(minorUnitDecimals(currency), BigDecimal.normalize(value).scale)

/** Text with the decimals of the currency ("40.50"), so that 40.5 and "40.5000" become the same document. */
export const format = (value: Decimal, currency: CurrencyCode): string =>
  formatDecimal(BigDecimal.scale(value, decimalsOf(value, currency)))

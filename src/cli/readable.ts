/**
 * readable: amounts as people read them.
 */
import { BigDecimal } from "effect"
import { roundTo } from "../accounting/Amount.ts"
import { minorUnitDecimals } from "../accounting/CurrencyCode.ts"
import { type Decimal, formatDecimal, zero } from "../accounting/Decimal.ts"

/** `1,204.00`: grouped for reading; for machines use `formatDecimal`. */
export const readable = (value: Decimal, currency: string): string =>
  formatDecimal(roundTo(value, minorUnitDecimals(currency))).replace(/\B(?=(\d{3})+(?!\d)(\.|$))/gu, ",")

/** Sum of decimals, for footers. */
export const sum = (values: Iterable<Decimal>): Decimal =>
  [...values].reduce((a, b) => BigDecimal.sum(a, b), zero)

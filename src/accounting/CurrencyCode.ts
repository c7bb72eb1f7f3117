/**
 * CurrencyCode: an ISO 4217 code and how many decimals its amounts have.
 */
import currencies from "currency-codes"
import { Schema } from "effect"

/** An ISO 4217 code such as "EUR"; a code that ISO does not list is refused. */
export const CurrencyCode = Schema.String.annotate({
  identifier: "CurrencyCode",
  description: "ISO 4217 currency code.",
  examples: ["EUR", "USD"]
}).check(
  Schema.isPattern(/^[A-Z]{3}$/u),
  Schema.makeFilter(
    (code: string) => currencies.code(code) !== undefined || `${code} is not an ISO 4217 currency`
  )
)
export type CurrencyCode = typeof CurrencyCode.Type

/** Decimals of the minor unit: 2 for EUR, 0 for JPY, 3 for KWD; 2 for a code ISO does not list. */
export const minorUnitDecimals = (currency: CurrencyCode): number => {
  const known = decimals.get(currency) ?? currencies.code(currency)?.digits ?? 2
  decimals.set(currency, known)
  return known
}

/** The library searches its whole list each time. */
const decimals = new Map<CurrencyCode, number>()

/**
 * Charge: what one order row, or the shipping of an order, comes to.
 *
 * Two ways of reckoning, as Commerce has them. Prices without tax: tax comes on top of what is left
 * after the discount. Prices with tax: the discount is taken from the price with tax, and the tax that
 * it contained is the discount tax compensation, so that
 * `total - discount + compensation` is the net revenue either way.
 */
import { divideRounded, pairOf, sumPairs, zeroPair, type Pair } from "./Pair.ts"
import type { TaxRate } from "./taxRatesFor.ts"

/** The amount one tax rate takes. */
export interface ChargedTax {
  readonly rate: TaxRate
  readonly amount: Pair
}

/** Amounts of a row; all positive. `total` is before discount and without tax. */
export interface Charge {
  readonly price: Pair
  readonly priceInclTax: Pair
  readonly total: Pair
  readonly totalInclTax: Pair
  readonly discount: Pair
  /** Tax after discount, over all rates. */
  readonly tax: Pair
  readonly compensation: Pair
  readonly taxes: ReadonlyArray<ChargedTax>
}

/** Nothing charged. */
export const noCharge: Charge = {
  price: zeroPair,
  priceInclTax: zeroPair,
  total: zeroPair,
  totalInclTax: zeroPair,
  discount: zeroPair,
  tax: zeroPair,
  compensation: zeroPair,
  taxes: []
}

/** Reckons `quantity` pieces at the catalogue price `unit`. */
export const makeCharge = (sale: {
  readonly unit: Pair
  readonly quantity: number
  readonly rates: ReadonlyArray<TaxRate>
  readonly discountPercent: number
  readonly pricesIncludeTax: boolean
}): Charge => {
  const quantity = BigInt(sale.quantity)
  const gross = pairOf((currency) => sale.unit[currency] * quantity)
  const discount = pairOf((currency) => divideRounded(gross[currency] * BigInt(sale.discountPercent), 100n))
  return sale.pricesIncludeTax
    ? chargeWithTaxInside({ ...sale, gross, discount, pieces: quantity })
    : chargeWithTaxOnTop({ ...sale, gross, discount })
}

const chargeWithTaxOnTop = (sale: {
  readonly unit: Pair
  readonly gross: Pair
  readonly discount: Pair
  readonly rates: ReadonlyArray<TaxRate>
}): Charge => {
  const taxOn = (amount: Pair, rate: TaxRate) =>
    pairOf((currency) => divideRounded(amount[currency] * rate.basisPoints, 10_000n))
  const taxesOn = (amount: Pair) => sumPairs(...sale.rates.map((rate) => taxOn(amount, rate)))
  const taxable = pairOf((currency) => sale.gross[currency] - sale.discount[currency])
  const taxes = sale.rates.map((rate) => ({ rate, amount: taxOn(taxable, rate) }))
  return {
    price: sale.unit,
    priceInclTax: sumPairs(sale.unit, taxesOn(sale.unit)),
    total: sale.gross,
    totalInclTax: sumPairs(sale.gross, taxesOn(sale.gross)),
    discount: sale.discount,
    tax: sumPairs(...taxes.map(({ amount }) => amount)),
    compensation: zeroPair,
    taxes
  }
}

const chargeWithTaxInside = (sale: {
  readonly unit: Pair
  readonly gross: Pair
  readonly discount: Pair
  readonly pieces: bigint
  readonly rates: ReadonlyArray<TaxRate>
}): Charge => {
  const points = sale.rates.reduce((sum, rate) => sum + rate.basisPoints, 0n)
  const taxInside = (amount: bigint) => divideRounded(amount * points, 10_000n + points)
  const total = pairOf((currency) => sale.gross[currency] - taxInside(sale.gross[currency]))
  const tax = pairOf((currency) => taxInside(sale.gross[currency] - sale.discount[currency]))
  return {
    price: pairOf((currency) => divideRounded(total[currency], sale.pieces)),
    priceInclTax: sale.unit,
    total,
    totalInclTax: sale.gross,
    discount: sale.discount,
    tax,
    compensation: pairOf((currency) => taxInside(sale.gross[currency]) - tax[currency]),
    // The stores that include tax in their prices sell only where one rate applies.
    taxes: sale.rates.slice(0, 1).map((rate) => ({ rate, amount: tax }))
  }
}

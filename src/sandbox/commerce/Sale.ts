/**
 * Sale: one order of the generated shop, reckoned but not yet a payload.
 *
 * A sale knows its rows, its shipping and how it is paid. Invoices and credit memos are shares of it
 * (see SaleDocument), so what they come to together is what was sold.
 */
import { catalogue, type Product } from "./catalogue.ts"
import { makeCharge, noCharge, type Charge } from "./Charge.ts"
import type { Draw } from "./Draw.ts"
import { divideRounded, minusPair, pairOf, shareOfPair, smallerPair, sumPairs, type Pair } from "./Pair.ts"
import { buyersFor, type Person } from "./customerPayloads.ts"
import type { Scenario } from "./scenarios.ts"
import { storeViews, type StoreView } from "./storefront.ts"
import { taxRatesFor } from "./taxRatesFor.ts"

/** One row of an order. */
export interface SaleRow {
  readonly itemId: number
  /** Index of the parent row among the rows of the sale. */
  readonly parentIndex?: number
  readonly product: Product
  readonly sku: string
  readonly quantity: number
  /** Pieces in one unit of the parent; 1 for a row without parent. */
  readonly quantityPerParent: number
  /** What the row shows. Only a carrying row counts towards the totals. */
  readonly charge: Charge
  readonly carries: boolean
}

/** One order. */
export interface Sale {
  readonly orderId: number
  readonly scenario: Scenario
  readonly store: StoreView
  readonly buyer: Person
  /** Order currency for one unit of base currency, in ten-thousandths. */
  readonly rate: bigint
  /** Seconds since 1970. */
  readonly createdAt: number
  readonly protectCode: string
  readonly rows: ReadonlyArray<SaleRow>
  readonly shipping: Charge
  readonly isVirtual: boolean
  readonly giftCards: Pair
  readonly storeCredit: Pair
  /** What is left to pay by the payment method. */
  readonly grandTotal: Pair
}

/** Reckons the sale `scenario` describes; the draw decides the buyer, the products and their numbers. */
export const makeSale = (given: {
  readonly scenario: Scenario
  readonly draw: Draw
  readonly orderId: number
  readonly firstItemId: number
  readonly createdAt: number
}): Sale => {
  const { scenario, draw } = given
  const store: StoreView = storeViews[scenario.store]
  const rate = store.currency === "EUR" ? 10_000n : BigInt(draw.between(10_500, 11_900))
  const [firstBuyer, ...otherBuyers] = buyersFor({ ...scenario, store })
  const buyer = firstBuyer === undefined ? nobody : draw.pick([firstBuyer, ...otherBuyers])
  const inBothCurrencies = (cents: bigint) =>
    pairOf((currency) => (currency === "base" ? cents : divideRounded(cents * rate, 10_000n)))
  const chargeFor = (product: Product, quantity: number) =>
    makeCharge({
      unit: inBothCurrencies(product.priceCents),
      quantity,
      rates: taxRatesFor(scenario.destination, product.taxClass),
      // Gift cards are not discounted: their face value is owed in full.
      discountPercent: product.type === "giftcard" ? 0 : scenario.discountPercent,
      pricesIncludeTax: store.pricesIncludeTax
    })

  const rows: Array<SaleRow> = []
  for (const { kind, minimum, maximum } of scenario.lines) {
    const product: Product = draw.pick<Product>(catalogue[kind])
    const quantity = draw.between(minimum, maximum)
    rows.push(...rowsOf({ product, quantity, draw, chargeFor, index: rows.length }))
  }

  const isVirtual = rows.every(({ product }) => product.type === "virtual" || product.type === "giftcard")
  const shipping = isVirtual
    ? noCharge
    : makeCharge({
        unit: inBothCurrencies(draw.pick([490n, 690n, 1495n])),
        quantity: 1,
        rates: taxRatesFor(scenario.destination, "standard"),
        discountPercent: scenario.shippingDiscountPercent,
        pricesIncludeTax: store.pricesIncludeTax
      })
  const payable = sumPairs(
    ...rows.filter(({ carries }) => carries).map(({ charge }) => netOf(charge)),
    netOf(shipping)
  )
  const giftCards = smallerPair(payable, shareOfPair(payable, BigInt(scenario.giftCardPercent), 100n))
  const afterGiftCards = minusPair(payable, giftCards)
  const storeCredit = smallerPair(
    afterGiftCards,
    shareOfPair(afterGiftCards, BigInt(scenario.storeCreditPercent), 100n)
  )
  return {
    orderId: given.orderId,
    scenario,
    store,
    buyer,
    rate,
    createdAt: given.createdAt,
    protectCode: draw.hex(32),
    rows: rows.map((row, index) => ({ ...row, itemId: given.firstItemId + index })),
    shipping,
    isVirtual,
    giftCards,
    storeCredit,
    grandTotal: minusPair(afterGiftCards, storeCredit)
  }
}

/** What a charge adds to the grand total. */
const netOf = ({ total, tax, compensation, discount }: Charge) =>
  minusPair(sumPairs(total, tax, compensation), discount)

/** The rows one product makes in an order, parent first. */
const rowsOf = (line: {
  readonly product: Product
  readonly quantity: number
  readonly draw: Draw
  readonly chargeFor: (product: Product, quantity: number) => Charge
  readonly index: number
}): ReadonlyArray<SaleRow> => {
  const { product, quantity, draw, chargeFor } = line
  const parent = { itemId: 0, product, quantity, quantityPerParent: 1, sku: product.sku }
  const [firstChild, ...otherChildren] = product.children
  if (firstChild === undefined) return [{ ...parent, charge: chargeFor(product, quantity), carries: true }]

  const isConfigurable = product.type === "configurable"
  const children = isConfigurable ? [draw.pick([firstChild, ...otherChildren])] : product.children
  const childRows = children.map((child): SaleRow => ({
    itemId: 0,
    parentIndex: line.index,
    product: child.product,
    sku: child.product.sku,
    quantity: child.quantity * quantity,
    quantityPerParent: child.quantity,
    charge: product.isDynamicallyPriced ? chargeFor(child.product, child.quantity * quantity) : noCharge,
    carries: product.isDynamicallyPriced
  }))
  const skus = childRows.map(({ sku }) => sku)
  return [
    {
      ...parent,
      // The row of a configurable shows the SKU of the variant, that of a bundle all SKUs in a chain.
      sku: isConfigurable ? skus.join("") : [product.sku, ...skus].join("-"),
      charge: product.isDynamicallyPriced ? sumOfChildren(childRows) : chargeFor(product, quantity),
      carries: !product.isDynamicallyPriced
    },
    ...childRows
  ]
}

/** What the parent of a dynamically priced bundle shows although its children carry it. */
const sumOfChildren = (children: ReadonlyArray<SaleRow>): Charge => {
  const perUnit = (field: "price" | "priceInclTax") =>
    sumPairs(
      ...children.map(({ charge, quantityPerParent }) =>
        pairOf((currency) => charge[field][currency] * BigInt(quantityPerParent))
      )
    )
  return {
    ...noCharge,
    price: perUnit("price"),
    priceInclTax: perUnit("priceInclTax"),
    total: sumPairs(...children.map(({ charge }) => charge.total)),
    totalInclTax: sumPairs(...children.map(({ charge }) => charge.totalInclTax))
  }
}

const nobody: Person = {
  groupId: 0,
  firstName: "No",
  lastName: "Name",
  email: "nobody@example.com",
  address: { country: "DE", city: "Berlin", postcode: "10115", street: "Invalidenstr. 4" }
}

/**
 * salesDocumentOf: a document of Commerce, read and its rows chosen, in our own words.
 *
 * Pure, and the only place where Commerce's habits about amounts are settled.
 * Whatever the known parts do not explain of the grand total becomes the
 * residual, so the identity of a sales document holds exactly.
 */
import { BigDecimal, Result } from "effect"
import { type Decimal, formatDecimal, zero } from "../../accounting/Decimal.ts"
import type { EncodedSalesDocument, SalesDocument } from "../../pipeline/SalesDocument.ts"
import type { Problem, SourceRecord } from "../../pipeline/SourceRecord.ts"
import { type Both, both, type Currencies, each, format, isNothing, minus, sum } from "./Both.ts"
import type { CarryingRow } from "./carryingRows.ts"
import type { CommerceDocument } from "./CommerceDocument.ts"
import type { CommerceOrder } from "./CommerceOrder.ts"
import { customerOf } from "./customerOf.ts"
import { feesOf } from "./feesOf.ts"
import { shippingOf } from "./shippingOf.ts"
import { type CodeTax, taxesByCode } from "./taxesByCode.ts"

/** The outcome, as a source record holds it. */
export type Normalised = Exclude<SourceRecord["normalised"], { readonly _tag: "Record" }>

/** A document with all that its amounts depend on. */
export interface Reading {
  readonly kind: SalesDocument["kind"]
  /** In messages. */
  readonly label: string
  readonly document: CommerceDocument
  readonly rows: ReadonlyArray<CarryingRow>
  /** The order of the document, or the order that it is; it names customer, tax codes and custom fees. */
  readonly order: CommerceOrder | undefined
  readonly state: SalesDocument["state"]
  readonly store: EncodedSalesDocument["store"]
  /** What reward points paid, where it is known; without it, what the total falls short by. */
  readonly rewardPoints?: Both
  readonly links?: Pick<EncodedSalesDocument, "replaces" | "replacedBy">
}

type Encoded = EncodedSalesDocument

const productTypes: Readonly<Record<string, string>> = { giftcard: "gift-card" }

const plain = (value: Decimal) => formatDecimal(BigDecimal.normalize(value))

/** Writes `parts` in the currency of the document, and again under `accounting`. */
const written = <Name extends string>(parts: Readonly<Record<Name, Both>>, currencies: Currencies) => {
  const write = (which: "amount" | "accounting", name: Name) => format(parts[name][which], currencies[which])
  return { of: (name: Name) => write("amount", name), accounting: (name: Name) => write("accounting", name) }
}

const amountIn = (amount: Both, currencies: Currencies) => ({
  amount: format(amount.amount, currencies.amount),
  accounting: { amount: format(amount.accounting, currencies.accounting) }
})

const movementIn = (
  parts: Readonly<Record<"gross" | "discount" | "net" | "tax", Both>>,
  currencies: Currencies
) => {
  const { accounting, of } = written(parts, currencies)
  return {
    gross: of("gross"),
    discount: of("discount"),
    net: of("net"),
    tax: of("tax"),
    accounting: {
      gross: accounting("gross"),
      discount: accounting("discount"),
      net: accounting("net"),
      tax: accounting("tax")
    }
  }
}

const netOf = (row: CarryingRow) => minus(row.gross, minus(row.discount, row.compensation))

const lineOf = (carrying: CarryingRow, currencies: Currencies): Encoded["lines"][number] => {
  const { item, row } = carrying
  const sku = row.sku ?? item?.sku ?? ""
  return {
    id: row.entity_id ?? row.order_item_id,
    sku,
    name: row.name ?? sku,
    ...(row.product_id === undefined ? {} : { productId: row.product_id }),
    productType:
      item?.product_type === undefined ? "unknown" : (productTypes[item.product_type] ?? item.product_type),
    quantity: plain(row.qty),
    ...(item?.tax_percent === undefined ? {} : { taxRate: plain(item.tax_percent) }),
    ...movementIn(
      {
        gross: carrying.gross,
        discount: minus(carrying.discount, carrying.compensation),
        net: netOf(carrying),
        tax: carrying.tax
      },
      currencies
    )
  }
}

const taxIn = (tax: CodeTax, currencies: Currencies): Encoded["taxes"][number] => ({
  code: tax.code,
  title: tax.title,
  ...(tax.rate === undefined ? {} : { rate: plain(tax.rate) }),
  ...amountIn(tax.amount, currencies)
})

interface Settlement {
  readonly type: SalesDocument["settlements"][number]["type"]
  readonly amount: Both
}

// Invoices and credit memos have no field for reward points. They are what the grand total
// falls short by, up to what the order was paid with.
const rewardPoints = (order: CommerceOrder | undefined, shortfall: Both): Both => {
  const extension = order?.extension_attributes
  const paid = both(extension?.reward_currency_amount, extension?.base_reward_currency_amount)
  return each((which) => BigDecimal.max(zero, BigDecimal.min(paid[which], shortfall[which])))
}

const countryOf = (order: CommerceOrder | undefined) =>
  order?.extension_attributes?.shipping_assignments?.[0]?.shipping?.address?.country_id ??
  order?.billing_address?.country_id

const refuse = (...problems: ReadonlyArray<Problem>): Normalised => ({ _tag: "Problems", problems })

/** The document, or what is wrong with it. */
export const salesDocumentOf = (reading: Reading): Normalised => {
  const { document, order, rows } = reading
  const currencies: Currencies = {
    amount: document.order_currency_code,
    accounting: document.base_currency_code
  }
  const tax = both(document.tax_amount, document.base_tax_amount)
  const shipping = shippingOf(reading.kind, document, rows)
  if (order === undefined && !isNothing(tax)) {
    return refuse({
      code: "order-required",
      message: `the ${reading.label} has ${format(tax.amount, currencies.amount)} ${currencies.amount} tax, and only its order ${document.order_id} says under which tax codes. Give both: { "document": …, "order": … } with the answer of GET /V1/orders/${document.order_id}.`,
      path: "tax_amount"
    })
  }
  const codes =
    order === undefined ? Result.succeed([]) : taxesByCode({ rows, order, tax, shipping, currencies })
  if (Result.isFailure(codes)) return refuse(...codes.failure)

  const fees = feesOf(reading.kind, document, order, rows)
  const extension = document.extension_attributes
  const stated: ReadonlyArray<Settlement> = [
    { type: "gift-card", amount: both(extension?.gift_cards_amount, extension?.base_gift_cards_amount) },
    {
      type: "store-credit",
      amount: both(extension?.customer_balance_amount, extension?.base_customer_balance_amount)
    }
  ]
  const grand = both(document.grand_total, document.base_grand_total)
  const net = sum(rows.map(netOf))
  const charged = sum([net, shipping.net, tax, ...fees.map(({ amount }) => amount)])
  const shortfall = minus(minus(charged, grand), sum(stated.map(({ amount }) => amount)))
  const points = reading.rewardPoints ?? rewardPoints(order, shortfall)
  const settlements = [...stated, { type: "reward-points" as const, amount: points }].filter(
    ({ amount }) => !isNothing(amount)
  )
  const settled = sum(settlements.map(({ amount }) => amount))
  const totals = written(
    {
      grand,
      settled,
      net,
      shipping: shipping.net,
      tax,
      fees: sum(fees.map(({ amount }) => amount)),
      residual: minus(sum([grand, settled]), charged)
    },
    currencies
  )
  const totalsIn = (write: typeof totals.of) => ({
    grand: write("grand"),
    settled: write("settled"),
    net: write("net"),
    shipping: write("shipping"),
    tax: write("tax"),
    fees: write("fees"),
    residual: write("residual")
  })
  const country = countryOf(order)

  return {
    _tag: "Document",
    document: {
      kind: reading.kind,
      id: document.entity_id,
      number: document.increment_id,
      state: reading.state,
      createdAt: document.created_at,
      updatedAt: document.updated_at ?? document.created_at,
      currency: currencies.amount,
      accountingCurrency: currencies.accounting,
      store: reading.store,
      order: {
        id: document.order_id,
        ...(order?.increment_id === undefined ? {} : { number: order.increment_id })
      },
      ...reading.links,
      ...(document.invoice_id === undefined ? {} : { invoiceId: document.invoice_id }),
      customer: customerOf(order),
      ...(country === undefined ? {} : { country }),
      payment: {
        ...(order?.payment?.method === undefined ? {} : { method: order.payment.method }),
        ...(order?.payment?.po_number === undefined ? {} : { purchaseOrderNumber: order.payment.po_number })
      },
      lines: rows.map((row) => lineOf(row, currencies)),
      shipping: movementIn(shipping, currencies),
      taxes: codes.success.map((code) => taxIn(code, currencies)),
      settlements: settlements.map(({ amount, type }) => ({ type, ...amountIn(amount, currencies) })),
      fees: fees.map(({ amount, title, type }) => ({ type, title, ...amountIn(amount, currencies) })),
      totals: { ...totalsIn(totals.of), accounting: totalsIn(totals.accounting) }
    }
  }
}

/**
 * normalise: a document of Commerce to a sales document in our own words.
 *
 * Pure, and the only place where Commerce's habits about amounts are settled.
 * Whatever the known parts do not explain of the grand total becomes the
 * residual, so the identity of a sales document holds exactly.
 */
import { BigDecimal, Result } from "effect"
import { type Decimal, formatDecimal, zero } from "../../accounting/Decimal.ts"
import type { EncodedSalesDocument, SalesDocument } from "../../pipeline/SalesDocument.ts"
import type { Json, Problem, SourceRecord } from "../../pipeline/SourceRecord.ts"
import { type Both, both, type Currencies, each, format, isNothing, minus, sum } from "./Both.ts"
import { type CarryingRow, carryingRows } from "./carryingRows.ts"
import { CommerceDocument } from "./CommerceDocument.ts"
import { CommerceOrder } from "./CommerceOrder.ts"
import { customerOf } from "./customerOf.ts"
import { decodePayload } from "./decodePayload.ts"
import { feesOf } from "./feesOf.ts"
import { shippingOf } from "./shippingOf.ts"
import { type CodeTax, taxesByCode } from "./taxesByCode.ts"

/** Names of a store view, as far as known. */
export interface StoreNames {
  readonly code: string
  readonly name: string
  readonly website?: string
}

/** What there is to normalise; the order may be missing. */
export interface Given {
  readonly document: Json
  readonly order?: Json
  readonly store?: StoreNames
}

/** The outcome, as a source record holds it. */
export type Normalised = SourceRecord["normalised"]

/** What tells the two kinds of document apart. */
export interface Kind {
  readonly kind: SalesDocument["kind"]
  /** In messages. */
  readonly label: string
  /** Commerce's numbers for states. Custom statuses are not read. */
  readonly states: Readonly<Record<string, SalesDocument["state"]>>
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

// No document has a field for reward points. They are what the grand total
// falls short by, up to what the order was paid with.
const rewardPoints = (order: CommerceOrder | undefined, shortfall: Both): Settlement => {
  const extension = order?.extension_attributes
  const paid = both(extension?.reward_currency_amount, extension?.base_reward_currency_amount)
  return {
    type: "reward-points",
    amount: each((which) => BigDecimal.max(zero, BigDecimal.min(paid[which], shortfall[which])))
  }
}

const countryOf = (order: CommerceOrder | undefined) =>
  order?.extension_attributes?.shipping_assignments?.[0]?.shipping?.address?.country_id ??
  order?.billing_address?.country_id

const refuse = (...problems: ReadonlyArray<Problem>): Normalised => ({ _tag: "Problems", problems })

const decodeOrder = (kind: Kind, given: Given, orderId: string) => {
  if (given.order === undefined || given.order === null) return Result.succeed(undefined)
  const order = decodePayload(CommerceOrder, "order", given.order)
  return Result.isSuccess(order) && order.success.entity_id !== orderId
    ? Result.fail([
        {
          code: "order-mismatch",
          message: `the ${kind.label} belongs to order ${orderId}, but order ${order.success.entity_id} was given. Give the order whose entity_id is ${orderId}.`,
          path: "order.entity_id"
        }
      ])
    : order
}

/** Normalises a document of this kind. Never fails: what cannot be read becomes problems. */
export const normalise = (kind: Kind, given: Given): Normalised => {
  const decoded = decodePayload(CommerceDocument, kind.label, given.document)
  if (Result.isFailure(decoded)) return refuse(...decoded.failure)
  const document = decoded.success
  const decodedOrder = decodeOrder(kind, given, document.order_id)
  if (Result.isFailure(decodedOrder)) return refuse(...decodedOrder.failure)
  const order = decodedOrder.success

  const state = kind.states[document.state]
  if (state === undefined) {
    return refuse({
      code: "unreadable-field",
      message: `state of the ${kind.label} cannot be read: ${document.state} is none of ${Object.entries(
        kind.states
      )
        .map(([number, word]) => `${number} (${word})`)
        .join(", ")}. Check that this is a ${kind.label}.`,
      path: "state"
    })
  }
  const storeId = document.store_id ?? order?.store_id
  if (storeId === undefined) {
    return refuse({
      code: "missing-field",
      message: `the ${kind.label} has no store_id: its store view was deleted in Commerce. Post it by hand; it can no longer be told which company it belongs to.`,
      path: "store_id"
    })
  }
  const chosen = carryingRows(document, order)
  if (Result.isFailure(chosen)) return refuse(chosen.failure)
  const rows = chosen.success

  const currencies: Currencies = {
    amount: document.order_currency_code,
    accounting: document.base_currency_code
  }
  const tax = both(document.tax_amount, document.base_tax_amount)
  const shipping = shippingOf(kind.kind, document, rows)
  if (order === undefined && !isNothing(tax)) {
    return refuse({
      code: "order-required",
      message: `the ${kind.label} has ${format(tax.amount, currencies.amount)} ${currencies.amount} tax, and only its order ${document.order_id} says under which tax codes. Give both: { "document": …, "order": … } with the answer of GET /V1/orders/${document.order_id}.`,
      path: "tax_amount"
    })
  }
  const codes =
    order === undefined ? Result.succeed([]) : taxesByCode({ rows, order, tax, shipping, currencies })
  if (Result.isFailure(codes)) return refuse(...codes.failure)

  const fees = feesOf(kind.kind, document, order, rows)
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
  const settlements = [...stated, rewardPoints(order, shortfall)].filter(({ amount }) => !isNothing(amount))
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
      kind: kind.kind,
      id: document.entity_id,
      number: document.increment_id,
      state,
      createdAt: document.created_at,
      updatedAt: document.updated_at ?? document.created_at,
      currency: currencies.amount,
      accountingCurrency: currencies.accounting,
      store: { id: storeId, ...given.store },
      order: {
        id: document.order_id,
        ...(order?.increment_id === undefined ? {} : { number: order.increment_id })
      },
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

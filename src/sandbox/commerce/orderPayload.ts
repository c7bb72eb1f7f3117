/**
 * orderPayload: an order as `GET /V1/orders/{id}` shows it.
 *
 * Two things of Commerce 2.4.9 are kept because they trap readers: `row_total` of an order item is the
 * row total less its discount, and a child of a fixed-price bundle shows its parent's `price`.
 */
import { BigDecimal } from "effect"
import type { Charge, ChargedTax } from "./Charge.ts"
import {
  decimalOf,
  isZeroPair,
  minusPair,
  negatePair,
  pairFields,
  sumPairs,
  unlessZero,
  zeroPair,
  type Pair
} from "./Pair.ts"
import type { Payload, PayloadObject } from "./Payload.ts"
import { addressFields } from "./people.ts"
import type { Sale, SaleRow } from "./Sale.ts"
import { rowsTotal, type SaleDocument } from "./SaleDocument.ts"
import { incrementId, timestamp } from "./wireFormat.ts"

/** What became of an order, beside what was sold. */
export interface OrderHistory {
  readonly sale: Sale
  /** Position among the orders of its store view, from 1. */
  readonly number: number
  readonly updatedAt: number
  readonly invoices: ReadonlyArray<SaleDocument>
  /** The invoices whose money has come. */
  readonly paid: ReadonlyArray<SaleDocument>
  readonly creditMemos: ReadonlyArray<SaleDocument>
}

/** The payload of one order. */
export const orderPayload = (history: OrderHistory): PayloadObject => {
  const { sale, invoices, creditMemos } = history
  const { shipping, buyer, store } = sale
  const carriers = sale.rows.filter(({ carries }) => carries)
  const over = (part: Exclude<keyof Charge, "taxes">) =>
    sumPairs(...carriers.map(({ charge }) => charge[part]))
  const invoiced = (part: Parameters<typeof rowsTotal>[1]) =>
    sumPairs(...invoices.map((document) => rowsTotal(document, part)))
  const refunded = (part: Parameters<typeof rowsTotal>[1]) =>
    sumPairs(...creditMemos.map((document) => rowsTotal(document, part)))
  const shippingOf = (documents: ReadonlyArray<SaleDocument>, part: keyof SaleDocument["shipping"]) =>
    sumPairs(...documents.map((document) => document.shipping[part]))
  const grand = (documents: ReadonlyArray<SaleDocument>) =>
    sumPairs(...documents.map(({ grandTotal }) => grandTotal))
  const paid = grand(history.paid)
  const hasRefund = creditMemos.length > 0
  const whenRefunded = (pair: Pair) => (hasRefund ? pair : undefined)
  const isOnline = sale.scenario.method === "braintree"
  const items = sale.rows.map((row) => itemPayload(row, history))
  const state = orderState(history)
  const ids = { orderId: sale.orderId, entityId: sale.orderId * 2 }

  return {
    ...pairFields({
      discount_amount: negatePair(sumPairs(over("discount"), shipping.discount)),
      discount_invoiced: negatePair(sumPairs(invoiced("discount"), shippingOf(invoices, "discount"))),
      discount_refunded: whenRefunded(
        negatePair(sumPairs(refunded("discount"), shippingOf(creditMemos, "discount")))
      ),
      grand_total: sale.grandTotal,
      discount_tax_compensation_amount: over("compensation"),
      discount_tax_compensation_invoiced: invoiced("compensation"),
      discount_tax_compensation_refunded: whenRefunded(refunded("compensation")),
      shipping_amount: shipping.total,
      shipping_discount_amount: shipping.discount,
      shipping_incl_tax: shipping.totalInclTax,
      shipping_invoiced: shippingOf(invoices, "total"),
      shipping_refunded: whenRefunded(shippingOf(creditMemos, "total")),
      shipping_tax_amount: shipping.tax,
      shipping_tax_refunded: whenRefunded(shippingOf(creditMemos, "tax")),
      subtotal: over("total"),
      subtotal_incl_tax: over("totalInclTax"),
      subtotal_invoiced: invoiced("total"),
      subtotal_refunded: whenRefunded(refunded("total")),
      tax_amount: sumPairs(over("tax"), shipping.tax),
      tax_invoiced: sumPairs(invoiced("tax"), shippingOf(invoices, "tax")),
      tax_refunded: whenRefunded(sumPairs(refunded("tax"), shippingOf(creditMemos, "tax"))),
      total_due: minusPair(sale.grandTotal, paid),
      total_invoiced: grand(invoices),
      total_paid: unlessZero(paid),
      total_refunded: whenRefunded(grand(creditMemos)),
      total_online_refunded: isOnline ? whenRefunded(grand(creditMemos)) : undefined,
      total_offline_refunded: isOnline ? undefined : whenRefunded(grand(creditMemos)),
      adjustment_positive: whenRefunded(sumPairs(...creditMemos.map((memo) => memo.adjustmentPositive))),
      adjustment_negative: whenRefunded(sumPairs(...creditMemos.map((memo) => memo.adjustmentNegative)))
    }),
    // The one amount whose base name is not "base_" plus its name.
    base_shipping_discount_tax_compensation_amnt: decimalOf(shipping.compensation.base),
    shipping_discount_tax_compensation_amount: decimalOf(shipping.compensation.order),
    base_currency_code: "EUR",
    global_currency_code: "EUR",
    store_currency_code: store.currency,
    order_currency_code: store.currency,
    base_to_global_rate: 1,
    base_to_order_rate: BigDecimal.make(sale.rate, 4),
    store_to_base_rate: 0,
    store_to_order_rate: 0,
    entity_id: sale.orderId,
    increment_id: incrementId(store, history.number),
    quote_id: sale.orderId + 1000,
    protect_code: sale.protectCode,
    remote_ip: "192.0.2.1",
    store_id: store.id,
    store_name: `Main Website\nMain Website Store\n${store.name}`,
    state,
    status: state,
    created_at: timestamp(sale.createdAt),
    updated_at: timestamp(history.updatedAt),
    customer_id: buyer.customerId,
    customer_is_guest: sale.scenario.buyer === "guest" ? 1 : 0,
    customer_group_id: buyer.groupId,
    customer_email: buyer.email,
    customer_firstname: buyer.firstName,
    customer_lastname: buyer.lastName,
    customer_taxvat: buyer.company?.vatId,
    customer_note_notify: 1,
    is_virtual: sale.isVirtual ? 1 : 0,
    coupon_code: sale.scenario.discountPercent > 0 ? `SAVE${sale.scenario.discountPercent}` : undefined,
    shipping_description: sale.isVirtual ? undefined : "Flat Rate - Fixed",
    total_item_count: sale.rows.filter(({ parentIndex }) => parentIndex === undefined).length,
    total_qty_ordered: sale.rows
      .filter(({ parentIndex }) => parentIndex === undefined)
      .reduce((sum, { quantity }) => sum + quantity, 0),
    weight: sale.isVirtual ? 0 : 1,
    billing_address_id: ids.entityId,
    items,
    billing_address: addressFields(buyer, "billing", ids),
    payment: paymentPayload(history, paid),
    status_histories: [],
    extension_attributes: {
      shipping_assignments: [shippingAssignment(history, items)],
      payment_additional_info: [{ key: "method_title", value: sale.scenario.method }],
      company_order_attributes:
        buyer.company === undefined
          ? undefined
          : { order_id: sale.orderId, company_id: buyer.company.id, company_name: buyer.company.name },
      ...settlementFields(history),
      applied_taxes: appliedTaxes([...carriers.flatMap(({ charge }) => charge.taxes), ...shipping.taxes]),
      item_applied_taxes: [
        ...carriers
          .filter(({ charge }) => charge.taxes.length > 0)
          .map(({ itemId, charge }) => ({
            type: "product",
            item_id: itemId,
            applied_taxes: appliedTaxes(charge.taxes)
          })),
        ...(isZeroPair(shipping.tax)
          ? []
          : [{ type: "shipping", applied_taxes: appliedTaxes(shipping.taxes) }])
      ]
    }
  }
}

/** Taxes added up by code. */
const appliedTaxes = (taxes: ReadonlyArray<ChargedTax>): ReadonlyArray<PayloadObject> =>
  [...new Set(taxes.map(({ rate }) => rate))].map((rate) => {
    const amount = sumPairs(...taxes.filter((tax) => tax.rate === rate).map((tax) => tax.amount))
    return {
      code: rate.code,
      title: rate.title,
      percent: BigDecimal.make(rate.basisPoints, 2),
      ...pairFields({ amount })
    }
  })

/** Gift cards and store credit: what was used, invoiced and given back. */
const settlementFields = ({ sale, invoices, creditMemos }: OrderHistory): PayloadObject => {
  const fieldsOf = (name: string, part: "giftCards" | "storeCredit"): PayloadObject => {
    const over = (documents: ReadonlyArray<SaleDocument>) =>
      sumPairs(...documents.map((document) => document[part]))
    return isZeroPair(sale[part])
      ? {}
      : pairFields({
          [`${name}_amount`]: sale[part],
          [`${name}_invoiced`]: over(invoices),
          [`${name}_refunded`]: creditMemos.length > 0 ? over(creditMemos) : undefined
        })
  }
  return {
    gift_cards: isZeroPair(sale.giftCards)
      ? undefined
      : [
          {
            id: sale.orderId,
            code: `GC${sale.protectCode.slice(0, 10).toUpperCase()}`,
            ...pairFields({ amount: sale.giftCards })
          }
        ],
    ...fieldsOf("gift_cards", "giftCards"),
    ...fieldsOf("customer_balance", "storeCredit")
  }
}

const shippingAssignment = ({ sale }: OrderHistory, items: ReadonlyArray<PayloadObject>): PayloadObject => {
  const { shipping, orderId } = sale
  return {
    shipping: sale.isVirtual
      ? { total: {} }
      : {
          address: addressFields(sale.buyer, "shipping", { orderId, entityId: orderId * 2 - 1 }),
          method: "flatrate_flatrate",
          total: {
            ...pairFields({
              shipping_amount: shipping.total,
              shipping_discount_amount: shipping.discount,
              shipping_incl_tax: shipping.totalInclTax,
              shipping_tax_amount: shipping.tax
            }),
            base_shipping_discount_tax_compensation_amnt: decimalOf(shipping.compensation.base),
            shipping_discount_tax_compensation_amount: decimalOf(shipping.compensation.order)
          }
        },
    items
  }
}

const paymentPayload = ({ sale, creditMemos }: OrderHistory, paid: Pair): PayloadObject => ({
  account_status: null,
  additional_information: [sale.scenario.method],
  ...pairFields({
    amount_ordered: sale.grandTotal,
    amount_paid: unlessZero(paid),
    amount_refunded:
      creditMemos.length > 0 ? sumPairs(...creditMemos.map(({ grandTotal }) => grandTotal)) : undefined,
    shipping_amount: sale.shipping.total
  }),
  cc_last4: sale.scenario.method === "braintree" ? "1111" : null,
  entity_id: sale.orderId,
  method: sale.scenario.method,
  parent_id: sale.orderId,
  po_number: sale.scenario.method === "companycredit" ? `PO-${sale.orderId}` : undefined
})

const orderState = ({ sale, invoices, paid, creditMemos }: OrderHistory): string => {
  const pieces = (documents: ReadonlyArray<SaleDocument>) =>
    documents.flatMap(({ rows }) => rows).reduce((sum, { quantity }) => sum + quantity, 0)
  const ordered = sale.rows.reduce((sum, { quantity }) => sum + quantity, 0)
  if (pieces(creditMemos) === ordered) return "closed"
  return pieces(invoices) === ordered && paid.length === invoices.length ? "complete" : "processing"
}

const itemPayload = (row: SaleRow, history: OrderHistory): PayloadObject => {
  const { sale } = history
  const parent = row.parentIndex === undefined ? undefined : sale.rows[row.parentIndex]
  const own = ownItemFields(row, history)
  if (parent === undefined) return own
  const isInFixedBundle = parent.product.type === "bundle" && !parent.product.isDynamicallyPriced
  return {
    ...own,
    price: isInFixedBundle ? decimalOf(parent.charge.price.order) : own["price"],
    parent_item_id: parent.itemId,
    parent_item: ownItemFields(parent, history)
  }
}

const ownItemFields = (
  row: SaleRow,
  { sale, invoices, creditMemos, updatedAt }: OrderHistory
): PayloadObject => {
  const { charge, product } = row
  const sharesOf = (documents: ReadonlyArray<SaleDocument>) =>
    documents.flatMap(({ rows }) => rows.filter((share) => share.row === row))
  const [invoiced, refunded] = [sharesOf(invoices), sharesOf(creditMemos)]
  const pieces = (shares: typeof invoiced) => shares.reduce((sum, { quantity }) => sum + quantity, 0)
  const isVirtual = product.type === "virtual" || product.type === "giftcard"
  // A dummy child shows no price with tax; a parent whose children carry shows no tax of its own.
  const isDummyChild = row.parentIndex !== undefined && !row.carries
  const taxBasisPoints = charge.taxes.reduce((sum, { rate }) => sum + rate.basisPoints, 0n)
  const afterDiscount = (total: Pair) => minusPair(total, charge.discount)
  return {
    ...pairFields({
      amount_refunded: sumPairs(...refunded.map(({ total }) => total)),
      discount_amount: charge.discount,
      discount_invoiced: sumPairs(...invoiced.map(({ discount }) => discount)),
      discount_tax_compensation_amount: isDummyChild ? undefined : charge.compensation,
      original_price: charge.price,
      price: charge.price,
      price_incl_tax: isDummyChild ? undefined : charge.priceInclTax,
      row_invoiced: sumPairs(...invoiced.map(({ total }) => total)),
      row_total: afterDiscount(charge.total),
      row_total_incl_tax: isDummyChild ? zeroPair : afterDiscount(charge.totalInclTax),
      tax_amount: charge.tax,
      tax_invoiced: sumPairs(...invoiced.map(({ tax }) => tax))
    }),
    created_at: timestamp(sale.createdAt),
    updated_at: timestamp(updatedAt),
    discount_percent: isZeroPair(charge.discount) ? 0 : sale.scenario.discountPercent,
    free_shipping: 0,
    is_qty_decimal: 0,
    is_virtual: isVirtual ? 1 : 0,
    item_id: row.itemId,
    name: product.name,
    no_discount: 0,
    order_id: sale.orderId,
    product_id: product.id,
    product_type: product.type,
    qty_canceled: 0,
    qty_invoiced: pieces(invoiced),
    qty_ordered: row.quantity,
    qty_refunded: pieces(refunded),
    qty_shipped: isVirtual ? 0 : pieces(invoiced),
    quote_item_id: row.itemId + 1000,
    sku: row.sku,
    store_id: sale.store.id,
    tax_percent: taxBasisPoints === 0n ? 0 : BigDecimal.make(taxBasisPoints, 2),
    weee_tax_applied: "[]",
    product_option: productOption(row)
  }
}

const productOption = ({ product, parentIndex }: SaleRow): Payload => {
  if (parentIndex !== undefined) return undefined
  if (product.type === "configurable") {
    const options = [{ option_id: "93", option_value: product.id }]
    return { extension_attributes: { configurable_item_options: options } }
  }
  if (product.type === "giftcard") {
    const option = {
      giftcard_amount: "50",
      giftcard_sender_name: "Sender",
      giftcard_recipient_name: "Recipient"
    }
    return { extension_attributes: { giftcard_item_option: option } }
  }
  return undefined
}

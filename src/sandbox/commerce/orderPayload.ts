/**
 * orderPayload: an order as `GET /V1/orders/{id}` shows it.
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
import type { OrderHistory } from "./OrderHistory.ts"
import { orderItemPayload } from "./orderItemPayload.ts"
import type { PayloadObject } from "./Payload.ts"
import { addressFields } from "./customerPayloads.ts"
import { rowsTotal, type SaleDocument } from "./SaleDocument.ts"
import { timestamp } from "./timestamp.ts"

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
  const items = sale.rows.map((row) => orderItemPayload(row, history))
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
      ...cancelledPairs(history),
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
    increment_id: history.number,
    ...history.relations,
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

/** What was cancelled. `total_due` stays what it was, as in Commerce. */
const cancelledPairs = ({ isCancelled, invoices, paid, sale }: OrderHistory) => {
  if (!isCancelled) return {}
  const { rows, shipping } = sale
  const rest = (part: "discount" | "tax" | "total", ofShipping: Pair) =>
    minusPair(
      sumPairs(...rows.filter(({ carries }) => carries).map(({ charge }) => charge[part]), ofShipping),
      sumPairs(
        ...invoices.flatMap((document) => [
          rowsTotal(document, part),
          part === "total" ? zeroPair : document.shipping[part]
        ])
      )
    )
  return {
    discount_canceled: rest("discount", shipping.discount),
    shipping_canceled: minusPair(
      shipping.total,
      sumPairs(...invoices.map((document) => document.shipping.total))
    ),
    subtotal_canceled: rest("total", zeroPair),
    tax_canceled: rest("tax", shipping.tax),
    total_canceled: minusPair(sale.grandTotal, sumPairs(...paid.map(({ grandTotal }) => grandTotal)))
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

const orderState = ({ sale, invoices, paid, creditMemos, isCancelled }: OrderHistory): string => {
  if (invoices.length === 0) return isCancelled ? "canceled" : "new"
  const pieces = (documents: ReadonlyArray<SaleDocument>) =>
    documents.flatMap(({ rows }) => rows).reduce((sum, { quantity }) => sum + quantity, 0)
  const ordered = sale.rows.reduce((sum, { quantity }) => sum + quantity, 0)
  if (pieces(creditMemos) === ordered) return "closed"
  // Once the rest is cancelled nothing is left to invoice, and what was invoiced is shipped.
  return (isCancelled || pieces(invoices) === ordered) && paid.length === invoices.length
    ? "complete"
    : "processing"
}

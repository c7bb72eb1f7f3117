/**
 * IssuedDocument: an invoice or a credit memo with its numbers and times, and as REST shows it.
 *
 * The signs and the traps are Commerce's: the header discount is negative and the item discount positive,
 * both include what they say once; `discount_tax_compensation_amount` is the items' on an invoice and
 * items plus shipping on a credit memo; neither names a tax code.
 */
import { BigDecimal } from "effect"
import { decimalOf, isZeroPair, minusPair, negatePair, pairFields, sumPairs, unlessZero } from "./Pair.ts"
import type { PayloadObject } from "./Payload.ts"
import { rowsTotal, type SaleDocument, type SaleDocumentRow } from "./SaleDocument.ts"
import { incrementId, timestamp } from "./timestamp.ts"

/** A document with its numbers and times. */
export interface IssuedDocument {
  readonly document: SaleDocument
  readonly entityId: number
  readonly firstItemId: number
  /** Position among the documents of its kind in its store view, from 1. */
  readonly number: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly isCancelled: boolean
}

/** An invoice; state 1 is open, 2 is paid, 3 is cancelled. */
export const invoicePayload = (
  issued: IssuedDocument & { readonly state: 1 | 2 | 3; readonly refunds: ReadonlyArray<SaleDocument> }
): PayloadObject => {
  const { document, refunds } = issued
  const isOnline = document.sale.scenario.method === "braintree"
  return {
    ...commonFields(issued),
    ...pairFields({
      discount_tax_compensation_amount: rowsTotal(document, "compensation")
    }),
    base_total_refunded:
      refunds.length === 0
        ? undefined
        : decimalOf(sumPairs(...refunds.map(({ grandTotal }) => grandTotal)).base),
    can_void_flag: 0,
    is_used_for_refund: refunds.length > 0 ? 1 : undefined,
    state: issued.state,
    total_qty: document.rows.reduce((sum, { quantity }) => sum + quantity, 0),
    transaction_id: isOnline ? captureId(issued.entityId) : undefined,
    items: document.rows.map((row, index) => ({
      ...itemFields(row, issued.entityId, issued.firstItemId + index),
      ...(row.row.carries ? pairFields({ discount_tax_compensation_amount: row.compensation }) : {})
    }))
  }
}

/** A credit memo, refunded (state 2); `invoiceId` is set when the payment method paid back online. */
export const creditMemoPayload = (
  issued: IssuedDocument & { readonly invoiceId?: number }
): PayloadObject => {
  const { document, invoiceId } = issued
  return {
    ...commonFields(issued),
    ...pairFields({
      adjustment: minusPair(document.adjustmentPositive, document.adjustmentNegative),
      adjustment_positive: document.adjustmentPositive,
      adjustment_negative: document.adjustmentNegative,
      discount_tax_compensation_amount: sumPairs(
        rowsTotal(document, "compensation"),
        document.shipping.compensation
      )
    }),
    invoice_id: invoiceId,
    state: 2,
    transaction_id: invoiceId === undefined ? undefined : refundId(issued.entityId),
    items: document.rows.map((row, index) => ({
      base_cost: null,
      ...itemFields(row, issued.entityId, issued.firstItemId + index),
      ...(row.row.carries ? pairFields({ discount_tax_compensation_amount: row.compensation }) : {}),
      weee_tax_applied: "[]",
      weee_tax_applied_row_amount: 0,
      weee_tax_row_disposition: 0
    }))
  }
}

/** The payment gateway's name for the capture of an invoice. */
export const captureId = (invoiceId: number): string => `txn-${invoiceId}`

/** The payment gateway's name for the refund of a credit memo. */
export const refundId = (creditMemoId: number): string => `txn-r${creditMemoId}`

const commonFields = ({ document, ...issued }: IssuedDocument): PayloadObject => {
  const { sale, shipping } = document
  const { store } = sale
  const usesSettlement = !isZeroPair(sumPairs(document.giftCards, document.storeCredit))
  return {
    ...pairFields({
      discount_amount: negatePair(sumPairs(rowsTotal(document, "discount"), shipping.discount)),
      grand_total: document.grandTotal,
      shipping_amount: shipping.total,
      shipping_incl_tax: shipping.totalInclTax,
      shipping_tax_amount: shipping.tax,
      subtotal: rowsTotal(document, "total"),
      subtotal_incl_tax: rowsTotal(document, "totalInclTax"),
      tax_amount: sumPairs(rowsTotal(document, "tax"), shipping.tax)
    }),
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
    billing_address_id: sale.orderId * 2,
    shipping_address_id: sale.isVirtual ? undefined : sale.orderId * 2 - 1,
    created_at: timestamp(issued.createdAt),
    updated_at: timestamp(issued.updatedAt),
    discount_description:
      sale.scenario.discountPercent > 0 ? `SAVE${sale.scenario.discountPercent}` : undefined,
    email_sent: 1,
    entity_id: issued.entityId,
    increment_id: incrementId(store, issued.number),
    order_id: sale.orderId,
    store_id: store.id,
    comments: [],
    extension_attributes: usesSettlement
      ? pairFields({
          customer_balance_amount: unlessZero(document.storeCredit),
          gift_cards_amount: unlessZero(document.giftCards)
        })
      : undefined
  }
}

const itemFields = (share: SaleDocumentRow, parentId: number, entityId: number): PayloadObject => {
  const { row } = share
  const isDummyChild = row.parentIndex !== undefined && !row.carries
  return {
    ...pairFields({
      price: row.charge.price,
      price_incl_tax: isDummyChild ? undefined : row.charge.priceInclTax
    }),
    // Rows that carry nothing have null totals, which REST leaves out.
    ...(row.carries
      ? pairFields({
          discount_amount: unlessZero(share.discount),
          row_total: share.total,
          row_total_incl_tax: share.totalInclTax,
          tax_amount: share.tax
        })
      : {}),
    entity_id: entityId,
    name: row.product.name,
    order_item_id: row.itemId,
    parent_id: parentId,
    product_id: row.product.id,
    qty: share.quantity,
    sku: row.sku
  }
}

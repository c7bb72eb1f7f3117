/**
 * orderItemPayload: an item of an order as REST shows it.
 *
 * Two things of Commerce 2.4.9 are kept because they trap readers: `row_total` of an order item is the
 * row total less its discount, and a child of a fixed-price bundle shows its parent's `price`.
 */
import { BigDecimal } from "effect"
import type { OrderHistory } from "./OrderHistory.ts"
import { decimalOf, isZeroPair, minusPair, pairFields, sumPairs, zeroPair, type Pair } from "./Pair.ts"
import type { Payload, PayloadObject } from "./Payload.ts"
import type { SaleRow } from "./Sale.ts"
import type { SaleDocument } from "./SaleDocument.ts"
import { timestamp } from "./timestamp.ts"

/** The payload of one item, with its parent inside it where it has one. */
export const orderItemPayload = (row: SaleRow, history: OrderHistory): PayloadObject => {
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
  { sale, invoices, creditMemos, updatedAt, isCancelled }: OrderHistory
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
      discount_tax_compensation_invoiced: isDummyChild
        ? undefined
        : sumPairs(...invoiced.map(({ compensation }) => compensation)),
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
    // Cancelling counts on rows without parent only.
    qty_canceled: isCancelled && row.parentIndex === undefined ? row.quantity - pieces(invoiced) : 0,
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

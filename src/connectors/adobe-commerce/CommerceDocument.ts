/**
 * CommerceDocument: the fields we use of an invoice and of a credit memo.
 *
 * The two share their shape; what stands on one of them only is optional.
 * `price` is left out on purpose: since 2.4.9 a bundle's child shows its
 * parent's price there.
 *
 * Source: AdobeDocs/commerce-webapi, sales-data-invoice-interface and
 * sales-data-creditmemo-interface, 2.4.6 to 2.4.9.
 */
import { Schema } from "effect"
import { CurrencyCode } from "../../accounting/CurrencyCode.ts"
import { Id, Instant, Money } from "./decodePayload.ts"

const Amount = Schema.optionalKey(Money)

/** A row. Only rows that carry money state a row total. */
export const CommerceRow = Schema.Struct({
  entity_id: Schema.optionalKey(Id),
  order_item_id: Id,
  product_id: Schema.optionalKey(Id),
  sku: Schema.optionalKey(Id),
  name: Schema.optionalKey(Id),
  qty: Money,
  row_total: Amount,
  base_row_total: Amount,
  discount_amount: Amount,
  base_discount_amount: Amount,
  discount_tax_compensation_amount: Amount,
  base_discount_tax_compensation_amount: Amount,
  tax_amount: Amount,
  base_tax_amount: Amount,
  weee_tax_applied_row_amount: Amount,
  base_weee_tax_applied_row_amnt: Amount
})
export type CommerceRow = typeof CommerceRow.Type

const Extension = Schema.Struct({
  gift_cards_amount: Amount,
  base_gift_cards_amount: Amount,
  customer_balance_amount: Amount,
  base_customer_balance_amount: Amount,
  gw_price: Amount,
  gw_base_price: Amount,
  gw_items_price: Amount,
  gw_items_base_price: Amount,
  gw_card_price: Amount,
  gw_card_base_price: Amount
})

/** An invoice or a credit memo. */
export const CommerceDocument = Schema.Struct({
  entity_id: Id,
  increment_id: Id,
  order_id: Id,
  invoice_id: Schema.optionalKey(Id),
  store_id: Schema.optionalKey(Id),
  state: Id,
  created_at: Instant,
  updated_at: Schema.optionalKey(Instant),
  order_currency_code: CurrencyCode,
  base_currency_code: CurrencyCode,
  grand_total: Money,
  base_grand_total: Money,
  subtotal: Money,
  base_subtotal: Money,
  discount_amount: Amount,
  base_discount_amount: Amount,
  discount_tax_compensation_amount: Amount,
  base_discount_tax_compensation_amount: Amount,
  shipping_amount: Amount,
  base_shipping_amount: Amount,
  shipping_discount_tax_compensation_amount: Amount,
  base_shipping_discount_tax_compensation_amnt: Amount,
  shipping_tax_amount: Amount,
  base_shipping_tax_amount: Amount,
  tax_amount: Amount,
  base_tax_amount: Amount,
  adjustment_positive: Amount,
  base_adjustment_positive: Amount,
  adjustment_negative: Amount,
  base_adjustment_negative: Amount,
  items: Schema.Array(CommerceRow),
  extension_attributes: Schema.optionalKey(Extension)
})
export type CommerceDocument = typeof CommerceDocument.Type

/**
 * PlacedOrder: the fields we use of an order that is a document of its own.
 *
 * Row totals of items are not read, because REST rewrites them differently in
 * every release since 2.3, and neither is `price`, where a bundle's child shows
 * its parent's since 2.4.9. The unit price in base currency, discounts and what
 * was invoiced are as stored.
 *
 * Source: AdobeDocs/commerce-webapi, sales-data-order-interface, 2.4.6 to
 * 2.4.9; magento2 Sales/Model/Order/Webapi/ChangeOutputArray.php for the row
 * totals, Sales/Model/AdminOrder/Create.php for the relations.
 */
import { Schema } from "effect"
import { CurrencyCode } from "../../accounting/CurrencyCode.ts"
import { CommerceOrder, CommerceOrderItem } from "./CommerceOrder.ts"
import { Id, Instant, Money } from "./decodePayload.ts"

const Amount = Schema.optionalKey(Money)

/** What was ordered, and what of it was invoiced. */
export const PlacedItem = Schema.Struct({
  ...CommerceOrderItem.fields,
  product_id: Schema.optionalKey(Id),
  name: Schema.optionalKey(Id),
  qty_invoiced: Amount,
  row_invoiced: Amount,
  base_row_invoiced: Amount,
  discount_amount: Amount,
  base_discount_amount: Amount,
  discount_invoiced: Amount,
  base_discount_invoiced: Amount,
  discount_tax_compensation_amount: Amount,
  base_discount_tax_compensation_amount: Amount,
  discount_tax_compensation_invoiced: Amount,
  base_discount_tax_compensation_invoiced: Amount,
  tax_amount: Amount,
  base_tax_amount: Amount,
  tax_invoiced: Amount,
  base_tax_invoiced: Amount
})
export type PlacedItem = typeof PlacedItem.Type

const Extension = Schema.Struct({
  ...CommerceOrder.fields.extension_attributes.schema.fields,
  gift_cards_amount: Amount,
  base_gift_cards_amount: Amount,
  gift_cards_invoiced: Amount,
  base_gift_cards_invoiced: Amount,
  customer_balance_amount: Amount,
  base_customer_balance_amount: Amount,
  customer_balance_invoiced: Amount,
  base_customer_balance_invoiced: Amount,
  gw_price: Amount,
  gw_base_price: Amount,
  gw_items_price: Amount,
  gw_items_base_price: Amount,
  gw_card_price: Amount,
  gw_card_base_price: Amount,
  gw_price_invoiced: Amount,
  gw_base_price_invoiced: Amount,
  gw_items_price_invoiced: Amount,
  gw_items_base_price_invoiced: Amount,
  gw_card_price_invoiced: Amount,
  gw_card_base_price_invoiced: Amount
})

/** An order with its amounts. `relation_child_id` and `relation_parent_id` are keys, those with `real` numbers. */
export const PlacedOrder = Schema.Struct({
  ...CommerceOrder.fields,
  state: Schema.String,
  created_at: Instant,
  updated_at: Schema.optionalKey(Instant),
  order_currency_code: CurrencyCode,
  base_currency_code: CurrencyCode,
  relation_parent_id: Schema.optionalKey(Id),
  relation_parent_real_id: Schema.optionalKey(Id),
  relation_child_id: Schema.optionalKey(Id),
  relation_child_real_id: Schema.optionalKey(Id),
  grand_total: Money,
  base_grand_total: Money,
  subtotal: Money,
  base_subtotal: Money,
  discount_amount: Amount,
  base_discount_amount: Amount,
  shipping_amount: Amount,
  base_shipping_amount: Amount,
  shipping_tax_amount: Amount,
  base_shipping_tax_amount: Amount,
  tax_amount: Amount,
  base_tax_amount: Amount,
  total_invoiced: Amount,
  base_total_invoiced: Amount,
  subtotal_invoiced: Amount,
  base_subtotal_invoiced: Amount,
  base_subtotal_canceled: Amount,
  discount_invoiced: Amount,
  base_discount_invoiced: Amount,
  shipping_invoiced: Amount,
  base_shipping_invoiced: Amount,
  tax_invoiced: Amount,
  base_tax_invoiced: Amount,
  shipping_discount_tax_compensation_amount: Amount,
  base_shipping_discount_tax_compensation_amnt: Amount,
  items: Schema.Array(PlacedItem),
  extension_attributes: Schema.optionalKey(Extension)
})
export type PlacedOrder = typeof PlacedOrder.Type

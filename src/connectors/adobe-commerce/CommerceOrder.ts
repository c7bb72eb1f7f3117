/**
 * CommerceOrder: the fields we use of an order.
 *
 * Invoices and credit memos do not repeat who bought, what kind of product a
 * row is, or which tax codes applied: that stands on the order only. Row totals
 * of order items are not read, because REST rewrites them differently in every
 * release since 2.3.
 *
 * Source: AdobeDocs/commerce-webapi, sales-data-order-interface, 2.4.6 to 2.4.9.
 */
import { Schema } from "effect"
import { Id, Money } from "./decodePayload.ts"

const Amount = Schema.optionalKey(Money)
const Text = Schema.optionalKey(Schema.String)

const Address = Schema.Struct({
  country_id: Text,
  firstname: Text,
  lastname: Text,
  company: Text,
  vat_id: Text
})

/** What was ordered. */
export const CommerceOrderItem = Schema.Struct({
  item_id: Id,
  parent_item_id: Schema.optionalKey(Id),
  product_type: Text,
  sku: Text,
  base_price: Amount,
  tax_percent: Amount,
  qty_ordered: Amount,
  weee_tax_applied_row_amount: Amount,
  base_weee_tax_applied_row_amnt: Amount
})
export type CommerceOrderItem = typeof CommerceOrderItem.Type

/** Tax under one code; `rates` lists the codes where several were combined into one. */
export const AppliedTax = Schema.Struct({
  code: Text,
  title: Text,
  percent: Amount,
  amount: Amount,
  base_amount: Amount,
  extension_attributes: Schema.optionalKey(
    Schema.Struct({
      rates: Schema.optionalKey(
        Schema.Array(Schema.Struct({ code: Schema.String, title: Text, percent: Amount }))
      )
    })
  )
})
export type AppliedTax = typeof AppliedTax.Type

/** Tax of one thing: a product, shipping, or an extra such as gift wrapping, which names its item as associated. */
const ItemTaxes = Schema.Struct({
  type: Text,
  item_id: Schema.optionalKey(Id),
  associated_item_id: Schema.optionalKey(Id),
  applied_taxes: Schema.optionalKey(Schema.Array(AppliedTax))
})

const CustomFee = Schema.Struct({
  custom_fee_code: Schema.String,
  custom_fee_label: Text,
  custom_fee_amount: Amount,
  base_custom_fee_amount: Amount,
  custom_fee_amount_invoiced: Amount,
  base_custom_fee_amount_invoiced: Amount,
  custom_fee_amount_refunded: Amount,
  base_custom_fee_amount_refunded: Amount,
  invoice_id: Schema.optionalKey(Id),
  creditmemo_id: Schema.optionalKey(Id)
})

const Extension = Schema.Struct({
  shipping_assignments: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({
        shipping: Schema.optionalKey(Schema.Struct({ address: Schema.optionalKey(Address) }))
      })
    )
  ),
  applied_taxes: Schema.optionalKey(Schema.Array(AppliedTax)),
  item_applied_taxes: Schema.optionalKey(Schema.Array(ItemTaxes)),
  reward_currency_amount: Amount,
  base_reward_currency_amount: Amount,
  custom_fees: Schema.optionalKey(Schema.Array(CustomFee)),
  company_order_attributes: Schema.optionalKey(Schema.Struct({ company_name: Text }))
})

/** What invoices and credit memos need of their order. Its state is not among it: no money of theirs follows from it. */
export const CommerceOrder = Schema.Struct({
  entity_id: Id,
  increment_id: Schema.optionalKey(Id),
  store_id: Schema.optionalKey(Id),
  customer_id: Schema.optionalKey(Id),
  customer_is_guest: Schema.optionalKey(Id),
  customer_group_id: Schema.optionalKey(Id),
  customer_email: Text,
  customer_taxvat: Text,
  items: Schema.optionalKey(Schema.Array(CommerceOrderItem)),
  billing_address: Schema.optionalKey(Address),
  payment: Schema.optionalKey(Schema.Struct({ method: Text, po_number: Schema.optionalKey(Id) })),
  extension_attributes: Schema.optionalKey(Extension)
})
export type CommerceOrder = typeof CommerceOrder.Type

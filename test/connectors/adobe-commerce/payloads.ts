/**
 * payloads: small documents of a shop, as Commerce would send them.
 *
 * The invoice is 100.00 net of one backpack, 5.00 shipping, 19 % VAT on both:
 * 124.95. Tests change what they are about.
 */
import type { Json } from "../../../src/pipeline/SourceRecord.ts"

type Fields = { readonly [key: string]: Json }

/** The same amount in both currencies. */
export const same = (name: string, amount: Json, baseName = `base_${name}`): Fields => ({
  [name]: amount,
  [baseName]: amount
})

/** A row of an invoice or a credit memo. */
export const row = (fields: Fields = {}): Fields => ({
  entity_id: 71,
  order_item_id: 11,
  product_id: 900,
  sku: "BAG-1",
  name: "Backpack",
  qty: 2,
  price: "50",
  base_price: "50",
  ...same("row_total", 100),
  ...same("tax_amount", 19),
  ...fields
})

/** The invoice. */
export const invoice = (fields: Fields = {}): Fields => ({
  entity_id: 7,
  increment_id: "000000007",
  order_id: 5,
  store_id: 1,
  state: 2,
  created_at: "2026-03-31 22:30:00",
  updated_at: "2026-03-31 22:30:01",
  order_currency_code: "EUR",
  base_currency_code: "EUR",
  ...same("subtotal", 100),
  ...same("shipping_amount", 5),
  ...same("shipping_tax_amount", "0.95"),
  ...same("tax_amount", "19.95"),
  ...same("discount_amount", 0),
  ...same("grand_total", "124.95"),
  items: [row()],
  ...fields
})

/** A credit memo with the same content. */
export const creditMemo = (fields: Fields = {}): Fields =>
  invoice({ entity_id: 3, increment_id: "000000003", invoice_id: 7, ...same("adjustment", 0), ...fields })

/** Tax under one code, as orders state it. */
export const applied = (code: string, percent: Json, amount: Json): Fields => ({
  code,
  title: `VAT ${String(percent)} %`,
  percent,
  ...same("amount", amount)
})

/** An order item. */
export const orderItem = (fields: Fields = {}): Fields => ({
  item_id: 11,
  product_id: 900,
  product_type: "simple",
  sku: "BAG-1",
  base_price: "50",
  qty_ordered: 2,
  tax_percent: 19,
  ...fields
})

/** The order of the invoice; `extension` replaces parts of its extension attributes. */
export const order = (fields: Fields = {}, extension: Fields = {}): Fields => ({
  entity_id: 5,
  increment_id: "000000005",
  store_id: 1,
  customer_id: 42,
  customer_is_guest: 0,
  customer_group_id: 1,
  customer_email: "ada@example.com",
  state: "processing",
  status: "waiting_for_the_moon",
  billing_address: {
    firstname: "Ada",
    lastname: "Berg",
    country_id: "AT",
    company: "Berg GmbH",
    vat_id: "ATU1"
  },
  payment: { method: "purchaseorder", po_number: "PO-9", account_status: null },
  items: [orderItem()],
  extension_attributes: {
    shipping_assignments: [{ shipping: { address: { country_id: "DE" }, method: "flatrate_flatrate" } }],
    applied_taxes: [applied("DE-19", 19, "19.95")],
    item_applied_taxes: [
      { type: "product", item_id: 11, applied_taxes: [applied("DE-19", 19, 19)] },
      { type: "shipping", applied_taxes: [applied("DE-19", 19, "0.95")] }
    ],
    ...extension
  },
  ...fields
})

/**
 * The same order as a document: what the invoice bills. Its row total is
 * unreliable, as in 2.4.8, and its price is the parent's, as a bundle's child
 * shows since 2.4.9.
 */
export const placedOrder = (fields: Fields = {}, extension: Fields = {}): Fields =>
  order(
    {
      status: "waiting_for_the_moon",
      state: "processing",
      created_at: "2026-03-31 22:00:00",
      updated_at: "2026-03-31 22:00:01",
      order_currency_code: "EUR",
      base_currency_code: "EUR",
      ...same("subtotal", 100),
      ...same("discount_amount", 0),
      ...same("shipping_amount", 5),
      ...same("shipping_tax_amount", "0.95"),
      ...same("tax_amount", "19.95"),
      ...same("grand_total", "124.95"),
      ...same("total_due", "124.95"),
      items: [placedItem()],
      ...fields
    },
    extension
  )

/** Its item. */
export const placedItem = (fields: Fields = {}): Fields =>
  orderItem({
    name: "Backpack",
    price: "77",
    ...same("row_total", "31.41"),
    ...same("tax_amount", 19),
    ...fields
  })

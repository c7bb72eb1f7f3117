/**
 * shopFeatures: what a generated shop must contain to be worth testing against.
 *
 * Each feature is something real shops do and connectors get wrong. The predicates read the payloads,
 * not the scenarios, so they hold only if the feature can be seen from outside.
 */
import { BigDecimal } from "effect"
import {
  payloadAt,
  payloadsAt,
  type Payload,
  type PayloadObject
} from "../../../src/sandbox/commerce/Payload.ts"
import type { Shop } from "../../../src/sandbox/commerce/Shop.ts"

/** A feature by name, and whether a shop has it. */
export interface ShopFeature {
  readonly name: string
  readonly holds: (shop: Shop) => boolean
}

const isPositive = (payload: Payload): boolean =>
  BigDecimal.isBigDecimal(payload) && BigDecimal.isPositive(payload)

const isSame = (left: Payload, right: Payload): boolean =>
  BigDecimal.isBigDecimal(left) && BigDecimal.isBigDecimal(right) && BigDecimal.equals(left, right)

const orderItems = (shop: Shop): ReadonlyArray<PayloadObject> =>
  shop.orders.flatMap((order) => payloadsAt(order, "items"))

const documentItems = (shop: Shop): ReadonlyArray<PayloadObject> =>
  [...shop.invoices, ...shop.creditmemos].flatMap((document) => payloadsAt(document, "items"))

const childrenOf = (shop: Shop, type: string): ReadonlyArray<PayloadObject> =>
  orderItems(shop).filter((item) => payloadAt(item, "parent_item", "product_type") === type)

const taxCodes = (order: PayloadObject): ReadonlyArray<Payload> =>
  payloadsAt(order, "extension_attributes", "applied_taxes").map(({ code }) => code)

const taxesCode = (code: string) => (shop: Shop) =>
  shop.orders.some((order) => taxCodes(order).includes(code))

const ordersWith = (fields: PayloadObject) => (shop: Shop) =>
  shop.orders.some((order) => Object.entries(fields).every(([field, value]) => order[field] === value))

const countByOrder = (documents: ReadonlyArray<PayloadObject>): ReadonlyArray<number> =>
  [...Map.groupBy(documents, ({ order_id: order }) => order).values()].map((group) => group.length)

const paysWith = (field: string) => (shop: Shop) =>
  [shop.orders, shop.invoices, shop.creditmemos].every((documents) =>
    documents.some((document) => isPositive(payloadAt(document, "extension_attributes", field)))
  )

const paidBy = (method: string) => (shop: Shop) =>
  shop.orders.some((order) => payloadAt(order, "payment", "method") === method)

const zero = BigDecimal.fromBigInt(0n)

const decimalAt = (document: PayloadObject, field: string): BigDecimal.BigDecimal => {
  const value = document[field]
  return BigDecimal.isBigDecimal(value) ? value : zero
}

/** The features every shop of at least `defaultDocuments` documents has, whatever its seed. */
export const shopFeatures: ReadonlyArray<ShopFeature> = [
  {
    name: "a configurable whose parent row carries the amounts and whose child row shows zero",
    holds: (shop) =>
      childrenOf(shop, "configurable").some(
        (child) =>
          !isPositive(child["base_price"]) && isPositive(payloadAt(child, "parent_item", "base_row_total"))
      )
  },
  {
    name: "a bundle at a fixed price, carried by the parent row",
    holds: (shop) =>
      childrenOf(shop, "bundle").some(
        (child) => !isPositive(child["base_price"]) && isPositive(child["price"])
      )
  },
  {
    name: "a bundle priced by its parts, carried by the child rows, the parent showing the sum again",
    holds: (shop) =>
      childrenOf(shop, "bundle").some(
        (child) =>
          isPositive(child["base_price"]) && isPositive(payloadAt(child, "parent_item", "base_row_total"))
      )
  },
  {
    name: "a bundle parent with a price but no row total in an invoice",
    holds: (shop) =>
      documentItems(shop).some(
        (item) => isPositive(item["base_price"]) && item["base_row_total"] === undefined
      )
  },
  {
    name: "a virtual product",
    holds: (shop) => orderItems(shop).some((item) => item["product_type"] === "virtual")
  },
  {
    name: "an order without shipping address",
    holds: ordersWith({ is_virtual: 1 })
  },
  {
    name: "a gift card sold, without tax",
    holds: (shop) =>
      orderItems(shop).some(
        (item) => item["product_type"] === "giftcard" && !isPositive(item["base_tax_amount"])
      )
  },
  { name: "quantities above one", holds: (shop) => documentItems(shop).some(({ qty }) => Number(qty) > 1) },
  {
    name: "several tax rates in one order",
    holds: (shop) =>
      shop.orders.some((order) => taxCodes(order).includes("DE-19") && taxCodes(order).includes("DE-7"))
  },
  {
    name: "two taxes stacked on one row",
    holds: (shop) =>
      shop.orders.some((order) =>
        payloadsAt(order, "extension_attributes", "item_applied_taxes").some(
          (item) => payloadsAt(item, "applied_taxes").length === 2
        )
      )
  },
  ...["DE-19", "DE-7", "AT-20", "FR-20", "US-CA-STATE", "US-CA-COUNTY"].map((code) => ({
    name: `tax code ${code}`,
    holds: taxesCode(code)
  })),
  {
    name: "exactly one invoice to Denmark, with tax code DK-25",
    holds: (shop) => {
      const orders = shop.orders.filter((order) => taxCodes(order).includes("DK-25"))
      const ids = new Set(orders.map(({ entity_id: id }) => id))
      return ids.size === 1 && shop.invoices.filter(({ order_id: id }) => ids.has(id)).length === 1
    }
  },
  {
    name: "an untaxed sale abroad",
    holds: (shop) =>
      shop.orders.some(
        (order) => payloadAt(order, "billing_address", "region_code") === "OR" && taxCodes(order).length === 0
      )
  },
  {
    name: "discount tax compensation on goods",
    holds: (shop) =>
      shop.invoices.some((invoice) => isPositive(invoice["base_discount_tax_compensation_amount"]))
  },
  {
    name: "discount tax compensation on shipping, in an invoice and in a credit memo",
    holds: (shop) =>
      [shop.invoices, shop.creditmemos].every((documents) =>
        documents.some((document) => isPositive(document["base_shipping_discount_tax_compensation_amnt"]))
      )
  },
  {
    name: "a discount on goods",
    holds: (shop) => documentItems(shop).some((item) => isPositive(item["base_discount_amount"]))
  },
  {
    name: "a discount on shipping",
    holds: (shop) => shop.orders.some((order) => isPositive(order["base_shipping_discount_amount"]))
  },
  { name: "payment by gift card", holds: paysWith("base_gift_cards_amount") },
  { name: "payment by store credit", holds: paysWith("base_customer_balance_amount") },
  {
    name: "an order currency other than the base currency",
    holds: (shop) =>
      shop.invoices.some(
        (invoice) =>
          invoice["order_currency_code"] === "USD" &&
          !isSame(invoice["base_grand_total"], invoice["grand_total"])
      )
  },
  {
    name: "several invoices for one order, shipping only on the first",
    holds: (shop) =>
      countByOrder(shop.invoices).some((count) => count > 1) &&
      shop.invoices.some((invoice) => !isPositive(invoice["base_shipping_amount"]))
  },
  { name: "a credit memo for the rest of an order", holds: ordersWith({ state: "closed" }) },
  {
    name: "several credit memos for one order",
    holds: (shop) => countByOrder(shop.creditmemos).some((count) => count > 1)
  },
  {
    name: "a credit memo that pays back more than the goods",
    holds: (shop) => shop.creditmemos.some((memo) => isPositive(memo["base_adjustment_positive"]))
  },
  {
    name: "a credit memo that keeps something back",
    holds: (shop) => shop.creditmemos.some((memo) => isPositive(memo["base_adjustment_negative"]))
  },
  {
    name: "a credit memo without goods",
    holds: (shop) => shop.creditmemos.some((memo) => payloadsAt(memo, "items").length === 0)
  },
  {
    name: "a guest",
    holds: (shop) =>
      shop.orders.some((order) => order["customer_is_guest"] === 1 && order["customer_id"] === undefined)
  },
  {
    name: "a customer deleted since",
    holds: (shop) =>
      shop.orders.some((order) => order["customer_is_guest"] === 0 && order["customer_id"] === undefined)
  },
  ...[0, 1, 2].map((group) => ({
    name: `customer group ${group}`,
    holds: ordersWith({ customer_group_id: group })
  })),
  ...["braintree", "checkmo", "companycredit"].map((method) => ({
    name: `payment method ${method}`,
    holds: paidBy(method)
  })),
  { name: "an order that waits for its first invoice", holds: ordersWith({ state: "new" }) },
  {
    name: "a cancelled order that is still due in full",
    holds: (shop) =>
      shop.orders.some(
        (order) =>
          order["state"] === "canceled" &&
          isPositive(order["base_total_due"]) &&
          isSame(order["base_total_due"], order["base_grand_total"])
      )
  },
  {
    name: "an order whose rest was cancelled after a part was invoiced",
    holds: (shop) =>
      shop.orders.some(
        (order) =>
          order["state"] === "complete" &&
          isPositive(order["base_subtotal_canceled"]) &&
          isPositive(order["base_subtotal_invoiced"])
      )
  },
  ...[1, 2].map((edits) => ({
    name: `an order edited ${edits === 1 ? "once" : "twice"}, the one before it cancelled`,
    holds: (shop: Shop) =>
      shop.orders.some((order) => {
        const parent = shop.orders.find(
          ({ relation_child_id: child }) => child === String(order["entity_id"])
        )
        return (
          order["edit_increment"] === edits &&
          order["increment_id"] === `${String(order["original_increment_id"])}-${edits}` &&
          order["relation_parent_id"] === String(parent?.["entity_id"]) &&
          order["relation_parent_real_id"] === parent?.["increment_id"] &&
          parent?.["relation_child_real_id"] === order["increment_id"] &&
          parent?.["state"] === "canceled"
        )
      })
  })),
  {
    name: "a plain re-order with the number of a live order and -1",
    holds: (shop) =>
      shop.orders.some((order) => {
        const number = String(order["increment_id"])
        const earlier = shop.orders.find(({ increment_id }) => `${String(increment_id)}-1` === number)
        return (
          order["relation_parent_id"] === undefined &&
          earlier !== undefined &&
          earlier["state"] !== "canceled"
        )
      })
  },
  { name: "an open invoice", holds: (shop) => shop.invoices.some(({ state }) => state === 1) },
  { name: "a paid invoice", holds: (shop) => shop.invoices.some(({ state }) => state === 2) },
  {
    name: "invoices made in the same second",
    holds: (shop) =>
      new Set(shop.invoices.map((invoice) => invoice["created_at"])).size < shop.invoices.length
  },
  {
    name: "an invoice whose updated_at moved when it was refunded",
    holds: (shop) =>
      shop.invoices.some(
        (invoice) =>
          invoice["base_total_refunded"] !== undefined && invoice["updated_at"] !== invoice["created_at"]
      )
  },
  {
    name: "an invoice one cent above its parts",
    holds: (shop) =>
      shop.invoices.some((invoice) => {
        const parts = [
          "base_subtotal",
          "base_discount_amount",
          "base_shipping_amount",
          "base_tax_amount",
          "base_discount_tax_compensation_amount",
          "base_shipping_discount_tax_compensation_amnt"
        ].map((field) => decimalAt(invoice, field))
        const residue = BigDecimal.subtract(decimalAt(invoice, "base_grand_total"), BigDecimal.sumAll(parts))
        return BigDecimal.equals(residue, BigDecimal.make(1n, 2))
      })
  }
]

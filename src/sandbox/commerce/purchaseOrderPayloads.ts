/**
 * purchaseOrderPayloads: the purchase orders that one customer of the local Commerce sees.
 *
 * What the customer bought was a purchase order before; those of the users below the customer
 * are invented, one in each state that leads to no order.
 */
import { Base64 } from "effect/encoding"
import { payloadAt, type PayloadObject } from "./Payload.ts"
import type { Shop } from "./Shop.ts"

/** Whose token is known: who administers the first company. */
const customer = "petra.lang@example.com"

const numbered = (key: number): Pick<PayloadObject, "uid" | "number"> => ({
  uid: Base64.encode(String(key)),
  number: String(key).padStart(9, "0")
})

const becameOrder = (order: PayloadObject, index: number): PayloadObject => {
  const grandTotal = { value: order["grand_total"], currency: order["order_currency_code"] }
  return {
    ...numbered(index + 1),
    created_at: order["created_at"],
    updated_at: order["created_at"],
    status: "ORDER_PLACED",
    created_by: {
      firstname: order["customer_firstname"],
      lastname: order["customer_lastname"],
      email: order["customer_email"]
    },
    order: {
      id: Base64.encode(String(payloadAt(order, "entity_id"))),
      number: order["increment_id"],
      total: { grand_total: grandTotal }
    },
    quote: { prices: { grand_total: grandTotal } }
  }
}

const notOrdered = ["PENDING", "APPROVAL_REQUIRED", "APPROVED", "REJECTED", "CANCELED"].map(
  (status, index): PayloadObject => ({
    ...numbered(9001 + index),
    created_at: `2026-10-2${index} 08:15:00`,
    updated_at: `2026-10-2${index} 09:30:00`,
    status,
    created_by: { firstname: "Ida", lastname: "Kern", email: "ida.kern@example.com" },
    order: null,
    quote: { prices: { grand_total: { value: 120 + index, currency: "EUR" } } }
  })
)

/** Those of the customer, or with `ofSubordinates` those of the users below. */
export const purchaseOrderPayloads = (shop: Shop, ofSubordinates: boolean): ReadonlyArray<PayloadObject> =>
  ofSubordinates
    ? notOrdered
    : shop.orders.filter((order) => order["customer_email"] === customer).map(becameOrder)

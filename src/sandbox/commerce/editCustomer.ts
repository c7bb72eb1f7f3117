/**
 * editCustomer: what a person does to a customer in the Admin of the local shop, or in the account.
 */
import type { PayloadObject } from "./Payload.ts"
import type { Shop } from "./Shop.ts"

/**
 * The shop with the customer as `edit` makes it; undefined deletes him, and
 * his orders then know him no longer. Nothing is stamped: an edit of the
 * account gives `updated_at` itself, and one of an address leaves it.
 */
export const editCustomer = (
  shop: Shop,
  id: string,
  edit: (customer: PayloadObject) => PayloadObject | undefined
): Shop => {
  const isHim = (key: PayloadObject[string]) => `${String(key)}` === id
  const customers = shop.customers
    .map((customer) => (isHim(customer["id"]) ? edit(customer) : customer))
    .filter((customer) => customer !== undefined)
  const isDeleted = customers.length < shop.customers.length
  return {
    ...shop,
    customers,
    orders: isDeleted
      ? shop.orders.map((order) =>
          isHim(order["customer_id"]) ? { ...order, customer_id: undefined } : order
        )
      : shop.orders
  }
}

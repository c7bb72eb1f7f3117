/**
 * customerOf: who bought, as the order says.
 */
import type { EncodedSalesDocument } from "../../pipeline/SalesDocument.ts"
import type { CommerceOrder } from "./CommerceOrder.ts"

type Customer = EncodedSalesDocument["customer"]

/**
 * Deleting a customer empties `customer_id` on his orders and leaves
 * `customer_is_guest` at 0; that is how the two are told apart. The group of
 * guests is 0 even where the order leaves it out.
 */
const kindOf = (order: CommerceOrder): Customer["kind"] => {
  if (order.customer_id !== undefined) return "registered"
  return order.customer_is_guest === "0" ? "deleted" : "guest"
}

/** The customer of `order`; `unknown` without one. */
export const customerOf = (order: CommerceOrder | undefined): Customer => {
  if (order === undefined) return { kind: "unknown" }
  const kind = kindOf(order)
  const billing = order.billing_address
  const name = [billing?.firstname, billing?.lastname].filter((part) => part !== undefined).join(" ")
  const group = order.customer_group_id ?? (kind === "guest" ? "0" : undefined)
  const company = billing?.company ?? order.extension_attributes?.company_order_attributes?.company_name
  const vatNumber = billing?.vat_id ?? order.customer_taxvat
  return {
    kind,
    ...(order.customer_id === undefined ? {} : { id: order.customer_id }),
    ...(group === undefined ? {} : { group }),
    ...(order.customer_email === undefined ? {} : { email: order.customer_email }),
    ...(name === "" ? {} : { name }),
    ...(company === undefined ? {} : { company }),
    ...(vatNumber === undefined ? {} : { vatNumber })
  }
}

/**
 * Topic: what a sender's name of an event is about.
 *
 * Every module has its own names: `sales_order_invoice_save_after` (the events of
 * Commerce itself), `com.adobe.commerce.observer.sales_order_save_commit_after`
 * (Adobe I/O), `orders/create`, `order.created`. A name that is read wrongly does
 * no harm, since the record is read again; one that is not read at all leaves the
 * record to the next poll.
 */
import type { Change } from "../../../pipeline/EventDoor.ts"

/** A resource, and what was done to it where the name tells. */
export interface Topic {
  readonly resource: string
  readonly change?: Change
}

/** The resources that are known, and the source that reads each. */
export const resources: Readonly<Record<string, string>> = {
  order: "adobe-commerce/orders",
  invoice: "adobe-commerce/invoices",
  "credit-note": "adobe-commerce/credit-memos",
  customer: "adobe-commerce/customers"
}

/** Records that hang on one of ours and have ids of their own. */
const others =
  /shipment|track|quote|cart|address|_item|\.item|payment|transaction|status_history|comment|customer_group|order_status/u

// From the most special to the most general: the name of an invoice has "order" in it too.
const words: ReadonlyArray<readonly [RegExp, string]> = [
  [/credit_?memo|credit_?note|refund/u, "credit-note"],
  [/invoice/u, "invoice"],
  [/order/u, "order"],
  [/customer/u, "customer"]
]

const changeOf = (name: string): Change | undefined => {
  if (/creat|plac|_new|submit|register/u.test(name)) return "created"
  return /updat|chang|(?:^|[._])edit|cancel|delet/u.test(name) ? "updated" : undefined
}

/** Reads a sender's name; undefined when it is about nothing that we read. */
export const topicOf = (name: string): Topic | undefined => {
  const last = name
    .toLowerCase()
    .replaceAll(/[\s/-]/gu, "_")
    .replace(/^.*(?:observer|plugin)\./u, "")
  const resource = others.test(last) ? undefined : words.find(([word]) => word.test(last))?.[1]
  if (resource === undefined) return undefined
  const change = changeOf(last)
  return change === undefined ? { resource } : { resource, change }
}

/** Reads one of our own names, `invoice` or `invoice.created`. */
export const ownTopic = (name: string): Topic => {
  const [resource = "", change] = name.split(".")
  return change === "created" || change === "updated" ? { resource, change } : { resource }
}

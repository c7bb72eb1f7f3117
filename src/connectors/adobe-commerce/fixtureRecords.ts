/**
 * fixtureRecords: records from a saved answer of Commerce, without contacting it.
 *
 * Accepted are one document, a search result `{ items: [...] }`, and either of
 * them with the order beside each document: `{ document, order }`.
 */
import type { Json, Problem, SourceRecord } from "../../pipeline/SourceRecord.ts"
import type { Kind } from "./normalise.ts"
import { recordOf } from "./recordOf.ts"

type JsonMap = { readonly [key: string]: Json }

const isMap = (value: Json | undefined): value is JsonMap =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const has = (value: JsonMap, ...keys: ReadonlyArray<string>) => keys.some((key) => key in value)

const isDocument = (value: JsonMap) =>
  has(value, "entity_id", "increment_id", "grand_total", "base_grand_total")

const refuse = (message: string): Problem => ({ code: "not-a-payload", message, path: "" })

// Posting one kind as the other would post too much, or turn every side round.
const otherKind = (kind: Kind, document: JsonMap): string | undefined => {
  const found = has(document, "customer_email", "payment", "status_histories")
    ? "order"
    : has(document, "adjustment", "adjustment_positive", "base_adjustment_positive", "creditmemo_status")
      ? "credit-note"
      : has(document, "can_void_flag", "is_used_for_refund", "total_qty")
        ? "invoice"
        : kind.kind
  const labels = { order: "an order", invoice: "an invoice", "credit-note": "a credit memo" }
  return found === kind.kind ? undefined : labels[found]
}

const one = (kind: Kind, given: Json): SourceRecord | Problem => {
  if (!isMap(given)) return refuse(`this is no ${kind.label}: an object is expected.`)
  const { document, order } = isMap(given["document"]) ? given : { document: given, order: undefined }
  if (!isMap(document) || !isDocument(document)) {
    return refuse(
      `this is no ${kind.label} of Adobe Commerce. Give one document, a search result { "items": [...] }, or { "document": …, "order": … }.`
    )
  }
  const other = otherKind(kind, document)
  if (other !== undefined) {
    return refuse(
      `this is ${other}, and the source reads ${kind.label}s. Use the other source, or another file.`
    )
  }
  return recordOf(kind, { document, ...(isMap(order) ? { order } : {}) })
}

const isProblem = (value: SourceRecord | Problem): value is Problem => "code" in value

/** The records, or one problem when the payload is none of this source. */
export const fixtureRecords = (kind: Kind, payload: Json): ReadonlyArray<SourceRecord> | Problem => {
  const items = isMap(payload) && !isDocument(payload) ? payload["items"] : undefined
  const results = (Array.isArray(items) ? items : [payload]).map((item) => one(kind, item))
  const records = results.flatMap((result) => (isProblem(result) ? [] : [result]))
  return results.find(isProblem) ?? records
}

/**
 * fingerprint: what makes two readings of a document the same to an accountant.
 *
 * A shop touches its documents for many reasons: a comment, a shipment, a
 * nightly index. Only what can change an entry takes part, so that such a touch
 * posts nothing. The choice of fields is versioned: another choice must not
 * look like a change of every document ever read.
 */
import { createHash } from "node:crypto"
import { Predicate } from "effect"
import type { SourceRecord } from "../pipeline/SourceRecord.ts"

/** Version of the choice of fields below. */
export const fingerprintVersion = 1

/** Names and titles people read, and marks of when and by whom a record was touched. */
const withoutMeaning: ReadonlySet<string> = new Set(["updatedAt", "email", "name", "title"])

const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical)
  if (!Predicate.isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !withoutMeaning.has(key))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, canonical(inner)])
  )
}

/** Paid or open is the same sale; cancelled is not. */
const stateThatMatters = (state: string) => (state === "cancelled" ? "cancelled" : "live")

/** SHA-256 of the accounting content of a record, as lower-case hexadecimal. */
export const fingerprint = (record: SourceRecord): string => {
  const content =
    record.normalised._tag === "Document"
      ? { ...record.normalised.document, state: stateThatMatters(record.normalised.document.state) }
      : { problems: record.normalised.problems }
  return createHash("sha256")
    .update(JSON.stringify(canonical(content)))
    .digest("hex")
}

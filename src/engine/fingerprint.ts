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

/**
 * Of a sales document: names and titles people read, marks of when and by whom
 * it was touched, and what the shop says today of the store and the product
 * that it names, or of the guest who bought: a store that moves to another zone,
 * or a product that is filed elsewhere, changes nothing that was sold before.
 */
const withoutMeaning: ReadonlySet<string> = new Set([
  "updatedAt",
  "email",
  "name",
  "title",
  "timeZone",
  "locale",
  "baseCurrency",
  "category",
  "categories",
  "guestId"
])

/** Of any other record, such as a customer, its name is what it is about. */
const onlyTouched: ReadonlySet<string> = new Set(["updatedAt"])

const canonical = (value: unknown, without: ReadonlySet<string>): unknown => {
  if (Array.isArray(value)) return value.map((item) => canonical(item, without))
  if (!Predicate.isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !without.has(key))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, canonical(inner, without)])
  )
}

/** Paid or open is the same sale; cancelled is not. */
const stateThatMatters = (state: string) => (state === "cancelled" ? "cancelled" : "live")

const accountingContent = ({ normalised }: SourceRecord): unknown => {
  switch (normalised._tag) {
    case "Document": {
      const { document } = normalised
      return canonical({ ...document, state: stateThatMatters(document.state) }, withoutMeaning)
    }
    case "Record":
      return canonical(normalised.record, onlyTouched)
    case "Problems":
      return canonical({ problems: normalised.problems }, withoutMeaning)
  }
}

/** SHA-256 of the accounting content of a record, as lower-case hexadecimal. */
export const fingerprint = (record: SourceRecord): string =>
  createHash("sha256")
    .update(JSON.stringify(accountingContent(record)))
    .digest("hex")

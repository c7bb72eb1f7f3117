import { assert, describe, it } from "@effect/vitest"
import { fingerprint } from "../../src/engine/fingerprint.ts"
import type { EncodedSalesDocument } from "../../src/pipeline/SalesDocument.ts"
import type { SourceRecord } from "../../src/pipeline/SourceRecord.ts"
import { exampleDocument as invoice } from "../support/exampleDocument.ts"

const recordOf = (document: EncodedSalesDocument, raw: SourceRecord["raw"] = {}): SourceRecord => ({
  origin: { system: "shop", resource: "invoice", id: "42", number: "1000042", revision: "r1" },
  raw,
  normalised: { _tag: "Document", document }
})

const of = (changes: Partial<EncodedSalesDocument>) => fingerprint(recordOf({ ...invoice, ...changes }))
const unchanged = fingerprint(recordOf(invoice))

describe("fingerprint", () => {
  it("stays what it is from release to release, or every document ever read would look changed", () => {
    // Computed by another program from the sorted JSON. A new value here needs a new fingerprintVersion, and a rule for documents of the old one.
    assert.strictEqual(unchanged, "4b20fdd9b9233ca442bd4b3d92cb9fea394a38452918a1f0742264d454ac872a")
  })

  it("of a record that is no sales document, a name is content and only the time of the last touch is not", () => {
    const customer = (record: { readonly [key: string]: string }) =>
      fingerprint({ ...recordOf(invoice), normalised: { _tag: "Record", record } })
    const ada = customer({ id: "7", name: "Ada", updatedAt: "2026-04-01T00:00:00Z" })
    assert.strictEqual(customer({ id: "7", name: "Ada", updatedAt: "2026-05-01T00:00:00Z" }), ada)
    assert.notStrictEqual(customer({ id: "7", name: "Ada L.", updatedAt: "2026-04-01T00:00:00Z" }), ada)
  })

  it.each([
    { what: "a later touch", changes: { updatedAt: "2026-04-01T00:00:00Z" } },
    { what: "its payment", changes: { state: "paid" } },
    {
      what: "another e-mail address",
      changes: { customer: { ...invoice.customer, email: "b@example.com" } }
    },
    { what: "another name", changes: { customer: { ...invoice.customer, name: "Ada L." } } },
    { what: "another key of a guest", changes: { customer: { ...invoice.customer, guestId: "guest-3" } } },
    { what: "a renamed store", changes: { store: { ...invoice.store, name: "Deutschland" } } },
    {
      what: "another title of a tax",
      changes: { taxes: invoice.taxes.map((tax) => ({ ...tax, title: "MwSt." })) }
    },
    {
      what: "another name of a product",
      changes: { lines: invoice.lines.map((line) => ({ ...line, name: "Cup" })) }
    }
  ] as const)("$what is no change to an accountant", ({ changes }) => {
    assert.strictEqual(of(changes), unchanged)
  })

  it.each([
    { what: "a cancellation", changes: { state: "cancelled" } },
    { what: "another total", changes: { totals: { ...invoice.totals, grand: "119.01" } } },
    {
      what: "another total in the books' currency",
      changes: {
        totals: { ...invoice.totals, accounting: { ...invoice.totals.accounting, grand: "119.01" } }
      }
    },
    { what: "another currency", changes: { currency: "USD" } },
    { what: "another date", changes: { createdAt: "2026-04-01T10:00:00Z" } },
    { what: "another tax code", changes: { taxes: invoice.taxes.map((tax) => ({ ...tax, code: "DE-7" })) } },
    { what: "another product", changes: { lines: invoice.lines.map((line) => ({ ...line, sku: "CUP" })) } },
    { what: "another customer group", changes: { customer: { ...invoice.customer, group: "Wholesale" } } },
    { what: "another country", changes: { country: "AT" } },
    { what: "another payment method", changes: { payment: { method: "paypal" } } },
    { what: "a line more", changes: { lines: [...invoice.lines, ...invoice.lines] } }
  ] as const)("$what is a change", ({ changes }) => {
    assert.notStrictEqual(of(changes), unchanged)
  })

  it("the order of the fields and what else the payload says make no difference", () => {
    const turned = Object.fromEntries(Object.entries(invoice).toReversed())
    assert.strictEqual(fingerprint(recordOf({ ...invoice, ...turned }, { comment: "called" })), unchanged)
    const { lines, ...rest } = invoice
    assert.strictEqual(fingerprint(recordOf({ lines, ...rest })), unchanged)
  })

  it("a record that could not be read has the fingerprint of its problems", () => {
    const unreadable = (message: string): SourceRecord => ({
      ...recordOf(invoice),
      normalised: { _tag: "Problems", problems: [{ code: "no-order", message, path: "order" }] }
    })
    assert.strictEqual(fingerprint(unreadable("a")), fingerprint(unreadable("a")))
    assert.notStrictEqual(fingerprint(unreadable("a")), fingerprint(unreadable("b")))
    assert.notStrictEqual(fingerprint(unreadable("a")), unchanged)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { createHash } from "node:crypto"
import { marker, reversedKey } from "../../../src/connectors/ifs-cloud/marker.ts"
import { encodedInvoice, invoice, linesWith } from "./entries.ts"

// Crockford base32 by another road than the code under test: through binary text.
const crockford = (text: string, characters: number) => {
  const bits = [...createHash("sha256").update(text).digest()]
    .map((byte) => byte.toString(2).padStart(8, "0"))
    .join("")
  return Array.from({ length: characters }, (_, index) =>
    "0123456789ABCDEFGHJKMNPQRSTVWXYZ".charAt(Number.parseInt(bits.slice(index * 5, index * 5 + 5), 2))
  ).join("")
}

describe("marker", () => {
  it("names the document for people and the idempotency key for machines", () => {
    const { key, referenceNumber } = marker(invoice())
    assert.strictEqual(key, `I000000042.${crockford("shop/10/invoice/42/post/1", 14)}.`)
    assert.match(referenceNumber, /^I000000042\.[0-9A-HJKMNP-TV-Z]{14}\.[0-9A-HJKMNP-TV-Z]{5}$/u)
    assert.isTrue(referenceNumber.startsWith(key))
  })

  it("has 50 characters at most, whatever the document number is", () => {
    const document = { ...encodedInvoice.document, number: "Ö/2026 #".repeat(20) }
    const { key, referenceNumber } = marker(invoice({ document }))
    assert.strictEqual(referenceNumber.length, 50)
    assert.include(key, `.${crockford(encodedInvoice.idempotencyKey, 14)}.`)
  })

  it("is the same for the same content, however it is written", () => {
    const written = invoice({
      text: "Reworded",
      lines: linesWith("receivable", { amount: "119", text: "Reworded" })
    })
    assert.strictEqual(marker(written).referenceNumber, marker(invoice()).referenceNumber)
  })

  it.each([
    { what: "date", change: { postingDate: "2026-11-01" } },
    { what: "account", change: { lines: linesWith("revenue", { account: "4010" }) } },
    { what: "dimension", change: { lines: linesWith("revenue", { dimensions: { costCenter: "110" } }) } },
    { what: "tax code", change: { lines: linesWith("vat", { taxCode: "DE-7" }) } },
    { what: "correction flag", change: { correction: true } },
    { what: "currency", change: { currency: "USD" } }
  ])("another $what keeps the key and changes the fingerprint", ({ change }) => {
    const before = marker(invoice())
    const after = marker(invoice(change))
    assert.strictEqual(after.key, before.key)
    assert.notStrictEqual(after.referenceNumber, before.referenceNumber)
  })

  it("another idempotency key gives another key", () => {
    assert.notStrictEqual(marker(invoice({ idempotencyKey: "other" })).key, marker(invoice()).key)
  })

  it("a reversal knows the key of what it reverses", () => {
    const reversal = invoice({ idempotencyKey: "reversal", reverses: encodedInvoice.idempotencyKey })
    assert.strictEqual(reversedKey(reversal), marker(invoice()).key)
    assert.isUndefined(reversedKey(invoice()))
  })
})

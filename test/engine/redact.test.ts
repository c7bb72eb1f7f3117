import { assert, describe, it } from "@effect/vitest"
import { personOf } from "../../src/engine/personOf.ts"
import {
  forgottenPayload,
  isForgotten,
  jsonWithout,
  personalValues,
  redact,
  textWithout
} from "../../src/engine/redact.ts"
import { fingerprint } from "../../src/engine/fingerprint.ts"
import { fieldsOf, type Json, type SourceRecord } from "../../src/pipeline/SourceRecord.ts"
import { exampleDocument } from "../support/exampleDocument.ts"

const origin = { system: "adobe-commerce", resource: "invoice", id: "7", number: "000000007", revision: "1" }

const customer = {
  kind: "registered",
  id: "17",
  group: "1",
  email: "Anna@Example.com",
  name: "Anna Weiß",
  company: "Weiß (Möbel) + Söhne",
  vatNumber: "DE123456789"
} as const

const invoice: SourceRecord = {
  origin,
  raw: { billing: { firstname: "Anna", lastname: "Weiß", street: ["Am Hof 1"], telephone: "+49 30 1" } },
  normalised: {
    _tag: "Document",
    document: { ...exampleDocument, customer },
    looked: {
      debtor: {
        id: "1001",
        number: "1001",
        name: "WEISS ANNA",
        email: "a@erp.example",
        addresses: [{ street: ["Hofweg 2"] }]
      },
      account: { id: "10/1510", company: "10", description: "Receivables" }
    },
    missed: [
      {
        code: "lookup/not-linked",
        message: 'no record with email = "anna@example.com".',
        path: "",
        awaits: { pair: "erp/shop", side: "right", id: "17", create: true }
      }
    ]
  }
}

describe("redact", () => {
  it("takes the payload and whatever names the person, and keeps what is booked and by which keys", () => {
    const redacted = redact(invoice)
    assert.deepStrictEqual(redacted.raw, forgottenPayload)
    assert.isTrue(isForgotten(redacted))
    const text = JSON.stringify(redacted).toLowerCase()
    for (const gone of ["anna", "weiß", "weiss", "example.com", "erp.example", "de123456789", "hof"]) {
      assert.notInclude(text, gone)
    }
    // Nobody is created on the account of a document whose customer was forgotten.
    assert.notInclude(text, "awaits")
    const fields = fieldsOf(redacted.normalised)
    assert.deepStrictEqual(fields?.["totals"], fieldsOf(invoice.normalised)?.["totals"])
    assert.deepInclude(fields?.["customer"], {
      id: "17",
      group: "1",
      kind: "registered",
      vatNumber: "forgotten"
    })
    assert.deepStrictEqual(
      "looked" in redacted.normalised ? redacted.normalised.looked?.["account"] : undefined,
      {
        id: "10/1510",
        company: "10",
        description: "Receivables"
      }
    )
  })

  it("gives the same for the same record, however often, and a fingerprint that tells nothing of the person", () => {
    const once = redact(invoice)
    assert.deepStrictEqual(redact(once), once)
    const other = redact({
      ...invoice,
      normalised: {
        _tag: "Document",
        document: { ...exampleDocument, customer: { ...customer, vatNumber: "AT1", company: "Other" } }
      }
    })
    assert.strictEqual(fingerprint(other), fingerprint(once))
  })

  it("takes everything of a customer but keys, states and countries", () => {
    const redacted = redact({
      origin: { ...origin, resource: "customer" },
      raw: {},
      normalised: {
        _tag: "Record",
        record: {
          id: "17",
          name: "Anna",
          state: "active",
          addresses: [{ street: ["Am Hof 1"], city: "Wien", country: "AT" }]
        }
      }
    })
    assert.deepStrictEqual(fieldsOf(redacted.normalised), {
      id: "17",
      name: "forgotten",
      state: "active",
      addresses: [{ street: ["forgotten"], city: "forgotten", country: "AT" }]
    })
  })
})

describe("redact of a record that is no document", () => {
  it.each([
    [
      "payment",
      { id: "1", amount: "5.00", customer: { id: "17", name: "Anna", email: "a@example.com" } },
      { id: "1", amount: "5.00", customer: { id: "17", name: "forgotten", email: "forgotten" } }
    ],
    [
      "purchase-order",
      { id: "u1", createdBy: { name: "Anna", email: "a@example.com" }, total: "5.00" },
      { id: "u1", createdBy: { name: "forgotten", email: "forgotten" }, total: "5.00" }
    ],
    [
      "ledger-payment",
      { id: "10/1", company: "10", customer: "1001", text: "from Anna" },
      { id: "10/1", company: "10", customer: "1001", text: "forgotten" }
    ]
  ])("%s: whoever has an address goes, keys and amounts stay", (resource, record, expected) => {
    const redacted = redact({
      origin: { ...origin, resource },
      raw: {},
      normalised: { _tag: "Record", record }
    })
    assert.deepStrictEqual(fieldsOf(redacted.normalised), expected)
  })
})

describe("a text without the person", () => {
  const without = textWithout(personalValues(invoice))

  it.each([
    ["Invoice 7 Anna Weiß", "Invoice 7 forgotten"],
    ["no row for ANNA WEISS, anna weiß or WEISS ANNA", "no row for forgotten WEISS, forgotten or forgotten"],
    ["Weiß (Möbel) + Söhne, VAT DE123456789", "forgotten, VAT forgotten"],
    ["Annaberg, Hannah and 1234", "Annaberg, Hannah and 1234"],
    ["ship to Am Hof 1.", "ship to forgotten."]
  ])("%s becomes %s", (text, expected) => {
    assert.strictEqual(without(text), expected)
  })

  it("leaves names of things alone, wherever they stand", () => {
    const detail: Json = {
      idempotencyKey: "shop/Anna/1",
      problems: [{ code: "Anna", message: "Anna is missing" }]
    }
    assert.deepStrictEqual(jsonWithout(detail, without), {
      idempotencyKey: "shop/Anna/1",
      problems: [{ code: "Anna", message: "forgotten is missing" }]
    })
  })

  it("lets a document wait for the person no more", () => {
    const awaits = { pair: "erp/shop", side: "right", id: "17", create: true }
    const problem = { code: "lookup/not-linked", message: "Customer 17 is not linked.", path: "", awaits }
    assert.deepStrictEqual(jsonWithout([problem], without), [
      { code: "lookup/not-linked", message: "Customer 17 is not linked.", path: "" }
    ])
  })
})

describe("personOf", () => {
  it("names the key in its own system and every address, and nobody where there is no customer", () => {
    assert.deepStrictEqual(personOf(invoice, "shop"), [
      "customer adobe-commerce 17",
      "customer adobe-commerce 17 of shop",
      "email anna@example.com"
    ])
    const account: SourceRecord = {
      origin: { ...origin, system: "ifs-cloud", resource: "account" },
      raw: {},
      normalised: { _tag: "Record", record: { id: "10/1510", customer: "1001" } }
    }
    assert.deepStrictEqual(personOf(account, "erp"), [
      "customer ifs-cloud 1001",
      "customer ifs-cloud 1001 of erp"
    ])
    const product = {
      ...account,
      normalised: { _tag: "Record" as const, record: { id: "1", name: "Shirt" } }
    }
    assert.deepStrictEqual(personOf(product, "shop"), [])
  })

  it("finds the addresses of what could not be read in its payload", () => {
    const unreadable: SourceRecord = {
      origin,
      raw: { order: { customer_email: "Anna@Example.com" } },
      normalised: { _tag: "Problems", problems: [] }
    }
    assert.deepStrictEqual(personOf(unreadable, "shop"), ["email anna@example.com"])
  })
})

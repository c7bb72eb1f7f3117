import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { jsonSchemas } from "../../src/config/jsonSchemas.ts"
import { parseYaml } from "../../src/config/parseYaml.ts"
import { reference } from "../../src/config/reference.ts"
import { fakeConnectors } from "./fakeConnector.ts"

const schemas = jsonSchemas(fakeConnectors)

const accepts = (name: string, text: string): boolean => {
  const validate = new Ajv2020({ strict: true }).compile(JSON.parse(schemas[name] ?? "false"))
  return validate(parseYaml(name, text).yaml?.value)
}

const pipeline = `name: invoices-to-gl
source: { type: shop/invoices, connection: shop, with: { states: [paid] } }
trigger: { poll: { every: 5 minutes } }
transform:
  - jsonata: $
mapping:
  company: "10"
  postingDate: { from: createdAt, timeZone: Europe/Berlin }
  tables:
    revenue: { file: tables/revenue.csv, hitPolicy: first }
    channel: { rows: [{ channel: web, account: "4000" }] }
  lines:
    - { name: receivable, side: debit, amount: totals.grand, account: "1510" }
    - { name: revenue, side: credit, each: lines, amount: net, account: { table: revenue } }
  rounding: { account: "7990", limit: "0.02" }
onChange: park
reversal: storno
sink: { type: ledger/entries, connection: erp, with: { series: M, dimensions: { costCenter: B } } }
`

const connections = `connections:
  shop:
    type: shop
    baseUrl: https://shop.example.com
    timeout: 5 seconds
    credentials: { user: { env: SHOP_USER }, password: { file: /run/secrets/password } }
  erp: { type: ledger, baseUrl: https://erp.example.com }
`

describe("jsonSchemas", () => {
  it("accept a pipeline and its connections", () => {
    assert.isTrue(accepts("pipeline.schema.json", pipeline))
    assert.isTrue(accepts("connections.schema.json", connections))
  })

  it.each([
    ["an unknown key", "onChange: park", "onchange: park"],
    ["an account that is a number", 'account: "1510"', "account: 1510"],
    ["a limit that is a number", 'limit: "0.02"', "limit: 0.02"],
    ["an unknown source", "shop/invoices", "shop/orders"],
    ["a setting of the source that does not exist", "states: [paid]", "state: [paid]"],
    ["a value that is not allowed", "states: [paid]", "states: [payed]"],
    ["a name with a space", "name: invoices-to-gl", "name: invoices to gl"],
    ["a table that is both a file and rows", "hitPolicy: first", "rows: []"],
    ["a sink without its settings", ", with: { series: M, dimensions: { costCenter: B } }", ""],
    ["a pipeline without a company", '  company: "10"\n', ""]
  ])("refuse %s", (_, from, to) => {
    assert.include(pipeline, from)
    assert.isFalse(accepts("pipeline.schema.json", pipeline.replace(from, to)))
  })

  it.each([
    ["a literal credential", "{ env: SHOP_USER }", "admin"],
    ["a reference of two kinds", "{ env: SHOP_USER }", "{ env: SHOP_USER, file: x }"],
    ["a setting of another vendor", "timeout: 5 seconds", "series: M"],
    ["an unknown type", "type: ledger", "type: leger"]
  ])("refuse connections with %s", (_, from, to) => {
    assert.include(connections, from)
    assert.isFalse(accepts("connections.schema.json", connections.replace(from, to)))
  })

  it("accept an entry as printed, and refuse an amount that is a number or not above zero", () => {
    const entry = (amount: unknown) =>
      JSON.stringify({
        idempotencyKey: "shop/10/invoice/42",
        document: { resource: "invoice", id: "42", number: "1000042" },
        company: "10",
        postingDate: "2026-10-31",
        currency: "EUR",
        accountingCurrency: "EUR",
        text: "Invoice 1000042",
        correction: false,
        lines: [
          {
            account: "1510",
            side: "debit",
            amount,
            accountingAmount: "119.00",
            dimensions: {},
            text: "",
            rule: "receivable"
          },
          {
            account: "4000",
            side: "credit",
            amount,
            accountingAmount: "119.00",
            dimensions: {},
            text: "",
            rule: "revenue"
          }
        ]
      })
    assert.isTrue(accepts("journal-entry.schema.json", entry("119.00")))
    assert.isFalse(accepts("journal-entry.schema.json", entry(119)))
    assert.isFalse(accepts("journal-entry.schema.json", entry("-119.00")))
  })
})

describe("reference", () => {
  const page = reference(fakeConnectors)

  it("lists a setting with its kind, default and meaning", () => {
    assert.include(page, '| `states` | list: open, paid | `["paid"]` | Only documents in these states. |')
    assert.include(page, "| `overlap` | text | `10 minutes` | Reach back. |")
    assert.include(page, "| `credentials.user` | { env } or { file } | required |")
  })

  it("lists the fields of a document, amounts once", () => {
    assert.include(
      page,
      "| `totals.grand` | decimal as text | required | What the customer pays or gets back. |"
    )
    assert.notInclude(page, "totals.accounting.grand")
  })
})

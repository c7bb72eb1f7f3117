/**
 * What the shipped pipelines post, on documents an accountant would recognise.
 */
import { assert, describe, it } from "@effect/vitest"
import { NodeServices } from "@effect/platform-node"
import { Effect, FileSystem } from "effect"
import { formatDecimal } from "../../src/accounting/Decimal.ts"
import { connectors } from "../../src/connectors/registry.ts"
import type { EncodedSalesDocument } from "../../src/pipeline/SalesDocument.ts"
import { makePlan } from "../../src/plan/makePlan.ts"

const pipelines = new URL("../../pipelines", import.meta.url).pathname

const twice = <Fields extends object>(fields: Fields) => ({ ...fields, accounting: fields })

const line = (sku: string, productType: string, net: string) => ({
  id: sku,
  sku,
  name: sku,
  productType,
  quantity: "1",
  ...twice({ gross: net, discount: "0.00", net, tax: "0.00" })
})

/**
 * A mug of 100.00 and a gift card of 50.00, shipped for 5.00 and wrapped for
 * 2.00, with 19.95 tax: 176.95, of which 40.00 is settled.
 */
const invoice: EncodedSalesDocument = {
  kind: "invoice",
  id: "42",
  number: "1000042",
  state: "paid",
  createdAt: "2026-10-31T10:00:00Z",
  updatedAt: "2026-10-31T10:00:00Z",
  currency: "EUR",
  accountingCurrency: "EUR",
  store: { id: "1", code: "default" },
  order: { id: "7" },
  customer: { kind: "guest" },
  payment: {},
  lines: [line("MUG", "simple", "100.00"), line("GIFT", "gift-card", "50.00")],
  shipping: twice({ gross: "5.00", discount: "0.00", net: "5.00", tax: "0.95" }),
  taxes: [{ code: "DE-19", title: "VAT 19 %", ...twice({ amount: "19.95" }) }],
  settlements: [
    { type: "gift-card", ...twice({ amount: "10.00" }) },
    { type: "store-credit", ...twice({ amount: "30.00" }) }
  ],
  fees: [{ type: "gift-wrap", title: "Gift wrap", ...twice({ amount: "2.00" }) }],
  totals: twice({
    grand: "136.95",
    settled: "40.00",
    net: "150.00",
    shipping: "5.00",
    tax: "19.95",
    fees: "2.00",
    residual: "0.00"
  })
}

/** The whole invoice taken back, 3.00 on top for the trouble and 4.00 kept back for the return parcel. */
const creditNote: EncodedSalesDocument = {
  ...invoice,
  kind: "credit-note",
  fees: [
    ...invoice.fees,
    { type: "adjustment-refund", title: "Adjustment refund", ...twice({ amount: "3.00" }) },
    { type: "adjustment-fee", title: "Adjustment fee", ...twice({ amount: "-4.00" }) }
  ],
  totals: twice({ ...invoice.totals.accounting, grand: "135.95", fees: "1.00" })
}

const post = Effect.fn("post")(function* (name: string, document: EncodedSalesDocument) {
  const { plan } = yield* makePlan({ paths: [pipelines], connectors })
  const pipeline = plan?.pipelines.find((candidate) => candidate.name === name)
  if (pipeline === undefined) return assert.fail(`there is no pipeline ${name}`)
  return yield* pipeline.process(
    {
      origin: { system: "adobe-commerce", resource: "invoice", id: "42", number: "1000042", revision: "1" },
      raw: {},
      normalised: { _tag: "Document", document }
    },
    { idempotencyKey: (company) => `shop/${company}/invoice/42` }
  )
}, Effect.provide(NodeServices.layer))

/** Side, account, amount and cost centre of each line. */
const lines = Effect.fn("lines")(function* (name: string, document: EncodedSalesDocument) {
  const outcome = yield* post(name, document)
  return outcome._tag !== "Entry"
    ? assert.fail(JSON.stringify(outcome))
    : outcome.entry.lines.map(
        ({ account, amount, dimensions, side }) =>
          `${side} ${account} ${formatDecimal(amount)} ${dimensions["costCenter"] ?? "-"}`
      )
})

const inStore = (store: EncodedSalesDocument["store"]): EncodedSalesDocument => ({ ...invoice, store })

describe("invoices-to-gl", () => {
  it.effect("posts receivable, settlements, revenue, shipping, fees and tax", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* lines("invoices-to-gl", invoice), [
        "debit 1510 136.95 -",
        "debit 2410 10.00 -",
        "debit 2420 30.00 -",
        "credit 4000 100.00 100",
        "credit 2410 50.00 -",
        "credit 4100 5.00 100",
        "credit 4200 2.00 100",
        "credit 2610 19.95 -"
      ])
    })
  )

  it.effect.each([
    [{ id: "2", code: "b2b" }, "4010", "110"],
    [{ id: "3", code: "us" }, "4020", "120"],
    [{ id: "1", code: "default" }, "4000", "100"],
    [{ id: "1" }, "4000", "100"]
  ] as const)("posts revenue of store %j to %s, cost centre %s", ([store, account, costCenter]) =>
    Effect.gen(function* () {
      const posted = yield* lines("invoices-to-gl", inStore(store))
      assert.include(posted, `credit ${account} 100.00 ${costCenter}`)
      assert.include(posted, `credit 4100 5.00 ${costCenter}`)
      assert.include(posted, "credit 2410 50.00 -")
    })
  )

  it.effect("puts a cent that nothing explains on the rounding account", () =>
    Effect.gen(function* () {
      const totals = { ...invoice.totals.accounting, grand: "136.96", residual: "0.01" }
      const posted = yield* lines("invoices-to-gl", { ...invoice, totals: twice(totals) })
      assert.include(posted, "debit 1510 136.96 -")
      assert.include(posted, "credit 7990 0.01 100")
    })
  )

  const parked: ReadonlyArray<{
    readonly name: string
    readonly document: EncodedSalesDocument
    readonly code: string
    readonly said: string
    /** Text of the line of YAML that the problem points at. */
    readonly at: string
  }> = [
    {
      name: "a tax code without an account",
      document: { ...invoice, taxes: [{ code: "DK-25", title: "VAT", ...twice({ amount: "19.95" }) }] },
      code: "mapping/no-row",
      said: "DK-25",
      at: "- name: vat"
    },
    {
      name: "a store that no table knows",
      document: inStore({ id: "9", code: "ch" }),
      code: "mapping/no-row",
      said: "ch",
      at: "- name: revenue"
    },
    {
      name: "reward points",
      document: { ...invoice, settlements: [{ type: "reward-points", ...twice({ amount: "40.00" }) }] },
      code: "mapping/no-row",
      said: "reward-points",
      at: "- name: settlement"
    },
    {
      name: "a surcharge that stands in no field",
      document: {
        ...invoice,
        totals: twice({ ...invoice.totals.accounting, grand: "139.95", residual: "3.00" })
      },
      code: "mapping/rounding-limit",
      said: "3.00",
      at: "rounding:"
    }
  ]
  it.effect.each(parked)("parks $name, and points at the rule that lacks something", (expected) =>
    Effect.gen(function* () {
      const outcome = yield* post("invoices-to-gl", expected.document)
      if (outcome._tag !== "Problems") return assert.fail("nothing should have been posted")
      const [problem] = outcome.problems
      assert.strictEqual(problem?.code, expected.code)
      assert.include(problem?.message ?? "", expected.said)
      const files = yield* FileSystem.FileSystem
      const text = yield* files.readFileString(problem?.at?.file ?? "")
      assert.strictEqual(text.split("\n")[(problem?.at?.line ?? 0) - 1]?.trim(), expected.at)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

describe("credit-notes-to-gl", () => {
  it.effect("exchanges the sides, and puts what is kept back on the other one", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* lines("credit-notes-to-gl", creditNote), [
        "credit 1510 135.95 -",
        "credit 2410 10.00 -",
        "credit 2420 30.00 -",
        "debit 4000 100.00 100",
        "debit 2410 50.00 -",
        "debit 4100 5.00 100",
        "debit 4200 2.00 100",
        "debit 4810 3.00 100",
        "credit 4820 4.00 100",
        "debit 2610 19.95 -"
      ])
    })
  )
})

/**
 * Pipelines that post payments, company credit, and revenue by product category: they pass validation
 * without a warning and make entries of what is saved.
 */
import { assert, describe, it } from "@effect/vitest"
import { NodeServices } from "@effect/platform-node"
import { Effect } from "effect"
import { invoiceKind } from "../../src/connectors/adobe-commerce/normaliseInvoice.ts"
import { recordOf } from "../../src/connectors/adobe-commerce/recordOf.ts"
import { connectors } from "../../src/connectors/registry.ts"
import type { Json } from "../../src/pipeline/SourceRecord.ts"
import { makePlan } from "../../src/plan/makePlan.ts"
import { invoice, order as anOrder } from "../connectors/adobe-commerce/payloads.ts"

const folder = new URL("../pipelines/posting", import.meta.url).pathname

const planned = makePlan({ paths: [folder], connectors }).pipe(Effect.provide(NodeServices.layer))

const key = { idempotencyKey: () => "k" }

const posting = Effect.fnUntraced(function* (name: string, payload: Json) {
  const { issues, plan } = yield* planned
  assert.deepEqual(issues, [])
  const pipeline = plan?.pipelines.find((each) => each.name === name) ?? assert.fail(`no ${name}`)
  const records = pipeline.source.fixture(payload)
  const record = "code" in records ? assert.fail(records.message) : records[0]
  const outcome = yield* pipeline.process(record ?? assert.fail("no record"), key)
  return outcome._tag === "Entry"
    ? outcome.entry.lines.map(({ account, side }) => `${side} ${account}`)
    : assert.fail(JSON.stringify(outcome))
})

const order = {
  entity_id: 5,
  increment_id: "000000005",
  order_currency_code: "EUR",
  base_currency_code: "EUR",
  payment: { method: "braintree" }
}
const transaction = (txn_type: string) => ({
  transaction_id: 9,
  order_id: 5,
  txn_id: "ch_1",
  txn_type,
  is_closed: 0,
  created_at: "2026-03-31 22:30:00"
})
const totals = { entity_id: 3, grand_total: 119, base_grand_total: 119 }

describe("A4 a pipeline", () => {
  it.effect("posts a capture against the receivable, and a refund the other way", () =>
    Effect.gen(function* () {
      assert.deepEqual(
        yield* posting("payments-to-gl", { document: transaction("capture"), order, invoice: totals }),
        ["debit 1240", "credit 1510"]
      )
      assert.deepEqual(
        yield* posting("payments-to-gl", { document: transaction("refund"), order, creditMemo: totals }),
        ["credit 1240", "debit 1510"]
      )
    })
  )

  it.effect("posts what a company paid back", () =>
    Effect.gen(function* () {
      const entry = {
        id: 6,
        company_credit_id: 2,
        currency_credit: "EUR",
        currency_operation: "EUR",
        amount: 250,
        balance: 0,
        type: 4,
        datetime: "2026-03-12 02:26:28"
      }
      assert.deepEqual(yield* posting("company-credits-to-gl", entry), ["debit 1200", "credit 1510"])
    })
  )

  it.effect("posts revenue by the category of the product, and by a row of its own where there is none", () =>
    Effect.gen(function* () {
      const { plan } = yield* planned
      const pipeline = plan?.pipelines.find(({ name }) => name === "revenue-by-category")
      const record = recordOf(invoiceKind, { document: invoice(), order: anOrder() })
      if (record.normalised._tag !== "Document") return assert.fail("no document")
      const { document } = record.normalised
      const postedTo = Effect.fnUntraced(function* (category?: { id: string; name: string; path: string }) {
        const lines = document.lines.map((line) => (category === undefined ? line : { ...line, category }))
        const outcome = yield* (pipeline ?? assert.fail("no pipeline")).process(
          { ...record, normalised: { _tag: "Document", document: { ...document, lines } } },
          key
        )
        return outcome._tag === "Entry"
          ? outcome.entry.lines.map(({ account }) => account)
          : assert.fail(JSON.stringify(outcome))
      })
      const shirts = { id: "7", name: "Shirts", path: "Clothing/Shirts" }
      assert.deepEqual(yield* postedTo(shirts), ["1510", "4010", "4100", "2610"])
      assert.deepEqual(yield* postedTo(), ["1510", "4000", "4100", "2610"])
    })
  )
})

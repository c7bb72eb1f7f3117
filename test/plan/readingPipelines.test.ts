/*
 * Pipelines that only read, and mappings over records that are no sales documents.
 */
import { assert, describe, it } from "@effect/vitest"
import { NodeServices } from "@effect/platform-node"
import { BigDecimal, Effect } from "effect"
import type { PlanResult } from "../../src/plan/makePlan.ts"
import { issueText, matchGolden } from "../config/golden.ts"
import { planOf } from "./planOf.ts"

const connections = `connections:
  shop:
    type: shop
    baseUrl: https://shop.example.com
    credentials: { user: { env: SHOP_USER }, password: { env: SHOP_PASSWORD } }
`
const withLedger = `${connections}  erp: { type: ledger, baseUrl: https://erp.example.com }\n`

const customers = `name: customers
source: { type: shop/customers, connection: shop }
transform:
  - jsonata: |
      $merge([$, { "label": name & " (" & id & ")" }])
`

const sink = `sink:
  type: ledger/entries
  connection: erp
  with: { series: M, dimensions: {} }
`
const payments = `name: payments
source: { type: shop/payments, connection: shop }
transform:
  - jsonata: |
      $merge([$, { "accountingCurrency": currency }])
mapping:
  company: "10"
  postingDate: { from: paidOn, timeZone: America/Los_Angeles }
  lines:
    - { name: bank, side: debit, amount: amount, account: "1200" }
    - { name: receivable, side: credit, amount: amount, account: "1510" }
`

const planned = (files: Readonly<Record<string, string>>) =>
  planOf(files).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

const codes = ({ issues }: PlanResult) => issues.map(({ code, line }) => `${line} ${code}`)

const only = <A>(found: ReadonlyArray<A> | undefined): A => found?.[0] ?? assert.fail("there is none")

describe("a pipeline without mapping and sink", () => {
  it.effect("only reads: what the transform makes of a record, without the payload", () =>
    Effect.gen(function* () {
      const result = yield* planned({ "connections.yaml": connections, "customers.yaml": customers })
      assert.deepStrictEqual(result.issues, [])
      assert.deepStrictEqual(result.plan?.pipelines, [])
      const reading = only(result.plan?.readings)
      const records = reading.source.fixture([{ id: "7", name: "Mug Ltd", addresses: [] }])
      if ("code" in records) return assert.fail(records.message)
      assert.deepStrictEqual(yield* reading.process(only(records)), {
        _tag: "Record",
        record: { id: "7", name: "Mug Ltd", addresses: [], label: "Mug Ltd (7)" }
      })
    })
  )

  it.effect("a transform that drops a field of the record is a problem that names it and its line", () =>
    Effect.gen(function* () {
      const result = yield* planned({
        "connections.yaml": connections,
        "customers.yaml": customers.replace(/\$merge.*/u, '{ "name": name, "addresses": addresses }')
      })
      const reading = only(result.plan?.readings)
      const records = reading.source.fixture([{ id: "7", name: "Mug Ltd", addresses: [] }])
      if ("code" in records) return assert.fail(records.message)
      const outcome = yield* reading.process(only(records))
      if (outcome._tag !== "Problems") return assert.fail("the id is gone")
      assert.deepStrictEqual(
        outcome.problems.map(({ at, code, path }) => [code, path, at?.line]),
        [["transform/not-a-document", "id", 3]]
      )
      assert.include(outcome.problems[0]?.message ?? "", "Keep the fields of the record")
    })
  )

  it.effect("a field that the source's record lacks is an error, with the name that was meant", () =>
    Effect.gen(function* () {
      const { issues } = yield* planned({
        "connections.yaml": connections,
        "customers.yaml": customers.replace("name & ", "nmae & ")
      })
      assert.deepStrictEqual(
        issues.map(({ code, line, suggestion }) => [code, line, suggestion]),
        [["expression/unknown-field", 5, "name"]]
      )
    })
  )
})

describe("a mapping over records that are no sales documents", () => {
  it.effect("posts their amounts and currency on their own day, whatever the zone", () =>
    Effect.gen(function* () {
      const result = yield* planned({ "connections.yaml": withLedger, "payments.yaml": payments + sink })
      assert.deepStrictEqual(result.issues, [])
      const pipeline = only(result.plan?.pipelines)
      const process = (paidOn: string) => {
        const records = pipeline.source.fixture([
          { id: "3", state: "received", paidOn, amount: "12.50", currency: "USD" }
        ])
        return "code" in records
          ? assert.fail(records.message)
          : pipeline.process(only(records), { idempotencyKey: () => "key" })
      }
      const outcome = yield* process("2026-03-31")
      if (outcome._tag !== "Entry") return assert.fail(JSON.stringify(outcome))
      const { currency, lines, postingDate } = outcome.entry
      assert.deepStrictEqual(
        [postingDate, currency, ...lines.map((line) => `${line.account} ${BigDecimal.format(line.amount)}`)],
        ["2026-03-31", "USD", "1200 12.5", "1510 12.5"]
      )
      const impossible = yield* process("2026-02-30")
      if (impossible._tag !== "Problems") return assert.fail("there is no such day")
      assert.deepStrictEqual(
        impossible.problems.map(({ code }) => code),
        ["mapping/not-an-instant"]
      )
    })
  )
})

describe("the message for", () => {
  const cases: ReadonlyArray<readonly [name: string, files: Readonly<Record<string, string>>, string]> = [
    ["a mapping without a sink", { "connections.yaml": connections, "p.yaml": payments }, "6 plan/no-sink"],
    [
      "a sink without a mapping",
      { "connections.yaml": withLedger, "p.yaml": customers + sink },
      "6 plan/no-mapping"
    ],
    [
      "a reversal where nothing is posted",
      { "connections.yaml": connections, "p.yaml": `${customers}reversal: storno\n` },
      "6 plan/nothing-to-post"
    ],
    [
      "a reconciliation where nothing is posted",
      { "connections.yaml": connections, "p.yaml": `${customers}reconcile: { every: 1 day }\n` },
      "6 plan/nothing-to-post"
    ],
    [
      "a record without a currency of the books",
      {
        "connections.yaml": withLedger,
        "p.yaml": payments.replace(/transform:[\s\S]*mapping:/u, "mapping:") + sink
      },
      "4 mapping/no-currency"
    ]
  ]
  it.effect.each(cases)("%s", ([name, files, code]) =>
    Effect.gen(function* () {
      const result = yield* planned(files)
      assert.deepStrictEqual(codes(result), [code])
      yield* matchGolden(`${name.replaceAll(" ", "-")}.txt`, `${result.issues.map(issueText).join("\n")}\n`)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

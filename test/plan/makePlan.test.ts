import { assert, describe, it } from "@effect/vitest"
import { NodeServices } from "@effect/platform-node"
import { BigDecimal, Effect, FileSystem, Path } from "effect"
import type { EncodedSalesDocument } from "../../src/pipeline/SalesDocument.ts"
import type { SourceRecord } from "../../src/pipeline/SourceRecord.ts"
import { makePlan, type PlanResult } from "../../src/plan/makePlan.ts"
import type { PostingPipeline } from "../../src/plan/Plan.ts"
import { fakeConnectors } from "../config/fakeConnector.ts"
import { issueText, matchGolden } from "../config/golden.ts"
import { planOf } from "./planOf.ts"

const connections = `connections:
  shop:
    type: shop
    baseUrl: https://shop.example.com
    credentials: { user: { env: SHOP_USER }, password: { env: SHOP_PASSWORD } }
  erp: { type: ledger, baseUrl: https://erp.example.com }
`

const invoices = `name: invoices
source: { type: shop/invoices, connection: shop }
trigger: { poll: { every: 2 minutes, overlap: 1 hour } }
transform:
  - jsonata: |
      $merge([$, {
        "channel": store.code = "b2b" ? "wholesale" : "web"
      }])
mapping:
  company: "10"
  postingDate: { from: createdAt, timeZone: Europe/Berlin }
  tables:
    revenue: { file: tables/revenue.csv }
  lines:
    - { name: receivable, side: debit, amount: totals.grand, account: "1510" }
    - name: revenue
      side: credit
      each: lines
      amount: net
      account: { table: revenue }
      dimensions: { costCenter: { table: revenue, column: costCenter } }
sink:
  type: ledger/entries
  connection: erp
  with: { series: M, dimensions: { costCenter: B } }
`

const revenue = `channel,account,costCenter
web,4000,100
`

const good = { "connections.yaml": connections, "invoices.yaml": invoices, "tables/revenue.csv": revenue }

const onlyPipeline = (result: PlanResult): PostingPipeline => {
  assert.deepStrictEqual(result.issues, [])
  const pipeline = result.plan?.pipelines[0]
  if (pipeline === undefined) return assert.fail("there is no pipeline")
  return pipeline
}

const codes = (result: PlanResult) => result.issues.map(({ code, file, line }) => `${file}:${line} ${code}`)

const amounts = { gross: "100.00", discount: "0.00", net: "100.00", tax: "0.00" }
const totals = {
  grand: "100.00",
  settled: "0.00",
  net: "100.00",
  shipping: "0.00",
  tax: "0.00",
  fees: "0.00",
  residual: "0.00"
}
const none = { gross: "0.00", discount: "0.00", net: "0.00", tax: "0.00" }

/** Invoice 1000042 of 100.00 in store `code`, late on New Year's Eve in UTC, so in January in Berlin. */
const invoice = (code: string): EncodedSalesDocument => ({
  kind: "invoice",
  id: "42",
  number: "1000042",
  state: "paid",
  createdAt: "2026-12-31T23:30:00Z",
  updatedAt: "2026-12-31T23:30:00Z",
  currency: "EUR",
  accountingCurrency: "EUR",
  store: { id: "1", code },
  order: { id: "7" },
  customer: { kind: "guest" },
  payment: {},
  lines: [
    {
      id: "1",
      sku: "MUG",
      name: "Mug",
      productType: "simple",
      quantity: "1",
      ...amounts,
      accounting: amounts
    }
  ],
  shipping: { ...none, accounting: none },
  taxes: [],
  settlements: [],
  fees: [],
  totals: { ...totals, accounting: totals }
})

const record = (document: EncodedSalesDocument): SourceRecord => ({
  origin: { system: "shop", resource: "invoice", id: document.id, number: document.number, revision: "1" },
  raw: { entity_id: 42 },
  normalised: { _tag: "Document", document }
})

const key = { idempotencyKey: (company: string) => `shop/${company}/invoice/42/original/1` }

const run = <A, E>(effect: Effect.Effect<A, E, NodeServices.NodeServices>) =>
  effect.pipe(Effect.provide(NodeServices.layer))

describe("makePlan", () => {
  it.effect("plans a folder without a mistake, and says where each rule stands", () =>
    Effect.gen(function* () {
      const pipeline = onlyPipeline(yield* planOf(good))
      assert.strictEqual(pipeline.name, "invoices")
      assert.strictEqual(pipeline.company, "10")
      assert.strictEqual(pipeline.sourceConnection, "shop")
      assert.strictEqual(pipeline.sinkType, "ledger/entries")
      assert.strictEqual(pipeline.onChange, "reverse-and-repost")
      assert.strictEqual(pipeline.locateRule("revenue").line, 16)
    }).pipe(Effect.scoped, run)
  )

  it.effect("the trigger's overlap takes the place of the source's own", () =>
    Effect.gen(function* () {
      const given = onlyPipeline(yield* planOf(good))
      const usual = onlyPipeline(
        yield* planOf({ ...good, "invoices.yaml": invoices.replace(", overlap: 1 hour", "") })
      )
      assert.include(JSON.stringify(given.source.fixture(null)), "3600000")
      assert.include(JSON.stringify(usual.source.fixture(null)), "600000")
    }).pipe(Effect.scoped, run)
  )

  it.effect("a lag that the source does not know is refused", () =>
    Effect.gen(function* () {
      const result = yield* planOf({
        ...good,
        "invoices.yaml": invoices.replace("overlap: 1 hour", "lag: 1 hour")
      })
      assert.deepStrictEqual(codes(result), ["invoices.yaml:3 plan/not-supported"])
    }).pipe(Effect.scoped, run)
  )

  describe("process", () => {
    it.effect("turns a record into a balanced entry on the day of the company's calendar", () =>
      Effect.gen(function* () {
        const pipeline = onlyPipeline(yield* planOf(good))
        const outcome = yield* pipeline.process(record(invoice("default")), key)
        if (outcome._tag !== "Entry") return assert.fail(JSON.stringify(outcome))
        assert.strictEqual(outcome.entry.postingDate, "2027-01-01")
        assert.deepStrictEqual(
          outcome.entry.lines.map(({ account, amount, dimensions, side }) => [
            account,
            side,
            BigDecimal.format(amount),
            dimensions["costCenter"] ?? ""
          ]),
          [
            ["1510", "debit", "100", ""],
            ["4000", "credit", "100", "100"]
          ]
        )
        assert.deepStrictEqual(
          outcome.provenance.map(({ row, rule, table }) => [rule, table, row]),
          [
            ["receivable", undefined, undefined],
            ["revenue", "revenue", 2]
          ]
        )
        assert.include(JSON.stringify(outcome.document), '"channel":"web"')
        assert.notInclude(JSON.stringify(outcome.document), "entity_id")
      }).pipe(Effect.scoped, run)
    )

    it.effect("a document without a row is a problem that points at the rule", () =>
      Effect.gen(function* () {
        const pipeline = onlyPipeline(yield* planOf(good))
        const outcome = yield* pipeline.process(record(invoice("b2b")), key)
        if (outcome._tag !== "Problems") return assert.fail("there is no row for wholesale")
        const [problem] = outcome.problems
        assert.strictEqual(problem?.code, "mapping/no-row")
        assert.strictEqual(problem?.at?.line, 16)
        assert.include(problem?.message ?? "", "wholesale")
      }).pipe(Effect.scoped, run)
    )

    it.effect("a transform that drops fields is a problem that names them", () =>
      Effect.gen(function* () {
        const result = yield* planOf({
          ...good,
          "invoices.yaml": invoices.replace(
            "transform:\n",
            () => 'transform:\n  - jsonata: \'store.code = "b2b" ? {"number": number} : $\'\n'
          )
        })
        const pipeline = onlyPipeline(result)
        const outcome = yield* pipeline.process(record(invoice("b2b")), key)
        if (outcome._tag !== "Problems") return assert.fail("the document is gone")
        const found = outcome.problems.find(({ path }) => path === "totals")
        assert.strictEqual(found?.code, "transform/not-a-document")
        assert.strictEqual(found?.at?.line, 4)
      }).pipe(Effect.scoped, run)
    )

    it.effect("what the source could not read stays its problem", () =>
      Effect.gen(function* () {
        const pipeline = onlyPipeline(yield* planOf(good))
        const problems = [{ code: "missing-field", message: "The total is missing.", path: "grand_total" }]
        const outcome = yield* pipeline.process(
          { ...record(invoice("default")), normalised: { _tag: "Problems", problems } },
          key
        )
        assert.deepStrictEqual(outcome, { _tag: "Problems", problems })
      }).pipe(Effect.scoped, run)
    )
  })

  describe("contentHash", () => {
    const hashOf = (files: Readonly<Record<string, string>>) =>
      planOf(files).pipe(Effect.map((result) => onlyPipeline(result).contentHash))

    it.effect("is the same for the same files, and another for another rule, row or connection", () =>
      Effect.gen(function* () {
        const hashes = yield* Effect.all([
          hashOf(good),
          hashOf({ ...good, "invoices.yaml": invoices.replace("1510", "1511") }),
          hashOf({ ...good, "tables/revenue.csv": revenue.replace("4000", "4001") }),
          hashOf({ ...good, "connections.yaml": connections.replace("erp.example", "erp2.example") })
        ])
        assert.strictEqual(new Set(hashes).size, 4)
        assert.strictEqual(yield* hashOf(good), hashes[0])
        assert.match(hashes[0], /^[0-9a-f]{64}$/u)
      }).pipe(Effect.scoped, run)
    )
  })

  describe("refuses", () => {
    const cases: ReadonlyArray<readonly [name: string, files: Readonly<Record<string, string>>]> = [
      [
        "a connection that does not exist",
        { ...good, "invoices.yaml": invoices.replace("connection: erp", "connection: erq") }
      ],
      [
        "a connection of another vendor",
        { ...good, "invoices.yaml": invoices.replace("connection: erp", "connection: shop") }
      ],
      ["a folder without connections", { "invoices.yaml": invoices, "tables/revenue.csv": revenue }],
      [
        "a connection that nothing uses",
        { ...good, "connections.yaml": `${connections}  old: { type: ledger, baseUrl: x }\n` }
      ],
      ["two pipelines of one name", { ...good, "more.yaml": invoices }],
      [
        "a table outside the folder",
        { ...good, "invoices.yaml": invoices.replace("tables/revenue.csv", "../revenue.csv") }
      ],
      [
        "a table that is not there",
        { ...good, "invoices.yaml": invoices.replace("tables/revenue.csv", "tables/revenu.csv") }
      ],
      [
        "a misspelt field in an expression",
        { ...good, "invoices.yaml": invoices.replace("store.code", "stor.code") }
      ],
      [
        "arithmetic on amounts",
        { ...good, "invoices.yaml": invoices.replace('"wholesale"', "totals.grand + totals.tax") }
      ],
      [
        "a misspelt field in a rule",
        { ...good, "invoices.yaml": invoices.replace("totals.grand", "totals.grnad") }
      ],
      [
        "a dimension that the ledger lacks",
        {
          ...good,
          "invoices.yaml": invoices.replace("dimensions: { costCenter: {", "dimensions: { project: {")
        }
      ],
      [
        "a row with a cell too few",
        { ...good, "tables/revenue.csv": "channel,account,costCenter\nweb,4000\n" }
      ],
      ["a table that is empty", { ...good, "tables/revenue.csv": "" }],
      ["a folder without pipelines", { "connections.yaml": connections }],
      [
        "mistakes in several files at once",
        {
          "connections.yaml": connections.replace("type: ledger", "type: leger"),
          "invoices.yaml": invoices.replace("company:", "compny:"),
          "more.yaml": invoices.replace("name: invoices", "name: more").replace("store.code", "stor.code"),
          "tables/revenue.csv": revenue
        }
      ]
    ]
    it.effect.each(cases)("%s", ([name, files]) =>
      Effect.gen(function* () {
        const { issues, plan } = yield* planOf(files)
        assert.strictEqual(
          plan === undefined,
          issues.some(({ severity }) => severity === "error")
        )
        yield* matchGolden(`plan-${name.replaceAll(" ", "-")}.txt`, `${issues.map(issueText).join("\n")}\n`)
      }).pipe(Effect.scoped, run)
    )

    it.effect("a table behind a link that leads outside", () =>
      Effect.gen(function* () {
        const disk = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        const outside = yield* disk.makeTempDirectoryScoped()
        yield* disk.writeFileString(path.join(outside, "revenue.csv"), revenue)
        const folder = yield* disk.makeTempDirectoryScoped()
        yield* disk.writeFileString(path.join(folder, "connections.yaml"), connections)
        yield* disk.writeFileString(path.join(folder, "invoices.yaml"), invoices)
        yield* disk.symlink(outside, path.join(folder, "tables"))
        const { issues } = yield* makePlan({ paths: [folder], connectors: fakeConnectors })
        assert.deepStrictEqual(
          issues.map(({ code }) => code),
          ["plan/table-outside"]
        )
      }).pipe(Effect.scoped, run)
    )

    it.effect("a path that is not there", () =>
      Effect.gen(function* () {
        const result = yield* planOf(good, ["invoice.yaml"])
        assert.deepStrictEqual(codes(result), ["invoice.yaml:1 plan/unreadable-file"])
      }).pipe(Effect.scoped, run)
    )
  })

  it.effect(
    "one file of a folder is planned alone, and connections of the others are not called unused",
    () =>
      Effect.gen(function* () {
        const result = yield* planOf(
          {
            ...good,
            "broken.yaml": "name: [",
            "connections.yaml": `${connections}  old: { type: ledger, baseUrl: x }\n`
          },
          ["invoices.yaml"]
        )
        assert.strictEqual(onlyPipeline(result).name, "invoices")
      }).pipe(Effect.scoped, run)
  )
})

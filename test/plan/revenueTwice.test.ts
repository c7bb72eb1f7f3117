import { assert, describe, it } from "@effect/vitest"
import { NodeServices } from "@effect/platform-node"
import { Effect, FileSystem } from "effect"
import { connectors } from "../../src/connectors/registry.ts"
import { makePlan } from "../../src/plan/makePlan.ts"

const withOrders = new URL("../../pipelines/with-orders", import.meta.url).pathname

type Change = readonly [file: string, from: string, to: string]

/** What is said of the shipped pipelines with orders, changed like this. */
const issuesOf = Effect.fn("issuesOf")(function* (...changes: ReadonlyArray<Change>) {
  const files = yield* FileSystem.FileSystem
  const folder = `${yield* files.makeTempDirectoryScoped()}/pipelines`
  yield* files.copy(withOrders, folder)
  for (const [file, from, to] of changes) {
    const text = yield* files.readFileString(`${folder}/${file}`)
    assert.include(text, from)
    yield* files.writeFileString(`${folder}/${file}`, text.replace(from, to))
  }
  const { issues, plan } = yield* makePlan({ paths: [folder], connectors })
  return { plan, issues: issues.map((issue) => ({ ...issue, file: issue.file.replace(`${folder}/`, "") })) }
})

const play = <A, E>(effect: Effect.Effect<A, E, NodeServices.NodeServices>) =>
  effect.pipe(Effect.provide(NodeServices.layer))

/** Orders credit revenue at once, and invoices do so again. */
const doubled: Change = ["orders-to-gl.yaml", 'account: "2990"', 'account: "4100"']
const byTable: Change = [
  "orders-to-gl.yaml",
  `      amount: ordered.amount
      account: "2990"`,
  `      each: lines
      amount: net
      account: { table: sales }`
]
const sales: Change = [
  "orders-to-gl.yaml",
  "  lines:",
  `  tables:
    sales:
      rows:
        - { productType: gift-card, account: "2410" }
        - { productType: bundle, account: "4010" }
        - { productType: simple, account: "4000" }
        - { productType: virtual, account: "4999" }
  lines:`
]

const stores = (file: string, ids: string): Change => {
  const states =
    file === "orders-to-gl.yaml"
      ? "with: { states: [open, processing, on-hold, complete, closed, cancelled]"
      : "with: { states: [open, paid, cancelled]"
  return [file, states, `${states}, stores: [${ids}]`]
}

describe("plan/revenue-twice", () => {
  it.effect("warns where orders and invoices credit the same account, and does not stop the plan", () =>
    Effect.gen(function* () {
      const { issues, plan } = yield* issuesOf(doubled)
      assert.strictEqual(plan?.pipelines.length, 3)
      const [issue] = issues
      assert.strictEqual(issues.length, 1)
      assert.deepStrictEqual(
        [issue?.code, issue?.severity, issue?.file],
        ["plan/revenue-twice", "warning", "orders-to-gl.yaml"]
      )
      assert.include(
        issue?.message,
        "invoices-to-gl and orders-to-gl read the same sales from shop, and both credit account 4100"
      )
      const files = yield* FileSystem.FileSystem
      const text = (yield* files.readFileString(`${withOrders}/orders-to-gl.yaml`)).split("\n")
      assert.include(text[(issue?.line ?? 0) - 1], "account:")
      assert.strictEqual(text[(issue?.line ?? 0) - 4]?.trim(), "- name: deferral")
    }).pipe(Effect.scoped, play)
  )

  it.effect("names every account that tables of both decide on, but none that either also debits", () =>
    Effect.gen(function* () {
      const { issues } = yield* issuesOf(byTable, sales)
      assert.deepStrictEqual(
        issues.map(({ code }) => code),
        ["plan/revenue-twice"]
      )
      assert.include(issues[0]?.message, "both credit accounts 4000, 4010: ")
    }).pipe(Effect.scoped, play)
  )

  it.effect("warns where the stores overlap, and where one pipeline reads them all", () =>
    Effect.gen(function* () {
      for (const changes of [
        [stores("orders-to-gl.yaml", "1, 2"), stores("invoices-to-gl.yaml", "2, 3")],
        [stores("orders-to-gl.yaml", "1")]
      ]) {
        const { issues } = yield* issuesOf(doubled, ...changes)
        assert.strictEqual(issues.length, 1)
      }
    }).pipe(Effect.scoped, play)
  )

  const silent: ReadonlyArray<readonly [name: string, changes: ReadonlyArray<Change>]> = [
    ["the shipped pipelines", []],
    [
      "pipelines with stores of their own",
      [doubled, stores("orders-to-gl.yaml", "1"), stores("invoices-to-gl.yaml", "2, 3")]
    ],
    ["another company", [doubled, ["orders-to-gl.yaml", 'company: "10"', 'company: "20"']]],
    [
      "an account that the invoice releases",
      [
        ["orders-to-gl.yaml", 'account: "2990"', 'account: "4100"'],
        ["invoices-to-gl.yaml", 'account: "2990"', 'account: "4100"']
      ]
    ],
    [
      "another shop",
      [
        doubled,
        ["orders-to-gl.yaml", "connection: shop", "connection: outlet"],
        [
          "connections.yaml",
          "connections:",
          `connections:
  outlet:
    type: adobe-commerce
    baseUrl: https://outlet.example.com
    credentials:
      consumerKey: { env: A }
      consumerSecret: { env: B }
      accessToken: { env: C }
      accessTokenSecret: { env: D }`
        ]
      ]
    ],
    [
      "another ledger",
      [
        doubled,
        ["orders-to-gl.yaml", "connection: erp", "connection: group"],
        [
          "connections.yaml",
          "connections:",
          `connections:
  group:
    type: ifs-cloud
    baseUrl: https://group.example.com
    realm: prod
    credentials: { clientId: { env: A }, clientSecret: { env: B } }`
        ]
      ]
    ]
  ]
  it.effect.each(silent)("is silent about %s", ([, changes]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* issuesOf(...changes)).issues, [])
    }).pipe(Effect.scoped, play)
  )
})

import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, FileSystem } from "effect"
import { connectors } from "../../src/connectors/registry.ts"
import { makePlan } from "../../src/plan/makePlan.ts"

const shipped = new URL("../../pipelines", import.meta.url).pathname
const door = "{ family: hmac, path: /events/shop, secrets: [{ env: SHOP_EVENTS }] }"

/** The shipped invoice pipeline with this trigger, and a shop with these doors. */
const planWith = Effect.fn("planWith")(
  function* (given: { readonly trigger: string; readonly shop?: string; readonly erp?: string }) {
    const disk = yield* FileSystem.FileSystem
    const folder = yield* disk.makeTempDirectoryScoped()
    yield* disk.copy(`${shipped}/tables`, `${folder}/tables`)
    const pipeline = yield* disk.readFileString(`${shipped}/invoices-to-gl.yaml`)
    yield* disk.writeFileString(
      `${folder}/invoices.yaml`,
      pipeline.replace("  poll: { every: 5 minutes }", given.trigger)
    )
    const connections = yield* disk.readFileString(`${shipped}/connections.yaml`)
    yield* disk.writeFileString(
      `${folder}/connections.yaml`,
      connections
        .replace("baseUrl: https://shop", `events: [${given.shop ?? door}]\n    baseUrl: https://shop`)
        .replace("baseUrl: https://erp", `events: [${given.erp ?? ""}]\n    baseUrl: https://erp`)
    )
    return yield* makePlan({ paths: [folder], connectors })
  },
  Effect.scoped,
  Effect.provide(NodeServices.layer)
)

const webhook = (events: string, every = "5 minutes") =>
  `  poll: { every: ${every} }\n  webhook: { events: [${events}] }`

describe("A6 webhook of a pipeline", () => {
  it.effect("names the changes that concern it, and the doors stand in the plan", () =>
    Effect.gen(function* () {
      const { issues, plan } = yield* planWith({ trigger: webhook("invoice.created, invoice.updated") })
      assert.deepStrictEqual(issues, [])
      const [pipeline] = plan?.pipelines ?? []
      assert.deepStrictEqual(pipeline?.webhook?.events, ["invoice.created", "invoice.updated"])
      assert.strictEqual(Duration.toMillis(pipeline?.webhook?.settle ?? 0), 2000)
      assert.deepStrictEqual(
        plan?.doors.map(({ connection, path }) => ({ connection, path })),
        [{ connection: "shop", path: "/events/shop" }]
      )
    })
  )

  it.effect.each([
    [webhook("invoice.crated"), "plan/unknown-event", "invoice.created"],
    [webhook("order.created"), "plan/unknown-event", undefined],
    [webhook("invoice.created", "2 days"), "plan/rarely-polled", undefined]
  ] as const)("%j is answered with %s", ([trigger, code, suggestion]) =>
    Effect.gen(function* () {
      const { issues } = yield* planWith({ trigger })
      assert.deepStrictEqual(
        issues.map((issue) => [issue.code, issue.suggestion]),
        [[code, suggestion]]
      )
      assert.isAbove(issues[0]?.line ?? 0, 1)
    })
  )

  it.effect("is warned about when no door leads to it", () =>
    Effect.gen(function* () {
      const { issues, plan } = yield* planWith({ trigger: webhook("invoice.created"), shop: "" })
      assert.deepStrictEqual(
        issues.map(({ code, severity }) => [code, severity]),
        [["plan/no-event-door", "warning"]]
      )
      assert.isDefined(plan)
    })
  )

  it.effect("two doors of one path are refused at the second", () =>
    Effect.gen(function* () {
      const erp = "{ family: header-secret, path: /events/shop, secrets: [{ env: ERP_EVENTS }] }"
      const { issues, plan } = yield* planWith({ trigger: webhook("invoice.created"), erp })
      assert.isUndefined(plan)
      assert.deepStrictEqual(
        issues.map(({ code, file }) => [code, file.split("/").at(-1)]),
        [["plan/duplicate-path", "connections.yaml"]]
      )
      assert.include(issues[0]?.message ?? "", 'of the connection "shop"')
    })
  )

  it.effect.each([
    "{ family: hmac, path: events, secrets: [{ env: A }] }",
    "{ family: hmac, path: /events/../etc, secrets: [{ env: A }] }",
    "{ family: hmac, path: /events, secrets: [] }",
    "{ family: hmac, path: /events, secrets: [{ env: A }, { env: B }, { env: C }] }",
    "{ family: hmac, path: /events, secrets: [the-secret-itself] }",
    "{ family: hmac, path: /events, secrets: [{ env: A }], encodign: hex }",
    "{ family: io-events, path: /events, clientIds: [] }",
    "{ family: io-events, path: /events, clientIds: [a], adobe: 'http://127.0.0.1:1' }",
    "{ family: io-events, path: /events, clientIds: [a], adobe: 'https://evil.example' }"
  ])("the door %s is refused, and nothing of it is repeated", (shop) =>
    Effect.gen(function* () {
      const { issues, plan } = yield* planWith({ trigger: webhook("invoice.created"), shop })
      assert.isUndefined(plan)
      assert.isNotEmpty(issues)
      assert.notInclude(JSON.stringify(issues), "the-secret-itself")
    })
  )
})

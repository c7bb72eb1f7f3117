/*
 * B7: what is looked up in another system while a record is taken in.
 */
import { NodeServices } from "@effect/platform-node"
import { assert } from "@effect/vitest"
import { Duration, Effect, Layer, Option, Schema, Stream } from "effect"
import { contact } from "../../src/cli/contact.ts"
import { retry } from "../../src/engine/retry.ts"
import { runOnce } from "../../src/engine/runOnce.ts"
import { ConnectorError, Unreachable } from "../../src/pipeline/ConnectorError.ts"
import type { FoundRecord } from "../../src/pipeline/LookUp.ts"
import type { Json, SourceRecord } from "../../src/pipeline/SourceRecord.ts"
import type { Plan, PlannedLookUp, ReadingPipeline } from "../../src/plan/Plan.ts"
import { transformRecord } from "../../src/plan/transformRecord.ts"
import { ErrorQueue } from "../../src/store/ErrorQueue.ts"
import { IntakeStore } from "../../src/store/IntakeStore.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { freshNames } from "../support/examples.ts"

const order = (id: string, customer: { readonly [key: string]: Json }): SourceRecord => ({
  origin: { system: "shop", resource: "order", id, number: id, revision: "1" },
  raw: {},
  normalised: { _tag: "Record", record: { id, customer } }
})

const erp = (name: string, number: string): FoundRecord => ({ name, number })

const at = { file: "orders.yaml", line: 4 }

/** A shop of orders and a ledger of customers; the ledger counts what it is asked. */
const scene = Effect.gen(function* () {
  const { pipeline } = yield* freshNames
  const name = `orders-of-${pipeline}`
  const world = {
    orders: new Array<SourceRecord>(),
    customers: new Map<string, ReadonlyArray<FoundRecord>>(),
    isDown: false,
    asked: new Array<string>()
  }
  const lookUp: PlannedLookUp = {
    name: "customer",
    type: "ledger/customers",
    connection: "erp",
    match: [
      { field: "number", path: "customer.id" },
      { field: "name", path: "customer.company" }
    ],
    missing: "park",
    guests: "park",
    sourceConnection: "shop",
    several: "park",
    cache: Duration.minutes(10),
    at,
    open: Effect.succeed({
      find: (field, value) =>
        world.isDown
          ? Effect.fail(new ConnectorError({ connection: "erp", reason: new Unreachable({ message: "no" }) }))
          : Effect.sync(() => {
              world.asked.push(`${field}=${value}`)
              return world.customers.get(`${field}=${value}`) ?? []
            })
    })
  }
  const planWith = (changed: Partial<PlannedLookUp>): Plan => {
    const lookUps = [{ ...lookUp, ...changed }]
    const reading: ReadingPipeline = {
      _tag: "Reading",
      name,
      file: at.file,
      contentHash: "plan-1",
      sourceType: "shop/orders",
      sourceConnection: "shop",
      pollEvery: Duration.minutes(5),
      lookUps,
      source: {
        open: Effect.succeed({
          read: () => Stream.make({ records: world.orders, cursor: 1 }),
          fetch: () => Effect.never
        }),
        fixture: () => []
      },
      process: transformRecord({
        transform: { run: Effect.succeed, shape: { _tag: "Unknown" } },
        schema: Schema.Unknown,
        lookUps,
        locateStep: () => at
      })
    }
    return { pipelines: [], customers: [], readings: [reading], connections: [], doors: [] }
  }
  const stored = (externalId: string) =>
    Effect.map(
      Effect.flatMap(IntakeStore, (store) => store.latest({ pipeline: name, resource: "order", externalId })),
      Option.match({
        onNone: () => "not stored" as const,
        onSome: ({ normalised, revision }) =>
          [revision, normalised._tag === "Record" ? (normalised.looked ?? {}) : "no record"] as const
      })
    )
  const waiting = Effect.flatMap(ErrorQueue, (queue) => queue.list({ pipeline: name }))
  return { world, planWith, stored, waiting }
})

const surroundings = contact.pipe(Layer.provideMerge(NodeServices.layer))
const pass = (plan: Plan) => runOnce(plan).pipe(Effect.provide(surroundings))
const retryAll = (plan: Plan, waiting: Effect.Success<typeof scene>["waiting"]) =>
  Effect.flatMap(waiting, (items) =>
    Effect.forEach(items, (item) => retry(plan, item, "anna")).pipe(Effect.provide(surroundings))
  )

describeOnDatabases("B7 a look-up", (it) => {
  it.effect("finds the customer by id, else by name, asks once for each, and stores the answer", () =>
    Effect.gen(function* () {
      const { planWith, stored, world } = yield* scene
      world.customers.set("number=7", [erp("Mug Ltd", "7")])
      world.customers.set("name=Cup Ltd", [erp("Cup Ltd", "1008")])
      world.orders = [
        order("1", { id: "7", company: "Mug Ltd" }),
        order("2", { id: "8", company: "Cup Ltd" }),
        order("3", { id: "7" })
      ]
      yield* pass(planWith({}))
      assert.deepStrictEqual(yield* Effect.forEach(["1", "2", "3"], stored), [
        [1, { customer: erp("Mug Ltd", "7") }],
        [1, { customer: erp("Cup Ltd", "1008") }],
        [1, { customer: erp("Mug Ltd", "7") }]
      ])
      assert.deepStrictEqual(world.asked.toSorted(), ["name=Cup Ltd", "number=7", "number=8"])
    })
  )

  it.effect("a changed answer makes no new revision by itself", () =>
    Effect.gen(function* () {
      const { planWith, stored, world } = yield* scene
      world.orders = [order("1", { id: "7" })]
      world.customers.set("number=7", [erp("Mug Ltd", "7")])
      yield* pass(planWith({}))
      world.customers.set("number=7", [erp("Mug AG", "7")])
      yield* pass(planWith({}))
      assert.deepStrictEqual(yield* stored("1"), [1, { customer: erp("Mug Ltd", "7") }])
      world.orders = [order("1", { id: "7", company: "Mug AG" })]
      yield* pass(planWith({}))
      assert.deepStrictEqual(yield* stored("1"), [2, { customer: erp("Mug AG", "7") }])
    })
  )

  it.effect("that finds nothing parks the record, and a retry looks again and keeps what it finds", () =>
    Effect.gen(function* () {
      const { planWith, stored, waiting, world } = yield* scene
      const plan = planWith({})
      world.orders = [order("1", { id: "7", company: "Mug Ltd" })]
      yield* pass(plan)
      const [item] = yield* waiting
      assert.deepStrictEqual(item?.problems, [
        {
          code: "lookup/missing",
          message:
            'erp has no record of ledger/customers with number = "7" or name = "Mug Ltd". Create it there, or set missing: continue; then retry.',
          path: "lookups.customer",
          at
        }
      ])
      assert.deepStrictEqual(yield* retryAll(plan, waiting), ["still parked"])
      world.customers.set("name=Mug Ltd", [erp("Mug Ltd", "1007")])
      assert.deepStrictEqual(yield* retryAll(plan, waiting), ["read"])
      assert.deepStrictEqual(yield* waiting, [])
      assert.deepStrictEqual(yield* stored("1"), [2, { customer: erp("Mug Ltd", "1007") }])
    })
  )

  it.effect("that finds several parks the record, or takes the first where the pipeline says so", () =>
    Effect.gen(function* () {
      const { planWith, stored, waiting, world } = yield* scene
      world.orders = [order("1", { company: "Mug" })]
      world.customers.set("name=Mug", [erp("Mug", "7"), erp("Mug", "8")])
      yield* pass(planWith({}))
      assert.deepStrictEqual(
        (yield* waiting).map(({ problems }) => problems[0]?.code),
        ["lookup/several"]
      )
      assert.deepStrictEqual(yield* retryAll(planWith({ several: "first" }), waiting), ["read"])
      assert.deepStrictEqual(yield* stored("1"), [2, { customer: erp("Mug", "7") }])
    })
  )

  it.effect("may go on without an answer where the pipeline says so", () =>
    Effect.gen(function* () {
      const { planWith, stored, waiting, world } = yield* scene
      world.orders = [order("1", { id: "7" })]
      yield* pass(planWith({ missing: "continue" }))
      assert.deepStrictEqual(yield* waiting, [])
      assert.deepStrictEqual(yield* stored("1"), [1, { customer: null }])
    })
  )

  it.effect("ends the reading when the system cannot be asked, and takes silence for no answer", () =>
    Effect.gen(function* () {
      const { planWith, stored, waiting, world } = yield* scene
      world.orders = [order("1", { id: "7" })]
      world.customers.set("number=7", [erp("Mug Ltd", "7")])
      world.isDown = true
      const summary = yield* pass(planWith({ missing: "continue" }))
      assert.strictEqual(summary.unread.length, 1)
      assert.deepStrictEqual([yield* stored("1"), yield* waiting], ["not stored", []])
      world.isDown = false
      yield* pass(planWith({ missing: "continue" }))
      assert.deepStrictEqual(yield* stored("1"), [1, { customer: erp("Mug Ltd", "7") }])
    })
  )
})

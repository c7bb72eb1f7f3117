/*
 * Pipelines that only read: what is kept of their records.
 */
import { NodeServices } from "@effect/platform-node"
import { assert } from "@effect/vitest"
import { Duration, Effect, Layer, Option, Stream } from "effect"
import { contact } from "../../src/cli/contact.ts"
import { renderRun } from "../../src/cli/renderRun.ts"
import { retry } from "../../src/engine/retry.ts"
import { runForever } from "../../src/engine/runForever.ts"
import { runOnce } from "../../src/engine/runOnce.ts"
import type { Cursor } from "../../src/pipeline/Source.ts"
import { fieldsOf, type Json, type SourceRecord } from "../../src/pipeline/SourceRecord.ts"
import type { Plan, ReadingPipeline } from "../../src/plan/Plan.ts"
import { ConnectorError, NotFound } from "../../src/pipeline/ConnectorError.ts"
import { ErrorQueue } from "../../src/store/ErrorQueue.ts"
import { IntakeStore } from "../../src/store/IntakeStore.ts"
import { WorkQueue } from "../../src/store/WorkQueue.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { freshNames } from "../support/examples.ts"

const customer = (id: string, record: { readonly [key: string]: Json } | "unreadable"): SourceRecord => ({
  origin: { system: "shop", resource: "customer", id, number: id, revision: "1" },
  raw: { id },
  normalised:
    record === "unreadable"
      ? {
          _tag: "Problems",
          problems: [{ code: "shop/no-name", message: "The customer has no name.", path: "name" }]
        }
      : { _tag: "Record", record }
})

/** A source whose customers a test may change, and which notes the cursors it is read from. */
const shopOf = () => {
  const shop = { customers: new Array<SourceRecord>(), cursors: new Array<Cursor | undefined>(), misfit: "" }
  const pipelineOf = (name: string): ReadingPipeline => ({
    _tag: "Reading",
    lookUps: [],
    name,
    file: `pipelines/${name}.yaml`,
    contentHash: "plan-1",
    sourceType: "shop/customers",
    sourceConnection: "shop",
    pollEvery: Duration.minutes(5),
    source: {
      open: Effect.succeed({
        read: (cursor) => {
          shop.cursors.push(cursor)
          return Stream.make({ records: shop.customers, cursor: shop.cursors.length })
        },
        fetch: (id) => {
          const found = shop.customers.find(({ origin }) => origin.id === id)
          return found === undefined
            ? Effect.fail(
                new ConnectorError({
                  connection: "shop",
                  reason: new NotFound({ message: `customer ${id} does not exist.` })
                })
              )
            : Effect.succeed(found)
        }
      }),
      fixture: () => []
    },
    process: (record) =>
      Effect.succeed(
        record.normalised._tag === "Problems"
          ? record.normalised
          : record.origin.id === shop.misfit
            ? {
                _tag: "Problems",
                problems: [{ code: "transform/failed", message: "No.", path: "transform[0]" }]
              }
            : { _tag: "Record", record: {} }
      )
  })
  return { shop, pipelineOf }
}

const surroundings = contact.pipe(Layer.provideMerge(NodeServices.layer))

const planFor = Effect.map(freshNames, ({ pipeline }) => {
  const { pipelineOf, shop } = shopOf()
  const name = `customers-of-${pipeline}`
  const plan: Plan = {
    pipelines: [],
    customers: [],
    readings: [pipelineOf(name)],
    connections: [],
    doors: []
  }
  const waiting = Effect.flatMap(ErrorQueue, (queue) => queue.list({ pipeline: name }))
  const latest = (externalId: string) =>
    Effect.flatMap(IntakeStore, (store) => store.latest({ pipeline: name, resource: "customer", externalId }))
  return { plan, shop, name, waiting, latest, run: runOnce(plan).pipe(Effect.provide(surroundings)) }
})

describeOnDatabases("a pipeline that only reads", (it) => {
  it.effect("keeps each revision of a record once, and goes on from its cursor", () =>
    Effect.gen(function* () {
      const { latest, run, shop } = yield* planFor
      shop.customers = [customer("7", { name: "Mug Ltd" }), customer("8", { name: "Cup Ltd" })]
      const first = yield* run
      assert.deepStrictEqual(
        first.pipelines.map(({ entries, parked, read, unchanged }) => [read, unchanged, entries, parked]),
        [[2, 0, 0, 0]]
      )
      shop.customers = [customer("7", { name: "Mug AG" }), customer("8", { name: "Cup Ltd" })]
      const second = yield* run
      assert.deepStrictEqual(
        second.pipelines.map(({ read, unchanged }) => [read, unchanged]),
        [[2, 1]]
      )
      assert.deepStrictEqual(shop.cursors, [undefined, 1])
      const kept = yield* Effect.forEach(["7", "8"], latest)
      assert.deepStrictEqual(
        kept.map((stored) =>
          Option.isSome(stored) ? [stored.value.revision, fieldsOf(stored.value.normalised)] : []
        ),
        [
          [2, { name: "Mug AG" }],
          [1, { name: "Cup Ltd" }]
        ]
      )
      assert.notInclude(renderRun(second), "ledger")
    })
  )

  it.effect(
    "parks what cannot be read or transformed, and a retry settles what is repaired: the plan, or the record",
    () =>
      Effect.gen(function* () {
        const { name, plan, run, shop, waiting } = yield* planFor
        shop.customers = [customer("7", "unreadable"), customer("8", { name: "Cup Ltd" }), customer("9", {})]
        shop.misfit = "9"
        yield* run
        const items = yield* waiting
        assert.deepStrictEqual(
          items.map(({ externalId, problems, stage }) => [externalId, stage, problems[0]?.code]).toSorted(),
          [
            ["7", "read", "shop/no-name"],
            ["9", "read", "transform/failed"]
          ]
        )
        shop.misfit = ""
        const outcomes = yield* Effect.forEach(items, (item) =>
          Effect.map(Effect.provide(retry(plan, item, "anna"), surroundings), (outcome) => [
            item.externalId,
            outcome
          ])
        )
        assert.deepStrictEqual(outcomes.toSorted(), [
          ["7", "still parked"],
          ["9", "read"]
        ])
        assert.deepStrictEqual(
          (yield* waiting).map(({ externalId }) => externalId),
          ["7"]
        )
        const tryAgain = Effect.flatMap(waiting, ([item]) =>
          item === undefined ? Effect.die("nothing waits") : retry(plan, item, "anna")
        ).pipe(Effect.provide(surroundings))
        shop.customers = []
        assert.strictEqual(yield* tryAgain, "still parked", "its shop does not have it now")
        shop.customers = [customer("7", { name: "Mug Ltd" })]
        assert.strictEqual(yield* tryAgain, "read")
        assert.deepStrictEqual(yield* waiting, [], `${name} is at rest`)
      })
  )

  it.effect("is read by the service too", () =>
    Effect.gen(function* () {
      const { latest, plan, shop } = yield* planFor
      shop.customers = [customer("7", { name: "Mug Ltd" })]
      yield* Effect.raceFirst(
        runForever(plan, () => Effect.void),
        latest("7").pipe(Effect.filterOrFail(Option.isSome), Effect.eventually, Effect.timeout("20 seconds"))
      ).pipe(Effect.scoped, Effect.provide([surroundings, WorkQueue.layerMemory]))
    })
  )
})

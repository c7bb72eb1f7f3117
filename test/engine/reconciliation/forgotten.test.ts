/*
 * The books of a customer who was forgotten here, and whom the shop still has.
 */
import { assert } from "@effect/vitest"
import { DateTime, Duration, Effect, FileSystem } from "effect"
import { outputOf } from "../../../src/cli/ReconciliationOutput.ts"
import { renderReconciliation } from "../../../src/cli/renderReconciliation.ts"
import { openPeriod } from "../../../src/engine/backfill.ts"
import { forget } from "../../../src/engine/forget.ts"
import { previewBackfill } from "../../../src/engine/previewBackfill.ts"
import { reconcile } from "../../../src/engine/reconciliation/reconcile.ts"
import { reconcileOnSchedule } from "../../../src/engine/reconciliation/reconcileOnSchedule.ts"
import { freshPaces } from "../../../src/engine/runOnce.ts"
import { Paces } from "../../../src/http/RateLimit.ts"
import type { PayloadObject } from "../../../src/sandbox/commerce/Payload.ts"
import { timestamp } from "../../../src/sandbox/commerce/timestamp.ts"
import { ErrorQueue } from "../../../src/store/ErrorQueue.ts"
import { dump, linesWith, plantedStrings, plantPerson } from "../../endToEnd/plantPerson.ts"
import { inScene, isDanish, type Scene } from "../../endToEnd/scene.ts"
import { describeOnDatabases } from "../../support/databases.ts"

const autumn = {
  from: DateTime.makeUnsafe("2026-09-01T00:00:00Z"),
  until: DateTime.makeUnsafe("2026-11-01T00:00:00Z")
}

const compare = (scene: Scene) =>
  Effect.flatMap(scene.plan, (plan) =>
    reconcile(plan, {
      pipelines: plan.pipelines,
      range: { from: "2026-09-01", to: "2026-10-31" },
      by: "account",
      clearing: []
    })
  )
type Found = Effect.Success<ReturnType<typeof compare>>

const named = ({ findings }: Found) => findings.map(({ kind, number }) => `${kind} ${number}`).toSorted()

/** All that a person could see of it. */
const printed = (found: Found) =>
  `${JSON.stringify(outputOf(found, found.rows))}\n${renderReconciliation(found, found.rows)}`

const assertUnnamed = (text: string) => {
  for (const planted of plantedStrings) assert.notInclude(text, planted)
}

const edit = (file: string, from: string, to: string) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const before = yield* files.readFileString(file)
    assert.include(before, from)
    yield* files.writeFileString(file, before.replaceAll(from, to))
  })

/** An account of its own for the planted customer, so that what is posted depends on the name. */
const accountByName = (scene: Scene) =>
  Effect.gen(function* () {
    const file = `${scene.pipelines}/invoices-to-gl.yaml`
    yield* edit(file, `account: "1510"`, "account: { table: debtor }")
    yield* edit(
      file,
      "    channel:\n",
      `    debtor:
      hitPolicy: first
      rows:
        - { customer.name: Qvarnita Zyxholm, account: "1520" }
        - { customer.name: "*", account: "1510" }
    channel:
`
    )
  })

describeOnDatabases("reconciling after somebody was forgotten", (it) => {
  it.effect(
    "finds no difference on his account, however his documents were posted, and brings nothing of him back",
    () =>
      inScene({ documents: 12 }, (scene) =>
        Effect.gen(function* () {
          yield* plantPerson(scene)
          yield* accountByName(scene)
          yield* scene.run
          const shop = yield* scene.sandbox.commerce.shop
          const isTheirs = (invoice: PayloadObject) =>
            shop.orders.some(
              (order) =>
                order["entity_id"] === invoice["order_id"] &&
                order["customer_email"] === "qvarn.zyx@planted.example"
            )
          const [invoice] = shop.invoices.filter((one) => isTheirs(one) && !isDanish(shop, one))
          if (invoice === undefined) return assert.fail("the planted customer has no invoice")
          const before = yield* compare(scene)
          assert.isTrue(
            before.rows.some(({ group }) => group === "1520"),
            "nothing was posted by the name"
          )
          const parked = named(before)

          yield* forget("6", "anna")
          const after = yield* compare(scene)
          assert.deepStrictEqual(after, before)
          assertUnnamed(printed(after))

          // What is read of him only now is posted without him, to the account of all others.
          const now = timestamp(Math.floor(DateTime.toEpochMillis(yield* DateTime.now) / 1000))
          yield* scene.sandbox.commerce.update((one) => ({
            ...one,
            invoices: [
              ...one.invoices,
              { ...invoice, entity_id: 9001, increment_id: "990000001", updated_at: now }
            ]
          }))
          yield* scene.pass("1 hour")
          yield* scene.run
          const more = yield* compare(scene)
          assert.deepStrictEqual(named(more), parked)
          assert.strictEqual(more.total[0]?.documents, (before.total[0]?.documents ?? 0) + 1)

          // A rule by the name that has no row: a note of what would be, without the name.
          const file = `${scene.pipelines}/invoices-to-gl.yaml`
          yield* edit(file, "customer.name: Qvarnita Zyxholm,", "customer.name: Somebody Else,")
          yield* edit(file, `customer.name: "*", account: "1510"`, `customer.name: Nobody, account: "1510"`)
          const mapped = yield* compare(scene)
          assert.strictEqual(mapped.differences, parked.length)
          const own = mapped.findings.find(({ number }) => number === String(invoice["increment_id"]))
          assert.strictEqual(own?.kind, "older-mapping")
          assert.include(own?.message, "customer.name = forgotten")
          assertUnnamed(printed(mapped))
          const plan = yield* scene.plan
          const pipeline = plan.pipelines.find(({ name }) => name.startsWith("invoices"))
          if (pipeline === undefined) return assert.fail("there is no pipeline of invoices")
          const preview = yield* Effect.scoped(
            Effect.flatMap(openPeriod(pipeline, autumn), (reading) =>
              previewBackfill(plan, pipeline, reading)
            )
          )
          assert.strictEqual(preview.unchanged, preview.documents, "his documents are known as they are")

          // Changed in the shop behind our back: a difference that waits for a person, without the name.
          yield* scene.sandbox.commerce.update((one) => ({
            ...one,
            invoices: one.invoices.map((each) =>
              each["entity_id"] === invoice["entity_id"]
                ? { ...each, created_at: String(each["created_at"]).replace(/:\d\d$/u, ":59") }
                : each
            )
          }))
          const back = DateTime.distance(autumn.from, yield* DateTime.now)
          const daily = (yield* scene.plan).pipelines.map((one) => ({
            ...one,
            reconcile: { every: Duration.days(1), back, clearing: [] }
          }))
          const [invoices] = daily.filter(({ name }) => name === pipeline.name)
          if (invoices === undefined) return assert.fail("there is no pipeline of invoices")
          yield* reconcileOnSchedule({ ...plan, pipelines: daily }, invoices, "engine").pipe(
            Effect.provideServiceEffect(Paces, freshPaces)
          )
          const waiting = (yield* (yield* ErrorQueue).list()).filter(({ stage }) => stage === "reconcile")
          assert.deepStrictEqual(
            waiting.map(({ number, problems }) => [number, problems.map(({ code }) => code)]),
            [[String(invoice["increment_id"]), ["reconcile/changed-since"]]]
          )
          assert.include(waiting[0]?.problems[0]?.message, "customer.name = forgotten")
          for (const text of plantedStrings) assert.deepStrictEqual(linesWith(yield* dump, text), [], text)
        })
      ),
    120_000
  )
})

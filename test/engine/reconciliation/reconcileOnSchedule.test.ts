/*
 * What a service finds by itself: in the error queue once, and gone from it when the books agree.
 */
import { assert } from "@effect/vitest"
import { DateTime, Deferred, Duration, Effect, Fiber, Option } from "effect"
import { Paces } from "../../../src/http/RateLimit.ts"
import { runForever } from "../../../src/engine/runForever.ts"
import { freshPaces } from "../../../src/engine/runOnce.ts"
import { reconcileOnSchedule } from "../../../src/engine/reconciliation/reconcileOnSchedule.ts"
import { retry } from "../../../src/engine/retry.ts"
import type { PostingPipeline } from "../../../src/plan/Plan.ts"
import type { Voucher } from "../../../src/sandbox/ifs/Voucher.ts"
import { AuditLog } from "../../../src/store/AuditLog.ts"
import { type ErrorItem, ErrorQueue } from "../../../src/store/ErrorQueue.ts"
import { ReconciliationStore } from "../../../src/store/ReconciliationStore.ts"
import { WorkQueue } from "../../../src/store/WorkQueue.ts"
import { inScene, type Scene } from "../../endToEnd/scene.ts"
import { describeOnDatabases } from "../../support/databases.ts"

/** The shop was generated with documents from this day on. */
const firstDay = DateTime.makeUnsafe("2026-08-31T00:00:00Z")

const daily =
  (back: Duration.Duration) =>
  (pipeline: PostingPipeline): PostingPipeline => ({
    ...pipeline,
    reconcile: { every: Duration.days(1), back, clearing: [] }
  })

/** The invoices' pipeline, reconciled as a service would. */
const check = (scene: Scene) =>
  Effect.gen(function* () {
    const loaded = yield* scene.plan
    const back = DateTime.distance(firstDay, yield* DateTime.now)
    const plan = { ...loaded, pipelines: loaded.pipelines.map(daily(back)) }
    const pipeline = plan.pipelines.find(({ name }) => name.startsWith("invoices"))
    if (pipeline === undefined) return assert.fail("there is no pipeline of invoices")
    const summary = yield* reconcileOnSchedule(plan, pipeline, "engine").pipe(
      Effect.scoped,
      Effect.provideServiceEffect(Paces, freshPaces)
    )
    const items = (yield* (yield* ErrorQueue).list({ all: true, pipeline: pipeline.name })).filter(
      ({ stage }) => stage === "reconcile"
    )
    return { plan, pipeline, summary, items }
  })

const told = (items: ReadonlyArray<ErrorItem>) =>
  items.map(
    ({ number, problems, state }) => `${number} ${problems.map(({ code }) => code).join(" ")} ${state}`
  )

const ofInvoice = (number: string) => (voucher: Voucher) => (voucher.text ?? "").includes(`Invoice ${number}`)

describeOnDatabases("reconciling on a schedule", (it) => {
  it.effect("C7: opens an item once, settles it when the books agree, and both are audited", () =>
    inScene({ documents: 8 }, (scene) =>
      Effect.gen(function* () {
        yield* scene.run
        const clean = yield* check(scene)
        assert.deepStrictEqual(told(clean.items), [])

        const { vouchers } = yield* scene.sandbox.ifs.books
        const lost = vouchers.find(ofInvoice("000000001")) ?? assert.fail("the first invoice was not posted")
        yield* scene.sandbox.ifs.editBooks((all) => all.filter((voucher) => voucher !== lost))
        const found = yield* check(scene)
        assert.deepStrictEqual(told(found.items), ["000000001 reconcile/missing-in-ledger open"])
        // The Danish invoice differs too, and waits as parked already.
        assert.deepStrictEqual([found.summary.differences, found.summary.waiting], [2, 1])
        assert.deepStrictEqual(told((yield* check(scene)).items), told(found.items))

        const [item] = found.items
        if (item === undefined) return assert.fail("nothing was opened")
        assert.strictEqual(
          yield* retry(found.plan, item, "anna").pipe(Effect.scoped),
          "differs",
          "a retry posts nothing and settles nothing"
        )
        yield* scene.sandbox.ifs.editBooks((all) => [...all, lost])
        const mended = yield* check(scene)
        assert.deepStrictEqual(told(mended.items), ["000000001 reconcile/missing-in-ledger resolved"])
        assert.strictEqual(mended.summary.settled, 1)

        const acts = yield* (yield* AuditLog).of({
          pipeline: item.pipeline,
          resource: item.resource,
          externalId: item.externalId
        })
        assert.deepStrictEqual(
          acts
            .map(({ action }) => action)
            .filter((action) => action === "difference found" || action === "resolved"),
          ["difference found", "resolved"]
        )
        const store = yield* ReconciliationStore
        assert.isFalse(yield* store.isDue(item.pipeline, Duration.days(1)), "it was reconciled just now")
        assert.isTrue(yield* store.isDue("another", Duration.days(1)))
      })
    )
  )

  it.effect(
    "C7: what a person ignored is not brought up again as it was, and what was never read is read by a retry",
    () =>
      inScene({ documents: 8 }, (scene) =>
        Effect.gen(function* () {
          yield* scene.run
          yield* scene.pass("1 hour")
          yield* scene.run
          yield* scene.sandbox.ifs.editBooks((all) =>
            all.map((voucher) =>
              ofInvoice("000000001")(voucher) ? { ...voucher, voucherDate: "2026-10-30" } : voucher
            )
          )
          // As if it had been committed long after every overlap, with the time of its beginning.
          yield* scene.sandbox.commerce.update((shop) => ({
            ...shop,
            invoices: [
              ...shop.invoices,
              ...shop.invoices
                .slice(0, 1)
                .map((invoice) => ({ ...invoice, entity_id: 9001, increment_id: "990000001" }))
            ]
          }))
          const found = yield* check(scene)
          assert.deepStrictEqual(told(found.items).toSorted(), [
            "000000001 reconcile/changed-in-ledger open",
            "990000001 reconcile/never-read open"
          ])
          const queue = yield* ErrorQueue
          const [moved, unread] = found.items.toSorted((a, b) => (a.number < b.number ? -1 : 1))
          if (moved === undefined || unread === undefined) return assert.fail("two items are expected")
          yield* queue.close(moved, "ignored", { actor: "anna", reason: "agreed with the auditor" })
          assert.strictEqual(yield* retry(found.plan, unread, "anna").pipe(Effect.scoped), "to be posted")
          yield* scene.run
          const after = yield* check(scene)
          assert.deepStrictEqual(told(after.items).toSorted(), [
            "000000001 reconcile/changed-in-ledger ignored",
            "990000001 reconcile/never-read resolved"
          ])
          assert.isTrue(Option.isSome(yield* queue.get(unread.id)))
        })
      )
  )

  it.effect("C7: a running service reconciles by itself, once in each interval however often it starts", () =>
    inScene({ documents: 2 }, (scene) =>
      Effect.gen(function* () {
        yield* scene.run
        const loaded = yield* scene.plan
        const plan = { ...loaded, pipelines: loaded.pipelines.map(daily(Duration.days(2))) }
        const rounds: Array<string> = []
        const serve = Effect.gen(function* () {
          const isOver = yield* Deferred.make<void>()
          const read = new Set<string>()
          const service = yield* Effect.forkScoped(
            runForever(plan, (round) => {
              if (round._tag === "Reconciled") rounds.push(round.summary.pipeline)
              if (round._tag === "Read") read.add(round.summary.pipeline)
              return rounds.length === plan.pipelines.length && read.size === plan.pipelines.length
                ? Deferred.succeed(isOver, undefined)
                : Effect.void
            })
          )
          yield* Deferred.await(isOver)
          yield* Fiber.interrupt(service)
        }).pipe(Effect.scoped, Effect.provide(WorkQueue.layerMemory))
        yield* serve
        yield* serve
        assert.deepStrictEqual(rounds.toSorted(), plan.pipelines.map(({ name }) => name).toSorted())
      })
    )
  )
})

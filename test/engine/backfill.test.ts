import { assert } from "@effect/vitest"
import { BigDecimal, DateTime, Effect } from "effect"
import { backfill, openPeriod } from "../../src/engine/backfill.ts"
import { previewBackfill } from "../../src/engine/previewBackfill.ts"
import type { Period } from "../../src/pipeline/Source.ts"
import { AuditLog } from "../../src/store/AuditLog.ts"
import { IntakeStore } from "../../src/store/IntakeStore.ts"
import { WorkQueue } from "../../src/store/WorkQueue.ts"
import { balances, inScene } from "../endToEnd/scene.ts"
import { describeOnDatabases } from "../support/databases.ts"

const autumn: Period = {
  from: DateTime.makeUnsafe("2026-09-01T00:00:00Z"),
  until: DateTime.makeUnsafe("2026-11-01T00:00:00Z")
}
const options = { period: autumn, again: false, actor: "anna" }

describeOnDatabases("C1 a backfill", (it) => {
  it.effect(
    "previews by account what it then posts, and storing nothing is part of the preview",
    () =>
      inScene({ documents: 12 }, ({ plan, sandbox }) =>
        Effect.gen(function* () {
          const store = yield* IntakeStore
          const loaded = yield* plan
          const pipeline = loaded.pipelines.find(({ name }) => name.startsWith("invoices"))
          if (pipeline === undefined) return assert.fail("no pipeline")
          const look = Effect.scoped(
            Effect.flatMap(openPeriod(pipeline, autumn), (reading) =>
              previewBackfill(loaded, pipeline, reading)
            )
          )
          const preview = yield* look
          assert.isFalse((yield* store.countByPipeline).has(pipeline.name))
          assert.deepStrictEqual((yield* sandbox.ifs.books).vouchers, [])

          const { backfill: done, waiting } = yield* backfill(loaded, pipeline, options).pipe(
            Effect.provide(WorkQueue.layerMemory)
          )
          assert.strictEqual(waiting, 0)
          assert.deepInclude(done, {
            read: preview.documents,
            entries: preview.entries,
            parked: preview.parked,
            expected: preview.documents,
            state: "read"
          })
          assert.isAbove(preview.entries, 5)
          const { vouchers } = yield* sandbox.ifs.books
          assert.lengthOf(vouchers, preview.entries)
          assert.deepStrictEqual(
            balances(vouchers),
            Object.fromEntries(
              preview.accounts
                .map(({ account, credit, debit }) => [account, BigDecimal.subtract(debit, credit)] as const)
                .filter(([, balance]) => !BigDecimal.isZero(balance))
                .map(([account, balance]) => [account, BigDecimal.format(BigDecimal.normalize(balance))])
            )
          )
          assert.isFalse((yield* store.cursors).has(pipeline.name))

          const again = yield* look
          assert.deepInclude(again, { documents: preview.documents, entries: 0, accounts: [] })
          assert.strictEqual(again.unchanged, preview.documents)
        })
      ),
    60_000
  )

  it.effect(
    "shows in the trace of a document who did it, and posts a changed one as the live flow would",
    () =>
      inScene({ documents: 6 }, ({ changeInvoice, plan, run, sandbox }) =>
        Effect.gen(function* () {
          const log = yield* AuditLog
          yield* run
          const loaded = yield* plan
          const pipeline = loaded.pipelines.find(({ name }) => name.startsWith("invoices"))
          if (pipeline === undefined) return assert.fail("no pipeline")
          const before = (yield* sandbox.ifs.books).vouchers.length
          const [invoice] = (yield* sandbox.commerce.shop).invoices
          yield* changeInvoice(0, (one) => ({ ...one, state: 3 }))
          yield* backfill(loaded, pipeline, options).pipe(Effect.provide(WorkQueue.layerMemory))
          // Cancelled: one reversal, and nothing of all the others.
          assert.lengthOf((yield* sandbox.ifs.books).vouchers, before + 1)
          const steps = yield* log.of({
            pipeline: pipeline.name,
            resource: "invoice",
            externalId: String(invoice?.["entity_id"])
          })
          assert.isTrue(steps.some(({ actor, action }) => actor === "anna" && action === "mapped"))
        })
      ),
    60_000
  )
})

/*
 * What a reconciliation tells while it works.
 */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Progress, type ProgressEvent } from "../../../src/engine/Progress.ts"
import { reconcile } from "../../../src/engine/reconciliation/reconcile.ts"
import { inScene } from "../../endToEnd/scene.ts"
import { describeOnDatabases } from "../../support/databases.ts"

describeOnDatabases("the progress of a reconciliation", (it) => {
  it.effect(
    "is told from nothing to the last day, and counts of each pipeline the documents that the totals have",
    () =>
      inScene({ documents: 12 }, (scene) =>
        Effect.gen(function* () {
          yield* scene.run
          const plan = yield* scene.plan
          const told: Array<Extract<ProgressEvent, { _tag: "Compared" }>> = []
          const { rows } = yield* reconcile(plan, {
            pipelines: plan.pipelines,
            range: { from: "2026-09-01", to: "2026-11-01" },
            by: "pipeline",
            clearing: []
          }).pipe(
            Effect.provideService(Progress, (event) =>
              Effect.sync(() => void (event._tag === "Compared" && told.push(event)))
            )
          )
          assert.isAbove(told.length, 62)
          for (const { connection, daysInAll } of told) {
            assert.deepStrictEqual([connection, daysInAll], [plan.pipelines[0]?.sinkConnection, 62])
          }
          const [first, last] = [told[0], told.at(-1)]
          assert.deepStrictEqual([first?.days, last?.days, first?.documents.size], [0, 62, 0])
          assert.deepStrictEqual(
            [...(last?.documents ?? [])].toSorted(),
            rows.map(({ documents, group }): [string, number] => [group, documents]).toSorted()
          )
          assert.deepStrictEqual(
            told.map(({ days }) => days),
            told.map(({ days }) => days).toSorted((a, b) => a - b)
          )
        })
      )
  )
})

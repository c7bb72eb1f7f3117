import { assert } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { SqlClient } from "effect/sql"
import { type PlanRevision, PlanRevisions } from "../../src/store/PlanRevisions.ts"
import { describeOnDatabases } from "../support/databases.ts"

const revision = (contentHash: string, given: Partial<PlanRevision> = {}): PlanRevision => ({
  pipeline: "invoices",
  contentHash,
  gitCommit: "a".repeat(40),
  isDirty: false,
  files: ["pipelines/invoices.yaml"],
  ...given
})

describeOnDatabases("PlanRevisions", (it) => {
  it.effect("a plan that runs again is noted once", () =>
    Effect.gen(function* () {
      const revisions = yield* PlanRevisions
      yield* revisions.record([revision("once")])
      yield* revisions.record([revision("once")])
      assert.deepStrictEqual(yield* revisions.of(["once"]), [revision("once")])
      assert.deepStrictEqual(yield* revisions.of(["never"]), [])
      assert.deepStrictEqual(yield* revisions.of([]), [])
    })
  )

  it.effect(
    "a commit that holds the very files comes before one they were changed from, and before none",
    () =>
      Effect.gen(function* () {
        const revisions = yield* PlanRevisions
        const none = revision("same", { gitCommit: "" })
        const dirty = revision("same", { gitCommit: "b".repeat(40), isDirty: true })
        const clean = revision("same", { gitCommit: "c".repeat(40) })
        for (const one of [none, dirty, clean]) yield* revisions.record([one])
        assert.deepStrictEqual(yield* revisions.of(["same"]), [clean, dirty, none])
      })
  )

  it.effect("the database itself refuses to change what ran", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* (yield* PlanRevisions).record([revision("fixed")])
      assert.isTrue(Exit.isFailure(yield* Effect.exit(sql`UPDATE plan_revision SET git_commit = ''`)))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(sql`DELETE FROM plan_revision`)))
    })
  )
})

/**
 * PlanRevisions: which plans have run, and where their files can be found.
 *
 * An entry names its plan by content hash. The commit beside it here leads an
 * auditor to the files as they were.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { rows } from "./rows.ts"
import { type StoreError, storeErrors } from "./StoreError.ts"

/** A pipeline as it ran. `gitCommit` is empty where the files are in no repository. */
export const PlanRevision = Schema.Struct({
  pipeline: Schema.String,
  contentHash: Schema.String,
  gitCommit: Schema.String,
  isDirty: Schema.Boolean.annotate({ description: "The files differed from the commit." }),
  files: Schema.Array(Schema.String)
}).annotate({ identifier: "PlanRevision" })
export type PlanRevision = typeof PlanRevision.Type

/** Records plans and finds them by their hash. */
export class PlanRevisions extends Context.Service<
  PlanRevisions,
  {
    /** Adds those that are not known yet. */
    record(revisions: ReadonlyArray<PlanRevision>): Effect.Effect<void, StoreError>
    /** What ran under any of these content hashes: committed before uncommitted, first seen first. */
    of(contentHashes: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<PlanRevision>, StoreError>
  }
>()("ledgerline/store/PlanRevisions") {
  /** Needs only a `SqlClient`, so the caller decides which database it is. */
  static readonly layerNoDeps = Layer.effect(
    PlanRevisions,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const select = SqlSchema.findAll({
        Request: Schema.Array(Schema.String),
        Result: PlanRevision,
        execute: (hashes) => sql`
          SELECT pipeline, content_hash AS "contentHash", git_commit AS "gitCommit", is_dirty AS "isDirty", files
          FROM plan_revision WHERE ${sql.in("content_hash", hashes)}
          ORDER BY git_commit = '', is_dirty, id`
      })
      return PlanRevisions.of({
        record: Effect.fn("PlanRevisions.record")((revisions: ReadonlyArray<PlanRevision>) =>
          sql`
            INSERT INTO plan_revision (pipeline, content_hash, git_commit, is_dirty, files)
            SELECT pipeline, "contentHash", "gitCommit", "isDirty", files
            FROM jsonb_to_recordset(${rows(revisions)}::jsonb)
              AS row (pipeline text, "contentHash" text, "gitCommit" text, "isDirty" boolean, files jsonb)
            ON CONFLICT DO NOTHING`.pipe(Effect.asVoid, storeErrors("PlanRevisions.record"))
        ),
        of: Effect.fn("PlanRevisions.of")((contentHashes: ReadonlyArray<string>) =>
          (contentHashes.length === 0 ? Effect.succeed([]) : select(contentHashes)).pipe(
            storeErrors("PlanRevisions.of")
          )
        )
      })
    })
  )
}

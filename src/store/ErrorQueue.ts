/**
 * ErrorQueue: documents that wait for a person.
 *
 * An item blocks only its own document. It is opened when a document cannot be
 * read, mapped or posted, and resolved when a later try of it succeeds. There is
 * at most one unresolved item for each document.
 */
import { Context, Effect, Layer, Option, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { Problem } from "../pipeline/SourceRecord.ts"
import { type AuditRow, type DocumentKey, insertAudit, isoInstant, jsonParameter } from "./rows.ts"
import { type StoreError, storeErrors } from "./StoreError.ts"

/** Where in its life a document got stuck. */
export const ErrorStage = Schema.Literals(["read", "map", "post"])
export type ErrorStage = typeof ErrorStage.Type

/** One waiting document. */
export const ErrorItem = Schema.Struct({
  id: Schema.Int,
  pipeline: Schema.String,
  resource: Schema.String,
  externalId: Schema.String,
  number: Schema.String,
  revision: Schema.Int,
  stage: ErrorStage,
  planRevision: Schema.String.annotate({ description: "Content hash of the pipeline that met the problem." }),
  problems: Schema.Array(Problem),
  state: Schema.Literals(["open", "retrying", "resolved", "ignored"]),
  retries: Schema.Int,
  openedAt: Schema.String,
  changedAt: Schema.String
}).annotate({ identifier: "ErrorItem" })
export type ErrorItem = typeof ErrorItem.Type

/** What is known when a document gets stuck. */
export interface NewErrorItem extends DocumentKey {
  readonly number: string
  readonly revision: number
  readonly stage: ErrorStage
  readonly planRevision: string
  readonly problems: ReadonlyArray<Problem>
}

/** Opens items, in the caller's transaction. A document that already waits gets the new problems. */
export const upsertErrors = (sql: SqlClient.SqlClient, items: ReadonlyArray<NewErrorItem>) => sql`
  INSERT INTO error_item (pipeline, resource, external_id, number, revision, stage, plan_revision, problems)
  SELECT pipeline, resource, "externalId", number, revision, stage, "planRevision", problems
  FROM jsonb_to_recordset(${jsonParameter(items)}::jsonb)
    AS row (pipeline text, resource text, "externalId" text, number text, revision int, stage text,
            "planRevision" text, problems jsonb)
  ON CONFLICT (pipeline, resource, external_id) WHERE state IN ('open', 'retrying')
  DO UPDATE SET revision = EXCLUDED.revision, stage = EXCLUDED.stage, plan_revision = EXCLUDED.plan_revision,
                problems = EXCLUDED.problems, state = 'open', changed_at = clock_timestamp()`

/** Resolves the items of documents that went through after all, in the caller's transaction. */
export const resolveErrors = (sql: SqlClient.SqlClient, documents: ReadonlyArray<DocumentKey>) => sql`
  UPDATE error_item SET state = 'resolved', changed_at = clock_timestamp()
  FROM jsonb_to_recordset(${jsonParameter(documents)}::jsonb)
    AS done (pipeline text, resource text, "externalId" text)
  WHERE error_item.pipeline = done.pipeline AND error_item.resource = done.resource
    AND error_item.external_id = done."externalId" AND error_item.state IN ('open', 'retrying')`

/** Reads the queue and marks what is tried again. */
export class ErrorQueue extends Context.Service<
  ErrorQueue,
  {
    /** Items that are not settled, oldest first; with `all`, settled ones too. */
    list(options?: { readonly all?: boolean }): Effect.Effect<ReadonlyArray<ErrorItem>, StoreError>
    get(id: number): Effect.Effect<Option.Option<ErrorItem>, StoreError>
    /** Marks the item as being tried again by `actor`; counted, and written to the audit log. */
    startRetry(item: ErrorItem, actor: string): Effect.Effect<void, StoreError>
    /** How many documents wait, by pipeline. */
    readonly openByPipeline: Effect.Effect<ReadonlyMap<string, number>, StoreError>
  }
>()("ledgerline/store/ErrorQueue") {
  /** Needs only a `SqlClient`, so the caller decides which database it is. */
  static readonly layerNoDeps = Layer.effect(
    ErrorQueue,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const columns = sql`
        id::int AS id, pipeline, resource, external_id AS "externalId", number, revision, stage,
        plan_revision AS "planRevision", problems, state, retries,
        ${isoInstant(sql, "opened_at")} AS "openedAt", ${isoInstant(sql, "changed_at")} AS "changedAt"`

      const select = SqlSchema.findAll({
        Request: Schema.Struct({ all: Schema.Boolean }),
        Result: ErrorItem,
        execute: ({ all }) => sql`
          SELECT ${columns} FROM error_item WHERE ${all} OR state IN ('open', 'retrying') ORDER BY id`
      })
      const selectOne = SqlSchema.findOneOption({
        Request: Schema.Int,
        Result: ErrorItem,
        execute: (id) => sql`SELECT ${columns} FROM error_item WHERE id = ${id}`
      })
      const counts = SqlSchema.findAll({
        Request: Schema.Void,
        Result: Schema.Struct({ pipeline: Schema.String, open: Schema.Int }),
        execute: () => sql`
          SELECT pipeline, count(*)::int AS open FROM error_item
          WHERE state IN ('open', 'retrying') GROUP BY pipeline`
      })

      const list = Effect.fn("ErrorQueue.list")((options?: { readonly all?: boolean }) =>
        select({ all: options?.all ?? false }).pipe(storeErrors("ErrorQueue.list"))
      )
      const get = Effect.fn("ErrorQueue.get")((id: number) =>
        selectOne(id).pipe(storeErrors("ErrorQueue.get"))
      )
      const startRetry = Effect.fn("ErrorQueue.startRetry")((item: ErrorItem, actor: string) => {
        const entry: AuditRow = {
          actor,
          action: "retried",
          pipeline: item.pipeline,
          resource: item.resource,
          externalId: item.externalId,
          detail: { errorItem: item.id, stage: item.stage, problems: item.problems }
        }
        return sql`
          UPDATE error_item SET state = 'retrying', retries = retries + 1, changed_at = clock_timestamp()
          WHERE id = ${item.id}`.pipe(
          Effect.andThen(insertAudit(sql, [entry])),
          sql.withTransaction,
          Effect.asVoid,
          storeErrors("ErrorQueue.startRetry")
        )
      })
      const openByPipeline = counts(undefined).pipe(
        Effect.map((rows) => new Map(rows.map((row) => [row.pipeline, row.open]))),
        storeErrors("ErrorQueue.openByPipeline")
      )

      return ErrorQueue.of({ list, get, startRetry, openByPipeline })
    })
  )
}

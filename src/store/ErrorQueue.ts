/**
 * ErrorQueue: documents that wait for a person.
 *
 * An item blocks only its own document. It is opened when a document cannot be
 * read, mapped or posted, and resolved when a later try of it succeeds. There is
 * at most one unresolved item for each document.
 */
import { Context, Effect, Layer, Option, Schema } from "effect"
import { SqlClient, SqlSchema, type Statement } from "effect/sql"
import { Problem } from "../pipeline/SourceRecord.ts"
import { awaited } from "./awaited.ts"
import { type AuditRow, type DocumentKey, insertAudit, isoInstant, rows } from "./rows.ts"
import { type StoreError, storeErrors } from "./StoreError.ts"

/** Where in its life a document got stuck; `reconcile` is where the books were found to differ. */
export const ErrorStage = Schema.Literals(["read", "map", "post", "reconcile"])
export type ErrorStage = typeof ErrorStage.Type

/** `retrying` and `open` wait; the others are settled. */
export const ErrorState = Schema.Literals(["open", "retrying", "resolved", "ignored"])
export type ErrorState = typeof ErrorState.Type

/** Tries without anybody asking, after which an item is left for a person. */
export const automaticRetriesMaximum = 10

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
  state: ErrorState,
  retries: Schema.Int,
  automaticRetries: Schema.Int.annotate({
    description: "Tries without anybody asking, since the document changed or a person last tried."
  }),
  amount: Schema.NullOr(Schema.String).annotate({
    description: "Total of the document, a decimal string; null where it cannot be read."
  }),
  currency: Schema.NullOr(Schema.String),
  openedAt: Schema.String,
  changedAt: Schema.String
}).annotate({ identifier: "ErrorItem" })
export type ErrorItem = typeof ErrorItem.Type

/** Which items to list; absent settings let everything through. */
export interface ErrorFilter {
  /** Settled ones too; without it, and without `state`, only those that wait. */
  readonly all?: boolean
  readonly state?: ErrorState
  readonly pipeline?: string
  readonly stage?: ErrorStage
  /** Code of one of the problems. */
  readonly code?: string
  /** Instant, ISO 8601: changed then or later. */
  readonly since?: string
}

/** An act of a person on an item. */
export interface ErrorAct {
  readonly actor: string
  readonly reason: string
}

/** An item before and after an act. */
interface Acted {
  readonly before: ErrorState
  readonly after: ErrorState
  readonly retries: number
}

/** What is known when a document gets stuck. */
export interface NewErrorItem extends DocumentKey {
  readonly number: string
  readonly revision: number
  readonly stage: ErrorStage
  readonly planRevision: string
  readonly problems: ReadonlyArray<Problem>
}

/**
 * Opens items, in the caller's transaction. A document that already waits keeps
 * its item, with the new problems; one whose item is settled gets a new item.
 */
export const upsertErrors = (sql: SqlClient.SqlClient, items: ReadonlyArray<NewErrorItem>) => sql`
  INSERT INTO error_item (pipeline, resource, external_id, number, revision, stage, plan_revision, problems)
  SELECT pipeline, resource, "externalId", number, revision, stage, "planRevision", problems
  FROM jsonb_to_recordset(${rows(items)}::jsonb)
    AS row (pipeline text, resource text, "externalId" text, number text, revision int, stage text,
            "planRevision" text, problems jsonb)
  ON CONFLICT (pipeline, resource, external_id) WHERE state IN ('open', 'retrying')
  DO UPDATE SET revision = EXCLUDED.revision, stage = EXCLUDED.stage, plan_revision = EXCLUDED.plan_revision,
                problems = EXCLUDED.problems, state = 'open', changed_at = present(), asked_at = NULL,
                automatic_retries = CASE WHEN error_item.revision = EXCLUDED.revision
                                    THEN error_item.automatic_retries ELSE 0 END`

/**
 * Resolves the items that `waiting` selects by `id` and `state`, locked, in the
 * caller's transaction, and says so in the audit log with the reason.
 */
export const resolveItems = (
  sql: SqlClient.SqlClient,
  given: { readonly waiting: Statement.Fragment; readonly reason: string }
) => sql`
  WITH waiting AS (${given.waiting}), resolved AS (
    UPDATE error_item SET state = 'resolved', changed_at = present()
    FROM waiting WHERE error_item.id = waiting.id
    RETURNING error_item.*, waiting.state AS before
  )
  INSERT INTO audit (actor, action, pipeline, resource, external_id, detail)
  SELECT 'engine', 'resolved', pipeline, resource, external_id,
    jsonb_build_object('errorItem', id, 'reason', ${given.reason}::text,
      'before', jsonb_build_object('state', before), 'after', jsonb_build_object('state', 'resolved'))
  FROM resolved`

/**
 * Resolves the items of documents that went through after all, in the caller's
 * transaction, and says so in the audit log. With a revision, only what that
 * revision or an earlier one met: the entry of an old revision that is posted
 * says nothing about the new one that waits.
 */
export const resolveErrors = (
  sql: SqlClient.SqlClient,
  documents: ReadonlyArray<DocumentKey & { readonly revision?: number }>
) =>
  resolveItems(sql, {
    reason: "the document went through",
    waiting: sql`
      SELECT item.id, item.state FROM error_item item
      JOIN jsonb_to_recordset(${rows(documents)}::jsonb)
        AS done (pipeline text, resource text, "externalId" text, revision int)
        ON item.pipeline = done.pipeline AND item.resource = done.resource AND item.external_id = done."externalId"
        AND (done.revision IS NULL OR item.revision <= done.revision)
      WHERE item.state IN ('open', 'retrying') FOR UPDATE OF item`
  })

/** Reads the queue, and records what people and the engine do about it. */
export class ErrorQueue extends Context.Service<
  ErrorQueue,
  {
    /** Items that pass the filter, oldest first. */
    list(filter?: ErrorFilter): Effect.Effect<ReadonlyArray<ErrorItem>, StoreError>
    get(id: number): Effect.Effect<Option.Option<ErrorItem>, StoreError>
    /**
     * Items of a pipeline that wait for customers all of whom are linked by now, oldest first, so many at most;
     * without those that are left for a person.
     */
    readyByLink(pipeline: string, limit: number): Effect.Effect<ReadonlyArray<ErrorItem>, StoreError>
    /**
     * Marks a waiting item as being tried again by `actor`; counted, and written
     * to the audit log. False, and nothing is done, when it does not wait any
     * more, or when an `automatic` try is one too many.
     */
    startRetry(
      item: ErrorItem,
      actor: string,
      options?: { readonly automatic?: boolean }
    ): Effect.Effect<boolean, StoreError>
    /** Settles a waiting item by a person's word; audited. False when it does not wait any more. */
    close(item: ErrorItem, state: "resolved" | "ignored", act: ErrorAct): Effect.Effect<boolean, StoreError>
    /** How many documents wait, by pipeline. */
    readonly openByPipeline: Effect.Effect<ReadonlyMap<string, number>, StoreError>
  }
>()("ledgerline/store/ErrorQueue") {
  /** Needs only a `SqlClient`, so the caller decides which database it is. */
  static readonly layerNoDeps = Layer.effect(
    ErrorQueue,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const items = sql`
        SELECT item.id::int AS id, item.pipeline, item.resource, item.external_id AS "externalId", item.number,
          item.revision, item.stage, item.plan_revision AS "planRevision", item.problems, item.state, item.retries,
          item.automatic_retries AS "automaticRetries",
          record.normalised #>> '{document,totals,grand}' AS amount,
          record.normalised #>> '{document,currency}' AS currency,
          ${isoInstant(sql, "item.opened_at")} AS "openedAt", ${isoInstant(sql, "item.changed_at")} AS "changedAt"
        FROM error_item item LEFT JOIN source_record record
          ON record.pipeline = item.pipeline AND record.resource = item.resource
          AND record.external_id = item.external_id AND record.revision = item.revision`

      const select = SqlSchema.findAll({
        Request: Schema.Struct({
          states: Schema.Array(ErrorState),
          pipeline: Schema.NullOr(Schema.String),
          stage: Schema.NullOr(ErrorStage),
          code: Schema.NullOr(Schema.String),
          since: Schema.NullOr(Schema.String)
        }),
        Result: ErrorItem,
        execute: ({ code, pipeline, since, stage, states }) => sql`
          ${items}
          WHERE ${sql.in("item.state", states)}
            AND (${pipeline}::text IS NULL OR item.pipeline = ${pipeline})
            AND (${stage}::text IS NULL OR item.stage = ${stage})
            AND (${code}::text IS NULL OR item.problems @> jsonb_build_array(jsonb_build_object('code', ${code}::text)))
            AND (${since}::timestamptz IS NULL OR item.changed_at >= ${since}::timestamptz)
          ORDER BY item.id`
      })
      const selectOne = SqlSchema.findOneOption({
        Request: Schema.Int,
        Result: ErrorItem,
        execute: (id) => sql`${items} WHERE item.id = ${id}`
      })
      const isLinked = (side: "left" | "right") => sql`
        (awaited.side = ${side} AND EXISTS (
          SELECT FROM customer_link link
          WHERE link.pair = awaited.pair AND link.${sql(`${side}_id`)} = awaited.customer AND link.state = 'linked'))`
      const selectReady = SqlSchema.findAll({
        Request: Schema.Struct({ pipeline: Schema.String, limit: Schema.Int }),
        Result: ErrorItem,
        execute: ({ limit, pipeline }) => sql`
          ${items}
          WHERE item.pipeline = ${pipeline} AND item.automatic_retries < ${automaticRetriesMaximum}
            AND item.id IN (
              SELECT awaited.item FROM (${awaited(sql)}) awaited
              WHERE awaited.pipeline = ${pipeline}
              GROUP BY awaited.item HAVING bool_and(${isLinked("left")} OR ${isLinked("right")}))
          ORDER BY item.id LIMIT ${limit}`
      })
      const counts = SqlSchema.findAll({
        Request: Schema.Void,
        Result: Schema.Struct({ pipeline: Schema.String, open: Schema.Int }),
        execute: () => sql`
          SELECT pipeline, count(*)::int AS open FROM error_item
          WHERE state IN ('open', 'retrying') GROUP BY pipeline`
      })

      const list = Effect.fn("ErrorQueue.list")((filter: ErrorFilter = {}) =>
        select({
          states:
            filter.state === undefined
              ? filter.all === true
                ? ErrorState.literals
                : ["open", "retrying"]
              : [filter.state],
          pipeline: filter.pipeline ?? null,
          stage: filter.stage ?? null,
          code: filter.code ?? null,
          since: filter.since ?? null
        }).pipe(storeErrors("ErrorQueue.list"))
      )
      const get = Effect.fn("ErrorQueue.get")((id: number) =>
        selectOne(id).pipe(storeErrors("ErrorQueue.get"))
      )

      const readyByLink = Effect.fn("ErrorQueue.readyByLink")((pipeline: string, limit: number) =>
        selectReady({ pipeline, limit }).pipe(storeErrors("ErrorQueue.readyByLink"))
      )

      /** Carries out `update`, which returns the row as it was, and appends what it did to the audit log. */
      const act = <E>(
        item: ErrorItem,
        entry: { readonly actor: string; readonly action: string; readonly detail: object },
        update: Effect.Effect<ReadonlyArray<Acted>, E>
      ) =>
        Effect.gen(function* () {
          const [row] = yield* update
          if (row === undefined) return false
          const { after, before, retries } = row
          const audit: AuditRow = {
            ...entry,
            pipeline: item.pipeline,
            resource: item.resource,
            externalId: item.externalId,
            detail: {
              errorItem: item.id,
              ...entry.detail,
              stage: item.stage,
              problems: item.problems,
              before: { state: before },
              after: { state: after, retries }
            }
          }
          yield* insertAudit(sql, [audit])
          return true
        }).pipe(sql.withTransaction)

      const startRetry = Effect.fn("ErrorQueue.startRetry")((
        item: ErrorItem,
        actor: string,
        options?: { readonly automatic?: boolean }
      ) => {
        const automatic = options?.automatic ?? false
        return act(
          item,
          { actor, action: "retried", detail: { automatic } },
          sql<Acted>`
              UPDATE error_item SET state = 'retrying', retries = error_item.retries + 1, changed_at = present(),
                automatic_retries = CASE WHEN ${automatic} THEN error_item.automatic_retries + 1 ELSE 0 END
              FROM (SELECT id, state FROM error_item WHERE id = ${item.id} FOR UPDATE) was
              WHERE error_item.id = was.id AND was.state IN ('open', 'retrying')
                AND NOT (${automatic} AND error_item.automatic_retries >= ${automaticRetriesMaximum})
              RETURNING was.state AS before, error_item.state AS after, error_item.retries`
        ).pipe(storeErrors("ErrorQueue.startRetry"))
      })
      const close = Effect.fn("ErrorQueue.close")(
        (item: ErrorItem, state: "resolved" | "ignored", { actor, reason }: ErrorAct) =>
          act(
            item,
            { actor, action: state, detail: { reason } },
            sql<Acted>`
              UPDATE error_item SET state = ${state}, changed_at = present()
              FROM (SELECT id, state FROM error_item WHERE id = ${item.id} FOR UPDATE) was
              WHERE error_item.id = was.id AND was.state IN ('open', 'retrying')
              RETURNING was.state AS before, error_item.state AS after, error_item.retries`
          ).pipe(storeErrors("ErrorQueue.close"))
      )
      const openByPipeline = counts(undefined).pipe(
        Effect.map((rows) => new Map(rows.map((row) => [row.pipeline, row.open]))),
        storeErrors("ErrorQueue.openByPipeline")
      )

      return ErrorQueue.of({ list, get, readyByLink, startRetry, close, openByPipeline })
    })
  )
}

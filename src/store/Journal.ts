/**
 * Journal: the append-only book of every entry we mean to post, and where each stands.
 *
 * An entry is appended before the ledger sees it. Posting it then goes
 * `pending -> sending -> posted`, each step committed before the next begins,
 * so a crash leaves an entry that is looked up in the ledger, never a lost or a
 * doubled one.
 */
import { Context, Effect, Layer, Option, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import type { Writer } from "./LedgerWriter.ts"
import { type NewErrorItem, resolveErrors, upsertErrors } from "./ErrorQueue.ts"
import { journalColumns } from "./journalColumns.ts"
import { JournalRecord, type NewJournalRecord, PostingState, type SettledPosting } from "./JournalRecord.ts"
import { type AuditRow, type DocumentKey, insertAudit, rows } from "./rows.ts"
import { type StoreError, storeErrors } from "./StoreError.ts"

/** Appends entries and their postings, in the caller's transaction. The same key again is left as it is. */
export const insertEntries = (sql: SqlClient.SqlClient, entries: ReadonlyArray<NewJournalRecord>) => sql`
  WITH given AS (
    SELECT * FROM jsonb_to_recordset(${rows(entries)}::jsonb)
      AS row ("idempotencyKey" text, pipeline text, "planRevision" text, resource text, "externalId" text, number text,
              revision int, kind text, company text, "sinkConnection" text, document text, body jsonb, provenance jsonb)
  ), appended AS (
    INSERT INTO journal_entry
      (idempotency_key, pipeline, plan_revision, resource, external_id, number, revision, kind, company, sink_connection, body, provenance)
    SELECT "idempotencyKey", pipeline, "planRevision", resource, "externalId", number, revision, kind, company,
           "sinkConnection", body, provenance
    FROM given
    ON CONFLICT (idempotency_key) DO NOTHING
    RETURNING idempotency_key, position, sink_connection
  )
  INSERT INTO posting (idempotency_key, position, sink_connection, document)
  SELECT appended.idempotency_key, appended.position, appended.sink_connection, given.document
  FROM appended JOIN given ON given."idempotencyKey" = appended.idempotency_key`

/**
 * Takes back entries that were never sent, or that the ledger definitely
 * refused, in the caller's transaction. Answers with the keys it took back: one
 * that was taken up in the meantime is not among them.
 */
export const supersede = (sql: SqlClient.SqlClient, idempotencyKeys: ReadonlyArray<string>) => sql<{
  readonly idempotencyKey: string
}>`
  UPDATE posting SET state = 'superseded', settled_at = present()
  WHERE ((state = 'pending' AND attempts = 0) OR state = 'rejected') AND ${sql.in("idempotency_key", idempotencyKeys)}
  RETURNING idempotency_key AS "idempotencyKey"`

/** Entries and their way into the ledger. */
export class Journal extends Context.Service<
  Journal,
  {
    /** Which of these keys are taken, and by what. */
    existing(
      idempotencyKeys: ReadonlyArray<string>
    ): Effect.Effect<ReadonlyMap<string, JournalRecord>, StoreError>
    /** All entries of these documents, in order. */
    ofDocuments(
      documents: ReadonlyArray<DocumentKey>
    ): Effect.Effect<ReadonlyArray<JournalRecord>, StoreError>
    /** The entry that this receipt belongs to. */
    ofReceipt(reference: string): Effect.Effect<Option.Option<JournalRecord>, StoreError>
    /**
     * Takes up to `limit` postings that are due, oldest first, and marks them
     * `sending`. Of one document only the first open one is ever taken. If the
     * caller dies, they are due again after `ambiguityMillis`. A writer that was
     * replaced gets none.
     */
    claim(options: {
      readonly writer: Writer
      readonly limit: number
      readonly ambiguityMillis: number
    }): Effect.Effect<ReadonlyArray<JournalRecord>, StoreError>
    /**
     * Makes the mark of a claimed posting fresh, right before it is sent. False,
     * and nothing may be sent, when the posting or the connection is no longer ours.
     */
    renew(options: {
      readonly writer: Writer
      readonly record: JournalRecord
      readonly ambiguityMillis: number
    }): Effect.Effect<boolean, StoreError>
    /**
     * Records how attempts ended, with their error items and audit, all or
     * nothing. An answer to a posting that was claimed again since, or is settled,
     * goes to the audit log only.
     */
    settle(postings: ReadonlyArray<SettledPosting>, actor: string): Effect.Effect<void, StoreError>
    /**
     * How many open postings of a connection stand where, refused ones included,
     * and in how many milliseconds the next is due, if any is: one that waits
     * behind another of its document is not. Costs nothing for what is settled.
     */
    progress(
      connection: string
    ): Effect.Effect<
      { readonly states: ReadonlyMap<PostingState, number>; readonly nextDueMillis?: number },
      StoreError
    >
    /** How many postings of a connection ever stand where; counts them all. */
    counts(connection: string): Effect.Effect<ReadonlyMap<PostingState, number>, StoreError>
  }
>()("ledgerline/store/Journal") {
  /** Needs only a `SqlClient`, so the caller decides which database it is. */
  static readonly layerNoDeps = Layer.effect(
    Journal,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const columns = journalColumns(sql)

      // A document's entries keep their order; a refused one blocks those after it.
      const isFirstOpen = (posting: string) => sql`NOT EXISTS (
        SELECT 1 FROM posting earlier
        WHERE earlier.document = ${sql(posting)}.document AND earlier.position < ${sql(posting)}.position
          AND earlier.state IN ('pending', 'sending', 'unknown', 'rejected'))`

      const selectExisting = SqlSchema.findAll({
        Request: Schema.Array(Schema.String),
        Result: JournalRecord,
        execute: (keys) => sql`
          SELECT ${columns} FROM journal_entry entry JOIN posting USING (idempotency_key)
          WHERE ${sql.in("entry.idempotency_key", keys)}`
      })
      const selectOfDocuments = SqlSchema.findAll({
        Request: Schema.String,
        Result: JournalRecord,
        execute: (documents) => sql`
          SELECT ${columns} FROM journal_entry entry JOIN posting USING (idempotency_key)
          JOIN jsonb_to_recordset(${documents}::jsonb) AS asked (pipeline text, resource text, "externalId" text)
            ON asked.pipeline = entry.pipeline AND asked.resource = entry.resource AND asked."externalId" = entry.external_id
          ORDER BY entry.position`
      })
      const selectOfReceipt = SqlSchema.findOneOption({
        Request: Schema.String,
        Result: JournalRecord,
        execute: (reference) => sql`
          SELECT ${columns} FROM journal_entry entry JOIN posting USING (idempotency_key)
          WHERE posting.receipt ->> 'reference' = ${reference}`
      })
      const take = SqlSchema.findAll({
        Request: Schema.Struct({
          connection: Schema.String,
          fence: Schema.BigInt,
          limit: Schema.Int,
          ambiguityMillis: Schema.Finite
        }),
        Result: JournalRecord,
        execute: ({ ambiguityMillis, connection, fence, limit }) => sql`
          WITH writer AS (
            SELECT 1 FROM ledger_writer WHERE connection = ${connection} AND fence = ${fence} FOR SHARE
          ), due AS (
            SELECT first.idempotency_key FROM posting first
            WHERE EXISTS (SELECT 1 FROM writer) AND first.sink_connection = ${connection} AND first.state IN ('pending', 'sending', 'unknown')
              AND first.not_before <= present()
              AND ${isFirstOpen("first")}
            ORDER BY first.position LIMIT ${limit} FOR UPDATE SKIP LOCKED
          ), marked AS (
            UPDATE posting SET state = 'sending', attempts = attempts + 1, fence = ${fence}, sent_at = present(),
              not_before = present() + ${ambiguityMillis}::float8 * interval '1 millisecond'
            FROM due WHERE posting.idempotency_key = due.idempotency_key
            RETURNING posting.*
          )
          SELECT ${columns} FROM marked posting JOIN journal_entry entry USING (idempotency_key)
          ORDER BY entry.position`
      })
      const selectProgress = SqlSchema.findAll({
        Request: Schema.String,
        Result: Schema.Struct({
          state: PostingState,
          postings: Schema.Int,
          dueMillis: Schema.NullOr(Schema.Finite)
        }),
        execute: (connection) => sql`
          SELECT state, count(*)::int AS postings,
            (extract(epoch FROM min(not_before) FILTER (
              WHERE state IN ('pending', 'sending', 'unknown') AND ${isFirstOpen("posting")}
            ) - present()) * 1000)::float8 AS "dueMillis"
          FROM posting
          WHERE sink_connection = ${connection} AND state IN ('pending', 'sending', 'unknown', 'rejected')
          GROUP BY state`
      })
      const selectCounts = SqlSchema.findAll({
        Request: Schema.String,
        Result: Schema.Struct({ state: PostingState, postings: Schema.Int }),
        execute: (connection) => sql`
          SELECT state, count(*)::int AS postings FROM posting WHERE sink_connection = ${connection} GROUP BY state`
      })

      const renew = Effect.fn("Journal.renew")(
        ({
          ambiguityMillis,
          record,
          writer
        }: {
          readonly writer: Writer
          readonly record: JournalRecord
          readonly ambiguityMillis: number
        }) =>
          sql`
            WITH writer AS (
              SELECT 1 FROM ledger_writer
              WHERE connection = ${writer.connection} AND fence = ${writer.fence} FOR SHARE
            )
            UPDATE posting SET sent_at = present(),
              not_before = present() + ${ambiguityMillis}::float8 * interval '1 millisecond'
            WHERE idempotency_key = ${record.idempotencyKey} AND state = 'sending'
              AND attempts = ${record.attempts} AND EXISTS (SELECT 1 FROM writer)
            RETURNING idempotency_key`.pipe(
            Effect.map((rows) => rows.length === 1),
            storeErrors("Journal.renew")
          )
      )

      const update = (postings: ReadonlyArray<SettledPosting>) => {
        const settled = postings.map(({ outcome, record }) => ({
          idempotencyKey: record.idempotencyKey,
          state:
            outcome._tag === "Posted"
              ? "posted"
              : outcome._tag === "Rejected"
                ? "rejected"
                : outcome._tag === "Unknown"
                  ? "unknown"
                  : "pending",
          receipt: outcome._tag === "Posted" ? outcome.receipt : null,
          restMillis: "retryAfterMillis" in outcome ? outcome.retryAfterMillis : 0,
          attempts: record.attempts
        }))
        // Only the attempt that still holds the posting may settle it: a writer that
        // slept past its mark speaks of a posting that another has taken since.
        return sql<{ readonly idempotencyKey: string }>`
          UPDATE posting SET state = row.state, receipt = row.receipt,
            not_before = present() + row."restMillis" * interval '1 millisecond',
            settled_at = CASE WHEN row.state = 'posted' THEN present() END
          FROM jsonb_to_recordset(${rows(settled)}::jsonb)
            AS row ("idempotencyKey" text, state text, receipt jsonb, "restMillis" float8, attempts int)
          WHERE posting.idempotency_key = row."idempotencyKey" AND posting.state = 'sending'
            AND posting.attempts = row.attempts
          RETURNING posting.idempotency_key AS "idempotencyKey"`
      }

      const auditRow = ({ outcome, record }: SettledPosting, inTime: boolean, actor: string): AuditRow => ({
        actor,
        action: !inTime
          ? "answered late"
          : outcome._tag === "Posted"
            ? outcome.adopted
              ? "adopted"
              : "posted"
            : outcome._tag === "Rejected"
              ? "rejected"
              : outcome._tag === "Released"
                ? "not sent"
                : "attempt failed",
        pipeline: record.pipeline,
        resource: record.resource,
        externalId: record.externalId,
        detail: { idempotencyKey: record.idempotencyKey, attempt: record.attempts, ...outcome }
      })

      const settle = Effect.fn("Journal.settle")((postings: ReadonlyArray<SettledPosting>, actor: string) =>
        Effect.gen(function* () {
          if (postings.length === 0) return
          const updated = new Set((yield* update(postings)).map(({ idempotencyKey }) => idempotencyKey))
          const settled = postings.filter(({ record }) => updated.has(record.idempotencyKey))
          const posted = settled
            .filter(({ outcome }) => outcome._tag === "Posted")
            .map(({ record }) => record)
          const refused = settled.flatMap(({ outcome, record }): ReadonlyArray<NewErrorItem> =>
            outcome._tag === "Rejected"
              ? [
                  {
                    pipeline: record.pipeline,
                    resource: record.resource,
                    externalId: record.externalId,
                    number: record.number,
                    revision: record.revision,
                    stage: "post",
                    planRevision: record.planRevision,
                    problems: [{ code: outcome.code, message: outcome.message, path: record.idempotencyKey }]
                  }
                ]
              : []
          )
          if (posted.length > 0) yield* resolveErrors(sql, posted)
          if (refused.length > 0) yield* upsertErrors(sql, refused)
          yield* insertAudit(
            sql,
            postings.map((posting) => auditRow(posting, updated.has(posting.record.idempotencyKey), actor))
          )
        }).pipe(sql.withTransaction, storeErrors("Journal.settle"))
      )

      return Journal.of({
        existing: Effect.fn("Journal.existing")((keys: ReadonlyArray<string>) =>
          (keys.length === 0 ? Effect.succeed([]) : selectExisting(keys)).pipe(
            Effect.map((rows) => new Map(rows.map((row) => [row.idempotencyKey, row]))),
            storeErrors("Journal.existing")
          )
        ),
        ofDocuments: Effect.fn("Journal.ofDocuments")((documents: ReadonlyArray<DocumentKey>) =>
          selectOfDocuments(rows(documents)).pipe(storeErrors("Journal.ofDocuments"))
        ),
        ofReceipt: Effect.fn("Journal.ofReceipt")((reference: string) =>
          selectOfReceipt(reference).pipe(storeErrors("Journal.ofReceipt"))
        ),
        claim: Effect.fn("Journal.claim")(
          ({
            writer,
            ...options
          }: {
            readonly writer: Writer
            readonly limit: number
            readonly ambiguityMillis: number
          }) => take({ ...writer, ...options }).pipe(storeErrors("Journal.claim"))
        ),
        renew,
        settle,
        progress: Effect.fn("Journal.progress")((connection: string) =>
          selectProgress(connection).pipe(
            Effect.map((rows) => {
              const due = rows.flatMap((row) => (row.dueMillis === null ? [] : [row.dueMillis]))
              return {
                states: new Map(rows.map((row) => [row.state, row.postings])),
                ...(due.length === 0 ? {} : { nextDueMillis: Math.max(0, Math.min(...due)) })
              }
            }),
            storeErrors("Journal.progress")
          )
        ),
        counts: Effect.fn("Journal.counts")((connection: string) =>
          selectCounts(connection).pipe(
            Effect.map((rows) => new Map(rows.map((row) => [row.state, row.postings]))),
            storeErrors("Journal.counts")
          )
        )
      })
    })
  )
}

/**
 * ReconciliationStore: the journal by day and by document, and what comparing it with others has found.
 *
 * A difference that needs a person stands in the error queue as an item of the
 * stage `reconcile`. It gives way to whatever else the document waits with, and
 * is resolved when the books agree.
 */
import { Context, Duration, Effect, Layer, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import type { CalendarDate } from "../accounting/AccountingPeriod.ts"
import { NormalisedRecord, Origin, Problem } from "../pipeline/SourceRecord.ts"
import { ErrorStage, type NewErrorItem, resolveItems } from "./ErrorQueue.ts"
import { journalColumns } from "./journalColumns.ts"
import { JournalRecord } from "./JournalRecord.ts"
import { type AuditRow, type DocumentKey, insertAudit, rows } from "./rows.ts"
import { type StoreError, storeErrors } from "./StoreError.ts"

/** An entry of the journal, and the document it belongs to whatever pipeline made it. */
export const BookedRecord = Schema.Struct({
  ...JournalRecord.fields,
  document: Schema.String
})
export type BookedRecord = typeof BookedRecord.Type

/** The last revision that is stored of a document. */
export const StoredDocument = Schema.Struct({
  pipeline: Schema.String,
  resource: Schema.String,
  externalId: Schema.String,
  revision: Schema.Int,
  fingerprint: Schema.String,
  fingerprintVersion: Schema.Int,
  origin: Origin,
  raw: Schema.Json,
  normalised: NormalisedRecord
})
export type StoredDocument = typeof StoredDocument.Type

/** Why a document waits. */
export const WaitingDocument = Schema.Struct({
  id: Schema.Int,
  pipeline: Schema.String,
  resource: Schema.String,
  externalId: Schema.String,
  number: Schema.String,
  stage: ErrorStage,
  problems: Schema.Array(Problem)
})
export type WaitingDocument = typeof WaitingDocument.Type

/** Which entry a receipt belongs to. */
export interface ReceiptOwner {
  readonly reference: string
  readonly idempotencyKey: string
  readonly document: string
  readonly pipeline: string
  readonly postingDate: CalendarDate
}

/** What a reconciliation leads to in the error queue. */
export interface ReconciliationOutcome {
  /** Opened, or kept with the new words, where the document waits with nothing else. */
  readonly found: ReadonlyArray<Omit<NewErrorItem, "stage">>
  /** Items of the stage `reconcile` whose books agree by now. */
  readonly agreed: ReadonlyArray<number>
  readonly audit: ReadonlyArray<AuditRow>
}

/** What the audit log says of a reconciliation that nobody asked for. */
export const reconciled = "reconciled"

/** Reads the journal for a comparison, and keeps what the comparison found. */
export class ReconciliationStore extends Context.Service<
  ReconciliationStore,
  {
    /** Names of the documents with an entry of that day which was not taken back; a page after each name. */
    documentsOn(on: {
      readonly connection: string
      readonly day: CalendarDate
      readonly after: string
    }): Effect.Effect<ReadonlyArray<string>, StoreError>
    /** All entries of these documents that were not taken back, in order. */
    entriesOf(documents: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<BookedRecord>, StoreError>
    /** The entries that these receipts belong to. */
    ownersOf(
      connection: string,
      references: ReadonlyArray<string>
    ): Effect.Effect<ReadonlyArray<ReceiptOwner>, StoreError>
    /** The last revision of each of these documents that has one. */
    storedOf(documents: ReadonlyArray<DocumentKey>): Effect.Effect<ReadonlyArray<StoredDocument>, StoreError>
    /** Those of these documents that wait in the error queue with anything but a difference. */
    waitingOf(
      documents: ReadonlyArray<DocumentKey>
    ): Effect.Effect<ReadonlyArray<WaitingDocument>, StoreError>
    /** The documents and payments of one order, that order included, that any of these pipelines has read. */
    ofOrder(
      pipelines: ReadonlyArray<string>,
      order: string
    ): Effect.Effect<ReadonlyArray<DocumentKey>, StoreError>
    /** Whether the last reconciliation of a pipeline by itself is so long ago, or there was none. */
    isDue(pipeline: string, every: Duration.Duration): Effect.Effect<boolean, StoreError>
    /** The differences of a pipeline that wait. */
    openDifferences(pipeline: string): Effect.Effect<ReadonlyArray<WaitingDocument>, StoreError>
    /** Keeps what was found, all or nothing. An item is opened once, however often the same is found. */
    keep(outcome: ReconciliationOutcome): Effect.Effect<void, StoreError>
  }
>()("ledgerline/store/ReconciliationStore") {
  /** Needs only a `SqlClient`, so the caller decides which database it is. */
  static readonly layerNoDeps = Layer.effect(
    ReconciliationStore,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const selectEntries = SqlSchema.findAll({
        Request: Schema.String,
        Result: BookedRecord,
        execute: (documents) => sql`
          SELECT ${journalColumns(sql)}, posting.document
          FROM posting JOIN journal_entry entry USING (idempotency_key)
          WHERE posting.document IN (SELECT jsonb_array_elements_text(${documents}::jsonb))
            AND posting.state <> 'superseded'
          ORDER BY entry.position`
      })
      const selectStored = SqlSchema.findAll({
        Request: Schema.String,
        Result: StoredDocument,
        execute: (documents) => sql`
          SELECT DISTINCT ON (record.pipeline, record.resource, record.external_id)
            record.pipeline, record.resource, record.external_id AS "externalId", record.revision,
            record.fingerprint, record.fingerprint_version AS "fingerprintVersion",
            record.origin, record.raw, record.normalised
          FROM source_record record
          JOIN jsonb_to_recordset(${documents}::jsonb) AS asked (pipeline text, resource text, "externalId" text)
            ON asked.pipeline = record.pipeline AND asked.resource = record.resource
            AND asked."externalId" = record.external_id
          ORDER BY record.pipeline, record.resource, record.external_id, record.revision DESC`
      })
      const waitingColumns = sql`
        item.id::int AS id, item.pipeline, item.resource, item.external_id AS "externalId", item.number,
        item.stage, item.problems`
      const selectWaiting = SqlSchema.findAll({
        Request: Schema.String,
        Result: WaitingDocument,
        execute: (documents) => sql`
          SELECT ${waitingColumns} FROM error_item item
          JOIN jsonb_to_recordset(${documents}::jsonb) AS asked (pipeline text, resource text, "externalId" text)
            ON asked.pipeline = item.pipeline AND asked.resource = item.resource
            AND asked."externalId" = item.external_id
          WHERE item.state IN ('open', 'retrying') AND item.stage <> 'reconcile'`
      })
      const selectDifferences = SqlSchema.findAll({
        Request: Schema.String,
        Result: WaitingDocument,
        execute: (pipeline) => sql`
          SELECT ${waitingColumns} FROM error_item item
          WHERE item.pipeline = ${pipeline} AND item.stage = 'reconcile' AND item.state IN ('open', 'retrying')
          ORDER BY item.id`
      })

      // Whatever else a document waits with says more than that its books differ; and
      // what a person has looked at and ignored is not brought up again as it was.
      const open = (found: ReconciliationOutcome["found"]) => sql<{ readonly id: number }>`
        INSERT INTO error_item (pipeline, resource, external_id, number, revision, stage, plan_revision, problems)
        SELECT pipeline, resource, "externalId", number, revision, 'reconcile', "planRevision", problems
        FROM jsonb_to_recordset(${rows(found)}::jsonb)
          AS row (pipeline text, resource text, "externalId" text, number text, revision int,
                  "planRevision" text, problems jsonb)
        WHERE NOT EXISTS (
          SELECT 1 FROM error_item ignored
          WHERE ignored.pipeline = row.pipeline AND ignored.resource = row.resource
            AND ignored.external_id = row."externalId" AND ignored.stage = 'reconcile'
            AND ignored.state = 'ignored' AND ignored.problems = row.problems)
        ON CONFLICT (pipeline, resource, external_id) WHERE state IN ('open', 'retrying')
        DO UPDATE SET problems = EXCLUDED.problems, changed_at = present()
        WHERE error_item.stage = 'reconcile' AND error_item.problems <> EXCLUDED.problems
        RETURNING id::int AS id`

      const resolve = (ids: ReadonlyArray<number>) =>
        resolveItems(sql, {
          reason: "the books agree",
          waiting: sql`
            SELECT id, state FROM error_item
            WHERE ${sql.in("id", ids)} AND stage = 'reconcile' AND state IN ('open', 'retrying') FOR UPDATE`
        })

      return ReconciliationStore.of({
        documentsOn: Effect.fn("ReconciliationStore.documentsOn")(
          (on: { readonly connection: string; readonly day: CalendarDate; readonly after: string }) =>
            sql<{ readonly document: string }>`
              SELECT DISTINCT posting.document FROM journal_entry entry JOIN posting USING (idempotency_key)
              WHERE entry.sink_connection = ${on.connection} AND entry.body ->> 'postingDate' = ${on.day}
                AND posting.state <> 'superseded' AND posting.document > ${on.after}
              ORDER BY posting.document LIMIT 500`.pipe(
              Effect.map((found) => found.map(({ document }) => document)),
              storeErrors("ReconciliationStore.documentsOn")
            )
        ),
        entriesOf: Effect.fn("ReconciliationStore.entriesOf")((documents: ReadonlyArray<string>) =>
          (documents.length === 0 ? Effect.succeed([]) : selectEntries(rows(documents))).pipe(
            storeErrors("ReconciliationStore.entriesOf")
          )
        ),
        ownersOf: Effect.fn("ReconciliationStore.ownersOf")(
          (connection: string, references: ReadonlyArray<string>) =>
            sql<ReceiptOwner>`
              SELECT posting.receipt ->> 'reference' AS reference, posting.idempotency_key AS "idempotencyKey",
                posting.document, entry.pipeline, entry.body ->> 'postingDate' AS "postingDate"
              FROM posting JOIN journal_entry entry USING (idempotency_key)
              WHERE posting.sink_connection = ${connection}
                AND posting.receipt ->> 'reference' IN (SELECT jsonb_array_elements_text(${rows(references)}::jsonb))`.pipe(
              storeErrors("ReconciliationStore.ownersOf")
            )
        ),
        storedOf: Effect.fn("ReconciliationStore.storedOf")((documents: ReadonlyArray<DocumentKey>) =>
          (documents.length === 0 ? Effect.succeed([]) : selectStored(rows(documents))).pipe(
            storeErrors("ReconciliationStore.storedOf")
          )
        ),
        waitingOf: Effect.fn("ReconciliationStore.waitingOf")((documents: ReadonlyArray<DocumentKey>) =>
          (documents.length === 0 ? Effect.succeed([]) : selectWaiting(rows(documents))).pipe(
            storeErrors("ReconciliationStore.waitingOf")
          )
        ),
        ofOrder: Effect.fn("ReconciliationStore.ofOrder")((pipelines: ReadonlyArray<string>, order: string) =>
          sql<DocumentKey>`
            SELECT pipeline, resource, external_id AS "externalId" FROM source_record
            WHERE ${sql.in("pipeline", pipelines)} AND normalised #>> '{document,order,id}' = ${order}
            UNION
            SELECT pipeline, resource, external_id FROM source_record
            WHERE ${sql.in("pipeline", pipelines)} AND normalised #>> '{record,order,id}' = ${order}`.pipe(
            storeErrors("ReconciliationStore.ofOrder")
          )
        ),
        isDue: Effect.fn("ReconciliationStore.isDue")((pipeline: string, every: Duration.Duration) =>
          sql`
            SELECT 1 FROM audit WHERE pipeline = ${pipeline} AND resource IS NULL AND action = ${reconciled}
              AND at > present() - ${Duration.toMillis(every)}::float8 * interval '1 millisecond' LIMIT 1`.pipe(
            Effect.map((found) => found.length === 0),
            storeErrors("ReconciliationStore.isDue")
          )
        ),
        openDifferences: Effect.fn("ReconciliationStore.openDifferences")((pipeline: string) =>
          selectDifferences(pipeline).pipe(storeErrors("ReconciliationStore.openDifferences"))
        ),
        keep: Effect.fn("ReconciliationStore.keep")(({ agreed, audit, found }: ReconciliationOutcome) =>
          Effect.gen(function* () {
            if (found.length > 0) {
              const opened = yield* open(found)
              if (opened.length > 0) {
                yield* sql`
                  INSERT INTO audit (actor, action, pipeline, resource, external_id, detail)
                  SELECT 'engine', 'difference found', pipeline, resource, external_id,
                    jsonb_build_object('errorItem', id, 'problems', problems)
                  FROM error_item WHERE ${sql.in(
                    "id",
                    opened.map(({ id }) => id)
                  )}`
              }
            }
            if (agreed.length > 0) yield* resolve(agreed)
            if (audit.length > 0) yield* insertAudit(sql, audit)
          }).pipe(sql.withTransaction, storeErrors("ReconciliationStore.keep"))
        )
      })
    })
  )
}

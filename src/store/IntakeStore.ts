/**
 * IntakeStore: what has been read, and how far.
 *
 * A page of records, the entries made from them, the documents parked and the
 * cursor are one transaction: after a crash the page is either all there or
 * read again.
 */
import { Context, Effect, Layer, Option, Schema } from "effect"
import { SqlClient, type SqlError, SqlSchema } from "effect/sql"
import { type Json, NormalisedRecord, Origin } from "../pipeline/SourceRecord.ts"
import { type BackfillStep, moveBackfill } from "./Backfills.ts"
import { addTasks, type NewCustomerTask } from "./addTasks.ts"
import { Side } from "./CustomerLink.ts"
import { type NewErrorItem, resolveErrors, upsertErrors } from "./ErrorQueue.ts"
import { forgottenNames } from "./forgottenNames.ts"
import { insertEntries, supersede } from "./Journal.ts"
import type { NewJournalRecord } from "./JournalRecord.ts"
import { type AuditRow, type DocumentKey, insertAudit, rows } from "./rows.ts"
import { Overtaken, type StoreError, storeErrors } from "./StoreError.ts"

/** The last revision of a document that was read. */
export interface KnownDocument {
  readonly revision: number
  readonly fingerprint: string
  readonly fingerprintVersion: number
}

/** A record as it is stored; `revision` is ours and counts from 1. */
export interface StoredRecord extends DocumentKey {
  readonly revision: number
  readonly origin: Origin
  readonly fingerprint: string
  readonly fingerprintVersion: number
  readonly raw: unknown
  readonly normalised: unknown
}

/** The last revision that a document had, and how many entries, when its next ones were made. */
export interface DocumentBasis extends DocumentKey {
  readonly revision: number
  readonly entries: number
}

/** Everything that one page of a source leads to. */
export interface IntakePage {
  readonly pipeline: string
  readonly records: ReadonlyArray<StoredRecord>
  readonly entries: ReadonlyArray<NewJournalRecord>
  /** Idempotency keys of entries that were never sent and that newer ones replace. */
  readonly superseded: ReadonlyArray<string>
  readonly errors: ReadonlyArray<NewErrorItem>
  /** Documents that went through, whose open error items are settled by it. */
  readonly settled: ReadonlyArray<DocumentKey>
  readonly audit: ReadonlyArray<AuditRow>
  /** Customers that are to be looked at. */
  readonly tasks: ReadonlyArray<NewCustomerTask>
  /** Of documents that were read before: what the page was made from. */
  readonly basis: ReadonlyArray<DocumentBasis>
  /**
   * The database's `present` before the source was asked. Who has read a document
   * since may have read it newer, whatever was read here.
   */
  readonly readAt?: string
  /** Absent when a stored record is mapped again: the cursor stays. `before` is where the scan stood. */
  readonly cursor?: { readonly before: unknown; readonly after: unknown }
  /** The step of a past period that this page is; the live cursor stays. */
  readonly backfill?: BackfillStep
  /** How many were forgotten when the page was prepared: who is forgotten meanwhile must not come back with it. */
  readonly forgotten?: number
}

const KnownRow = Schema.Struct({
  resource: Schema.String,
  externalId: Schema.String,
  revision: Schema.Int,
  fingerprint: Schema.String,
  fingerprintVersion: Schema.Int
})

const RecordRow = Schema.Struct({
  pipeline: Schema.String,
  revision: Schema.Int,
  fingerprint: Schema.String,
  origin: Origin,
  raw: Schema.Json,
  normalised: NormalisedRecord
})
/** A stored record, read back. */
export type RecordRow = typeof RecordRow.Type

/** `resource/id`: names a document within a pipeline. */
export const documentName = (document: { readonly resource: string; readonly externalId: string }) =>
  `${document.resource}/${document.externalId}`

/** Another process stored the same revision of a document first. */
const isUniqueViolation = (error: SqlError.SqlError | Overtaken): error is SqlError.SqlError =>
  error._tag === "SqlError" && error.reason._tag === "UniqueViolation"

/** Reads and commits what intake needs. */
export class IntakeStore extends Context.Service<
  IntakeStore,
  {
    /** The last revision of each of these documents that has one, by `documentName`. */
    known(
      pipeline: string,
      documents: ReadonlyArray<DocumentKey>
    ): Effect.Effect<ReadonlyMap<string, KnownDocument>, StoreError>
    /**
     * Which of these names, as `personOf` gives them, are of somebody who was
     * forgotten, and how many names there are in all.
     */
    forgotten(
      names: ReadonlyArray<string>
    ): Effect.Effect<{ readonly names: ReadonlySet<string>; readonly all: number }, StoreError>
    /**
     * Stores the page, all or nothing, and moves the cursor with it. Fails with
     * `Overtaken`, and stores nothing, when it was made from what is no longer so.
     */
    commit(page: IntakePage): Effect.Effect<void, StoreError | Overtaken>
    /** The database's own time, as text; compared with when a document was last stored. */
    readonly present: Effect.Effect<string, StoreError>
    readonly cursors: Effect.Effect<
      ReadonlyMap<string, { readonly value: Json; readonly movedAt: string }>,
      StoreError
    >
    /** The last revision of every document whose id or number is `text`. */
    find(text: string): Effect.Effect<ReadonlyArray<RecordRow>, StoreError>
    /** Fingerprints of what the last look at both systems showed of these customers, by id; none of those without a link. */
    seen(
      pair: string,
      side: Side,
      ids: ReadonlyArray<string>
    ): Effect.Effect<ReadonlyMap<string, string>, StoreError>
    /** The last revision of one document. */
    latest(document: DocumentKey): Effect.Effect<Option.Option<RecordRow>, StoreError>
    /**
     * Lets the database count its rows anew, if so many `entries` more are a
     * tenth of what it has counted: neither a server that has just begun nor the
     * embedded one does it by itself in time, and it would search long for what
     * is due.
     */
    analyze(entries: number): Effect.Effect<void, StoreError>
    /** How many documents each pipeline has read. */
    readonly countByPipeline: Effect.Effect<ReadonlyMap<string, number>, StoreError>
  }
>()("ledgerline/store/IntakeStore") {
  /** Needs only a `SqlClient`, so the caller decides which database it is. */
  static readonly layerNoDeps = Layer.effect(
    IntakeStore,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const selectKnown = SqlSchema.findAll({
        Request: Schema.Struct({ pipeline: Schema.String, documents: Schema.String }),
        Result: KnownRow,
        execute: ({ documents, pipeline }) => sql`
          SELECT DISTINCT ON (record.resource, record.external_id)
            record.resource, record.external_id AS "externalId", record.revision, record.fingerprint,
            record.fingerprint_version AS "fingerprintVersion"
          FROM source_record record
          JOIN jsonb_to_recordset(${documents}::jsonb) AS asked (resource text, "externalId" text)
            ON asked.resource = record.resource AND asked."externalId" = record.external_id
          WHERE record.pipeline = ${pipeline}
          ORDER BY record.resource, record.external_id, record.revision DESC`
      })
      const recordColumns = sql`pipeline, revision, fingerprint, raw, normalised, origin`
      const selectLatest = SqlSchema.findOneOption({
        Request: Schema.Struct({
          pipeline: Schema.String,
          resource: Schema.String,
          externalId: Schema.String
        }),
        Result: RecordRow,
        execute: ({ externalId, pipeline, resource }) => sql`
          SELECT ${recordColumns} FROM source_record
          WHERE pipeline = ${pipeline} AND resource = ${resource} AND external_id = ${externalId}
          ORDER BY revision DESC LIMIT 1`
      })
      const selectByText = SqlSchema.findAll({
        Request: Schema.String,
        Result: RecordRow,
        execute: (text) => sql`
          SELECT DISTINCT ON (pipeline, resource, external_id) ${recordColumns} FROM source_record
          WHERE number = ${text} OR external_id = ${text}
          ORDER BY pipeline, resource, external_id, revision DESC`
      })
      const selectSeen = SqlSchema.findAll({
        Request: Schema.Struct({
          pair: Schema.String,
          side: Side,
          ids: Schema.String
        }),
        Result: Schema.Struct({ id: Schema.String, fingerprint: Schema.String }),
        execute: ({ ids, pair, side }) => sql`
          SELECT ${side === "left" ? sql`left_id` : sql`right_id`} AS id, seen #>> ARRAY[${side}::text, 'fingerprint'] AS fingerprint
          FROM customer_link
          WHERE pair = ${pair} AND state <> 'closed'
            AND ${side === "left" ? sql`left_id` : sql`right_id`} IN (SELECT jsonb_array_elements_text(${ids}::jsonb))
            AND seen #>> ARRAY[${side}::text, 'fingerprint'] IS NOT NULL`
      })
      const selectCursors = SqlSchema.findAll({
        Request: Schema.Void,
        Result: Schema.Struct({ pipeline: Schema.String, value: Schema.Json, movedAt: Schema.String }),
        execute: () => sql`
          SELECT pipeline, value, to_char(moved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "movedAt"
          FROM cursor`
      })
      const selectCounts = SqlSchema.findAll({
        Request: Schema.Void,
        Result: Schema.Struct({ pipeline: Schema.String, documents: Schema.Int }),
        execute: () => sql`
          SELECT pipeline, count(DISTINCT (resource, external_id))::int AS documents FROM source_record GROUP BY pipeline`
      })

      const people = forgottenNames(sql)

      const insertRecords = (records: ReadonlyArray<StoredRecord>) => sql`
        INSERT INTO source_record
          (pipeline, resource, external_id, revision, number, origin, fingerprint, fingerprint_version, raw, normalised)
        SELECT pipeline, resource, "externalId", revision, origin ->> 'number', origin, fingerprint, "fingerprintVersion", raw, normalised
        FROM jsonb_to_recordset(${rows(records)}::jsonb)
          AS row (pipeline text, resource text, "externalId" text, revision int, origin jsonb,
                  fingerprint text, "fingerprintVersion" int, raw jsonb, normalised jsonb)`

      // Who maps a document waits here for whoever else does, so that the count below stays true.
      const lockDocuments = (basis: ReadonlyArray<DocumentBasis>) => sql`
        SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM (
          SELECT DISTINCT concat_ws('/', pipeline, resource, "externalId") AS name
          FROM jsonb_to_recordset(${rows(basis)}::jsonb) AS row (pipeline text, resource text, "externalId" text)
          ORDER BY name
        ) document`
      const selectOutdated = (basis: ReadonlyArray<DocumentBasis>, readAt: string | undefined) => sql<{
        readonly isReadAgain: boolean
      }>`
        SELECT present.revision > row.revision OR present.is_newer AS "isReadAgain"
        FROM jsonb_to_recordset(${rows(basis)}::jsonb)
          AS row (pipeline text, resource text, "externalId" text, revision int, entries int),
        LATERAL (
          SELECT
            (SELECT coalesce(max(record.revision), 0) FROM source_record record
             WHERE record.pipeline = row.pipeline AND record.resource = row.resource
               AND record.external_id = row."externalId") AS revision,
            (SELECT count(*) FROM journal_entry entry
             WHERE entry.pipeline = row.pipeline AND entry.resource = row.resource
               AND entry.external_id = row."externalId") AS entries,
            EXISTS (SELECT 1 FROM source_record record
             WHERE record.pipeline = row.pipeline AND record.resource = row.resource
               AND record.external_id = row."externalId" AND record.revision = row.revision
               AND record.fetched_at > ${readAt ?? "infinity"}::timestamptz) AS is_newer
        ) present
        WHERE present.revision > row.revision OR present.entries <> row.entries OR present.is_newer`

      const known = Effect.fn("IntakeStore.known")(
        (pipeline: string, documents: ReadonlyArray<DocumentKey>) =>
          selectKnown({ pipeline, documents: rows(documents) }).pipe(
            Effect.map((rows) => new Map(rows.map((row) => [documentName(row), row]))),
            storeErrors("IntakeStore.known")
          )
      )

      // Invariant I2: records, entries, error items and cursor stand or fall together.
      const commit = Effect.fn("IntakeStore.commit")((page: IntakePage) =>
        Effect.gen(function* () {
          if (page.basis.length > 0) {
            yield* lockDocuments(page.basis)
            const outdated = yield* selectOutdated(page.basis, page.readAt)
            if (outdated.length > 0) {
              return yield* new Overtaken({
                by: outdated.some(({ isReadAgain }) => isReadAgain) ? "reading" : "posting"
              })
            }
          }
          if (page.records.length > 0) yield* insertRecords(page.records)
          if (page.superseded.length > 0) {
            const taken = yield* supersede(sql, page.superseded)
            if (taken.length < page.superseded.length) return yield* new Overtaken({ by: "posting" })
          }
          if (page.entries.length > 0) yield* insertEntries(sql, page.entries)
          if (page.tasks.length > 0) yield* addTasks(sql, page.tasks)
          if (page.errors.length > 0) yield* upsertErrors(sql, page.errors)
          if (page.settled.length > 0) yield* resolveErrors(sql, page.settled)
          if (page.audit.length > 0) yield* insertAudit(sql, page.audit)
          if (page.cursor !== undefined) {
            // Two that read from one cursor would store each other's past; only the first may move it.
            const { after, before } = page.cursor
            const moved = yield* sql`
              INSERT INTO cursor (pipeline, value) VALUES (${page.pipeline}, ${rows(after)}::jsonb)
              ON CONFLICT (pipeline) DO UPDATE SET value = EXCLUDED.value, moved_at = present()
              WHERE cursor.value = ${rows(before ?? null)}::jsonb
              RETURNING pipeline`
            if (moved.length === 0) return yield* new Overtaken({ by: "reading" })
          }
          if (page.backfill !== undefined) {
            const moved = yield* moveBackfill(sql, page.backfill)
            if (moved.length === 0) return yield* new Overtaken({ by: "reading" })
          }
          // Last, since a forgetting under way keeps the records above waiting until it is over.
          if (page.forgotten !== undefined) {
            if ((yield* people.count) !== page.forgotten) return yield* new Overtaken({ by: "reading" })
          }
        }).pipe(
          sql.withTransaction,
          Effect.catchIf(isUniqueViolation, () => Effect.fail(new Overtaken({ by: "reading" }))),
          storeErrors("IntakeStore.commit")
        )
      )

      return IntakeStore.of({
        known,
        commit,
        forgotten: Effect.fn("IntakeStore.forgotten")((names: ReadonlyArray<string>) =>
          people.among(names).pipe(storeErrors("IntakeStore.forgotten"))
        ),
        present: sql<{ readonly at: string }>`SELECT clock_timestamp()::text AS at`.pipe(
          Effect.map(([row]) => row?.at ?? "-infinity"),
          storeErrors("IntakeStore.present")
        ),
        cursors: selectCursors(undefined).pipe(
          Effect.map((rows) => new Map(rows.map(({ pipeline, ...cursor }) => [pipeline, cursor]))),
          storeErrors("IntakeStore.cursors")
        ),
        find: Effect.fn("IntakeStore.find")((text: string) =>
          selectByText(text).pipe(storeErrors("IntakeStore.find"))
        ),
        seen: Effect.fn("IntakeStore.seen")((pair: string, side: Side, ids: ReadonlyArray<string>) =>
          selectSeen({ pair, side, ids: rows(ids) }).pipe(
            Effect.map((found) => new Map(found.map(({ fingerprint, id }) => [id, fingerprint]))),
            storeErrors("IntakeStore.seen")
          )
        ),
        latest: Effect.fn("IntakeStore.latest")((document: DocumentKey) =>
          selectLatest(document).pipe(storeErrors("IntakeStore.latest"))
        ),
        analyze: Effect.fn("IntakeStore.analyze")((entries: number) =>
          sql<{ readonly isDue: boolean }>`
            SELECT ${entries}::float8 * 10 >= reltuples AS "isDue" FROM pg_class WHERE oid = 'posting'::regclass`.pipe(
            Effect.flatMap(([counted]) =>
              counted?.isDue === true
                ? Effect.asVoid(sql`ANALYZE source_record, journal_entry, posting`)
                : Effect.void
            ),
            storeErrors("IntakeStore.analyze")
          )
        ),
        countByPipeline: selectCounts(undefined).pipe(
          Effect.map((rows) => new Map(rows.map((row) => [row.pipeline, row.documents]))),
          storeErrors("IntakeStore.countByPipeline")
        )
      })
    })
  )
}

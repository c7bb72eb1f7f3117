/**
 * HeldEntries: what a ledger held that the journal had lost.
 *
 * Written when a database that went back in time is compared with its ledger,
 * and settled as the documents they belong to are read again. While one is
 * open, its document is not posted as if nothing had happened.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { CalendarDate } from "../accounting/AccountingPeriod.ts"
import { CurrencyCode } from "../accounting/CurrencyCode.ts"
import { Decimal } from "../accounting/Decimal.ts"
import { Side } from "../accounting/JournalEntry.ts"
import { type HeldEntry, Receipt } from "../pipeline/Sink.ts"
import { insertEntries } from "./Journal.ts"
import type { NewJournalRecord } from "./JournalRecord.ts"
import { type AuditRow, insertAudit, rows } from "./rows.ts"
import { type StoreError, storeErrors } from "./StoreError.ts"

const StoredEntry = Schema.Struct({
  receipt: Receipt,
  company: Schema.String,
  postingDate: CalendarDate,
  currency: CurrencyCode,
  correction: Schema.Boolean,
  markerKey: Schema.String,
  marker: Schema.String,
  lines: Schema.Array(
    Schema.Struct({
      account: Schema.String,
      side: Side,
      amount: Decimal,
      accountingAmount: Decimal,
      dimensions: Schema.Record(Schema.String, Schema.String),
      text: Schema.String,
      taxCode: Schema.optionalKey(Schema.String)
    })
  )
})
const encode = Schema.encodeSync(Schema.Array(StoredEntry))

const JournalName = Schema.Struct({
  position: Schema.Int,
  idempotencyKey: Schema.String,
  resource: Schema.String,
  externalId: Schema.String,
  number: Schema.String,
  attempts: Schema.Int,
  reference: Schema.NullOr(Schema.String)
})
/** The name of an entry in the journal, and the receipt that its posting has. */
export type JournalName = typeof JournalName.Type

/** An entry made again from what the ledger holds. */
export interface RestoredRecord {
  readonly record: NewJournalRecord
  readonly receipt: Receipt
}

/** Stores, and gives back, what a ledger held. */
export class HeldEntries extends Context.Service<
  HeldEntries,
  {
    /** Stores them. One that is stored already stays as it is. */
    add(connection: string, entries: ReadonlyArray<HeldEntry>): Effect.Effect<void, StoreError>
    /** Those of a connection whose document has not been seen to. */
    open(connection: string): Effect.Effect<ReadonlyArray<HeldEntry>, StoreError>
    /** The references among those open that a document waits for a person with. */
    ofDocument(document: string): Effect.Effect<ReadonlyArray<string>, StoreError>
    /** Which of these references are receipts in the journal, or were found before. */
    known(
      connection: string,
      references: ReadonlyArray<string>
    ): Effect.Effect<ReadonlySet<string>, StoreError>
    /** Says that a person must look at them together with their document. */
    assign(
      connection: string,
      references: ReadonlyArray<string>,
      document: string
    ): Effect.Effect<void, StoreError>
    settle(connection: string, references: ReadonlyArray<string>): Effect.Effect<void, StoreError>
    /** Puts entries into the journal as posted, as the ledger holds them; audited. */
    restore(records: ReadonlyArray<RestoredRecord>, actor: string): Effect.Effect<void, StoreError>
    /** Names of all entries of a connection, a page after each position; for a comparison with the ledger. */
    names(connection: string, after: number): Effect.Effect<ReadonlyArray<JournalName>, StoreError>
    /** All companies that the journal has entries of. */
    companies(connection: string): Effect.Effect<ReadonlyArray<string>, StoreError>
    /** The last revision of every document of a pipeline, a page after each id. */
    documents(
      pipeline: string,
      after: { readonly resource: string; readonly externalId: string }
    ): Effect.Effect<
      ReadonlyArray<{ readonly resource: string; readonly externalId: string; readonly number: string }>,
      StoreError
    >
  }
>()("ledgerline/store/HeldEntries") {
  /** Needs only a `SqlClient`, so the caller decides which database it is. */
  static readonly layerNoDeps = Layer.effect(
    HeldEntries,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const selectOpen = SqlSchema.findAll({
        Request: Schema.String,
        Result: Schema.Struct({ body: StoredEntry }),
        execute: (connection) => sql`
          SELECT body FROM held_entry WHERE connection = ${connection} AND settled_at IS NULL
          ORDER BY found_at, reference`
      })
      const selectNames = SqlSchema.findAll({
        Request: Schema.Struct({ connection: Schema.String, after: Schema.Int }),
        Result: JournalName,
        execute: ({ after, connection }) => sql`
          SELECT entry.position::float8 AS position, entry.idempotency_key AS "idempotencyKey",
            entry.body #>> '{document,resource}' AS resource, entry.body #>> '{document,id}' AS "externalId",
            entry.body #>> '{document,number}' AS number, posting.attempts, posting.receipt ->> 'reference' AS reference
          FROM journal_entry entry JOIN posting USING (idempotency_key)
          WHERE entry.sink_connection = ${connection} AND entry.position > ${after}::bigint
          ORDER BY entry.position LIMIT 5000`
      })

      const add = Effect.fn("HeldEntries.add")((connection: string, entries: ReadonlyArray<HeldEntry>) =>
        sql`
            INSERT INTO held_entry (connection, reference, company, body)
            SELECT ${connection}, body #>> '{receipt,reference}', body ->> 'company', body
            FROM jsonb_array_elements(${rows(encode(entries))}::jsonb) AS row (body)
            ON CONFLICT (connection, reference) DO NOTHING`.pipe(
          Effect.asVoid,
          storeErrors("HeldEntries.add")
        )
      )

      const restore = Effect.fn("HeldEntries.restore")(
        (records: ReadonlyArray<RestoredRecord>, actor: string) =>
          Effect.gen(function* () {
            yield* insertEntries(
              sql,
              records.map(({ record }) => record)
            )
            yield* sql`
              UPDATE posting SET state = 'posted', receipt = row.receipt, settled_at = present()
              FROM jsonb_to_recordset(${rows(
                records.map(({ receipt, record }) => ({ key: record.idempotencyKey, receipt }))
              )}::jsonb) AS row (key text, receipt jsonb)
              WHERE posting.idempotency_key = row.key AND posting.state = 'pending' AND posting.attempts = 0`
            yield* insertAudit(
              sql,
              records.map(({ receipt, record }): AuditRow => ({
                actor,
                action: "restored from the ledger",
                pipeline: record.pipeline,
                resource: record.resource,
                externalId: record.externalId,
                detail: { idempotencyKey: record.idempotencyKey, receipt }
              }))
            )
          }).pipe(sql.withTransaction, storeErrors("HeldEntries.restore"))
      )

      return HeldEntries.of({
        add,
        restore,
        open: Effect.fn("HeldEntries.open")((connection: string) =>
          selectOpen(connection).pipe(
            Effect.map((found) => found.map(({ body }) => body)),
            storeErrors("HeldEntries.open")
          )
        ),
        ofDocument: Effect.fn("HeldEntries.ofDocument")((document: string) =>
          sql<{ readonly reference: string }>`
            SELECT reference FROM held_entry WHERE document = ${document} AND settled_at IS NULL ORDER BY reference`.pipe(
            Effect.map((found) => found.map(({ reference }) => reference)),
            storeErrors("HeldEntries.ofDocument")
          )
        ),
        known: Effect.fn("HeldEntries.known")((connection: string, references: ReadonlyArray<string>) =>
          sql<{ readonly reference: string }>`
                SELECT receipt ->> 'reference' AS reference FROM posting
                WHERE sink_connection = ${connection} AND receipt ->> 'reference' IN (SELECT jsonb_array_elements_text(${rows(references)}::jsonb))
                UNION SELECT reference FROM held_entry
                WHERE connection = ${connection} AND ${sql.in("reference", references)}`.pipe(
            Effect.map((found) => new Set(found.map(({ reference }) => reference))),
            storeErrors("HeldEntries.known")
          )
        ),
        assign: Effect.fn("HeldEntries.assign")(
          (connection: string, references: ReadonlyArray<string>, document: string) =>
            sql`UPDATE held_entry SET document = ${document}
              WHERE connection = ${connection} AND ${sql.in("reference", references)}`.pipe(
              Effect.asVoid,
              storeErrors("HeldEntries.assign")
            )
        ),
        settle: Effect.fn("HeldEntries.settle")((connection: string, references: ReadonlyArray<string>) =>
          references.length === 0
            ? Effect.void
            : sql`UPDATE held_entry SET settled_at = present()
                WHERE connection = ${connection} AND settled_at IS NULL AND ${sql.in("reference", references)}`.pipe(
                Effect.asVoid,
                storeErrors("HeldEntries.settle")
              )
        ),
        names: Effect.fn("HeldEntries.names")((connection: string, after: number) =>
          selectNames({ connection, after }).pipe(storeErrors("HeldEntries.names"))
        ),
        companies: Effect.fn("HeldEntries.companies")((connection: string) =>
          // From each company to the next by the index: DISTINCT would read every entry there ever was.
          sql<{ readonly company: string }>`
            WITH RECURSIVE next AS (
              SELECT min(company) AS company FROM journal_entry WHERE sink_connection = ${connection}
              UNION ALL
              SELECT (SELECT min(entry.company) FROM journal_entry entry
                      WHERE entry.sink_connection = ${connection} AND entry.company > next.company)
              FROM next WHERE next.company IS NOT NULL
            )
            SELECT company FROM next WHERE company IS NOT NULL ORDER BY company`.pipe(
            Effect.map((found) => found.map(({ company }) => company)),
            storeErrors("HeldEntries.companies")
          )
        ),
        documents: Effect.fn("HeldEntries.documents")(
          (pipeline: string, after: { readonly resource: string; readonly externalId: string }) =>
            sql<{ readonly resource: string; readonly externalId: string; readonly number: string }>`
            SELECT DISTINCT ON (resource, external_id) resource, external_id AS "externalId", number
            FROM source_record WHERE pipeline = ${pipeline} AND (resource, external_id) > (${after.resource}, ${after.externalId})
            ORDER BY resource, external_id, revision DESC LIMIT 5000`.pipe(
              storeErrors("HeldEntries.documents")
            )
        )
      })
    })
  )
}

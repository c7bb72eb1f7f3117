/**
 * AuditLog: every step, in order, never changed.
 *
 * The database refuses to update or delete a row of it, and `Seals` shows
 * whether somebody got round that.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { type DocumentKey, insertAudit, isoInstant } from "./rows.ts"
import { type StoreError, storeErrors } from "./StoreError.ts"

/** One step. */
export const AuditEntry = Schema.Struct({
  at: Schema.String,
  actor: Schema.String,
  action: Schema.String,
  detail: Schema.Unknown
}).annotate({ identifier: "AuditEntry" })
export type AuditEntry = typeof AuditEntry.Type

/** One revision of a document as it was read; `originRevision` is the source's own mark. */
export const Reading = Schema.Struct({
  revision: Schema.Int,
  originRevision: Schema.String,
  fingerprint: Schema.String,
  fetchedAt: Schema.String
}).annotate({ identifier: "Reading" })
export type Reading = typeof Reading.Type

/** Reads the log; a step of ours is written in its own transaction, one outside the database by `note`. */
export class AuditLog extends Context.Service<
  AuditLog,
  {
    /** Appends a step that was taken outside the database and concerns no single document. */
    note(entry: {
      readonly actor: string
      readonly action: string
      readonly detail: unknown
    }): Effect.Effect<void, StoreError>
    /** All steps of one document, in order. */
    of(document: DocumentKey): Effect.Effect<ReadonlyArray<AuditEntry>, StoreError>
    /** Every revision of the document that was read, in order. */
    readings(document: DocumentKey): Effect.Effect<ReadonlyArray<Reading>, StoreError>
  }
>()("ledgerline/store/AuditLog") {
  /** Needs only a `SqlClient`, so the caller decides which database it is. */
  static readonly layerNoDeps = Layer.effect(
    AuditLog,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const Key = Schema.Struct({
        pipeline: Schema.String,
        resource: Schema.String,
        externalId: Schema.String
      })
      const selectReadings = SqlSchema.findAll({
        Request: Key,
        Result: Reading,
        execute: ({ externalId, pipeline, resource }) => sql`
          SELECT revision, origin ->> 'revision' AS "originRevision", fingerprint,
            ${isoInstant(sql, "fetched_at")} AS "fetchedAt" FROM source_record
          WHERE pipeline = ${pipeline} AND resource = ${resource} AND external_id = ${externalId} ORDER BY revision`
      })
      const select = SqlSchema.findAll({
        Request: Key,
        Result: AuditEntry,
        execute: ({ externalId, pipeline, resource }) => sql`
          SELECT ${isoInstant(sql, "at")} AS at, actor, action, detail FROM audit
          WHERE pipeline = ${pipeline} AND resource = ${resource} AND external_id = ${externalId} ORDER BY id`
      })
      return AuditLog.of({
        note: Effect.fn("AuditLog.note")((entry) =>
          insertAudit(sql, [entry]).pipe(storeErrors("AuditLog.note"), Effect.asVoid)
        ),
        of: Effect.fn("AuditLog.of")((document: DocumentKey) =>
          select(document).pipe(storeErrors("AuditLog.of"))
        ),
        readings: Effect.fn("AuditLog.readings")((document: DocumentKey) =>
          selectReadings(document).pipe(storeErrors("AuditLog.readings"))
        )
      })
    })
  )
}

/**
 * AuditLog: every step, in order, never changed.
 *
 * The database refuses to update or delete a row of it.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { type DocumentKey, isoInstant } from "./rows.ts"
import { type StoreError, storeErrors } from "./StoreError.ts"

/** One step. */
export const AuditEntry = Schema.Struct({
  at: Schema.String,
  actor: Schema.String,
  action: Schema.String,
  detail: Schema.Unknown
}).annotate({ identifier: "AuditEntry" })
export type AuditEntry = typeof AuditEntry.Type

/** Reads the log; it is written in the transaction of the step it records. */
export class AuditLog extends Context.Service<
  AuditLog,
  {
    /** All steps of one document, in order. */
    of(document: DocumentKey): Effect.Effect<ReadonlyArray<AuditEntry>, StoreError>
  }
>()("ledgerline/store/AuditLog") {
  /** Needs only a `SqlClient`, so the caller decides which database it is. */
  static readonly layerNoDeps = Layer.effect(
    AuditLog,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const select = SqlSchema.findAll({
        Request: Schema.Struct({
          pipeline: Schema.String,
          resource: Schema.String,
          externalId: Schema.String
        }),
        Result: AuditEntry,
        execute: ({ externalId, pipeline, resource }) => sql`
          SELECT ${isoInstant(sql, "at")} AS at, actor, action, detail FROM audit
          WHERE pipeline = ${pipeline} AND resource = ${resource} AND external_id = ${externalId} ORDER BY id`
      })
      return AuditLog.of({
        of: Effect.fn("AuditLog.of")((document: DocumentKey) =>
          select(document).pipe(storeErrors("AuditLog.of"))
        )
      })
    })
  )
}

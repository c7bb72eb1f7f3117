/**
 * LedgerWriter: who may post to a ledger connection.
 *
 * Each connection has one writer at a time, known by a number that only grows.
 * A process that slept while another took over finds its number outdated and
 * can take nothing more. The rest that a connection is given when its ledger is
 * down stands here too, so that it holds for every process.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { type StoreError, storeErrors } from "./StoreError.ts"

/** The right to write to a connection, until somebody takes the next number. */
export const Writer = Schema.Struct({ connection: Schema.String, fence: Schema.BigInt })
export type Writer = typeof Writer.Type

/** Longest rest of a connection whose ledger is down. */
const restMaximumSeconds = 600

/** Hands out the right to write. */
export class LedgerWriter extends Context.Service<
  LedgerWriter,
  {
    /** Becomes the writer; whoever was it before is fenced from now on. */
    take(connection: string): Effect.Effect<Writer, StoreError>
    /** Whether `writer` still is the writer. */
    isCurrent(writer: Writer): Effect.Effect<boolean, StoreError>
    /**
     * Lets a connection rest: 15 seconds, and twice as long each time in a row,
     * up to ten minutes. Returns how long, in milliseconds.
     */
    pause(connection: string): Effect.Effect<number, StoreError>
    /** Ends the rest and the row of failures. */
    resume(connection: string): Effect.Effect<void, StoreError>
    /** Milliseconds that a connection still rests; 0 when it does not. */
    restOf(connection: string): Effect.Effect<number, StoreError>
  }
>()("ledgerline/store/LedgerWriter") {
  /** Needs only a `SqlClient`, so the caller decides which database it is. */
  static readonly layerNoDeps = Layer.effect(
    LedgerWriter,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const takeNext = SqlSchema.findOne({
        Request: Schema.String,
        Result: Writer,
        execute: (connection) => sql`
          INSERT INTO ledger_writer (connection, fence, taken_at) VALUES (${connection}, 1, present())
          ON CONFLICT (connection) DO UPDATE SET fence = ledger_writer.fence + 1, taken_at = present()
          RETURNING connection, fence`
      })
      const selectCurrent = SqlSchema.findAll({
        Request: Writer,
        Result: Schema.Struct({ fence: Schema.BigInt }),
        execute: ({ connection, fence }) => sql`
          SELECT fence FROM ledger_writer WHERE connection = ${connection} AND fence = ${fence}`
      })
      const rest = SqlSchema.findOne({
        Request: Schema.String,
        Result: Schema.Struct({ restMillis: Schema.Finite }),
        execute: (connection) => sql`
          UPDATE ledger_writer SET failures = failures + 1,
            paused_until = present() + least(${restMaximumSeconds}::int, 15 * 2 ^ least(failures, 10)) * interval '1 second'
          WHERE connection = ${connection}
          RETURNING (extract(epoch FROM paused_until - present()) * 1000)::float8 AS "restMillis"`
      })
      const selectRest = SqlSchema.findAll({
        Request: Schema.String,
        Result: Schema.Struct({ restMillis: Schema.Finite }),
        execute: (connection) => sql`
          SELECT (extract(epoch FROM paused_until - present()) * 1000)::float8 AS "restMillis"
          FROM ledger_writer WHERE connection = ${connection} AND paused_until > present()`
      })

      return LedgerWriter.of({
        take: Effect.fn("LedgerWriter.take")((connection: string) =>
          takeNext(connection).pipe(
            Effect.catchTag("NoSuchElementError", Effect.die),
            storeErrors("LedgerWriter.take")
          )
        ),
        isCurrent: Effect.fn("LedgerWriter.isCurrent")((writer: Writer) =>
          selectCurrent(writer).pipe(
            Effect.map((rows) => rows.length > 0),
            storeErrors("LedgerWriter.isCurrent")
          )
        ),
        pause: Effect.fn("LedgerWriter.pause")((connection: string) =>
          rest(connection).pipe(
            Effect.map(({ restMillis }) => restMillis),
            Effect.catchTag("NoSuchElementError", Effect.die),
            storeErrors("LedgerWriter.pause")
          )
        ),
        resume: Effect.fn("LedgerWriter.resume")((connection: string) =>
          sql`
            UPDATE ledger_writer SET failures = 0, paused_until = NULL
            WHERE connection = ${connection} AND (failures > 0 OR paused_until IS NOT NULL)`.pipe(
            Effect.asVoid,
            storeErrors("LedgerWriter.resume")
          )
        ),
        restOf: Effect.fn("LedgerWriter.restOf")((connection: string) =>
          selectRest(connection).pipe(
            Effect.map(([row]) => Math.max(0, row?.restMillis ?? 0)),
            storeErrors("LedgerWriter.restOf")
          )
        )
      })
    })
  )
}

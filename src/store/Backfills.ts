/**
 * Backfills: how far each past period has been read.
 *
 * The place moves together with the records it stands for, like a live cursor,
 * and never is one. One process reads a period at a time: it holds it for a few
 * seconds and renews that while it lives, so that another can go on where a dead
 * one stopped.
 */
import { Context, DateTime, Effect, Layer, Option, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import type { Period } from "../pipeline/Source.ts"
import { DatabasePlace } from "./DatabasePlace.ts"
import { isoInstant, rows } from "./rows.ts"
import { type StoreError, storeErrors } from "./StoreError.ts"

/** A past period of a pipeline. Counts are of all sittings; `expected` is what the source counted at the beginning. */
export const Backfill = Schema.Struct({
  id: Schema.Int,
  pipeline: Schema.String,
  from: Schema.String.annotate({ description: "First instant of the period, ISO 8601 in UTC." }),
  until: Schema.String.annotate({ description: "Instant at which the period ends; it is no part of it." }),
  state: Schema.Literals(["reading", "read"]).annotate({
    description: "reading: not at its end, perhaps because it was stopped. read: at its end."
  }),
  expected: Schema.NullOr(Schema.Int).annotate({
    description: "Documents of the period when it was begun; null where the source does not count."
  }),
  read: Schema.Int,
  unchanged: Schema.Int.annotate({ description: "Known before, and as they were." }),
  entries: Schema.Int.annotate({ description: "New journal entries." }),
  parked: Schema.Int.annotate({ description: "Set aside in the error queue." }),
  startedAt: Schema.String,
  movedAt: Schema.String.annotate({ description: "When the last page was stored." }),
  isHeld: Schema.Boolean.annotate({ description: "Whether a process is at it now." })
}).annotate({ identifier: "Backfill" })
export type Backfill = typeof Backfill.Type

/** The step from one place to the next; `counted` is added to what was counted before. */
export interface BackfillStep {
  readonly id: number
  readonly holder: string
  readonly before: unknown
  readonly after: unknown
  readonly counted: Readonly<Record<"read" | "unchanged" | "entries" | "parked", number>>
}

/** Seconds without a sign of life after which another process may take over. */
export const heldSeconds = 15

/**
 * Moves the place, in the caller's transaction. Answers with no row when the
 * place has moved meanwhile or is another's to move: nothing may be stored then.
 */
export const moveBackfill = (
  sql: SqlClient.SqlClient,
  { after, before, counted, holder, id }: BackfillStep
) =>
  sql<{ readonly id: unknown }>`
    UPDATE backfill SET place = ${rows(after)}::jsonb, moved_at = present(),
      read = read + ${counted.read}, unchanged = unchanged + ${counted.unchanged},
      entries = entries + ${counted.entries}, parked = parked + ${counted.parked}
    WHERE id = ${id} AND holder = ${holder} AND place = ${rows(before ?? null)}::jsonb
    RETURNING id`

/** Keeps past periods and their places. */
export class Backfills extends Context.Service<
  Backfills,
  {
    /** All of them, the one that moved last first. */
    readonly all: Effect.Effect<ReadonlyArray<Backfill>, StoreError>
    /** The one of this pipeline and period, if it was ever begun. */
    find(pipeline: string, period: Period): Effect.Effect<Option.Option<Backfill>, StoreError>
    /** The one of this pipeline and period, begun now if it was not; `again` lets it start from its beginning. */
    begin(
      pipeline: string,
      period: Period,
      options: { readonly again: boolean; readonly holder: string }
    ): Effect.Effect<Option.Option<Backfill>, StoreError>
    /** Holds it for a few seconds more; false when another holds it. */
    hold(id: number, holder: string): Effect.Effect<boolean, StoreError>
    /** Lets it go, so that nobody has to wait. */
    release(id: number, holder: string): Effect.Effect<void, StoreError>
    /** Where the reading stands; null at the beginning. */
    place(id: number): Effect.Effect<Schema.Json, StoreError>
    /** Keeps what the source counted. */
    expect(id: number, documents: number): Effect.Effect<void, StoreError>
    /**
     * How many postings of a ledger connection have no outcome yet, among those up to
     * `position` if one is given, and the position of the last of them; 0 when there is none.
     */
    backlog(
      connection: string,
      position?: number
    ): Effect.Effect<{ readonly postings: number; readonly last: number }, StoreError>
    /** It has been read to its end. */
    finish(id: number, holder: string): Effect.Effect<void, StoreError>
  }
>()("ledgerline/store/Backfills") {
  /** Needs only a `SqlClient`, so the caller decides which database it is. */
  static readonly layerNoDeps = Layer.effect(
    Backfills,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const columns = sql`
        id::float8 AS id, pipeline, ${isoInstant(sql, "period_from")} AS "from",
        ${isoInstant(sql, "period_until")} AS "until", state, expected, read, unchanged, entries, parked,
        ${isoInstant(sql, "started_at")} AS "startedAt", ${isoInstant(sql, "moved_at")} AS "movedAt",
        coalesce(held_until > present(), false) AS "isHeld"`
      const Key = Schema.Struct({ pipeline: Schema.String, from: Schema.String, until: Schema.String })
      const keyOf = (pipeline: string, { from, until }: Period) => ({
        pipeline,
        from: DateTime.formatIso(from),
        until: DateTime.formatIso(until)
      })
      const isThis = ({ from, pipeline, until }: typeof Key.Type) => sql`
        pipeline = ${pipeline} AND period_from = ${from}::timestamptz AND period_until = ${until}::timestamptz`

      const selectAll = SqlSchema.findAll({
        Request: Schema.Void,
        Result: Backfill,
        execute: () => sql`SELECT ${columns} FROM backfill ORDER BY moved_at DESC, id DESC`
      })
      const select = SqlSchema.findOneOption({
        Request: Key,
        Result: Backfill,
        execute: (key) => sql`SELECT ${columns} FROM backfill WHERE ${isThis(key)}`
      })
      const selectPlace = SqlSchema.findOne({
        Request: Schema.Int,
        Result: Schema.Struct({ place: Schema.Json }),
        execute: (id) => sql`SELECT place FROM backfill WHERE id = ${id}`
      })
      const selectBacklog = SqlSchema.findOne({
        Request: Schema.Struct({ connection: Schema.String, position: Schema.NullOr(Schema.Int) }),
        Result: Schema.Struct({ postings: Schema.Int, last: Schema.Int }),
        execute: ({ connection, position }) => sql`
          SELECT count(*)::int AS postings, coalesce(max(position), 0)::float8 AS last FROM posting
          WHERE sink_connection = ${connection} AND state IN ('pending', 'sending', 'unknown')
            AND (${position}::bigint IS NULL OR position <= ${position}::bigint)`
      })
      // An embedded database has one process: whoever held it before is gone.
      const isAlone = (yield* DatabasePlace) !== ""
      const free = (holder: string) =>
        sql`(${isAlone} OR holder IS NULL OR holder = ${holder} OR held_until IS NULL OR held_until <= present())`
      const until = sql`present() + ${heldSeconds}::int * interval '1 second'`

      const begin = (key: typeof Key.Type, again: boolean, holder: string) =>
        Effect.gen(function* () {
          yield* sql`
            INSERT INTO backfill (pipeline, period_from, period_until)
            VALUES (${key.pipeline}, ${key.from}::timestamptz, ${key.until}::timestamptz)
            ON CONFLICT (pipeline, period_from, period_until) DO NOTHING`
          const held = yield* sql`
            UPDATE backfill SET holder = ${holder}, held_until = ${until}
            WHERE ${isThis(key)} AND ${free(holder)} RETURNING id`
          if (held.length === 0) return Option.none<Backfill>()
          if (again) {
            yield* sql`
              UPDATE backfill SET state = 'reading', place = 'null', expected = NULL, read = 0, unchanged = 0,
                entries = 0, parked = 0, started_at = present(), moved_at = present()
              WHERE ${isThis(key)}`
          }
          return yield* select(key)
        }).pipe(sql.withTransaction)

      return Backfills.of({
        all: selectAll(undefined).pipe(storeErrors("Backfills.all")),
        find: Effect.fn("Backfills.find")((pipeline: string, period: Period) =>
          select(keyOf(pipeline, period)).pipe(storeErrors("Backfills.find"))
        ),
        begin: Effect.fn("Backfills.begin")(
          (
            pipeline: string,
            period: Period,
            { again, holder }: { readonly again: boolean; readonly holder: string }
          ) => begin(keyOf(pipeline, period), again, holder).pipe(storeErrors("Backfills.begin"))
        ),
        hold: Effect.fn("Backfills.hold")((id: number, holder: string) =>
          sql`
            UPDATE backfill SET holder = ${holder}, held_until = ${until}
            WHERE id = ${id} AND ${free(holder)} RETURNING id`.pipe(
            Effect.map((held) => held.length === 1),
            storeErrors("Backfills.hold")
          )
        ),
        release: Effect.fn("Backfills.release")((id: number, holder: string) =>
          sql`UPDATE backfill SET holder = NULL, held_until = NULL WHERE id = ${id} AND holder = ${holder}`.pipe(
            Effect.asVoid,
            storeErrors("Backfills.release")
          )
        ),
        place: Effect.fn("Backfills.place")((id: number) =>
          selectPlace(id).pipe(
            Effect.map(({ place }) => place),
            Effect.catchTag("NoSuchElementError", Effect.die),
            storeErrors("Backfills.place")
          )
        ),
        expect: Effect.fn("Backfills.expect")((id: number, documents: number) =>
          sql`UPDATE backfill SET expected = ${documents} WHERE id = ${id}`.pipe(
            Effect.asVoid,
            storeErrors("Backfills.expect")
          )
        ),
        backlog: Effect.fn("Backfills.backlog")((connection: string, position?: number) =>
          selectBacklog({ connection, position: position ?? null }).pipe(
            Effect.catchTag("NoSuchElementError", Effect.die),
            storeErrors("Backfills.backlog")
          )
        ),
        finish: Effect.fn("Backfills.finish")((id: number, holder: string) =>
          sql`
            UPDATE backfill SET state = 'read', moved_at = present() WHERE id = ${id} AND holder = ${holder}`.pipe(
            Effect.asVoid,
            storeErrors("Backfills.finish")
          )
        )
      })
    })
  )
}

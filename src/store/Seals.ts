/**
 * Seals: proof that what was written stayed as it was.
 *
 * Rows of the append-only tables are sealed in batches: the root of a hash tree
 * over them and over the root of the seal before. Whoever keeps one root
 * elsewhere can tell later that nothing before it was changed, not even by
 * somebody who may do everything in the database.
 */
import { Context, Effect, Layer, Option, Schedule, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { merkleRoot } from "./merkleRoot.ts"
import { HighestIds, highestIds, SealedBook, sealedBooks, selectRows } from "./SealedBook.ts"
import { firstRoot, headerLeaf, rowLeaf, type Seal, SealRow } from "./Seal.ts"
import { type StoreError, storeErrors } from "./StoreError.ts"
import { type Verification, verifySeals } from "./verifySeals.ts"

/** What a sealing did. `isComplete` is false where a transaction was still open that may hold earlier rows. */
export interface Sealed {
  readonly seals: number
  readonly rows: number
  readonly isComplete: boolean
  /** Root of the newest seal, as hexadecimal; absent while there is none. */
  readonly root?: string
}

/** Rows of one seal, so that neither sealing nor verifying needs more memory as the tables grow. */
const rowsMaximum = 1000

/** Any number that no other advisory lock of ours uses. */
const sealLock = 6962

/** Seals rows, and verifies what is sealed. */
export class Seals extends Context.Service<
  Seals,
  {
    /**
     * Seals every row that is there. A row is taken only when no transaction can
     * still bring one before it; until then, for at most a second, it waits.
     */
    readonly seal: Effect.Effect<Sealed, StoreError>
    /** The newest seal. */
    readonly newest: Effect.Effect<Option.Option<Seal>, StoreError>
    /** Compares all sealed rows with their seals, in constant memory. `root` is one that was kept elsewhere. */
    verify(root?: string): Effect.Effect<Verification, StoreError>
  }
>()("ledgerline/store/Seals") {
  /** Needs only a `SqlClient`, so the caller decides which database it is. */
  static readonly layerNoDeps = Layer.effect(
    Seals,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const rowsOf = selectRows(sql)
      const highest = highestIds(sql)

      const columns = sql`
        id::float8 AS id, book, from_id::float8 AS "fromId", to_id::float8 AS "toId", to_jsonb(ids) AS ids,
        encode(leaves, 'hex') AS leaves, encode(previous_root, 'hex') AS "previousRoot", encode(root, 'hex') AS root,
        to_char(sealed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "sealedAt"`
      const selectNewest = SqlSchema.findOneOption({
        Request: Schema.Void,
        Result: SealRow,
        execute: () => sql`SELECT ${columns} FROM seal ORDER BY seal.id DESC LIMIT 1`
      })
      const selectNext = SqlSchema.findOneOption({
        Request: Schema.Int,
        Result: SealRow,
        execute: (after) =>
          sql`SELECT ${columns} FROM seal WHERE seal.id > ${after}::bigint ORDER BY seal.id LIMIT 1`
      })
      const selectHighest = SqlSchema.findOne({
        Request: Schema.Void,
        Result: HighestIds,
        execute: () => sql`SELECT ${highest}`
      })
      const selectBounds = SqlSchema.findOne({
        Request: Schema.Void,
        Result: Schema.Struct({ ...HighestIds.fields, transaction: Schema.String }),
        // The number is drawn after the look at the tables, so it is higher than that of any writer seen.
        execute: () => sql`SELECT ${highest}, pg_current_xact_id()::text AS transaction`
      })
      const selectSettled = SqlSchema.findOne({
        Request: Schema.String,
        Result: Schema.Struct({ settled: Schema.Boolean }),
        execute: (transaction) =>
          sql`SELECT pg_snapshot_xmin(pg_current_snapshot()) > ${transaction}::xid8 AS settled`
      })
      const selectErasures = SqlSchema.findAll({
        Request: Schema.Struct({ book: SealedBook, ids: Schema.Array(Schema.Int) }),
        Result: Schema.Struct({ rowId: Schema.Int, sealedAs: Schema.String, standsAs: Schema.String }),
        execute: ({ book, ids }) => sql`
          SELECT row_id::float8 AS "rowId", sealed_as AS "sealedAs", stands_as AS "standsAs" FROM erasure
          WHERE book = ${book}
            AND row_id IN (SELECT jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::bigint)
          ORDER BY id`
      })
      const selectSealedTo = SqlSchema.findOne({
        Request: SealedBook,
        Result: Schema.Struct({ toId: Schema.Int, now: Schema.String }),
        execute: (book) => sql`
          SELECT coalesce(max(to_id), 0)::float8 AS "toId",
            to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS now
          FROM seal WHERE book = ${book}`
      })

      /** One batch of one book; 0 when all rows up to `upTo` are sealed. */
      const sealBatch = Effect.fn("Seals.sealBatch")((book: SealedBook, upTo: number) =>
        Effect.gen(function* () {
          // One seal follows the other: two processes that seal at once take turns.
          yield* sql`SELECT pg_advisory_xact_lock(${sealLock})`
          const { now, toId } = yield* selectSealedTo(book)
          const rows = yield* rowsOf({ book, after: toId, upTo, limit: rowsMaximum })
          const [first, last] = [rows[0], rows.at(-1)]
          if (first === undefined || last === undefined) return 0
          const before = yield* selectNewest(undefined)
          const header = {
            book,
            fromId: first.id,
            toId: last.id,
            ids: rows.map(({ id }) => id),
            previousRoot: Option.match(before, { onNone: () => firstRoot, onSome: ({ root }) => root }),
            sealedAt: now
          }
          const leaves = rows.map(rowLeaf)
          const root = merkleRoot([headerLeaf(header), ...leaves]).toString("hex")
          yield* sql`
            INSERT INTO seal (book, from_id, to_id, ids, leaves, previous_root, root, sealed_at)
            SELECT ${book}, ${header.fromId}::bigint, ${header.toId}::bigint,
              ARRAY(SELECT jsonb_array_elements_text(${JSON.stringify(header.ids)}::jsonb)::bigint),
              decode(${Buffer.concat(leaves).toString("hex")}, 'hex'), decode(${header.previousRoot}, 'hex'),
              decode(${root}, 'hex'), ${now}::timestamptz`
          return rows.length
        }).pipe(sql.withTransaction)
      )

      const seal = Effect.gen(function* () {
        const { transaction, ...upTo } = yield* selectBounds(undefined)
        const isComplete = yield* selectSettled(transaction).pipe(
          Effect.map(({ settled }) => settled),
          Effect.repeat({ until: (settled) => settled, schedule: Schedule.spaced("30 millis"), times: 33 })
        )
        const done = { seals: 0, rows: 0 }
        for (const book of isComplete ? sealedBooks : []) {
          while (true) {
            const rows = yield* sealBatch(book, upTo[book])
            if (rows === 0) break
            done.seals += 1
            done.rows += rows
          }
        }
        const newest = yield* selectNewest(undefined)
        const sealed: Sealed = {
          ...done,
          isComplete,
          ...Option.match(newest, { onNone: () => ({}), onSome: ({ root }) => ({ root }) })
        }
        return sealed
      }).pipe(
        Effect.withSpan("Seals.seal"),
        Effect.catchTag("NoSuchElementError", Effect.die),
        storeErrors("Seals.seal")
      )

      return Seals.of({
        seal,
        newest: selectNewest(undefined).pipe(storeErrors("Seals.newest")),
        verify: Effect.fn("Seals.verify")((root?: string) =>
          verifySeals({
            root,
            sealAfter: selectNext,
            rows: (range) => rowsOf({ ...range, limit: 2_000_000_000 }),
            erasures: (book, ids) => selectErasures({ book, ids }),
            unsealed: (sealedTo) =>
              selectHighest(undefined).pipe(
                Effect.map((ids) => sealedBooks.some((book) => ids[book] > (sealedTo.get(book) ?? 0)))
              )
          }).pipe(Effect.catchTag("NoSuchElementError", Effect.die), storeErrors("Seals.verify"))
        )
      })
    })
  )
}

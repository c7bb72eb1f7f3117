import { assert, describe, it } from "@effect/vitest"
import { PGlite } from "@electric-sql/pglite"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { checkpointer } from "../../../src/store/embedded/checkpointer.ts"

const memory = Effect.acquireRelease(
  Effect.promise(() => PGlite.create()),
  (database) => Effect.promise(() => database.close())
)

/** Where the last checkpoint begins. */
const redo = (database: PGlite) =>
  Effect.map(
    Effect.promise(() => database.query("SELECT redo_lsn::text AS at FROM pg_control_checkpoint()")),
    ({ rows }) => JSON.stringify(rows)
  )

/** Time passes, and whatever the checkpointer then asks of the database is answered before this is. */
const pass = (database: PGlite, duration: "5 seconds" | "5 minutes") =>
  Effect.gen(function* () {
    yield* TestClock.adjust(duration)
    for (let turn = 0; turn < 5; turn++) yield* redo(database)
  })

const write = (database: PGlite, megabytes: number) =>
  Effect.promise(() =>
    database.exec(
      `CREATE TABLE IF NOT EXISTS heap (filler text);
       INSERT INTO heap SELECT repeat(md5(row::text), 30) FROM generate_series(1, ${megabytes * 1000}) AS row`
    )
  )

describe("checkpointer", () => {
  it.effect("a log of 64 MB is followed by a checkpoint within seconds, a short one is not", () =>
    Effect.gen(function* () {
      const database = yield* memory
      yield* Effect.promise(() => database.exec("CHECKPOINT"))
      yield* Effect.forkScoped(checkpointer(database))
      const before = yield* redo(database)
      yield* write(database, 5)
      yield* pass(database, "5 seconds")
      assert.strictEqual(yield* redo(database), before)
      yield* write(database, 70)
      yield* pass(database, "5 seconds")
      assert.notStrictEqual(yield* redo(database), before)
    }).pipe(Effect.scoped)
  )

  it.effect("a short log is followed by a checkpoint within five minutes", () =>
    Effect.gen(function* () {
      const database = yield* memory
      yield* Effect.forkScoped(checkpointer(database))
      const before = yield* redo(database)
      yield* write(database, 1)
      yield* pass(database, "5 minutes")
      yield* pass(database, "5 seconds")
      assert.notStrictEqual(yield* redo(database), before)
    }).pipe(Effect.scoped)
  )

  it.effect("a failed transaction does not end it", () =>
    Effect.gen(function* () {
      const database = yield* memory
      yield* Effect.forkScoped(checkpointer(database))
      const before = yield* redo(database)
      yield* write(database, 1)
      yield* Effect.promise(() => database.exec("BEGIN"))
      yield* Effect.promise(() => database.exec("SELECT 1 / 0").catch(() => []))
      yield* TestClock.adjust("5 minutes")
      yield* TestClock.adjust("5 seconds")
      yield* Effect.promise(() => database.exec("ROLLBACK"))
      yield* pass(database, "5 seconds")
      assert.notStrictEqual(yield* redo(database), before)
    }).pipe(Effect.scoped)
  )
})

/**
 * checkpointer: keeps the write-ahead log of the embedded database short.
 *
 * A server has a process of its own for that; the embedded database has none,
 * and its log would grow until the disk is full, all of it to be replayed at
 * the next start.
 */
import { Clock, Duration, Effect, Schema } from "effect"
import type { PGlite } from "@electric-sql/pglite"

/** Bytes of log after which a checkpoint is due at once. */
export const logMaximumBytes = 64 * 1024 * 1024

const atLeastEvery = Duration.minutes(5)
const lookEvery = Duration.seconds(5)

const Rows = Schema.Tuple([Schema.Struct({ bytes: Schema.Finite })])

/**
 * Makes a checkpoint every five minutes in which something was written, and
 * earlier when the log has grown to its limit; looks every five seconds, for
 * ever. Where one cannot be made, inside a failed transaction, it is tried again.
 */
export const checkpointer = (database: Pick<PGlite, "exec" | "query">): Effect.Effect<never> =>
  Effect.gen(function* () {
    let last = yield* Clock.currentTimeMillis
    const logged = Effect.tryPromise(() =>
      database.query(
        "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn)::float8 AS bytes FROM pg_control_checkpoint()"
      )
    ).pipe(
      Effect.flatMap(({ rows }) => Schema.decodeUnknownEffect(Rows)(rows)),
      Effect.map(([{ bytes }]) => bytes)
    )
    const lookOnce = Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const bytes = yield* logged
      const isTime = now - last >= Duration.toMillis(atLeastEvery) && bytes > 0
      if (bytes < logMaximumBytes && !isTime) return
      yield* Effect.tryPromise(() => database.exec("CHECKPOINT"))
      last = now
    })
    return yield* Effect.ignore(lookOnce).pipe(Effect.delay(lookEvery), Effect.forever)
  })

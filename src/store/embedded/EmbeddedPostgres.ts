/**
 * EmbeddedPostgres: PostgreSQL inside this process, in a folder of its own.
 *
 * For one process on one host with a local disk; several processes need a
 * server. Commits are flushed to disk, and the folder is locked.
 */
import { PgClient } from "@effect/sql-pg"
import { Effect, Path } from "effect"
import { StoreError } from "../StoreError.ts"
import { checkpointer } from "./checkpointer.ts"
import { DurableFileSystem, durableStartParameters } from "./durableFileSystem.ts"
import { lockFolder } from "./lockFolder.ts"
import { pgliteStream } from "./pgliteStream.ts"

const open = Effect.fn("EmbeddedPostgres.open")(function* (folder: string) {
  const path = yield* Path.Path
  yield* lockFolder(folder)
  const fileSystem = new DurableFileSystem(path.join(folder, "database"))
  const cannotOpen = () =>
    new StoreError({
      operation: "EmbeddedPostgres.open",
      message: `the embedded database in ${folder} cannot be opened. Check the folder's rights and the free space; restore it from a backup if it is damaged.`
    })
  // Loaded only when used: it is 27 MB of WebAssembly.
  const { PGlite } = yield* Effect.tryPromise({
    try: () => import("@electric-sql/pglite"),
    catch: cannotOpen
  })
  const database = yield* Effect.acquireRelease(
    Effect.tryPromise({
      try: () =>
        PGlite.create({ fs: fileSystem, startParams: durableStartParameters(PGlite.defaultStartParams) }),
      catch: cannotOpen
    }),
    (database) => Effect.promise(() => database.close())
  )

  const before = fileSystem.flushes
  yield* Effect.promise(() =>
    database.exec(
      "CREATE TABLE IF NOT EXISTS flush_check (at timestamptz); TRUNCATE flush_check; INSERT INTO flush_check VALUES (now())"
    )
  )
  if (fileSystem.flushes === before) {
    return yield* new StoreError({
      operation: "EmbeddedPostgres.open",
      message: `the embedded database in ${folder} does not flush its commits to disk, so a power cut would lose postings. Use PostgreSQL (LEDGERLINE_DATABASE_URL).`
    })
  }
  yield* Effect.promise(() => database.exec("DROP TABLE flush_check"))

  yield* Effect.forkScoped(checkpointer(database))
  return database
})

/**
 * A `SqlClient` on the database in `folder`, made on first use.
 *
 * Fails with `FolderLocked` when another process has it, and with `StoreError`
 * when it cannot be opened or does not flush.
 */
export const embeddedPostgres = (folder: string) =>
  PgClient.layerFrom(
    Effect.flatMap(open(folder), (database) =>
      PgClient.makeClient({
        stream: () => pgliteStream(database),
        username: "postgres",
        database: "postgres"
      })
    )
  )

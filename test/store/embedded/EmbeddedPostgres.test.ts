import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { PGlite } from "@electric-sql/pglite"
import { Effect, Layer, Queue } from "effect"
import { SqlClient } from "effect/sql"
import { vi } from "vitest"
import { embeddedDatabase } from "../../../src/store/Database.ts"
import { DurableFileSystem, durableStartParameters } from "../../../src/store/embedded/durableFileSystem.ts"
import { startChildProgram } from "../../support/childProgram.ts"
import { embeddedFolder } from "../../support/databases.ts"

/** The system calls that make written bytes survive a power cut, counted. */
const systemCalls = vi.hoisted(() => ({ fsync: 0 }))
vi.mock("node:fs", async (original) => {
  const files = await original<typeof import("node:fs")>()
  const fsyncSync = (descriptor: number) => {
    systemCalls.fsync += 1
    files.fsyncSync(descriptor)
  }
  return { ...files, fsyncSync }
})

describe("EmbeddedPostgres", () => {
  it.live("each commit is flushed to disk", () =>
    Effect.gen(function* () {
      const folder = yield* embeddedFolder
      const disk = new DurableFileSystem(`${folder}/database`)
      const database = yield* Effect.acquireRelease(
        Effect.promise(() =>
          PGlite.create({ fs: disk, startParams: durableStartParameters(PGlite.defaultStartParams) })
        ),
        (open) => Effect.promise(() => open.close())
      )
      yield* Effect.promise(() => database.exec("CREATE TABLE noted (id int)"))
      const before = { flushes: disk.flushes, fsync: systemCalls.fsync }
      for (let id = 0; id < 50; id++) {
        yield* Effect.promise(() => database.exec(`INSERT INTO noted VALUES (${id})`))
      }
      assert.isAtLeast(disk.flushes - before.flushes, 50)
      assert.strictEqual(systemCalls.fsync - before.fsync, disk.flushes - before.flushes)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("the database runs with the settings that durability needs", () =>
    Effect.gen(function* () {
      const folder = yield* embeddedFolder
      const settings = yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        return yield* sql`
          SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
            current_setting('full_page_writes') AS pages, current_setting('wal_sync_method') AS method`
      }).pipe(Effect.provide(embeddedDatabase(folder)))
      assert.deepStrictEqual(settings, [{ fsync: "on", commit: "on", pages: "on", method: "fsync" }])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("a process killed while it writes loses nothing that it was told is stored", () =>
    Effect.gen(function* () {
      const folder = yield* embeddedFolder
      const acknowledged = new Set<string>()
      const writer = yield* startChildProgram("journalWriter.ts", [folder])
      while (acknowledged.size < 100) acknowledged.add(yield* Queue.take(writer.lines))
      yield* writer.kill
      // What it printed before it died counts as well.
      yield* Queue.take(writer.lines).pipe(
        Effect.map((line) => acknowledged.add(line)),
        Effect.forever,
        Effect.ignore
      )

      const stored = yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        return yield* sql<{ readonly key: string; readonly state: string }>`
          SELECT entry.idempotency_key AS key, posting.state
          FROM journal_entry entry JOIN posting USING (idempotency_key)`
      }).pipe(Effect.provide(embeddedDatabase(folder)), Effect.scoped)
      assert.includeMembers(
        stored.map(({ key }) => key),
        [...acknowledged]
      )
      // At most the one entry that was on its way may be there without our knowing.
      assert.isAtMost(stored.length, acknowledged.size + 1)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("a second opening of a folder is refused while the first is open", () =>
    Effect.gen(function* () {
      const folder = yield* embeddedFolder
      const open = Layer.build(embeddedDatabase(folder))
      const error = yield* Effect.scoped(Effect.andThen(open, Effect.flip(Effect.scoped(open))))
      assert.include(String(error), `${folder} is in use by process ${process.pid}`)
      yield* Effect.scoped(open)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})

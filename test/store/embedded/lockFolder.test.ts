import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Queue, Schema } from "effect"
import { lockFolder } from "../../../src/store/embedded/lockFolder.ts"
import { startChildProgram } from "../../support/childProgram.ts"

const Holder = Schema.fromJsonString(Schema.Struct({ pid: Schema.Int, host: Schema.String }))

const folderForTest = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  return `${yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-lock-" })}/data`
})

const exists = (path: string) => Effect.flatMap(FileSystem.FileSystem, (files) => files.exists(path))
const lockFile = (folder: string) => `${folder}/ledgerline.lock`

/** Writes the lock of somebody else. */
const writeLock = (folder: string, holder: object) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    yield* files.makeDirectory(folder, { recursive: true })
    yield* files.writeFileString(lockFile(folder), JSON.stringify(holder))
  })

/** The holder that this process would write, read back from a lock of its own. */
const ourHolder = Effect.gen(function* () {
  const folder = yield* folderForTest
  const files = yield* FileSystem.FileSystem
  yield* lockFolder(folder)
  const text = yield* files.readFileString(lockFile(folder))
  return { ...(yield* Schema.decodeEffect(Holder)(text)), ...Object(JSON.parse(text)) }
}).pipe(Effect.scoped)

describe("FolderLock", () => {
  it.live("the folder is made, and the lock is gone when its holder closes", () =>
    Effect.gen(function* () {
      const folder = yield* folderForTest
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* lockFolder(folder)
          assert.isTrue(yield* exists(lockFile(folder)))
        })
      )
      assert.isFalse(yield* exists(lockFile(folder)))
      yield* lockFolder(folder)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("a folder that nobody can make is refused at once, with what to check", () =>
    Effect.gen(function* () {
      // Node's own way of making it never ends there.
      for (const folder of ["/proc/ledgerline", "/proc/ledgerline/data"]) {
        const error = yield* Effect.flip(Effect.scoped(lockFolder(folder)))
        assert.strictEqual(error.message, `the folder ${folder} cannot be made. Check its path and rights.`)
      }
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("a second holder is refused with who has it and what to do, and the first keeps it", () =>
    Effect.gen(function* () {
      const folder = yield* folderForTest
      const holder = yield* startChildProgram("lockHolder.ts", [folder])
      assert.strictEqual(yield* Queue.take(holder.lines), "held")
      const error = yield* Effect.flip(Effect.scoped(lockFolder(folder)))
      assert.include(error.message, `${folder} is in use by process ${holder.pid} on `)
      assert.include(error.message, "Stop it first, or use PostgreSQL (LEDGERLINE_DATABASE_URL)")
      assert.isTrue(yield* exists(lockFile(folder)))
      assert.strictEqual((yield* Effect.flip(Effect.scoped(lockFolder(folder)))).message, error.message)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("the lock of a killed process is taken over, by one of those who try", () =>
    Effect.gen(function* () {
      const folder = yield* folderForTest
      const holder = yield* startChildProgram("lockHolder.ts", [folder])
      assert.strictEqual(yield* Queue.take(holder.lines), "held")
      yield* holder.kill
      assert.isTrue(yield* exists(lockFile(folder)))
      yield* lockFolder(folder)
      const error = yield* Effect.flip(lockFolder(folder))
      assert.include(error.message, `is in use by process ${process.pid}`)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("the lock of a process that had our number before us is taken over", () =>
    Effect.gen(function* () {
      const folder = yield* folderForTest
      yield* writeLock(folder, { ...(yield* ourHolder), startedAt: "1" })
      yield* lockFolder(folder)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("the lock from before the machine was started anew is taken over", () =>
    Effect.gen(function* () {
      const folder = yield* folderForTest
      yield* writeLock(folder, { ...(yield* ourHolder), boot: "another-boot" })
      yield* lockFolder(folder)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("the lock of a process on another host is respected, since nobody here can see it", () =>
    Effect.gen(function* () {
      const folder = yield* folderForTest
      yield* writeLock(folder, {
        ...(yield* ourHolder),
        host: "elsewhere",
        pid: 999_999,
        boot: "another-boot"
      })
      const error = yield* Effect.flip(lockFolder(folder))
      assert.include(error.message, "is in use by process 999999 on elsewhere")
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("a lock that cannot be read is respected, and the message names the file to remove", () =>
    Effect.gen(function* () {
      const folder = yield* folderForTest
      yield* writeLock(folder, { something: "else" })
      const error = yield* Effect.flip(lockFolder(folder))
      assert.include(error.message, "is in use by another process")
      assert.include(error.message, `remove ${lockFile(folder)}`)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})

import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { PGlite } from "@electric-sql/pglite"
import { NodeFS } from "@electric-sql/pglite/nodefs"
import { Effect, FileSystem, Path, Random, Schema } from "effect"
import { DurableFileSystem, durableStartParameters } from "../../../src/store/embedded/durableFileSystem.ts"
import { embeddedFolder } from "../../support/databases.ts"
import { onShadowDisk, ShadowDisk } from "../../support/shadowDisk.ts"

/** More of them for a night: each starts a database anew. */
const rounds = 6
const seed = "power"

const Noted = Schema.Array(Schema.Struct({ id: Schema.Int }))

const readBack = (database: PGlite) =>
  Effect.promise(() => database.query("SELECT id FROM noted ORDER BY id")).pipe(
    Effect.flatMap(({ rows }) => Schema.decodeUnknownEffect(Noted)(rows)),
    Effect.map((rows) => rows.map(({ id }) => id))
  )

/** Opens, and closes with the scope; what is written by then is lost with the power or not at all. */
const open = (make: () => Promise<PGlite>) =>
  Effect.acquireRelease(Effect.promise(make), (database) =>
    Effect.promise(() => database.close().catch(() => undefined))
  )

/** Writes until the power goes; answers with the ids whose commit was acknowledged before. */
const writeUntilCut = Effect.fnUntraced(function* (database: PGlite, disk: ShadowDisk, from: number) {
  const acknowledged: Array<number> = []
  for (let id = from; !disk.isCut; id++) {
    const times = yield* Random.nextIntBetween(1, 100)
    yield* Effect.promise(() =>
      database.exec(`INSERT INTO noted VALUES (${id}, repeat(md5('${id}'), ${times}))`)
    )
    if (id % 29 === 0) yield* Effect.promise(() => database.exec("CHECKPOINT"))
    if (!disk.isCut) acknowledged.push(id)
  }
  return acknowledged
})

describe("a power cut of the embedded database", () => {
  it.live(
    "loses no commit that was acknowledged, at whichever operation it comes",
    () =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-power-" })
        let live = path.join(yield* embeddedFolder, "database")
        const acknowledged: Array<number> = []
        let next = 1
        for (let round = 0; round < rounds; round++) {
          const shadow = path.join(folder, `after-${round}`)
          const disk = new ShadowDisk(live, shadow)
          yield* Effect.gen(function* () {
            const database = yield* open(() =>
              PGlite.create({
                fs: onShadowDisk(new DurableFileSystem(live), disk),
                startParams: durableStartParameters(PGlite.defaultStartParams)
              })
            )
            yield* Effect.promise(() =>
              database.exec("CREATE TABLE IF NOT EXISTS noted (id int PRIMARY KEY, filler text)")
            )
            const stored = new Set(yield* readBack(database))
            assert.deepStrictEqual(
              acknowledged.filter((id) => !stored.has(id)),
              [],
              `lost in round ${round}`
            )
            next = Math.max(0, ...stored) + 1
            disk.left = yield* Random.nextIntBetween(1, 900)
            acknowledged.push(...(yield* writeUntilCut(database, disk, next)))
          }).pipe(Effect.scoped)
          live = shadow
        }
        assert.isAbove(acknowledged.length, rounds * 5, "too few commits to prove anything")
      }).pipe(Random.withSeed(seed), Effect.scoped, Effect.provide(NodeServices.layer)),
    180_000
  )

  it.live("as shipped it does lose them, which shows that this test can see it", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-power-" })
      const shadow = path.join(folder, "after")
      const live = path.join(yield* embeddedFolder, "database")
      const disk = new ShadowDisk(live, shadow)
      yield* Effect.gen(function* () {
        const database = yield* open(() => PGlite.create({ fs: onShadowDisk(new NodeFS(live), disk) }))
        yield* Effect.promise(() => database.exec("CREATE TABLE noted (id int PRIMARY KEY, filler text)"))
        disk.left = 300
        assert.isAbove((yield* writeUntilCut(database, disk, 1)).length, 5)
      }).pipe(Effect.scoped)
      const survived = yield* Effect.gen(function* () {
        const database = yield* open(() => PGlite.create(shadow))
        return yield* readBack(database)
      }).pipe(
        Effect.scoped,
        Effect.catchCause(() => Effect.succeed([]))
      )
      assert.deepStrictEqual(survived, [])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})

import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { openWitness } from "../../src/store/witnessFile.ts"

const sighting = { generation: 1, journalPosition: 12, auditId: 40 }

describe("witnessFile", () => {
  it.live("remembers each database across processes, in a folder that it makes", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const folder = `${yield* files.makeTempDirectoryScoped()}/kept`
      const file = `${folder}/witness.json`
      const first = yield* openWitness(file)
      assert.isUndefined(yield* first.recall("a"))
      yield* first.keep("a", sighting)
      yield* first.keep("b", { ...sighting, auditId: 7 })
      const second = yield* openWitness(file)
      assert.deepStrictEqual(yield* second.recall("a"), sighting)
      assert.strictEqual((yield* second.recall("b"))?.auditId, 7)
      assert.deepStrictEqual(yield* files.readDirectory(folder), ["witness.json"])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("a file that was damaged counts as none, and one that cannot be written stops nothing", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const folder = yield* files.makeTempDirectoryScoped()
      yield* files.writeFileString(`${folder}/witness.json`, '{"a":')
      const damaged = yield* openWitness(`${folder}/witness.json`)
      assert.isUndefined(yield* damaged.recall("a"))
      yield* damaged.keep("a", sighting)
      assert.deepStrictEqual(yield* damaged.recall("a"), sighting)
      const unwritable = yield* openWitness(`${folder}/witness.json/witness.json`)
      yield* unwritable.keep("a", sighting)
      assert.isUndefined(yield* unwritable.recall("a"))
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})

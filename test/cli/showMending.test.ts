/*
 * The document of the demo that waits, also after a demo that was stopped half way.
 */
import { assert } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { TestConsole } from "effect/testing"
import { showMending } from "../../src/cli/showMending.ts"
import { ErrorQueue } from "../../src/store/ErrorQueue.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { inScene, type Scene, shippedPipelines } from "../endToEnd/scene.ts"

/** Mends the scene, and gives what was said and the table as it then is. */
const mend = (scene: Scene) =>
  Effect.gen(function* () {
    const table = `${scene.pipelines}/tables/vat.csv`
    yield* showMending({ table, load: scene.plan })
    const said = (yield* TestConsole.logLines).join("\n")
    return { said, rows: yield* (yield* FileSystem.FileSystem).readFileString(table) }
  }).pipe(Effect.provide(TestConsole.layer))

const readShipped = Effect.flatMap(FileSystem.FileSystem, (files) =>
  files.readFileString(`${shippedPipelines}/tables/vat.csv`)
)

/** Says that all six documents are in the ledger, the Danish one with its tax on the account of the row. */
const assertAllPosted = (scene: Scene) =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* (yield* ErrorQueue).list(), [])
    const { vouchers } = yield* scene.sandbox.ifs.books
    assert.strictEqual(vouchers.length, 6)
    const danish = vouchers.filter(({ rows }) => rows.some(({ account }) => account === "2650"))
    assert.deepStrictEqual(
      danish.map(({ text }) => text?.split(" |")[0]),
      ["Invoice 000000003"]
    )
  })

describeOnDatabases("the mending that the demo shows", (it) => {
  it.effect("says what waits and why, adds the row, and posts; done again, it adds and posts nothing", () =>
    inScene({ documents: 6 }, (scene) =>
      Effect.gen(function* () {
        yield* scene.run
        const shipped = yield* readShipped
        const first = yield* mend(scene)
        assert.include(first.said, "has no row for code = DK-25")
        assert.include(first.said, "The accountant chooses 2650, VAT Denmark 25 %.")
        assert.include(first.said, "invoice 000000003  to be posted")
        assert.match(first.said, /1 posted, 0 already there, 0 refused, 0 waiting/u)
        assert.match(first.said, /^ *2650 +vat +[\d.]+$/mu)
        assert.strictEqual(first.rows, `${shipped}DK-25,2650\n`)
        yield* assertAllPosted(scene)

        const second = yield* mend(scene)
        assert.match(second.said, /^ {2}nothing: \S+vat\.csv has a row for DK-25$/u)
        assert.strictEqual(second.rows, first.rows)
        yield* assertAllPosted(scene)
      })
    )
  )

  it.effect("goes on after a demo that ended right after it had added the row, and adds no second", () =>
    inScene({ documents: 6 }, (scene) =>
      Effect.gen(function* () {
        yield* scene.run
        const files = yield* FileSystem.FileSystem
        const table = `${scene.pipelines}/tables/vat.csv`
        yield* files.writeFileString(table, "DK-25,2650\n", { flag: "a" })
        const { rows, said } = yield* mend(scene)
        assert.include(said, "An earlier demo added the row.")
        assert.strictEqual(rows, `${yield* readShipped}DK-25,2650\n`)
        yield* assertAllPosted(scene)
      })
    )
  )

  it.effect("says that nothing waits, and leaves the table alone, when nothing does", () =>
    inScene({ documents: 0 }, (scene) =>
      Effect.gen(function* () {
        yield* scene.run
        assert.deepStrictEqual(yield* mend(scene), { said: "  nothing", rows: yield* readShipped })
      })
    )
  )
})

/*
 * What waits for a person, and what happens when the person has done it.
 */
import { assert } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { SqlClient } from "effect/sql"
import { intake } from "../../src/engine/intake.ts"
import { retry } from "../../src/engine/retry.ts"
import { ErrorQueue } from "../../src/store/ErrorQueue.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { assertPostedOnce, held, inScene, owed, type Scene } from "../endToEnd/scene.ts"

/** What waits in this scene, oldest first. */
const waiting = (scene: Scene) =>
  Effect.gen(function* () {
    const names = (yield* scene.plan).pipelines.map(({ name }) => name)
    const items = yield* (yield* ErrorQueue).list()
    return items.filter(({ pipeline }) => names.includes(pipeline))
  })

const reasons = (scene: Scene) =>
  Effect.map(waiting(scene), (items) =>
    items.map((item) => `${item.number} ${item.problems.map(({ code }) => code).join(" ")}`)
  )

/** Tries again all that waits, and posts what comes of it. */
const retryAll = (scene: Scene) =>
  Effect.gen(function* () {
    const plan = yield* scene.plan
    const outcomes = yield* Effect.forEach(yield* waiting(scene), (item) => retry(plan, item, "clerk"))
    yield* scene.run
    return outcomes
  })

const setOctober = (scene: Scene, open: boolean) =>
  scene.sandbox.ifs.updateCompanies((companies) =>
    companies.map((company) => ({
      ...company,
      periods: company.periods.map((period) =>
        period.from.startsWith("2026-10") ? { ...period, open } : period
      )
    }))
  )

/** In these shops of six, invoice 3 is the Danish one and invoice 2 alone is dated in October. */
const danish = "000000003 mapping/no-row"
const inOctober = "000000002 period-closed"

describeOnDatabases("a document that waits for a person", (it) => {
  it.effect("C2 parked for want of a row, it is posted once when the row is there, and waits no longer", () =>
    inScene({ documents: 6 }, (scene) =>
      Effect.gen(function* () {
        yield* scene.run
        assert.deepStrictEqual(yield* reasons(scene), [danish])
        assert.deepStrictEqual(yield* retryAll(scene), ["still parked"])
        assert.deepStrictEqual(yield* reasons(scene), [danish])
        yield* assertPostedOnce(scene.sandbox)

        const files = yield* FileSystem.FileSystem
        yield* files.writeFileString(`${scene.pipelines}/tables/vat.csv`, "DK-25,2650\n", { flag: "a" })
        assert.deepStrictEqual(yield* retryAll(scene), ["to be posted"])
        assert.deepStrictEqual(yield* reasons(scene), [])

        const { books } = scene.sandbox.ifs
        const shop = yield* scene.sandbox.commerce.shop
        const posted = held(yield* books)
        assert.deepStrictEqual(
          posted.filter((line) => !owed(shop).includes(line)).map((line) => line.split(" ")[1]),
          ["000000003"]
        )
        assert.strictEqual(posted.length, shop.invoices.length)
      })
    )
  )

  it.effect(
    "refused for a closed period, it blocks no other, and is posted once when the period is open",
    () =>
      inScene({ documents: 6 }, (scene) =>
        Effect.gen(function* () {
          yield* setOctober(scene, false)
          const run = yield* scene.run
          assert.deepStrictEqual(
            run.connections.map(({ posted, rejected }) => ({ posted, rejected })),
            [{ posted: 4, rejected: 1 }]
          )
          assert.deepStrictEqual((yield* reasons(scene)).toSorted(), [inOctober, danish])

          // A run by itself does not insist; a retry does, and is refused again.
          yield* scene.run
          yield* retryAll(scene)
          assert.deepStrictEqual((yield* reasons(scene)).toSorted(), [inOctober, danish])
          assert.strictEqual((yield* scene.sandbox.ifs.books).vouchers.length, 4)

          yield* setOctober(scene, true)
          yield* retryAll(scene)
          assert.deepStrictEqual(yield* reasons(scene), [danish])
          yield* assertPostedOnce(scene.sandbox)
        })
      )
  )

  it.effect("its pipeline may post it into the next open period, and the text names its own day", () =>
    inScene({ documents: 6 }, (scene) =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const file = `${scene.pipelines}/invoices-to-gl.yaml`
        const yaml = yield* files.readFileString(file)
        yield* files.writeFileString(
          file,
          yaml.replace("timeZone: Europe/Berlin }", "timeZone: Europe/Berlin, closedPeriod: next-open }")
        )
        yield* setOctober(scene, false)
        yield* scene.run
        assert.deepStrictEqual(yield* reasons(scene), [danish])
        const { vouchers } = yield* scene.sandbox.ifs.books
        assert.strictEqual(vouchers.length, 5)
        const moved = vouchers.filter(({ voucherDate }) => voucherDate === "2026-11-01")
        assert.deepStrictEqual(
          moved.map(({ text }) => text?.split(" |")[0]?.replace(/\d{4}-10-\d{2}/u, "2026-10-xx")),
          ["Invoice 000000002 (dated 2026-10-xx)"]
        )
        // Read again, it is the same document, and nothing is posted.
        yield* scene.run
        assert.strictEqual((yield* scene.sandbox.ifs.books).vouchers.length, vouchers.length)
      })
    )
  )

  it.effect("a ledger that refuses our credentials halts its connection and parks nothing", () =>
    inScene({ documents: 6 }, (scene) =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const secret = `${scene.pipelines}/../sandbox/credentials/client-secret`
        yield* files.writeFileString(secret, "wrong")
        const run = yield* scene.run
        assert.strictEqual(run.connections[0]?.halted?.reason._tag, "Unauthorized")
        assert.deepStrictEqual(yield* reasons(scene), [danish])

        yield* files.writeFileString(secret, scene.sandbox.ifs.clientSecret)
        yield* scene.run
        yield* assertPostedOnce(scene.sandbox)
      })
    )
  )

  it.effect("a ledger that stays away halts its connection and parks nothing", () =>
    inScene({ documents: 6 }, (scene) =>
      Effect.gen(function* () {
        const { pipelines } = yield* scene.plan
        yield* Effect.forEach(pipelines, (pipeline) => intake(pipeline, "test"))
        // Attempts rest longer each time; the rests are cut short here.
        const sql = yield* SqlClient.SqlClient
        const ledger = pipelines[0]?.sinkConnection ?? ""
        yield* sql`UPDATE posting SET attempts = 4 WHERE sink_connection = ${ledger}`
        const { faults } = scene.sandbox.ifs
        yield* faults.add({ match: "POST token", kind: "status", status: 503 })
        const run = yield* scene.run
        assert.strictEqual(run.connections[0]?.halted?.reason._tag, "Unreachable")
        assert.strictEqual(run.connections[0]?.waiting, 5)
        assert.deepStrictEqual(yield* reasons(scene), [danish])

        yield* faults.clear
        yield* sql`UPDATE posting SET not_before = clock_timestamp() WHERE sink_connection = ${ledger}`
        yield* scene.run
        yield* assertPostedOnce(scene.sandbox)
      })
    )
  )

  it.effect("a shop that is away does not keep back what was read before", () =>
    inScene({ documents: 6 }, (scene) =>
      Effect.gen(function* () {
        const { pipelines } = yield* scene.plan
        yield* Effect.forEach(pipelines, (pipeline) => intake(pipeline, "test"))
        yield* scene.pass("1 hour")
        yield* scene.sandbox.commerce.faults.add({ match: "GET /V1/", kind: "status", status: 401 })
        const { unread } = yield* scene.run
        assert.deepStrictEqual(
          unread.map(({ error }) => error._tag),
          ["ConnectorError", "ConnectorError"]
        )
        yield* assertPostedOnce(scene.sandbox)
      })
    )
  )
})

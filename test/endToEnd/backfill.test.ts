/*
 * A past period beside the live flow, by real processes that are killed on the way.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, FileSystem, Schema, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { BackfillOutput } from "../../src/cli/backfillOutput.ts"
import { defaultSeed, generateShop } from "../../src/sandbox/commerce/generateShop.ts"
import { assertEnded, type Ended, ledgerline, start, type Surroundings } from "../cli/ledgerline.ts"
import { databases, type TestDatabase } from "../support/databases.ts"
import { sandboxProcess } from "./sandboxProcess.ts"
import { held, owed, shippedPipelines } from "./scene.ts"
import { variablesOf } from "./variablesOf.ts"

const documents = 30
/** The live flow begins with October; September is for the backfill. */
const liveFrom = "2026-10-01"
const september = ["--from", "2026-09-01", "--to", "2026-09-30"]
const shop = generateShop({ seed: defaultSeed, documents })

const Output = Schema.fromJsonString(BackfillOutput)
const outputOf = ({ output }: Ended) => Schema.decodeUnknownEffect(Output)(output)

const isBefore = (created: unknown) => String(created) < liveFrom
const inSeptember = {
  ...shop,
  invoices: shop.invoices.filter((one) => isBefore(one["created_at"])),
  creditmemos: []
}
const live = {
  ...shop,
  invoices: shop.invoices.filter((one) => !isBefore(one["created_at"])),
  creditmemos: []
}

const setUp = Effect.fn("setUp")(function* (database: TestDatabase) {
  const files = yield* FileSystem.FileSystem
  const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-backfill-" })
  const sandbox = yield* sandboxProcess(folder, documents)
  yield* files.copy(shippedPipelines, `${folder}/pipelines`)
  yield* files.remove(`${folder}/pipelines/credit-notes-to-gl.yaml`)
  const file = `${folder}/pipelines/invoices-to-gl.yaml`
  const text = yield* files.readFileString(file)
  yield* files.writeFileString(
    file,
    text.replace(
      "states: [open, paid, cancelled] }",
      `states: [open, paid, cancelled], from: "${liveFrom}" }`
    )
  )
  const surroundings: Surroundings = { folder, variables: yield* variablesOf(database) }
  const call = (...args: ReadonlyArray<string>) =>
    ledgerline(surroundings, ...args, "--connections", sandbox.connections)
  return { sandbox, surroundings, call }
})

/** The same numbers for the same seed: 1 to `most`. */
const draws = (seed: number, count: number, most: number) => {
  let state = seed
  return Array.from({ length: count }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return 1 + (state % most)
  })
}

describe.each(databases)("a backfill on $name", (database) => {
  it.live(
    "killed at random points and given again, gives every document of the period one voucher, and leaves the live flow as it was",
    () =>
      Effect.gen(function* () {
        const { call, sandbox, surroundings } = yield* setUp(database)
        const command = ["backfill", "invoices-to-gl", ...september, "--connections", sandbox.connections]
        // One document of October is parked on purpose, and waits to the end.
        assertEnded(yield* call("run", "--once"), 4)
        assert.deepStrictEqual(held(yield* sandbox.books), owed(live))
        const cursorBefore = yield* call("status", "--format", "json")

        // The whole of it prints some thirty lines: one for each day with documents, one for each batch of postings.
        for (const lines of draws(20_261_126, 3, 6)) {
          yield* Effect.gen(function* () {
            const running = yield* start(surroundings, command)
            yield* Stream.decodeText(running.stderr).pipe(
              Stream.splitLines,
              Stream.filter((line) => / read|settled/u.test(line)),
              Stream.take(lines),
              Stream.runDrain
            )
            yield* running.kill({ killSignal: "SIGKILL" })
          }).pipe(Effect.scoped)
        }
        const stopped = yield* outputOf(
          yield* ledgerline(surroundings, "backfill", "list", "--format", "json")
        )
        // A fast machine may have read the whole period before the last kill; what matters is what stands in the books.
        assert.isTrue(
          "backfills" in stopped && ["reading", "read"].includes(stopped.backfills[0]?.state ?? "")
        )

        const ended = yield* ledgerline(surroundings, ...command, "--format", "json")
        assertEnded(ended, 4)
        assert.notMatch(ended.messages, /-\d+ to go/u, "what comes in meanwhile is not counted down")
        const expected = owed({ ...shop, creditmemos: [] })
        assert.deepStrictEqual(held(yield* sandbox.books), expected)
        const output = yield* outputOf(ended)
        assert.isTrue("backfill" in output)
        if (!("backfill" in output)) return
        assert.deepInclude(output.backfill, {
          state: "read",
          expected: inSeptember.invoices.length,
          read: inSeptember.invoices.length,
          unchanged: 0,
          entries: owed(inSeptember).length,
          parked: 0
        })

        // The live flow stands where it stood, and has nothing to do.
        const cursorAfter = yield* call("status", "--format", "json")
        const lastRead = ({ output }: Ended) => /"lastRead": "([^"]+)"/u.exec(output)?.[1]
        assert.isDefined(lastRead(cursorBefore))
        assert.strictEqual(lastRead(cursorAfter), lastRead(cursorBefore))
        assertEnded(yield* call("run", "--once"), 4)
        assert.deepStrictEqual(held(yield* sandbox.books), expected)

        // Nor has the backfill, whether it is given once more or from the beginning.
        for (const more of [[], ["--again"]]) {
          assertEnded(yield* ledgerline(surroundings, ...command, ...more), 4)
          assert.deepStrictEqual(held(yield* sandbox.books), expected)
        }
      }).pipe(Effect.provide([NodeServices.layer, database.layer])),
    300_000
  )
})

describe.each(databases.filter(({ name }) => name.startsWith("PostgreSQL")))(
  "a backfill beside a service on $name",
  (database) => {
    it.live(
      "lets each have its own documents, one voucher each, and refuses a second process",
      () =>
        Effect.gen(function* () {
          const { call, sandbox, surroundings } = yield* setUp(database)
          const service = yield* start(surroundings, ["run", "--connections", sandbox.connections])
          const command = ["backfill", "invoices-to-gl", ...september]
          const first = yield* Effect.forkChild(call(...command))
          const sql = yield* SqlClient.SqlClient
          yield* sql`SELECT 1 FROM backfill WHERE holder IS NOT NULL`.pipe(
            Effect.repeat({ until: (rows) => rows.length > 0 })
          )
          // It waits for a dead one to be given up; the living one is through before, or is not.
          const second = yield* call(...command)
          assertEnded(yield* Fiber.join(first), 4)
          assert.include([3, 4], second.code, second.messages)

          yield* sandbox.books.pipe(
            Effect.repeat({
              until: (books) => books.vouchers.length >= owed({ ...shop, creditmemos: [] }).length
            })
          )
          yield* service.kill({ killSignal: "SIGTERM" })
          assert.deepStrictEqual(held(yield* sandbox.books), owed({ ...shop, creditmemos: [] }))
        }).pipe(Effect.scoped, Effect.provide([NodeServices.layer, database.layer])),
      180_000
    )
  }
)

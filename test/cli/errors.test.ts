import { NodeServices } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Layer } from "effect"
import { embeddedDatabase } from "../../src/store/Database.ts"
import { IntakeStore } from "../../src/store/IntakeStore.ts"
import { storeLayerNoDeps } from "../../src/store/Store.ts"
import { embeddedFolder } from "../support/databases.ts"
import { exampleDocument } from "../support/exampleDocument.ts"
import { exampleError, examplePage, exampleStoredRecord } from "../support/examples.ts"
import { assertEnded, ledgerline, type Surroundings } from "./ledgerline.ts"

const names = { pipeline: "invoices-to-gl", connection: "erp" }

/** Invoices 1 and 2, parked for the same missing row. */
const parked = Effect.flatMap(IntakeStore, (store) =>
  store.commit(
    examplePage(names, {
      records: ["1", "2"].map((id) => ({
        ...exampleStoredRecord(names, id),
        normalised: { _tag: "Document", document: exampleDocument }
      })),
      errors: ["1", "2"].map((id) => exampleError(names, id, "mapping/no-row"))
    })
  )
)

it.live(
  "the error queue is grouped by cause, explained, and closed only with a reason",
  () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const database = yield* embeddedFolder
      const surroundings: Surroundings = {
        folder: yield* files.makeTempDirectoryScoped(),
        variables: { LEDGERLINE_FOLDER: database }
      }
      const errors = (...args: ReadonlyArray<string>) => ledgerline(surroundings, "errors", ...args)
      yield* parked.pipe(
        Effect.provide(storeLayerNoDeps.pipe(Layer.provide(Layer.fresh(embeddedDatabase(database)))))
      )

      const grouped = yield* errors("list", "--group")
      assertEnded(grouped, 0)
      assert.include(grouped.output, "2 × mapping/no-row")
      assert.include(grouped.output, "at stake 238.00 EUR")

      const shown = yield* errors("show", "1")
      assertEnded(shown, 0)
      assert.include(shown.output, "sha256 fingerprint-1-1")
      assert.include(shown.output, "then: ledgerline errors retry 1")
      const payload = yield* errors("show", "1", "--payload")
      assert.deepStrictEqual(payload.output.replaceAll(/\s/gu, ""), '{"id":"1","grand":"119.00"}')

      const silent = yield* errors("ignore", "1", "--reason", " ")
      assertEnded(silent, 2)
      assert.include(silent.messages, "--reason is empty")
      assertEnded(yield* errors("ignore", "1", "99", "--reason", "a test order"), 2)
      const ignored = yield* errors("ignore", "1", "--reason", "a test order", "--actor", "anna")
      assertEnded(ignored, 0)
      assert.include(ignored.output, "invoice 10001  ignored")

      const left = yield* errors("list", "--since", "2020-01-01")
      assert.notInclude(left.output, "10001")
      assert.include(left.output, "10002")
      assert.include((yield* errors("list", "--state", "ignored")).output, "10001")
      assertEnded(yield* errors("list", "--since", "yesterday"), 2)
      const acts = yield* errors("show", "1", "--format", "json")
      assert.include(acts.output, '"actor": "anna"')
      assert.include(acts.output, '"reason": "a test order"')
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
  60_000
)

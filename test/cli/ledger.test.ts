import { NodeServices } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Path } from "effect"
import { embeddedDatabase } from "../../src/store/Database.ts"
import { LedgerGate } from "../../src/store/LedgerGate.ts"
import { storeLayerNoDeps } from "../../src/store/Store.ts"
import { shippedPipelines } from "../endToEnd/scene.ts"
import { embeddedFolder } from "../support/databases.ts"
import { assertEnded, ledgerline, type Surroundings } from "./ledgerline.ts"

it.live(
  "a copied database says why it posts nothing, and is accepted only with a reason",
  () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const original = yield* embeddedFolder
      yield* Effect.flatMap(LedgerGate, (gates) => gates.look("erp")).pipe(
        Effect.provide(storeLayerNoDeps.pipe(Layer.provide(Layer.fresh(embeddedDatabase(original)))))
      )
      const folder = yield* files.makeTempDirectoryScoped()
      const copy = path.join(folder, "copy")
      yield* files.copy(original, copy)
      const of = (database: string): Surroundings => ({ folder, variables: { LEDGERLINE_FOLDER: database } })
      const accept = (database: string, ...args: ReadonlyArray<string>) =>
        ledgerline(of(database), "ledger", "accept", ...args)

      const needless = yield* accept(original, "erp", "--reason", "to be sure")
      assertEnded(needless, 2)
      assert.include(needless.messages, "this database is the one that posts to erp")
      const unknown = yield* accept(copy, "erpp", "--reason", "moved")
      assertEnded(unknown, 2)
      assert.include(unknown.messages, "has never posted to erpp")
      assertEnded(yield* accept(copy, "erp", "--reason", " "), 2)

      const moved = yield* accept(copy, "erp", "--reason", "moved to another disk")
      assertEnded(moved, 0)
      assert.include(moved.output, "erp  accepted")
      const status = yield* ledgerline(of(copy), "status", shippedPipelines)
      assertEnded(status, 0)
      assert.include(status.output, "nothing is posted to erp: the database was restored or copied")
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
  120_000
)

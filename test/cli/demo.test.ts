import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { assertEnded, ledgerline } from "./ledgerline.ts"

describe("demo", () => {
  it.live("ends by itself with equal books, and run again it posts nothing", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-demo-" })
      const first = yield* ledgerline({ folder }, "demo", "--documents", "20")
      assertEnded(first, 0)
      assert.match(first.output, /What IFS now holds: 19 vouchers/u)
      assert.match(
        first.output,
        /20 documents: Commerce, the journal and IFS differ in 1 case, by [\d.,]+ EUR in all: 1 parked\./u
      )
      assert.match(first.output, /no row for code = DK-25/u)
      assert.match(first.output, /0 posted; IFS holds 19 vouchers, as before/u)

      const second = yield* ledgerline({ folder }, "demo", "--documents", "20")
      assertEnded(second, 0)
      assert.match(second.output, /What IFS now holds: 19 vouchers/u)
      assert.match(second.output, /^ *erp +0 +0 +0 +0$/mu)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})

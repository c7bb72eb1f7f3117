import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { databases } from "../support/databases.ts"
import { chaos } from "./chaos.ts"

describe.runIf(databases.length > 1)("three engines on one PostgreSQL", () => {
  it.live(
    "post every document once while the writer is killed and connections break",
    () =>
      Effect.gen(function* () {
        const report = yield* chaos({
          documents: 120,
          processes: 3,
          seed: 1,
          incidents: ["terminate", "kill", "cut"]
        })
        const { doubled, lost, outOfOrder } = report.verdict
        assert.deepStrictEqual(
          { lost, doubled, outOfOrder, endedByThemselves: report.endedByThemselves },
          { lost: [], doubled: [], outOfOrder: [], endedByThemselves: 0 },
          report.said.join("\n")
        )
        assert.strictEqual(report.takeoverSeconds.length, 1, "the writer was not killed")
      }).pipe(Effect.provide(NodeServices.layer)),
    180_000
  )
})

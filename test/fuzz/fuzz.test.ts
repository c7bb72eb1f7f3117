import { assert, describe, it } from "@effect/vitest"
import { fuzz } from "./fuzz.ts"
import { targets } from "./targets.ts"
import { Effect } from "effect"

describe("fuzzing", () => {
  it.live.each([...targets()])(
    "%s: three hundred inputs that are nearly right find no defect, no hang and no secret",
    ([, target]) =>
      Effect.gen(function* () {
        const { findings, words } = yield* fuzz(target, { seed: 4, from: 0, inputs: 300 })
        assert.deepStrictEqual(findings, [])
        assert.isAbove(words.size, 1, "all inputs came to the same end: nothing was tried")
      }),
    60_000
  )
})

import { assert, describe, it } from "@effect/vitest"
import { decide } from "../../src/engine/decide.ts"

describe("decide", () => {
  it.each([
    { disposition: "retry", number: 1, limit: 3, expected: "retry" },
    { disposition: "retry", number: 2, limit: 3, expected: "retry" },
    { disposition: "retry", number: 3, limit: 3, expected: "halt" },
    { disposition: "retry", number: 9, limit: 3, expected: "halt" },
    { disposition: "dead-letter", number: 1, limit: 3, expected: "park" },
    { disposition: "dead-letter", number: 3, limit: 3, expected: "park" },
    { disposition: "ambiguous", number: 1, limit: 3, expected: "look-up" },
    // However often it was tried: what may have been posted is never parked or sent blindly.
    { disposition: "ambiguous", number: 3, limit: 3, expected: "look-up" },
    { disposition: "halt", number: 1, limit: 3, expected: "halt" }
  ] as const)("$disposition on attempt $number of $limit: $expected", ({ expected, ...attempt }) => {
    assert.strictEqual(decide(attempt), expected)
  })
})

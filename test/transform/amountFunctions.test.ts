import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { amountFunctions } from "../../src/transform/amountFunctions.ts"

const cents = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const text = (value: number) =>
  `${value < 0 ? "-" : ""}${Math.floor(Math.abs(value) / 100)}.${`${Math.abs(value) % 100}`.padStart(2, "0")}`

describe("amountFunctions", () => {
  it.effect.prop(
    "$amountAllocate gives back exactly what it was given",
    {
      total: cents(-999_999, 999_999),
      weights: Schema.Array(cents(0, 9_999)).check(Schema.isMinLength(1), Schema.isMaxLength(9))
    },
    ({ total, weights }) =>
      Effect.sync(() => {
        const parts = amountFunctions.amountAllocate(text(total), weights.map(text))
        assert.lengthOf(parts, weights.length)
        assert.strictEqual(amountFunctions.amountSum(parts), text(total))
      }),
    { arbitrary: { runs: 300 } }
  )

  it.effect.prop(
    "sums, differences and comparisons are those of whole cents",
    { left: cents(-999_999, 999_999), right: cents(-999_999, 999_999) },
    ({ left, right }) =>
      Effect.sync(() => {
        const [a, b] = [text(left), text(right)]
        assert.strictEqual(amountFunctions.amountAdd(a, b), text(left + right))
        assert.strictEqual(amountFunctions.amountSubtract(a, b), text(left - right))
        assert.strictEqual(amountFunctions.amountCompare(a, b), Math.sign(left - right))
      }),
    { arbitrary: { runs: 300 } }
  )

  it.each([["1.5e3"], [1.5], [null], [undefined], [""], ["9".repeat(60)]])(
    "%j is not taken for an amount",
    (value) => {
      assert.throws(() => amountFunctions.amountAdd(value, "1.00"), /not an amount/u)
    }
  )
})

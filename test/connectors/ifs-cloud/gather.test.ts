import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { gather } from "../../../src/connectors/ifs-cloud/gather.ts"

/** Takes a second to double each number; `asked` is what went together. Numbers of different signs never do. */
const doubling = (maximum = 20) => {
  const asked: Array<ReadonlyArray<number>> = []
  const ask = gather({
    key: (number: number) => `${Math.sign(number)}`,
    maximum,
    ask: Effect.fnUntraced(function* (numbers) {
      asked.push(numbers)
      yield* Effect.sleep("1 second")
      if (numbers.includes(13)) return yield* Effect.fail("unlucky" as const)
      return numbers.map((number) => 2 * number)
    })
  })
  return { ask, asked }
}

describe("gather", () => {
  it.effect("asks at once when nothing is under way, and gathers what comes meanwhile", () =>
    Effect.gen(function* () {
      const { ask, asked } = doubling()
      const first = yield* Effect.forkChild(ask(1))
      yield* TestClock.adjust("500 millis")
      const others = yield* Effect.forkChild(
        Effect.forEach([2, 3, 4], (number) => ask(number), { concurrency: "unbounded" })
      )
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual([yield* Fiber.join(first), yield* Fiber.join(others)], [2, [4, 6, 8]])
      assert.deepStrictEqual(asked, [[1], [2, 3, 4]])
    })
  )

  it.effect("asks for no more at once than allowed, and never for different keys together", () =>
    Effect.gen(function* () {
      const { ask, asked } = doubling(2)
      const all = yield* Effect.forkChild(
        Effect.forEach([1, 2, 3, -1], (number) => ask(number), { concurrency: "unbounded" })
      )
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* Fiber.join(all), [2, 4, 6, -2])
      assert.deepStrictEqual(
        asked.map((numbers) => numbers.toSorted()).toSorted((a, b) => b.length - a.length)[0],
        [1, 2]
      )
      assert.isTrue(asked.some((numbers) => numbers.length === 1 && numbers[0] === -1))
    })
  )

  it.effect("a failure is the answer to all that were asked together, and to no later ones", () =>
    Effect.gen(function* () {
      const { ask } = doubling()
      const all = yield* Effect.forkChild(
        Effect.forEach([12, 13], (number) => Effect.flip(ask(number)), { concurrency: "unbounded" })
      )
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Fiber.join(all), ["unlucky", "unlucky"])
      const later = yield* Effect.forkChild(ask(12))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(later), 24)
    })
  )

  it.effect("one who stops waiting takes nothing from the others", () =>
    Effect.gen(function* () {
      const { ask } = doubling()
      const gone = yield* Effect.forkChild(ask(1))
      const stays = yield* Effect.forkChild(ask(2))
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interrupt(gone)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* Fiber.join(stays), 4)
      const later = yield* Effect.forkChild(ask(3))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(later), 6)
    })
  )
})

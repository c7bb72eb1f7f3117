import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { makeRateLimit, type RateLimit } from "../../src/http/RateLimit.ts"

/** When each of `count` callers that come at once is let through, once `millis` have passed. */
const letThrough = Effect.fnUntraced(function* (pace: RateLimit, count: number, millis: number) {
  const times: Array<number> = []
  const fiber = yield* Effect.replicateEffect(
    Effect.andThen(
      pace.take,
      Effect.map(Clock.currentTimeMillis, (now) => times.push(now))
    ),
    count,
    { concurrency: "unbounded" }
  ).pipe(Effect.forkChild)
  yield* TestClock.adjust(millis)
  yield* Fiber.interrupt(fiber)
  return times
})

describe("RateLimit", () => {
  it.effect("spreads requests evenly, so that no sixty seconds ever see more than allowed", () =>
    Effect.gen(function* () {
      const pace = yield* makeRateLimit(120)
      assert.deepStrictEqual(yield* letThrough(pace, 5, 60_000), [0, 500, 1000, 1500, 2000])
    })
  )

  it.effect("lets nobody through before their slot", () =>
    Effect.gen(function* () {
      const pace = yield* makeRateLimit(60)
      assert.deepStrictEqual(yield* letThrough(pace, 5, 2_999), [0, 1000, 2000])
    })
  )

  it.effect("does not save up slots that nobody took", () =>
    Effect.gen(function* () {
      const pace = yield* makeRateLimit(60)
      yield* pace.take
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual(yield* letThrough(pace, 3, 60_000), [600_000, 601_000, 602_000])
    })
  )

  it.effect("pauses everybody when the system asks for it, and then keeps the pace", () =>
    Effect.gen(function* () {
      const pace = yield* makeRateLimit(60)
      yield* pace.pause(30_000)
      assert.deepStrictEqual(yield* letThrough(pace, 2, 60_000), [30_000, 31_000])
    })
  )

  it.effect("a shorter pause does not cut a longer one short", () =>
    Effect.gen(function* () {
      const pace = yield* makeRateLimit(60)
      yield* pace.pause(30_000)
      yield* pace.pause(1_000)
      assert.deepStrictEqual(yield* letThrough(pace, 1, 60_000), [30_000])
    })
  )
})

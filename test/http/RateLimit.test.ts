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

  it.effect("a pause holds back those who wait already, and lets them through one by one afterwards", () =>
    Effect.gen(function* () {
      const pace = yield* makeRateLimit(60)
      const times: Array<number> = []
      const waiting = yield* Effect.forkChild(
        Effect.replicateEffect(
          Effect.andThen(
            pace.take,
            Effect.map(Clock.currentTimeMillis, (now) => times.push(now))
          ),
          3,
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust(500)
      yield* pace.pause(10_000)
      yield* TestClock.adjust(60_000)
      yield* Fiber.join(waiting)
      assert.deepStrictEqual(times, [0, 10_500, 11_500])
    })
  )

  it.effect("one who gives up waiting leaves the slot to the next", () =>
    Effect.gen(function* () {
      const pace = yield* makeRateLimit(60)
      yield* pace.take
      const impatient = yield* Effect.forkChild(pace.take)
      yield* TestClock.adjust(500)
      yield* Fiber.interrupt(impatient)
      assert.deepStrictEqual(yield* letThrough(pace, 1, 60_000), [1_000])
    })
  )

  describe("slowing down", () => {
    it.effect("goes on at four fifths of the pace after the rest the server asked for", () =>
      Effect.gen(function* () {
        const pace = yield* makeRateLimit(60)
        yield* pace.slowDown(2_000)
        assert.deepStrictEqual(
          (yield* letThrough(pace, 3, 60_000)).map((time) => Math.round(time / 10) * 10),
          [2_000, 3_250, 4_490]
        )
      })
    )

    it.effect("drops once for a burst of complaints, and again for one that comes later", () =>
      Effect.gen(function* () {
        const pace = yield* makeRateLimit(60)
        yield* pace.slowDown(2_000)
        yield* pace.slowDown(2_000)
        yield* TestClock.adjust(2_000)
        const [first = 0, second = 0] = yield* letThrough(pace, 2, 10_000)
        assert.isBelow(second - first, 1_260)
        yield* pace.slowDown(0)
        const [third = 0, fourth = 0] = yield* letThrough(pace, 2, 10_000)
        assert.isAbove(fourth - third, 1_500)
      })
    )

    it.effect("is back at the full pace after four quiet minutes, and not before", () =>
      Effect.gen(function* () {
        const gapAfter = Effect.fnUntraced(function* (minutes: number) {
          const pace = yield* makeRateLimit(60)
          yield* pace.slowDown(0)
          yield* TestClock.adjust(minutes * 60_000)
          const [first = 0, second = 0] = yield* letThrough(pace, 2, 10_000)
          return second - first
        })
        assert.isAbove(yield* gapAfter(3), 1_030)
        assert.strictEqual(yield* gapAfter(4), 1_000)
      })
    )

    it.effect("never stops altogether", () =>
      Effect.gen(function* () {
        const pace = yield* makeRateLimit(60)
        for (let complaint = 0; complaint < 50; complaint++) {
          yield* pace.slowDown(0)
          yield* TestClock.adjust(1_000)
        }
        const [first = 0, second = 0] = yield* letThrough(pace, 2, 60_000)
        assert.isAtMost(second - first, 20_000)
        assert.isAbove(second - first, 10_000)
      })
    )
  })
})

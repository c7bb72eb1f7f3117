/**
 * inTestTime: requests over real sockets, by the test clock.
 */
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"

/** Runs `effect` over real sockets while test time goes on, a tenth of a second for each turn of the event loop. */
export const inTestTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    while (fiber.pollUnsafe() === undefined) {
      yield* TestClock.adjust("100 millis")
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    }
    return yield* Fiber.join(fiber)
  })

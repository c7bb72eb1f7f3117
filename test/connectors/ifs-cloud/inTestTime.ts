/**
 * inTestTime: requests over real sockets, by the test clock.
 */
import { type Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"

/** Runs `effect` over real sockets while test time goes on, a `step` for each turn of the event loop. */
export const inTestTime = <A, E, R>(effect: Effect.Effect<A, E, R>, step: Duration.Input = "100 millis") =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    while (fiber.pollUnsafe() === undefined) {
      yield* TestClock.adjust(step)
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    }
    return yield* Fiber.join(fiber)
  })

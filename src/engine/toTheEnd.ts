/**
 * toTheEnd: goes on with what was begun when the process is asked to stop.
 */
import { Duration, Effect, Fiber } from "effect"

/** Longest time that a process which is asked to stop takes to finish what it has begun to send. */
const drainSeconds = 20

/**
 * Goes on with what was begun when the process is asked to stop, so that it is
 * settled and not left to be looked up; up to a limit, after which it is.
 */
export const toTheEnd = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Effect.forkDetach(work), (fiber) =>
    Fiber.join(fiber).pipe(
      Effect.onInterrupt(() =>
        Effect.ignore(Effect.timeout(Fiber.await(fiber), Duration.seconds(drainSeconds)))
      )
    )
  )

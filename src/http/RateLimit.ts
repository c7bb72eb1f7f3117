/**
 * RateLimit: an even pace of requests to one system.
 *
 * Requests are spread over the minute instead of released in bursts, because a
 * server that counts any sixty seconds must never see more than allowed.
 */
import { Clock, Effect, Ref } from "effect"

/** The pace of one connection. */
export interface RateLimit {
  /** Waits for the next free slot and takes it. */
  readonly take: Effect.Effect<void>
  /** Lets nobody through for this long: the server asked for it. */
  pause(millis: number): Effect.Effect<void>
}

/** A pace of at most `requestsPerMinute`, one slot after the other. */
export const makeRateLimit = (requestsPerMinute: number): Effect.Effect<RateLimit> =>
  Effect.gen(function* () {
    const interval = 60_000 / requestsPerMinute
    const next = yield* Ref.make(0)
    const take = Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const slot = yield* Ref.modify(next, (free) => {
        const mine = Math.max(now, free)
        return [mine, mine + interval] as const
      })
      if (slot > now) yield* Effect.sleep(slot - now)
    })
    const pause = (millis: number) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Ref.update(next, (free) => Math.max(free, now + millis))
      )
    return { take, pause }
  })

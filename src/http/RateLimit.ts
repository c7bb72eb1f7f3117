/**
 * RateLimit: an even pace of requests to one system.
 *
 * Requests are spread over the minute instead of released in bursts, because a
 * server that counts any sixty seconds must never see more than allowed. A
 * server that says "too many" is believed: the pace drops at once and comes
 * back slowly, since we are not told the limit, or share it with others.
 */
import { Clock, Context, Effect, Ref, Semaphore } from "effect"

/** The pace of one connection. */
export interface RateLimit {
  /** Waits for the next free slot and takes it; first come, first served. */
  readonly take: Effect.Effect<void>
  /** Lets nobody through for this long, not even who waits already: the server asked for it. */
  pause(millis: number): Effect.Effect<void>
  /**
   * As `pause`, and the pace drops to four fifths; it regains a twentieth of the
   * full pace each minute. Complaints about requests that were under way before
   * the last drop do not lower it again.
   */
  slowDown(millis: number): Effect.Effect<void>
}

const dropTo = 0.8
const slowest = 0.05
const regainedPerMinute = 0.05
/** Answers that come so soon after a drop are about requests sent before it. */
const settlingMillis = 1_000
/** What a process that stood still may catch up on at once. */
const lateMaximumMillis = 500

interface Pace {
  /** When the next slot is free, and until when nobody passes. */
  readonly free: number
  readonly pausedUntil: number
  /** The part of the full pace that was left at `droppedAt`. */
  readonly share: number
  readonly droppedAt: number
}

const shareAt = (pace: Pace, now: number) =>
  Math.min(1, pace.share + (regainedPerMinute * Math.max(0, now - pace.droppedAt)) / 60_000)

/** A pace of at most `requestsPerMinute`, one slot after the other. */
export const makeRateLimit = (requestsPerMinute: number): Effect.Effect<RateLimit> =>
  Effect.gen(function* () {
    const interval = 60_000 / requestsPerMinute
    const state = yield* Ref.make<Pace>({ free: 0, pausedUntil: 0, share: 1, droppedAt: -Infinity })
    const queue = yield* Semaphore.make(1)

    const take = Effect.gen(function* () {
      const arrived = yield* Clock.currentTimeMillis
      const pass = Effect.gen(function* () {
        // A pause may come while we sleep, so we look again.
        while (true) {
          const now = yield* Clock.currentTimeMillis
          const { free, pausedUntil } = yield* Ref.get(state)
          // Whole milliseconds: the clock knows no less, and would never reach a fraction.
          const wait = Math.ceil(Math.max(free, pausedUntil) - now)
          if (wait <= 0) break
          yield* Effect.sleep(wait)
        }
        const now = yield* Clock.currentTimeMillis
        // Counted from the slot, not from the late hour a timer rang: the pace would sag.
        yield* Ref.update(state, (pace) => ({
          ...pace,
          free:
            Math.max(arrived, pace.free, pace.pausedUntil, now - lateMaximumMillis) +
            interval / shareAt(pace, now)
        }))
      })
      yield* queue.withPermits(1)(pass)
    })

    const pauseUntil = (pace: Pace, until: number): Pace => ({
      ...pace,
      pausedUntil: Math.max(pace.pausedUntil, until)
    })
    const pause = (millis: number) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Ref.update(state, (pace) => pauseUntil(pace, now + millis))
      )
    const slowDown = (millis: number) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Ref.update(state, (pace) => {
          const isOldNews = now < Math.max(pace.pausedUntil, pace.droppedAt + settlingMillis)
          const dropped = isOldNews
            ? pace
            : { ...pace, share: Math.max(slowest, shareAt(pace, now) * dropTo), droppedAt: now }
          return pauseUntil(dropped, now + millis)
        })
      )
    return { take, pause, slowDown }
  })

/** The paces of a run by connection; none are shared unless a run provides a map. */
export const Paces = Context.Reference<Map<string, RateLimit> | undefined>("ledgerline/http/Paces", {
  defaultValue: () => undefined
})

/**
 * The part of a connection's pace that is taken where it is opened now: less
 * than all by what must not slow down others, in this process or another, that
 * use the same system.
 */
export const PaceShare = Context.Reference<number>("ledgerline/http/PaceShare", { defaultValue: () => 1 })

/**
 * The pace of `connection`: one for all that a run opens on it, however many
 * sources and sinks there are, since the server counts them together.
 */
export const connectionPace = Effect.fn("RateLimit.connectionPace")(function* (
  connection: string,
  requestsPerMinute: number
): Effect.fn.Return<RateLimit> {
  const paces = yield* Paces
  const shared = paces?.get(connection)
  if (shared !== undefined) return shared
  const own = yield* makeRateLimit(requestsPerMinute * (yield* PaceShare))
  paces?.set(connection, own)
  return own
})

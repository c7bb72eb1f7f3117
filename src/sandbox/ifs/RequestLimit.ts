/**
 * RequestLimit: at most so many requests in any sixty seconds.
 */
import { Clock, Effect } from "effect"

/** Counts a request: 0 if it may pass, else the seconds to wait until one may. */
export type RequestLimit = Effect.Effect<number>

const windowMillis = 60_000

/** A limit by the server's clock; a refused request does not count. Undefined means no limit. */
export const makeRequestLimit = (requestsPerMinute: number | undefined): RequestLimit => {
  if (requestsPerMinute === undefined) return Effect.succeed(0)
  const passed: Array<number> = []
  return Effect.map(Clock.currentTimeMillis, (now) => {
    while (passed[0] !== undefined && passed[0] <= now - windowMillis) passed.shift()
    const oldest = passed[0]
    if (oldest !== undefined && passed.length >= requestsPerMinute) {
      return Math.ceil((oldest + windowMillis - now) / 1000)
    }
    passed.push(now)
    return 0
  })
}

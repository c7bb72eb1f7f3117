/**
 * TokenBuckets: how often each of many may knock, kept in little memory.
 *
 * Asked before anything costly is done for a request. Each key has a bucket that
 * fills at an even pace; only the instant at which it will be full again is
 * kept, and a bucket that is full is not kept at all.
 */

/** How fast and how deep each bucket is. */
export interface BucketSize {
  readonly perSecond: number
  readonly burst: number
}

/** Buckets by key. */
export interface TokenBuckets {
  /** Takes one out of the bucket, if there is one in it at `now`, in milliseconds. */
  take(key: string, now: number): boolean
  /** Buckets that are not full; for tests. */
  readonly size: () => number
}

/** More are not kept: then strangers share one bucket, and those that are known keep theirs. */
const bucketsMaximum = 10_000
const shared = ""

/** Full buckets for everybody. */
export const makeTokenBuckets = ({ burst, perSecond }: BucketSize): TokenBuckets => {
  const interval = 1000 / perSecond
  const depth = (burst - 1) * interval
  const fullAt = new Map<string, number>()
  let sweptAt = -Infinity

  const keyFor = (key: string, now: number) => {
    if (fullAt.has(key) || fullAt.size < bucketsMaximum) return key
    // Looking through all of them for each stranger would itself be what a stranger wants.
    if (now - sweptAt < 1000) return shared
    sweptAt = now
    for (const [other, at] of fullAt) if (at <= now) fullAt.delete(other)
    return fullAt.size < bucketsMaximum ? key : shared
  }

  return {
    take: (given, now) => {
      const key = keyFor(given, now)
      const at = Math.max(now, fullAt.get(key) ?? now)
      if (at - now > depth) return false
      fullAt.set(key, at + interval)
      return true
    },
    size: () => fullAt.size
  }
}

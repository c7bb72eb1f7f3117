import { assert, describe, it } from "@effect/vitest"
import { makeTokenBuckets } from "../../src/console/TokenBuckets.ts"

const times = (count: number) => [...Array.from({ length: count }).keys()]

describe("A6 TokenBuckets", () => {
  it("a burst passes, then so many a second as said", () => {
    const buckets = makeTokenBuckets({ perSecond: 10, burst: 20 })
    assert.lengthOf(
      times(100).filter(() => buckets.take("a", 0)),
      20
    )
    assert.lengthOf(
      times(1000).filter((millis) => buckets.take("a", millis + 1)),
      10
    )
  })

  it("one who knocks too often keeps nobody else out", () => {
    const buckets = makeTokenBuckets({ perSecond: 1, burst: 1 })
    assert.isTrue(buckets.take("a", 0))
    assert.isFalse(buckets.take("a", 0))
    assert.isTrue(buckets.take("b", 0))
  })

  it("a million strangers need no more memory than ten thousand, and who was there before keeps a bucket", () => {
    const buckets = makeTokenBuckets({ perSecond: 1, burst: 2 })
    buckets.take("known", 0)
    for (const stranger of times(1_000_000)) buckets.take(`stranger-${stranger}`, 0)
    assert.isAtMost(buckets.size(), 10_001)
    assert.isTrue(buckets.take("known", 0))
    assert.isTrue(buckets.take("somebody-later", 10_000))
  })
})

/**
 * comparedSoFar: counts what is compared of a ledger, and tells it as it goes.
 */
import { Effect } from "effect"
import { Progress } from "../Progress.ts"
import { daysOf } from "./daysOf.ts"
import type { DayRange } from "./DocumentState.ts"

/** Begins to count, and tells that nothing is compared yet. */
export const comparedSoFar = Effect.fn("comparedSoFar")(function* (connection: string, range: DayRange) {
  const progress = yield* Progress
  const daysInAll = daysOf(range).length
  const documents = new Map<string, number>()
  let days = 0
  const tell = Effect.suspend(() =>
    progress({ _tag: "Compared", connection, days, daysInAll, documents: new Map(documents) })
  )
  yield* tell
  return {
    /** Documents of these pipelines, each named as often as it has documents. */
    count: (pipelines: ReadonlyArray<string>) => {
      for (const pipeline of pipelines) documents.set(pipeline, (documents.get(pipeline) ?? 0) + 1)
      return tell
    },
    /** A whole day is through. */
    countDay: Effect.suspend(() => {
      days += 1
      return tell
    })
  }
})

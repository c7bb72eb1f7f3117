/**
 * retry: tries parked documents again.
 *
 * The stored record is mapped anew, so a corrected table settles what it
 * parked. An entry that the ledger definitely refused is taken back and a new
 * one stands in its place, even when it says the same: the period may have been
 * opened meanwhile. A posting whose outcome is not known is not touched: it is
 * looked up in the ledger, and a second one beside it could be one too many.
 */
import { Effect, Option } from "effect"
import type { Plan } from "../plan/Plan.ts"
import { type ErrorItem, ErrorQueue } from "../store/ErrorQueue.ts"
import { IntakeStore } from "../store/IntakeStore.ts"
import { Journal } from "../store/Journal.ts"
import type { StoreError } from "../store/StoreError.ts"
import { toCommit } from "./intake.ts"
import { prepare } from "./prepare.ts"

/** How a retry of one item ended, before its entry is posted. All but the first three left it as it was. */
export type RetryOutcome =
  | "to be posted"
  | "still parked"
  | "nothing to post"
  | "pipeline is gone"
  | "plan has changed"
  | "outcome not known yet"
  | "left for a person"

/** How to try. */
export interface RetryOptions {
  /** `failed`: only if the plan that is loaded is the one, by content, that met the problem. */
  readonly under?: "current" | "failed"
  /** Nobody asked for it: so many of these in a row, and the item is left for a person. */
  readonly automatic?: boolean
}

/** Tries one item again. Posting is left to the next drain of the ledger connection. */
export const retry = Effect.fn("retry")(function* (
  plan: Plan,
  item: ErrorItem,
  actor: string,
  options: RetryOptions = {}
): Effect.fn.Return<RetryOutcome, StoreError, ErrorQueue | IntakeStore | Journal> {
  const queue = yield* ErrorQueue
  const store = yield* IntakeStore
  const journal = yield* Journal
  const pipeline = plan.pipelines.find(({ name }) => name === item.pipeline)
  const stored = yield* store.latest(item)
  if (pipeline === undefined || Option.isNone(stored)) return "pipeline is gone"
  if (options.under === "failed" && pipeline.contentHash !== item.planRevision) return "plan has changed"
  const isOpen = (yield* journal.ofDocuments([item])).some(
    ({ state }) => state === "sending" || state === "unknown"
  )
  if (isOpen) return "outcome not known yet"

  const isStarted = yield* queue.startRetry(item, actor, { automatic: options.automatic ?? false })
  if (!isStarted) return "left for a person"
  const { revision, ...record } = stored.value
  const key = { pipeline: item.pipeline, resource: item.resource, externalId: item.externalId }
  const prepared = yield* Effect.gen(function* () {
    const history = yield* journal.ofDocuments([item])
    const prepared = yield* prepare({ pipeline, record, revision, history })
    const { audit, parked, settled } = toCommit(pipeline, { key, record, revision }, prepared, actor)
    yield* store.commit({
      pipeline: pipeline.name,
      records: [],
      entries: prepared.entries,
      superseded: prepared.superseded,
      errors: parked,
      settled,
      audit: [audit]
    })
    return prepared
  }).pipe(
    // A posting of the document was taken up meanwhile: look at its history again.
    Effect.retry({ while: ({ _tag }) => _tag === "Overtaken", times: 10 }),
    Effect.catchTag("Overtaken", Effect.die)
  )
  return prepared.problems.length > 0
    ? "still parked"
    : prepared.entries.length > 0
      ? "to be posted"
      : "nothing to post"
})

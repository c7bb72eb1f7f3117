/**
 * retry: tries parked documents again.
 *
 * The stored record is mapped anew, so a corrected table settles what it
 * parked; one that the source could not read is read anew. An entry that the ledger definitely refused is taken back and a new
 * one stands in its place, even when it says the same: the period may have been
 * opened meanwhile. A posting whose outcome is not known is not touched: it is
 * looked up in the ledger, and a second one beside it could be one too many.
 */
import { Effect, Option, Result } from "effect"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { StageServices } from "../pipeline/Source.ts"
import type { SourceRecord } from "../pipeline/SourceRecord.ts"
import { type Plan, type PlannedLookUp, type PlannedPipeline, pipelinesOf } from "../plan/Plan.ts"
import { CustomerLinks } from "../store/CustomerLinks.ts"
import { type ErrorItem, ErrorQueue } from "../store/ErrorQueue.ts"
import type { HeldEntries } from "../store/HeldEntries.ts"
import { IntakeStore } from "../store/IntakeStore.ts"
import { Journal } from "../store/Journal.ts"
import type { StoreError } from "../store/StoreError.ts"
import { sourceSide } from "./customers/CustomerPair.ts"
import { lacksAnswers, openLookUps } from "./openLookUps.ts"
import { isForgotten } from "./redact.ts"
import { remap } from "./remap.ts"
import { takeIn } from "./takeIn.ts"

/** How a retry of one item ended, before its entry is posted. All but the first five left it as it was. */
export type RetryOutcome =
  | "to be posted"
  | "still parked"
  | "nothing to post"
  | "read"
  | "to be looked at"
  | "pipeline is gone"
  | "plan has changed"
  | "outcome not known yet"
  | "left for a person"
  | "differs"

const outcomeOf = (
  pipeline: PlannedPipeline,
  { entries, parked }: { readonly entries: number; readonly parked: number }
): RetryOutcome => {
  if (parked > 0) return "still parked"
  if (pipeline._tag === "Reading") return "read"
  return entries > 0 ? "to be posted" : "nothing to post"
}

/** How to try. */
export interface RetryOptions {
  /** `failed`: only if the plan that is loaded is the one, by content, that met the problem. */
  readonly under?: "current" | "failed"
  /** Nobody asked for it: so many of these in a row, and the item is left for a person. */
  readonly automatic?: boolean
}

/** Kinds of failure that say something of this one record, or nothing at all of the others. */
const leavesItParked = new Set(["NotFound", "Rejected", "Unreachable", "UnexpectedResponse"])

/** What the source now gives for a record that it could not read, taken in; none when it still cannot. */
const readAnew = Effect.fn("retry.readAnew")(function* (
  pipeline: PlannedPipeline,
  item: ErrorItem,
  actor: string
) {
  const readAt = yield* (yield* IntakeStore).present
  const source = yield* pipeline.source.open
  const fetched = yield* Effect.result(source.fetch(item.externalId))
  if (Result.isFailure(fetched)) {
    return leavesItParked.has(fetched.failure.reason._tag) ? Option.none() : yield* fetched.failure
  }
  const taken = yield* takeIn(pipeline, { records: [fetched.success], readAt }, actor).pipe(
    Effect.catchTag("Overtaken", () => Effect.undefined)
  )
  return Option.filter(Option.fromUndefinedOr(taken), ({ unchanged }) => unchanged === 0)
})

type Normalised = Pick<SourceRecord, "normalised">

const missesOf = ({ normalised }: Normalised) =>
  normalised._tag === "Problems"
    ? ""
    : (normalised.missed ?? []).map(({ code, message }) => `${code} ${message}`).join("\n")

/** Whether every look-up has its answer at last, or one misses for another reason, such as a changed setting. */
const saysMore = (lookUps: ReadonlyArray<PlannedLookUp>, before: Normalised, after: Normalised) =>
  !lacksAnswers(lookUps, after) || missesOf(before) !== missesOf(after)

/** Differences that reading the document can settle; all others are mended where they were made. */
const mendedByReading = new Set(["reconcile/never-read", "reconcile/changed-since"])

/** Tries one item again. Posting is left to the next drain of the ledger connection. */
export const retry = Effect.fn("retry")(function* (
  plan: Plan,
  item: ErrorItem,
  actor: string,
  options: RetryOptions = {}
): Effect.fn.Return<
  RetryOutcome,
  StoreError | ConnectorError | SecretMissing,
  ErrorQueue | IntakeStore | Journal | HeldEntries | CustomerLinks | StageServices
> {
  const queue = yield* ErrorQueue
  const store = yield* IntakeStore
  const journal = yield* Journal
  const pipeline = pipelinesOf(plan).find(({ name }) => name === item.pipeline)
  if (pipeline !== undefined && item.stage === "reconcile") {
    if (!item.problems.some(({ code }) => mendedByReading.has(code))) return "differs"
    if (!(yield* queue.startRetry(item, actor, { automatic: options.automatic ?? false }))) {
      return "left for a person"
    }
    const taken = yield* readAnew(pipeline, item, actor)
    return Option.match(taken, { onNone: () => "differs", onSome: (found) => outcomeOf(pipeline, found) })
  }
  const stored = yield* store.latest(item)
  // A customer may have been looked at for a document before he was read.
  if (pipeline === undefined || (Option.isNone(stored) && pipeline._tag !== "Customers")) {
    return "pipeline is gone"
  }
  if (options.under === "failed" && pipeline.contentHash !== item.planRevision) return "plan has changed"
  const isOpen = (yield* journal.ofDocuments([item])).some(
    ({ state }) => state === "sending" || state === "unknown"
  )
  if (isOpen) return "outcome not known yet"
  if (pipeline._tag === "Customers") {
    const started = yield* queue.startRetry(item, actor, { automatic: options.automatic ?? false })
    if (!started) return "left for a person"
    const { number, revision } = item
    const { pair, side } = sourceSide(pipeline)
    const { externalId, resource } = item
    const isByPerson = options.automatic !== true
    yield* (yield* CustomerLinks).ask([
      { pair, side, externalId, pipeline: pipeline.name, resource, number, revision, isByPerson }
    ])
    return "to be looked at"
  }
  if (Option.isNone(stored)) return "pipeline is gone"

  // Only what has no answer is looked up again: whatever was found stays what it was.
  const completed = lacksAnswers(pipeline.lookUps, stored.value)
    ? {
        revision: stored.value.revision,
        record: yield* (yield* openLookUps(pipeline.lookUps)).complete(stored.value, {
          isForgotten: isForgotten(stored.value)
        })
      }
    : undefined
  const isStarted = yield* queue.startRetry(item, actor, { automatic: options.automatic ?? false })
  if (!isStarted) return "left for a person"
  if (stored.value.normalised._tag === "Problems") {
    const taken = yield* readAnew(pipeline, item, actor)
    if (Option.isSome(taken)) return outcomeOf(pipeline, taken.value)
  }
  const remapped = yield* remap({
    pipeline,
    document: item,
    actor,
    ...(completed === undefined || !saysMore(pipeline.lookUps, stored.value, completed.record)
      ? {}
      : { completed })
  })
  if (Option.isNone(remapped)) return "pipeline is gone"
  const { entries, problems } = remapped.value
  return outcomeOf(pipeline, { parked: problems.length, entries: entries.length })
}, Effect.scoped)

/**
 * remap: maps the stored record of a document once more.
 *
 * What the ledger definitely refused, or never saw, is taken back, and what the
 * record means today takes its place. What was looked up for it since is stored
 * as a revision of its own: a stored record is never changed.
 */
import { Effect, Option } from "effect"
import type { CalendarDate } from "../accounting/AccountingPeriod.ts"
import type { SourceRecord } from "../pipeline/SourceRecord.ts"
import type { PlannedPipeline } from "../plan/Plan.ts"
import { HeldEntries } from "../store/HeldEntries.ts"
import { documentName, IntakeStore } from "../store/IntakeStore.ts"
import { Journal } from "../store/Journal.ts"
import type { DocumentKey } from "../store/rows.ts"
import type { StoreError } from "../store/StoreError.ts"
import { fingerprintVersion } from "./fingerprint.ts"
import { type Prepared, prepare } from "./prepare.ts"
import { isForgotten, redact } from "./redact.ts"
import { heldProblem } from "./restoreChains.ts"
import { parkedWith, toCommit } from "./takeIn.ts"

/** What the document leads to now, stored; none when nothing is stored of it. */
export const remap = Effect.fn("remap")(function* (options: {
  readonly pipeline: PlannedPipeline
  readonly document: DocumentKey
  readonly actor: string
  /** Posts on this day, because the period of the document's own is closed. */
  readonly postingDate?: CalendarDate
  /** The stored record with what was looked up for it since; it becomes the next revision. */
  readonly completed?: { readonly revision: number; readonly record: SourceRecord }
}): Effect.fn.Return<Option.Option<Prepared>, StoreError, IntakeStore | Journal | HeldEntries> {
  const { actor, document, pipeline } = options
  const store = yield* IntakeStore
  const journal = yield* Journal
  const key = { pipeline: document.pipeline, resource: document.resource, externalId: document.externalId }

  return yield* Effect.gen(function* () {
    const forgotten = yield* store.forgotten([])
    const stored = yield* store.latest(document)
    if (Option.isNone(stored)) return Option.none()
    const isCompleted =
      options.completed !== undefined && options.completed.revision === stored.value.revision
    const completed = isCompleted ? options.completed.record : stored.value
    // What is looked up for somebody who was forgotten must not bring him back.
    const record = isCompleted && isForgotten(stored.value) ? redact(completed) : completed
    const revision = stored.value.revision + (isCompleted ? 1 : 0)
    const history = yield* journal.ofDocuments([document])
    const held = yield* (yield* HeldEntries).ofDocument([key.pipeline, documentName(key)].join("/"))
    const prepared =
      held.length > 0
        ? parkedWith("map", heldProblem(record.origin, held))
        : yield* prepare({
            pipeline,
            record,
            revision,
            history,
            ...(options.postingDate === undefined ? {} : { postingDate: options.postingDate })
          })
    const { audit, parked, settled } = toCommit(pipeline, { key, record, revision, history }, prepared, actor)
    yield* store.commit({
      pipeline: pipeline.name,
      records: isCompleted
        ? [
            {
              ...key,
              revision,
              origin: record.origin,
              fingerprint: stored.value.fingerprint,
              fingerprintVersion,
              raw: record.raw,
              normalised: record.normalised
            }
          ]
        : [],
      entries: prepared.entries,
      superseded: prepared.superseded,
      errors: parked,
      settled,
      audit: [audit],
      tasks: [],
      basis: [{ ...key, revision: stored.value.revision, entries: history.length }],
      forgotten: forgotten.all
    })
    return Option.some(prepared)
  }).pipe(
    // It was read or posted meanwhile: what was made of it is made of the past.
    Effect.retry({ while: ({ _tag }) => _tag === "Overtaken", times: 10 }),
    Effect.catchTag("Overtaken", Effect.die)
  )
})

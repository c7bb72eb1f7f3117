/**
 * prepare: what a record that was read leads to.
 *
 * Pure of storage: given the record, what is known of its document and the
 * entries it already has, it says which entries to append, which to take back
 * and what to park. Intake and retry both end here, so that a document means
 * the same on whichever way it came.
 */
import { Effect, Schema } from "effect"
import { JournalEntry } from "../accounting/JournalEntry.ts"
import { reverse } from "../accounting/reverse.ts"
import type { Problem, SourceRecord } from "../pipeline/SourceRecord.ts"
import type { PlannedPipeline } from "../plan/Plan.ts"
import type { JournalRecord, NewJournalRecord } from "../store/Journal.ts"
import { idempotencyKey } from "./idempotencyKey.ts"

/** A record, the revision it is stored under, and the entries its document has. */
export interface Preparation {
  readonly pipeline: PlannedPipeline
  readonly record: SourceRecord
  readonly revision: number
  readonly history: ReadonlyArray<JournalRecord>
}

/** What to do; a document has either problems or entries, and may have neither. */
export interface Prepared {
  readonly entries: ReadonlyArray<NewJournalRecord>
  readonly superseded: ReadonlyArray<string>
  readonly problems: ReadonlyArray<Problem>
  readonly stage: "read" | "map"
}

const nothing: Prepared = { entries: [], superseded: [], problems: [], stage: "map" }
const encodeEntry = Schema.encodeSync(JournalEntry)

/** The entry that stands for the document in the ledger, or will: the last one that was not taken back. */
const standing = (history: ReadonlyArray<JournalRecord>): JournalRecord | undefined => {
  const live = history.filter((record) => record.state !== "superseded")
  const reversed = new Set(
    live.flatMap((record) => (record.kind === "reversal" ? [record.entry.reverses] : []))
  )
  return live.findLast((record) => record.kind === "post" && !reversed.has(record.idempotencyKey))
}

/** Never sent, or sent and definitely refused: it may be taken back without a trace in the ledger. */
const isUntouched = (record: JournalRecord) =>
  (record.state === "pending" && record.attempts === 0) || record.state === "rejected"

const sameContent = (a: JournalEntry, b: JournalEntry) => {
  const content = (entry: JournalEntry) => JSON.stringify({ ...encodeEntry(entry), idempotencyKey: "" })
  return content(a) === content(b)
}

/** Says what the record leads to. Never fails: what cannot be posted becomes problems. */
export const prepare = Effect.fn("prepare")(function* ({
  history,
  pipeline,
  record,
  revision
}: Preparation): Effect.fn.Return<Prepared> {
  const { origin } = record
  if (record.normalised._tag === "Problems") {
    return { ...nothing, stage: "read", problems: record.normalised.problems }
  }

  const remap = history.filter((past) => past.kind === "post" && past.revision === revision).length
  const keyOf = (company: string, kind: "post" | "reversal", of = revision, remapped = remap) =>
    idempotencyKey({
      sinkConnection: pipeline.sinkConnection,
      company,
      sourceConnection: pipeline.sourceConnection,
      resource: origin.resource,
      id: origin.id,
      revision: of,
      remap: remapped,
      kind
    })
  const toAppend = (
    entry: JournalEntry,
    kind: "post" | "reversal",
    provenance: unknown
  ): NewJournalRecord => ({
    idempotencyKey: entry.idempotencyKey,
    pipeline: pipeline.name,
    planRevision: pipeline.contentHash,
    resource: origin.resource,
    externalId: origin.id,
    number: origin.number,
    revision,
    kind,
    company: entry.company,
    sinkConnection: pipeline.sinkConnection,
    document: `${pipeline.sourceConnection}/${origin.resource}/${origin.id}`,
    body: encodeEntry(entry),
    provenance
  })
  const offset = (past: JournalRecord) =>
    toAppend(
      reverse(past.entry, {
        style: pipeline.reversalStyle,
        idempotencyKey: past.idempotencyKey.replace(/post$/u, "reversal"),
        postingDate: past.entry.postingDate
      }),
      "reversal",
      { reverses: past.idempotencyKey }
    )

  const past = standing(history)
  const takenBack: Prepared =
    past === undefined
      ? nothing
      : isUntouched(past)
        ? { ...nothing, superseded: [past.idempotencyKey] }
        : { ...nothing, entries: [offset(past)] }
  if (record.normalised.document.state === "cancelled") return takenBack

  const outcome = yield* pipeline.process(record, { idempotencyKey: (company) => keyOf(company, "post") })
  if (outcome._tag === "Problems") return { ...nothing, problems: outcome.problems }
  if (outcome._tag === "NothingToPost") return takenBack
  const entry = toAppend(outcome.entry, "post", outcome.provenance)
  if (past === undefined) return { ...nothing, entries: [entry] }
  if (sameContent(past.entry, outcome.entry) && past.state !== "rejected") return nothing
  if (isUntouched(past)) return { ...nothing, superseded: [past.idempotencyKey], entries: [entry] }
  if (pipeline.onChange === "park") {
    return {
      ...nothing,
      problems: [
        {
          code: "engine/changed-after-posting",
          message: `${origin.resource} ${origin.number} changed after it was posted, and the pipeline says onChange: park. Correct the ledger by hand, or set onChange: reverse-and-repost and retry.`,
          path: past.idempotencyKey
        }
      ]
    }
  }
  // The offset is made of the stored lines; the new entry follows it in the document's order.
  return { ...nothing, entries: [offset(past), entry] }
})

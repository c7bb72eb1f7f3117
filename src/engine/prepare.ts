/**
 * prepare: what a record that was read leads to.
 *
 * Pure of storage: given the record and the entries its document already has,
 * it says which entries to append, which to take back and what to park. Intake
 * and retry both end here, so that a document means the same on whichever way
 * it came.
 *
 * What never reached the ledger is taken back without a trace there. What did,
 * or may have, is offset by entries made of the stored lines, and the new entry
 * follows; never an update.
 */
import { Effect, Schema } from "effect"
import type { CalendarDate } from "../accounting/AccountingPeriod.ts"
import { difference } from "../accounting/difference.ts"
import { contentOf, JournalEntry } from "../accounting/JournalEntry.ts"
import { reverse } from "../accounting/reverse.ts"
import { fieldsOf, type Problem, type SourceRecord } from "../pipeline/SourceRecord.ts"
import type { PlannedPipeline, PostingPipeline } from "../plan/Plan.ts"
import type { JournalRecord, NewJournalRecord } from "../store/JournalRecord.ts"
import { idempotencyKey } from "./idempotencyKey.ts"
import { matchesHeld, restoredRule } from "./matchesHeld.ts"

/** A record, the revision it is stored under, and the entries its document has, in order. */
export interface Preparation {
  readonly pipeline: PlannedPipeline
  readonly record: SourceRecord
  readonly revision: number
  readonly history: ReadonlyArray<JournalRecord>
  /** Posts on this day, because the period of the document's own is closed. */
  readonly postingDate?: CalendarDate
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

/** Postings that count, and have not been offset by a reversal that counts. */
const standing = (records: ReadonlyArray<JournalRecord>): ReadonlyArray<JournalRecord> => {
  const reversed = new Set(
    records.flatMap((record) => (record.kind === "reversal" ? [record.entry.reverses] : []))
  )
  return records.filter((record) => record.kind === "post" && !reversed.has(record.idempotencyKey))
}

/** Never sent, or sent and definitely refused: it may be taken back without a trace in the ledger. */
const isUntouched = (record: JournalRecord) =>
  (record.state === "pending" && record.attempts === 0) || record.state === "rejected"

/** In the ledger's own words, because nobody could say what it meant when it was put back. */
const isRestored = ({ lines }: JournalEntry) => lines.every(({ rule }) => rule === restoredRule)

const sameContent = (past: JournalEntry, entry: JournalEntry) =>
  contentOf(past) === contentOf(entry) || (isRestored(past) && matchesHeld(entry, past))

/** The entries of a document's next revision, as they go into the journal. */
const recordsOf = (
  pipeline: PostingPipeline,
  { history, postingDate, record: { origin }, revision }: Preparation
) => {
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
    document: [pipeline.sinkConnection, pipeline.sourceConnection, origin.resource, origin.id].join("/"),
    body: encodeEntry(entry),
    provenance
  })
  const key = (company: string) =>
    idempotencyKey({
      sinkConnection: pipeline.sinkConnection,
      company,
      sourceConnection: pipeline.sourceConnection,
      resource: origin.resource,
      id: origin.id,
      revision,
      remap: history.filter((past) => past.kind === "post" && past.revision === revision).length,
      kind: "post"
    })
  const offset = (past: JournalRecord) => {
    // An earlier offset of the same entry was taken back before it was sent; a key is never used twice.
    const earlier = history.filter(({ entry }) => entry.reverses === past.idempotencyKey).length
    return toAppend(
      reverse(past.entry, {
        style: pipeline.reversalStyle,
        idempotencyKey: past.idempotencyKey.replace(
          /post$/u,
          earlier === 0 ? "reversal" : `reversal.${earlier}`
        ),
        postingDate: postingDate ?? past.entry.postingDate
      }),
      "reversal",
      { reverses: past.idempotencyKey }
    )
  }
  return { key, toAppend, offset }
}

/** Says what the record leads to. Never fails: what cannot be posted becomes problems. */
export const prepare = Effect.fn("prepare")(function* (preparation: Preparation): Effect.fn.Return<Prepared> {
  const { history, pipeline, record } = preparation
  if (record.normalised._tag === "Problems") {
    return { ...nothing, stage: "read", problems: record.normalised.problems }
  }
  // Both systems are read afresh when it is its turn; nothing follows from the record as it was.
  if (pipeline._tag === "Customers") return nothing
  if (pipeline._tag === "Reading") {
    const read = yield* pipeline.process(record)
    return read._tag === "Problems" ? { ...nothing, stage: "read", problems: read.problems } : nothing
  }
  const { key, offset, toAppend } = recordsOf(pipeline, preparation)
  const live = history.filter(({ state }) => state !== "superseded")
  const superseded = live.filter(isUntouched).map(({ idempotencyKey }) => idempotencyKey)
  const inLedger = standing(live.filter((past) => !isUntouched(past)))
  const takenBack: Prepared = { ...nothing, superseded, entries: inLedger.map(offset) }
  if (fieldsOf(record.normalised)?.["state"] === "cancelled") return takenBack

  const outcome = yield* pipeline.process(record, {
    idempotencyKey: key,
    ...(preparation.postingDate === undefined ? {} : { postingDate: preparation.postingDate })
  })
  if (outcome._tag === "Problems") return { ...nothing, problems: outcome.problems }
  if (outcome._tag === "NothingToPost") return takenBack
  const { entry } = outcome
  const provenance = outcome.provenance.map((line) => ({ ...line, at: pipeline.locateRule(line.rule) }))
  const post = toAppend(entry, "post", provenance)

  const planned = standing(live)
  const isPlanned = planned.length === 1 && planned.every((past) => sameContent(past.entry, entry))
  if (isPlanned && live.every(({ state }) => state !== "rejected")) return nothing
  if (inLedger.length === 0) return { ...nothing, superseded, entries: [post] }
  if (inLedger.length === 1 && inLedger.every((past) => sameContent(past.entry, entry))) {
    return { ...nothing, superseded }
  }

  if (pipeline.onChange === "park") {
    return {
      ...nothing,
      problems: [
        {
          code: "engine/changed-after-posting",
          message: `${record.origin.resource} ${record.origin.number} changed after it was posted, and the pipeline says onChange: park. Correct the ledger by hand, or set onChange: reverse-and-repost and retry.`,
          path: inLedger[0]?.idempotencyKey ?? ""
        }
      ]
    }
  }
  if (pipeline.onChange === "delta") {
    const delta = difference(
      entry,
      inLedger.map((past) => past.entry)
    )
    if (delta === "same") return { ...nothing, superseded }
    if (delta !== "impossible") {
      const base = { deltaTo: inLedger.map(({ idempotencyKey }) => idempotencyKey), rules: provenance }
      return { ...nothing, superseded, entries: [toAppend(delta, "post", base)] }
    }
  }
  return { ...nothing, superseded, entries: [...inLedger.map(offset), post] }
})

/**
 * trace: a document's whole life, from the shop to the ledger.
 *
 * Found by the document's number or id, or by the ledger's own reference.
 */
import { Effect, Option, Predicate, Schema } from "effect"
import { AuditLog, type AuditEntry, type Reading } from "../store/AuditLog.ts"
import { IntakeStore, type RecordRow } from "../store/IntakeStore.ts"
import { Journal } from "../store/Journal.ts"
import type { JournalRecord } from "../store/JournalRecord.ts"
import { type PlanRevision, PlanRevisions } from "../store/PlanRevisions.ts"
import type { StoreError } from "../store/StoreError.ts"

/** Why a line of an entry is as it is, as it was stored with the entry. */
const LineOrigin = Schema.Struct({
  rule: Schema.String,
  table: Schema.optionalKey(Schema.String),
  row: Schema.optionalKey(Schema.Int),
  rounding: Schema.optionalKey(Schema.String),
  accountingRounding: Schema.optionalKey(Schema.String),
  at: Schema.optionalKey(Schema.Struct({ file: Schema.String, line: Schema.Int }))
})
export type LineOrigin = typeof LineOrigin.Type

/** One try at posting an entry. */
export interface PostingAttempt {
  readonly number: number
  readonly step: AuditEntry
}

/** An entry, why it is so, and what became of it. */
export interface EntryTrace extends JournalRecord {
  /** One for each line, in order; none on an offset, whose lines are those of the entry it cancels. */
  readonly lines: ReadonlyArray<LineOrigin>
  /** Those whose end is known; `attempts` counts all. */
  readonly settledAttempts: ReadonlyArray<PostingAttempt>
  /** The plan that made it; absent if nobody noted it. */
  readonly plan?: PlanRevision
  /** Idempotency key of the entry that cancels it. */
  readonly cancelledBy?: string
}

/** One document as one pipeline knows it. */
export interface DocumentTrace {
  readonly record: RecordRow
  readonly readings: ReadonlyArray<Reading>
  readonly entries: ReadonlyArray<EntryTrace>
  /** Everything that was done, in order, attempts among it. */
  readonly steps: ReadonlyArray<AuditEntry>
}

const decodeLines = Schema.decodeUnknownOption(Schema.Array(LineOrigin))
const decodeDelta = Schema.decodeUnknownOption(Schema.Struct({ rules: Schema.Array(LineOrigin) }))

const linesOf = (provenance: unknown): ReadonlyArray<LineOrigin> =>
  Option.getOrElse(decodeLines(provenance), () =>
    Option.match(decodeDelta(provenance), { onNone: () => [], onSome: ({ rules }) => rules })
  )

const attemptOf = (step: AuditEntry, idempotencyKey: string): ReadonlyArray<PostingAttempt> =>
  Predicate.hasProperty(step.detail, "idempotencyKey") &&
  step.detail.idempotencyKey === idempotencyKey &&
  Predicate.hasProperty(step.detail, "attempt") &&
  typeof step.detail.attempt === "number"
    ? [{ number: step.detail.attempt, step }]
    : []

/** The traces of every document that `text` names; empty when nothing does. */
export const trace = Effect.fn("trace")(function* (
  text: string
): Effect.fn.Return<
  ReadonlyArray<DocumentTrace>,
  StoreError,
  IntakeStore | Journal | AuditLog | PlanRevisions
> {
  const store = yield* IntakeStore
  const journal = yield* Journal
  const audit = yield* AuditLog
  const revisions = yield* PlanRevisions
  const posted = yield* journal.ofReceipt(text)
  const records = Option.isSome(posted)
    ? Option.toArray(yield* store.latest(posted.value))
    : yield* store.find(text)
  return yield* Effect.forEach(
    records,
    Effect.fnUntraced(function* (record) {
      const document = {
        pipeline: record.pipeline,
        resource: record.origin.resource,
        externalId: record.origin.id
      }
      const entries = yield* journal.ofDocuments([document])
      const steps = yield* audit.of(document)
      const plans = yield* revisions.of([...new Set(entries.map(({ planRevision }) => planRevision))])
      return {
        record,
        readings: yield* audit.readings(document),
        entries: entries.map((entry): EntryTrace => {
          const plan = plans.find(({ contentHash }) => contentHash === entry.planRevision)
          const offset = entries.find(
            (other) => other.entry.reverses === entry.idempotencyKey && other.state !== "superseded"
          )
          return {
            ...entry,
            lines: linesOf(entry.provenance),
            settledAttempts: steps.flatMap((step) => attemptOf(step, entry.idempotencyKey)),
            ...(plan === undefined ? {} : { plan }),
            ...(offset === undefined ? {} : { cancelledBy: offset.idempotencyKey })
          }
        }),
        steps
      }
    })
  )
})

/**
 * trace: a document's whole life, from the shop to the ledger.
 *
 * Found by the document's number or id, or by the ledger's own reference.
 */
import { Effect, Option } from "effect"
import { AuditLog, type AuditEntry } from "../store/AuditLog.ts"
import { IntakeStore, type RecordRow } from "../store/IntakeStore.ts"
import { Journal, type JournalRecord } from "../store/Journal.ts"
import type { StoreError } from "../store/StoreError.ts"

/** One document as one pipeline knows it. */
export interface DocumentTrace {
  readonly record: RecordRow
  readonly entries: ReadonlyArray<JournalRecord>
  readonly steps: ReadonlyArray<AuditEntry>
}

/** The traces of every document that `text` names; empty when nothing does. */
export const trace = Effect.fn("trace")(function* (
  text: string
): Effect.fn.Return<ReadonlyArray<DocumentTrace>, StoreError, IntakeStore | Journal | AuditLog> {
  const store = yield* IntakeStore
  const journal = yield* Journal
  const audit = yield* AuditLog
  const posted = yield* journal.ofReceipt(text)
  const records = Option.isSome(posted)
    ? Option.toArray(yield* store.latest(posted.value))
    : yield* store.find(text)
  return yield* Effect.forEach(records, (record) => {
    const document = {
      pipeline: record.pipeline,
      resource: record.origin.resource,
      externalId: record.origin.id
    }
    return Effect.all({
      record: Effect.succeed(record),
      entries: journal.ofDocuments([document]),
      steps: audit.of(document)
    })
  })
})

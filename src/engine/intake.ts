/**
 * intake: reads a pipeline's source and stores what it leads to, page by page.
 */
import { Effect, Schema, Stream } from "effect"
import { contentOf, JournalEntry } from "../accounting/JournalEntry.ts"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { Cursor, Page, StageServices } from "../pipeline/Source.ts"
import type { SourceRecord } from "../pipeline/SourceRecord.ts"
import type { PlannedPipeline } from "../plan/Plan.ts"
import type { NewErrorItem } from "../store/ErrorQueue.ts"
import { documentName, IntakeStore, type StoredRecord } from "../store/IntakeStore.ts"
import { Journal } from "../store/Journal.ts"
import type { JournalRecord } from "../store/JournalRecord.ts"
import type { AuditRow, DocumentKey } from "../store/rows.ts"
import type { StoreError } from "../store/StoreError.ts"
import { fingerprint, fingerprintVersion } from "./fingerprint.ts"
import { type Prepared, prepare } from "./prepare.ts"
import { Progress } from "./Progress.ts"

/** What one intake of a pipeline did. `unchanged` were read before; `parked` wait in the error queue. */
export interface IntakeSummary {
  readonly pipeline: string
  readonly read: number
  readonly unchanged: number
  readonly entries: number
  readonly parked: number
}

const keyOf = (pipeline: PlannedPipeline, record: SourceRecord): DocumentKey => ({
  pipeline: pipeline.name,
  resource: record.origin.resource,
  externalId: record.origin.id
})

interface Changed {
  readonly record: SourceRecord
  readonly key: DocumentKey
  readonly revision: number
  readonly fingerprint: string
}

/** What the store gets for one record; the same on intake and on retry. */
export const toCommit = (
  pipeline: PlannedPipeline,
  { key, record, revision }: Omit<Changed, "fingerprint">,
  prepared: Prepared,
  actor: string
) => {
  const parked: ReadonlyArray<NewErrorItem> =
    prepared.problems.length === 0
      ? []
      : [
          {
            ...key,
            number: record.origin.number,
            revision,
            stage: prepared.stage,
            planRevision: pipeline.contentHash,
            problems: prepared.problems
          }
        ]
  const audit: AuditRow = {
    ...key,
    actor,
    action: prepared.problems.length > 0 ? "parked" : prepared.entries.length > 0 ? "mapped" : "read",
    detail: {
      revision,
      planRevision: pipeline.contentHash,
      originRevision: record.origin.revision,
      ...(prepared.problems.length > 0 ? { problems: prepared.problems } : {}),
      ...(prepared.entries.length > 0
        ? { entries: prepared.entries.map((entry) => entry.idempotencyKey) }
        : {}),
      ...(prepared.superseded.length > 0 ? { superseded: prepared.superseded } : {})
    }
  }
  // A document with an entry is settled only when the entry is posted.
  const settled = prepared.problems.length === 0 && prepared.entries.length === 0 ? [key] : []
  return { parked, audit, settled }
}

/** So many new entries change what the database should expect of its tables. */
const manyEntries = 100

const decodeBody = Schema.decodeSync(JournalEntry)

/**
 * Parks a document whose entry has the key of another one: a key names one
 * content for ever. It happens when a pipeline was renamed and its rules changed
 * since: the old entry may stand in the ledger, and a second must not.
 */
const parkConflicts = (prepared: Prepared, taken: ReadonlyMap<string, JournalRecord>): Prepared => {
  const conflict = prepared.entries.find((entry) => {
    const other = taken.get(entry.idempotencyKey)
    return other !== undefined && contentOf(other.entry) !== contentOf(decodeBody(entry.body))
  })
  return conflict === undefined
    ? prepared
    : {
        entries: [],
        superseded: [],
        stage: "map",
        problems: [
          {
            code: "engine/key-conflict",
            message: `${conflict.resource} ${conflict.number} already has another entry, made by pipeline ${taken.get(conflict.idempotencyKey)?.pipeline ?? ""}. Give the pipeline its old name back, or restore the rules that made that entry.`,
            path: conflict.idempotencyKey
          }
        ]
      }
}

/** Reads from the cursor to the source's present. A page that cannot be stored ends the scan. */
export const intake = Effect.fn("intake")(function* (
  pipeline: PlannedPipeline,
  actor: string
): Effect.fn.Return<
  IntakeSummary,
  ConnectorError | SecretMissing | StoreError,
  StageServices | IntakeStore | Journal
> {
  const store = yield* IntakeStore
  const journal = yield* Journal
  const progress = yield* Progress
  const source = yield* pipeline.source.open
  const cursor = (yield* store.cursors).get(pipeline.name)

  const onlyChanged = Effect.fnUntraced(function* (page: Page) {
    // Of a record that stands twice on a page, the later reading counts.
    const records = [
      ...new Map(page.records.map((record) => [documentName(keyOf(pipeline, record)), record])).values()
    ]
    const known = yield* store.known(
      pipeline.name,
      records.map((record) => keyOf(pipeline, record))
    )
    return records.flatMap((record): ReadonlyArray<Changed> => {
      const key = keyOf(pipeline, record)
      const before = known.get(documentName(key))
      const now = fingerprint(record)
      return before !== undefined && before.fingerprint === now
        ? []
        : [{ record, key, revision: (before?.revision ?? 0) + 1, fingerprint: now }]
    })
  })

  const prepareAll = Effect.fn("intake.prepare")(function* (changed: ReadonlyArray<Changed>) {
    const history = yield* journal.ofDocuments(
      changed.filter(({ revision }) => revision > 1).map(({ key }) => key)
    )
    const prepared = yield* Effect.forEach(changed, (change) =>
      Effect.map(
        prepare({
          pipeline,
          record: change.record,
          revision: change.revision,
          history: history.filter((past) => documentName(past) === documentName(change.key))
        }),
        (prepared) => ({ change, prepared })
      )
    )
    const taken = yield* journal.existing(
      prepared.flatMap(({ prepared }) => prepared.entries.map(({ idempotencyKey }) => idempotencyKey))
    )
    return prepared.map(({ change, prepared }) => {
      const checked = parkConflicts(prepared, taken)
      const entriesBefore = history.filter((past) => documentName(past) === documentName(change.key)).length
      return { change, prepared: checked, entriesBefore, ...toCommit(pipeline, change, checked, actor) }
    })
  })

  const storePage = Effect.fn("intake.page")(function* (page: Page, before: Cursor | undefined) {
    const changed = yield* onlyChanged(page)
    const done = yield* prepareAll(changed).pipe(
      Effect.tap((done) =>
        store.commit({
          pipeline: pipeline.name,
          records: done.map(({ change }): StoredRecord => ({
            ...change.key,
            revision: change.revision,
            origin: change.record.origin,
            fingerprint: change.fingerprint,
            fingerprintVersion,
            raw: change.record.raw,
            normalised: change.record.normalised
          })),
          entries: done.flatMap(({ prepared }) => prepared.entries),
          superseded: done.flatMap(({ prepared }) => prepared.superseded),
          errors: done.flatMap(({ parked }) => parked),
          settled: done.flatMap(({ settled }) => settled),
          audit: done.map(({ audit }) => audit),
          basis: done.flatMap(({ change, entriesBefore }) =>
            change.revision === 1
              ? []
              : [{ ...change.key, revision: change.revision - 1, entries: entriesBefore }]
          ),
          cursor: { before, after: page.cursor }
        })
      ),
      Effect.retry({ while: (error) => error._tag === "Overtaken" && error.by === "posting", times: 10 })
    )
    yield* progress({
      _tag: "PageRead",
      pipeline: pipeline.name,
      records: page.records.length,
      remaining: page.remaining
    })
    return {
      read: page.records.length,
      unchanged: page.records.length - changed.length,
      entries: done.reduce((all, { prepared }) => all + prepared.entries.length, 0),
      parked: done.filter(({ parked }) => parked.length > 0).length
    }
  })

  const summary = { pipeline: pipeline.name, read: 0, unchanged: 0, entries: 0, parked: 0 }
  yield* source.read(cursor?.value).pipe(
    Stream.runFoldEffect(
      () => cursor?.value,
      (before, page) =>
        Effect.map(storePage(page, before), (stored) => {
          summary.read += stored.read
          summary.unchanged += stored.unchanged
          summary.entries += stored.entries
          summary.parked += stored.parked
          return page.cursor
        })
    ),
    // Another process has read on from the same cursor: what is left is its business.
    Effect.catchTag("Overtaken", () => Effect.void)
  )
  if (summary.entries >= manyEntries) yield* store.analyze
  return summary
}, Effect.scoped)

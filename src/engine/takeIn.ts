/**
 * takeIn: stores records that were read, with what they lead to.
 *
 * Each is compared with what is stored of its document; what has changed is
 * prepared, and everything that follows from it is stored together. Of a
 * pipeline that only reads nothing follows but the record itself.
 */
import { Effect, Schema } from "effect"
import { contentOf, JournalEntry } from "../accounting/JournalEntry.ts"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { Cursor, StageServices } from "../pipeline/Source.ts"
import type { Problem, SourceRecord } from "../pipeline/SourceRecord.ts"
import type { PlannedPipeline } from "../plan/Plan.ts"
import type { BackfillStep } from "../store/Backfills.ts"
import type { CustomerLinks } from "../store/CustomerLinks.ts"
import type { NewErrorItem } from "../store/ErrorQueue.ts"
import { HeldEntries } from "../store/HeldEntries.ts"
import { documentName, IntakeStore, type StoredRecord } from "../store/IntakeStore.ts"
import { Journal } from "../store/Journal.ts"
import type { JournalRecord } from "../store/JournalRecord.ts"
import type { AuditRow, DocumentKey } from "../store/rows.ts"
import type { Overtaken, StoreError } from "../store/StoreError.ts"
import { customerTasks } from "./customers/customerTasks.ts"
import { fingerprint, fingerprintVersion } from "./fingerprint.ts"
import { forgottenAmong } from "./forgottenAmong.ts"
import { type Prepared, prepare } from "./prepare.ts"
import { completeAll, type LookUps, openLookUps } from "./openLookUps.ts"
import { isPersonItself } from "./personOf.ts"
import { isForgotten, redact } from "./redact.ts"
import { nothingToRestore, restoreChains } from "./restoreChains.ts"

const keyOf = (pipeline: PlannedPipeline, record: SourceRecord): DocumentKey => ({
  pipeline: pipeline.name,
  resource: record.origin.resource,
  externalId: record.origin.id
})

interface Changed {
  readonly record: SourceRecord
  readonly key: DocumentKey
  readonly revision: number
  /** The last revision that is stored; 0 when none is. */
  readonly before: number
  readonly fingerprint: string
}

/** What the store gets for one record; the same on intake and on retry. */
export const toCommit = (
  pipeline: Pick<PlannedPipeline, "contentHash" | "_tag">,
  {
    history,
    key,
    record,
    revision
  }: Omit<Changed, "fingerprint" | "before"> & { readonly history: ReadonlyArray<JournalRecord> },
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
  // A document with an entry is settled only when the entry is posted: the ledger may still refuse it.
  const isAtRest = history.every(
    ({ idempotencyKey, state }) =>
      state === "posted" || state === "superseded" || prepared.superseded.includes(idempotencyKey)
  )
  // A customer is settled when both systems agree, which only a look at both can say.
  const settled =
    prepared.problems.length === 0 &&
    prepared.entries.length === 0 &&
    isAtRest &&
    pipeline._tag !== "Customers"
      ? [key]
      : []
  return { parked, audit, settled }
}

const decodeBody = Schema.decodeSync(JournalEntry)

/** Nothing but the problem. */
export const parkedWith = (stage: Prepared["stage"], problem: Problem): Prepared => ({
  entries: [],
  superseded: [],
  stage,
  problems: [problem]
})

/**
 * Parks a document whose entry has the key of another one: a key names one
 * content for ever. It happens when a pipeline was renamed and its rules changed
 * since: the old entry may stand in the ledger, and a second must not. `taken` are
 * the entries that have the keys already.
 */
export const parkConflicts = (prepared: Prepared, taken: ReadonlyMap<string, JournalRecord>): Prepared => {
  const conflict = prepared.entries.find((entry) => {
    const other = taken.get(entry.idempotencyKey)
    return other !== undefined && contentOf(other.entry) !== contentOf(decodeBody(entry.body))
  })
  return conflict === undefined
    ? prepared
    : parkedWith("map", {
        code: "engine/key-conflict",
        message: `${conflict.resource} ${conflict.number} already has another entry, made by pipeline ${taken.get(conflict.idempotencyKey)?.pipeline ?? ""}. Give the pipeline its old name back, or restore the rules that made that entry.`,
        path: conflict.idempotencyKey
      })
}

interface PreparedChange extends ReturnType<typeof toCommit> {
  readonly prepared: Prepared
}

/** What was stored of some records. `unchanged` were read before; `parked` wait in the error queue. */
export interface TakenIn {
  readonly read: number
  readonly unchanged: number
  readonly entries: number
  readonly parked: number
  /** Customers that are to be looked at in both systems. */
  readonly tasks: number
}

/**
 * Stores the records, all or nothing, and moves the cursor with them if one is
 * given. Fails with `Overtaken`, and stores nothing, when another process has
 * read on from the same cursor, or stored one of the documents since it was read
 * here: of two readings that went on at the same time nobody knows the newer.
 */
export const takeIn = Effect.fn("takeIn")(function* (
  pipeline: PlannedPipeline,
  read: {
    readonly records: ReadonlyArray<SourceRecord>
    /** The store's `present` before the source was asked; absent where nobody else reads. */
    readonly readAt?: string
    readonly cursor?: { readonly before: Cursor | undefined; readonly after: Cursor }
    /** Of a past period instead, which stands beside the cursor. */
    readonly backfill?: Omit<BackfillStep, "counted">
    /** Those of the pipeline, where they are open already. */
    readonly lookUps?: LookUps
  },
  actor: string
): Effect.fn.Return<
  TakenIn,
  ConnectorError | SecretMissing | StoreError | Overtaken,
  StageServices | IntakeStore | Journal | HeldEntries | CustomerLinks
> {
  const store = yield* IntakeStore
  const journal = yield* Journal
  const heldEntries = yield* HeldEntries

  // Of a record that stands twice on a page, the later reading counts.
  const asRead = new Map(read.records.map((record) => [documentName(keyOf(pipeline, record)), record]))
  const { all: forgotten, isOfForgotten } = yield* forgottenAmong(store, pipeline.sourceConnection, [
    ...asRead.values()
  ])
  // Who was forgotten does not come back: his documents go on without him, he himself is not stored.
  const records = [...asRead.values()].flatMap((record) =>
    !isOfForgotten(record) ? [record] : isPersonItself(record.origin) ? [] : [redact(record)]
  )
  const known = yield* store.known(
    pipeline.name,
    records.map((record) => keyOf(pipeline, record))
  )
  const chains =
    pipeline._tag !== "Posting"
      ? nothingToRestore
      : yield* restoreChains(
          pipeline,
          records.map((record) => {
            const key = keyOf(pipeline, record)
            return { record, key, revision: known.get(documentName(key))?.revision ?? 0 }
          }),
          actor
        )
  const found = records.flatMap((record): ReadonlyArray<Changed> => {
    const key = keyOf(pipeline, record)
    const name = documentName(key)
    const last = known.get(name)
    const before = last?.revision ?? 0
    const now = fingerprint(record)
    const again = chains.again.get(name)
    return last?.fingerprint === now && again === undefined && !chains.problems.has(name)
      ? []
      : [{ record, key, before, revision: again?.revision ?? before + 1, fingerprint: now }]
  })

  // Looked up after the comparison: what the other system says makes no new revision by itself.
  // By what the source said, also of somebody who was forgotten; what is found is kept without him.
  const completed = yield* completeAll(
    read.lookUps ?? (yield* openLookUps(found.length === 0 ? [] : pipeline.lookUps)),
    found.map(({ key, record }) => asRead.get(documentName(key)) ?? record),
    (index) => ({ isForgotten: found[index] !== undefined && isForgotten(found[index].record) })
  )
  const changed = found.map((one, index) => {
    const record = completed[index] ?? one.record
    return { ...one, record: isForgotten(one.record) ? redact(record) : record }
  })

  const prepareOne = Effect.fnUntraced(function* (change: Changed, history: ReadonlyArray<JournalRecord>) {
    const name = documentName(change.key)
    const problem = chains.problems.get(name)
    if (problem !== undefined) {
      const unsent = history.filter(({ attempts, state }) => state === "pending" && attempts === 0)
      return {
        ...parkedWith("map", problem),
        superseded: unsent.map(({ idempotencyKey }) => idempotencyKey)
      }
    }
    const postingDate = chains.again.get(name)?.postingDate
    return yield* prepare({
      pipeline,
      record: change.record,
      revision: change.revision,
      history,
      ...(postingDate === undefined ? {} : { postingDate })
    })
  })
  const prepareAll = Effect.fn("takeIn.prepare")(function* () {
    const history = yield* journal.ofDocuments(
      changed.filter(({ revision }) => revision > 1).map(({ key }) => key)
    )
    const historyOf = ({ key }: Changed) => history.filter((past) => documentName(past) === documentName(key))
    const prepared = yield* Effect.forEach(changed, (change) =>
      Effect.map(prepareOne(change, historyOf(change)), (prepared) => ({ change, prepared }))
    )
    const taken = yield* journal.existing(
      prepared.flatMap(({ prepared }) => prepared.entries.map(({ idempotencyKey }) => idempotencyKey))
    )
    return prepared.map(({ change, prepared }) => {
      const checked = parkConflicts(prepared, taken)
      const own = historyOf(change)
      return {
        change,
        prepared: checked,
        entriesBefore: own.length,
        ...toCommit(pipeline, { ...change, history: own }, checked, actor)
      }
    })
  })

  const tasks =
    pipeline._tag === "Customers"
      ? yield* customerTasks(pipeline, {
          records,
          changed: new Map(changed.map(({ record, revision }) => [record.origin.id, revision])),
          revisionOf: (record) => known.get(documentName(keyOf(pipeline, record)))?.revision ?? 1
        })
      : []
  const countsOf = (done: ReadonlyArray<Pick<PreparedChange, "prepared" | "parked">>): TakenIn => ({
    read: read.records.length,
    unchanged: read.records.length - changed.length,
    entries: done.reduce((all, { prepared }) => all + prepared.entries.length, 0),
    parked: done.filter(({ parked }) => parked.length > 0).length,
    tasks: tasks.length
  })
  const done = yield* prepareAll().pipe(
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
        tasks,
        basis: done.flatMap(({ change, entriesBefore }) =>
          change.before === 0 ? [] : [{ ...change.key, revision: change.before, entries: entriesBefore }]
        ),
        ...(read.readAt === undefined ? {} : { readAt: read.readAt }),
        forgotten,
        ...(read.cursor === undefined ? {} : { cursor: read.cursor }),
        ...(read.backfill === undefined ? {} : { backfill: { ...read.backfill, counted: countsOf(done) } })
      })
    ),
    Effect.retry({ while: (error) => error._tag === "Overtaken" && error.by === "posting", times: 10 })
  )
  if (pipeline._tag === "Posting" && chains.references.length > 0) {
    yield* heldEntries.settle(pipeline.sinkConnection, chains.references)
  }
  return countsOf(done)
})

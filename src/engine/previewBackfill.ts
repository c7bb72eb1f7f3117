/**
 * previewBackfill: what a backfill would post, without storing anything.
 *
 * Each record is compared with what is stored and prepared as it would be, so
 * that what is known already counts for nothing and what has changed shows its
 * reversal too. Customers are compared in both systems as they are now. Sums are
 * kept, never the documents.
 */
import { BigDecimal, Effect, Schema, Stream } from "effect"
import { Decimal, zero } from "../accounting/Decimal.ts"
import { JournalEntry } from "../accounting/JournalEntry.ts"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { PeriodReading, StageServices } from "../pipeline/Source.ts"
import type { Problem, SourceRecord } from "../pipeline/SourceRecord.ts"
import type { Plan, PlannedPipeline } from "../plan/Plan.ts"
import type { CustomerLinks } from "../store/CustomerLinks.ts"
import { documentName, IntakeStore } from "../store/IntakeStore.ts"
import { Journal } from "../store/Journal.ts"
import type { StoreError } from "../store/StoreError.ts"
import { pairOf } from "./customers/CustomerPair.ts"
import { openPair } from "./customers/openPair.ts"
import { previewLooks } from "./customers/previewLooks.ts"
import { fingerprint } from "./fingerprint.ts"
import { completeAll, openLookUps } from "./openLookUps.ts"
import { forgottenAmong } from "./forgottenAmong.ts"
import { isPersonItself } from "./personOf.ts"
import { prepare } from "./prepare.ts"
import { Progress } from "./Progress.ts"
import { redact } from "./redact.ts"
import { parkConflicts } from "./takeIn.ts"

/** What would be posted to one account of one company. */
export const AccountSum = Schema.Struct({
  company: Schema.String,
  account: Schema.String,
  currency: Schema.String.annotate({ description: "The accounting currency of the company." }),
  debit: Decimal.annotate({ description: "In that currency." }),
  credit: Decimal.annotate({ description: "In that currency." })
}).annotate({ identifier: "AccountSum" })

/** Documents that would be parked for the same reason. */
export const ParkedCause = Schema.Struct({
  code: Schema.String,
  documents: Schema.Int,
  example: Schema.String.annotate({ description: "The message of the first one." })
}).annotate({ identifier: "ParkedCause" })

/** What a backfill would do. */
export const BackfillPreview = Schema.Struct({
  pipeline: Schema.String,
  documents: Schema.Int.annotate({ description: "All that the source has of the period." }),
  unchanged: Schema.Int.annotate({ description: "Known already, and as they were: nothing comes of them." }),
  entries: Schema.Int.annotate({ description: "New journal entries." }),
  parked: Schema.Int.annotate({ description: "Documents that would be set aside." }),
  accounts: Schema.Array(AccountSum),
  causes: Schema.Array(ParkedCause),
  customers: Schema.optionalKey(
    Schema.Struct({
      create: Schema.Int,
      change: Schema.Int,
      nothing: Schema.Int.annotate({ description: "Looked at, and nothing would be written." })
    })
  ).annotate({
    description: "Of a pipeline that keeps customers the same: what would be written in the other system."
  })
}).annotate({ identifier: "BackfillPreview" })
export type BackfillPreview = typeof BackfillPreview.Type

/** Causes that are told apart; a message that names a document makes many of one. */
const causesMaximum = 100

const decodeEntry = Schema.decodeSync(JournalEntry)

type Sums = Map<string, typeof AccountSum.Type>

const addTo = (sums: Sums, { accountingCurrency, company, lines }: JournalEntry) => {
  for (const { account, accountingAmount, side } of lines) {
    const name = JSON.stringify([company, accountingCurrency, account])
    const sum = sums.get(name) ?? {
      company,
      account,
      currency: accountingCurrency,
      debit: zero,
      credit: zero
    }
    sums.set(name, { ...sum, [side]: BigDecimal.sum(sum[side], accountingAmount) })
  }
}

/** Reads the period to its end and stores nothing. */
export const previewBackfill = Effect.fn("previewBackfill")(function* (
  plan: Pick<Plan, "customers">,
  pipeline: PlannedPipeline,
  reading: PeriodReading
): Effect.fn.Return<
  BackfillPreview,
  ConnectorError | SecretMissing | StoreError,
  StageServices | IntakeStore | Journal | CustomerLinks
> {
  const store = yield* IntakeStore
  const journal = yield* Journal
  const progress = yield* Progress
  const lookUps = yield* openLookUps(pipeline.lookUps)
  const expected = yield* reading.count ?? Effect.undefined
  const sums: Sums = new Map()
  const causes = new Map<string, { documents: number; example: string }>()
  const counts = { documents: 0, unchanged: 0, entries: 0, parked: 0 }
  const customers = { create: 0, change: 0, nothing: 0 }
  const pair = pairOf(plan, pipeline.name)
  const open = pair === undefined ? undefined : yield* openPair(pair)

  const park = (problem: Problem | undefined) => {
    if (problem === undefined) return
    counts.parked += 1
    const cause = causes.get(problem.code) ?? { documents: 0, example: problem.message }
    if (causes.size < causesMaximum || causes.has(problem.code)) {
      causes.set(problem.code, { ...cause, documents: cause.documents + 1 })
    }
  }

  const previewPage = Effect.fnUntraced(function* (records: ReadonlyArray<SourceRecord>) {
    const { isOfForgotten } = yield* forgottenAmong(store, pipeline.sourceConnection, records)
    const keyed = records.map((asRead) => {
      const isForgotten = isOfForgotten(asRead)
      return {
        asRead,
        isForgotten,
        record: isForgotten ? redact(asRead) : asRead,
        key: { pipeline: pipeline.name, resource: asRead.origin.resource, externalId: asRead.origin.id }
      }
    })
    const known = yield* store.known(
      pipeline.name,
      keyed.map(({ key }) => key)
    )
    const changed = keyed.filter(
      ({ isForgotten, key, record }) =>
        known.get(documentName(key))?.fingerprint !== fingerprint(record) &&
        // He himself is not stored.
        !(isForgotten && isPersonItself(key))
    )
    const history = yield* journal.ofDocuments(changed.map(({ key }) => key))
    const complete = (yield* completeAll(
      lookUps,
      changed.map(({ asRead }) => asRead),
      (index) => ({ isForgotten: changed[index]?.isForgotten === true })
    )).map((record, index) => (changed[index]?.isForgotten === true ? redact(record) : record))
    const prepared = yield* Effect.forEach(changed, ({ key, record }, index) =>
      prepare({
        pipeline,
        record: complete[index] ?? record,
        revision: (known.get(documentName(key))?.revision ?? 0) + 1,
        history: history.filter((past) => documentName(past) === documentName(key))
      })
    )
    const taken = yield* journal.existing(
      prepared.flatMap(({ entries }) => entries.map(({ idempotencyKey }) => idempotencyKey))
    )
    counts.documents += records.length
    counts.unchanged += records.length - changed.length
    for (const { entries, problems } of prepared.map((one) => parkConflicts(one, taken))) {
      counts.entries += entries.length
      for (const { body } of entries) addTo(sums, decodeEntry(body))
      park(problems[0])
    }
    if (pipeline._tag === "Customers" && open !== undefined) {
      const looks = yield* previewLooks(open, pipeline, {
        records: keyed.flatMap(({ isForgotten, record }) => (isForgotten ? [] : [record])),
        changed: new Set(changed.map(({ key }) => key.externalId))
      })
      for (const { action, problems } of looks) {
        if (problems.length === 0) customers[action] += 1
        park(problems[0])
      }
    }
    yield* progress({
      _tag: "Backfilled",
      pipeline: pipeline.name,
      done: counts.documents,
      expected,
      leftMillis: undefined
    })
  })

  yield* reading.read(undefined).pipe(Stream.runForEach(({ records }) => previewPage(records)))
  return {
    pipeline: pipeline.name,
    ...counts,
    accounts: [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum),
    causes: [...causes].map(([code, cause]) => ({ code, ...cause })),
    ...(open === undefined ? {} : { customers })
  }
})

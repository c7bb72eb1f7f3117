/**
 * reconcileLedger: goes through a range of days of one ledger, document by document.
 *
 * A day at a time, so that no more than a few days are ever held: what the
 * source made around it, what the journal has with that date, and what the
 * ledger has. A document that stands on several days is judged once, whole, on
 * the first of them that is met; only of such documents the name is remembered.
 */
import { Effect, Stream } from "effect"
import type { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../../pipeline/Secrets.ts"
import type { HeldEntry } from "../../pipeline/Sink.ts"
import type { StageServices } from "../../pipeline/Source.ts"
import type { PostingPipeline } from "../../plan/Plan.ts"
import type { CustomerLinks } from "../../store/CustomerLinks.ts"
import { HeldEntries } from "../../store/HeldEntries.ts"
import type { IntakeStore } from "../../store/IntakeStore.ts"
import { Journal } from "../../store/Journal.ts"
import { type BookedRecord, ReconciliationStore } from "../../store/ReconciliationStore.ts"
import type { StoreError } from "../../store/StoreError.ts"
import type { Ledger } from "../Ledger.ts"
import { comparedSoFar } from "./comparedSoFar.ts"
import { dayAfter, daysOf } from "./daysOf.ts"
import type { DayRange, DocumentState } from "./DocumentState.ts"
import type { FindingKind } from "./Finding.ts"
import { type Judgement, judgeDocument } from "./judgeDocument.ts"
import { judgeStranger } from "./judgeStranger.ts"
import { journalNames } from "../journalNames.ts"
import { type HeldDay, openLedgerReader } from "./openLedgerReader.ts"
import { openSourceReader, type SourceDocument, type SourceReader } from "./openSourceReader.ts"

/** What to compare. */
export interface LedgerQuestion {
  readonly ledger: Ledger
  /** Those of its pipelines that are asked for. */
  readonly pipelines: ReadonlyArray<PostingPipeline>
  readonly range: DayRange
  /** Whether entries with our reference that no journal entry explains are for this comparison to tell. */
  readonly tellsStrangers: boolean
  /** Told of each document as it is judged; nothing is kept here. */
  readonly onJudged: (
    judgement: Judgement,
    records: ReadonlyArray<BookedRecord>
  ) => Effect.Effect<void, ConnectorError | StoreError>
}

/** Documents looked at together. */
const chunkSize = 100

/** Entries that nobody knows are looked for in the whole journal, so many at a time. */
const strangersTogether = 1000

/** What may only seem so, because something happened while we read; looked at once more before it is said. */
const mayBePassing: ReadonlySet<FindingKind> = new Set([
  "never-read",
  "changed-since",
  "differs-in-journal",
  "unexplained",
  "missing-in-ledger"
])

/** Days of creation around a day of posting: zones are up to 14 hours away, and a cut-off moves by a day more. */
const [daysBefore, daysAfter] = [2, 1]

const chunksOf = <A>(all: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(all.length / chunkSize) }, (_, index) =>
    all.slice(index * chunkSize, (index + 1) * chunkSize)
  )

const sourceDay = ({ source }: SourceDocument) =>
  source._tag === "Gone"
    ? undefined
    : source.outcome._tag === "Entry"
      ? source.outcome.entry.postingDate
      : source.outcome.day

/**
 * Compares; fails where one of the three cannot be asked, since silence would look
 * like agreement. `blind` names pipelines whose source cannot be asked for a day.
 */
export const reconcileLedger = Effect.fn("reconcileLedger")(function* (
  question: LedgerQuestion
): Effect.fn.Return<
  { readonly blind: ReadonlyArray<string> },
  ConnectorError | SecretMissing | StoreError,
  StageServices | IntakeStore | Journal | HeldEntries | ReconciliationStore | CustomerLinks
> {
  const { ledger, onJudged, pipelines, range } = question
  const { connection } = ledger
  const store = yield* ReconciliationStore
  const journal = yield* Journal
  const reader = yield* openLedgerReader(ledger)
  const sources = new Map<string, SourceReader>()
  for (const pipeline of pipelines) sources.set(pipeline.name, yield* openSourceReader(pipeline))
  const planned = new Map(ledger.pipelines.map((pipeline) => [pipeline.name, pipeline]))
  const companies = new Set([
    ...ledger.pipelines.flatMap(({ company }) => company ?? []),
    ...(yield* (yield* HeldEntries).companies(connection))
  ])

  const compared = yield* comparedSoFar(connection, range)

  /** Names of documents that stand on several days and were judged. */
  const done = new Set<string>()
  /** References that were counted on another day than their own. */
  const counted = new Set<string>()
  const strangers: Array<HeldEntry> = []

  /** A document that is not among the day's own of the source. */
  const fetch = (name: string, records: ReadonlyArray<BookedRecord>, day: CalendarDate) => {
    const [record] = records
    const known = {
      name,
      resource: record?.resource ?? "",
      id: record?.externalId ?? "",
      number: record?.number ?? ""
    }
    const source = sources.get(record?.pipeline ?? "")
    return source === undefined
      ? Effect.succeed<SourceDocument>({
          identity: { ...known, pipeline: record?.pipeline ?? "", store: "", order: "" },
          source: {
            _tag: "Gone",
            why: `the pipeline ${record?.pipeline ?? ""} that posted it is no longer there, so the source was not asked`
          }
        })
      : source.fetch(known, day)
  }

  /** Entries dated otherwise, and those that the day does not show, are asked for by name. */
  const heldFor = Effect.fnUntraced(function* (
    day: CalendarDate,
    held: HeldDay,
    records: ReadonlyArray<BookedRecord>
  ) {
    const shown = records.map((record) => reader.underName(held, record))
    const missing = records.filter(
      ({ attempts, entry, state }, index) =>
        (entry.postingDate !== day || shown[index]?.length === 0) &&
        state !== "rejected" &&
        (state !== "pending" || attempts > 0)
    )
    const found = new Map(
      (yield* reader.find(missing)).map((entries, index) => [missing[index]?.idempotencyKey ?? "", entries])
    )
    return new Map(
      records.map(({ idempotencyKey }, index) => {
        const all = [...(shown[index] ?? []), ...(found.get(idempotencyKey) ?? [])]
        return [
          idempotencyKey,
          [...new Map(all.map((entry) => [entry.receipt.reference, entry])).values()]
        ] as const
      })
    )
  })

  /** Everything about documents, whatever day their entries bear. Those without a source are fetched. */
  const statesOf = Effect.fnUntraced(function* (
    day: CalendarDate,
    held: HeldDay,
    documents: ReadonlyArray<readonly [string, SourceDocument | undefined]>
  ) {
    const entries = Map.groupBy(
      yield* store.entriesOf(documents.map(([name]) => name)),
      ({ document }) => document
    )
    const heldByKey = yield* heldFor(day, held, [...entries.values()].flat())
    const read = yield* Effect.forEach(documents, ([name, given]) => {
      const records = entries.get(name) ?? []
      return Effect.map(
        given === undefined ? fetch(name, records, day) : Effect.succeed(given),
        (document) => ({
          document,
          records,
          isFetched: given === undefined
        })
      )
    })
    const waiting = Map.groupBy(
      yield* store.waitingOf(
        read.map(({ document: { identity } }) => ({
          pipeline: identity.pipeline,
          resource: identity.resource,
          externalId: identity.id
        }))
      ),
      ({ externalId, pipeline, resource }) => JSON.stringify([pipeline, resource, externalId])
    )
    return read.map(({ document, isFetched, records }) => {
      const { id, pipeline, resource } = document.identity
      const state: DocumentState = {
        ...document,
        records,
        waiting: waiting.get(JSON.stringify([pipeline, resource, id]))?.[0],
        held: new Map(
          records.map(({ idempotencyKey }) => [idempotencyKey, heldByKey.get(idempotencyKey) ?? []])
        ),
        planRevision: planned.get(pipeline)?.contentHash ?? ""
      }
      return { state, isFetched }
    })
  })

  /** Judges these documents whole, and says which entries of the ledger are theirs. */
  const judge = Effect.fnUntraced(function* (
    day: CalendarDate,
    held: HeldDay,
    documents: ReadonlyMap<string, SourceDocument | undefined>
  ) {
    const claimed = new Set<string>()
    for (const chunk of chunksOf([...documents])) {
      const states = yield* statesOf(day, held, chunk)
      for (const { isFetched, state: first } of states) {
        const { name } = first.identity
        const isPassing = judgeDocument(first, range).findings.some(({ kind }) => mayBePassing.has(kind))
        const [again] = isPassing
          ? yield* statesOf(day, new Map(), [[name, yield* seenAgain(first, day)]])
          : []
        const state = again?.state ?? first
        yield* onJudged(judgeDocument(state, range), state.records)
        const found = [...state.held.values()].flat()
        for (const { postingDate, receipt } of found) {
          claimed.add(receipt.reference)
          if (postingDate !== day) counted.add(receipt.reference)
        }
        const days = [
          sourceDay(state),
          ...state.records.map(({ entry }) => entry.postingDate),
          ...found.map(({ postingDate }) => postingDate)
        ]
        if (isFetched || days.some((other) => other !== day)) done.add(name)
      }
      yield* compared.count(states.map(({ state }) => state.identity.pipeline))
    }
    return claimed
  })

  /** The document as its source has it a moment later. */
  const seenAgain = ({ identity, source }: SourceDocument, day: CalendarDate) =>
    sources.get(identity.pipeline)?.fetch(identity, day) ??
    Effect.succeed<SourceDocument>({ identity, source })

  /** What the ledger has on the day beside what its documents explain. */
  const judgeRest = Effect.fnUntraced(function* (
    day: CalendarDate,
    held: HeldDay,
    claimed: ReadonlySet<string>
  ) {
    const rest = new Map(
      [...held.values()]
        .flatMap((byMarker) => [...byMarker.values()].flat())
        .filter(
          ({ isCancelled, receipt: { reference } }) =>
            isCancelled !== true && !claimed.has(reference) && !counted.has(reference)
        )
        .map((entry) => [entry.receipt.reference, entry])
    )
    if (rest.size === 0) return
    const owners = yield* store.ownersOf(connection, [...rest.keys()])
    const outside = owners.filter(
      ({ document, pipeline, postingDate }) =>
        sources.has(pipeline) && !done.has(document) && (postingDate < range.from || postingDate > range.to)
    )
    yield* judge(day, held, new Map(outside.map(({ document }) => [document, undefined])))
    const owned = new Set(owners.map(({ reference }) => reference))
    if (question.tellsStrangers) {
      strangers.push(...[...rest.values()].filter(({ receipt }) => !owned.has(receipt.reference)))
      if (strangers.length >= strangersTogether) yield* tellStrangers()
    }
  })

  /** Looks through the names of the whole journal, so many strangers at a time. */
  const tellStrangers = Effect.fnUntraced(function* () {
    const all = strangers.splice(0)
    const names = yield* journalNames(connection, reader.anySink, all)
    const entries = yield* journal.existing([...names.values()].map(({ idempotencyKey }) => idempotencyKey))
    for (const held of all) {
      const known = entries.get(names.get(held.receipt.reference)?.idempotencyKey ?? "")
      // Of a pipeline that is planned and was not asked for.
      if (known !== undefined && !sources.has(known.pipeline) && planned.has(known.pipeline)) continue
      yield* onJudged(judgeStranger(held, connection, known), [])
    }
  })

  const judgeDay = Effect.fnUntraced(function* (
    day: CalendarDate,
    made: ReadonlyMap<string, SourceDocument>
  ) {
    const documents = new Map<string, SourceDocument | undefined>(
      [...made].filter(([name]) => !done.has(name))
    )
    for (let after = ""; ;) {
      const page = yield* store.documentsOn({ connection, day, after })
      const last = page.at(-1)
      if (last === undefined) break
      after = last
      for (const name of page) {
        if (!documents.has(name) && !done.has(name)) documents.set(name, undefined)
      }
    }
    for (const { source } of made.values()) {
      if (source._tag === "Read" && source.outcome._tag === "Entry")
        companies.add(source.outcome.entry.company)
    }
    const chosen = yield* withoutOthers(documents)
    const held = yield* reader.heldOn(day, [...companies])
    yield* judgeRest(day, held, yield* judge(day, held, chosen))
  })

  /** Leaves out what pipelines posted that are planned and not asked for. */
  const withoutOthers = Effect.fnUntraced(function* (
    documents: ReadonlyMap<string, SourceDocument | undefined>
  ) {
    if (pipelines.length === ledger.pipelines.length) return documents
    const unasked = [...documents].flatMap(([name, document]) => (document === undefined ? [name] : []))
    const others = new Set<string>()
    for (const chunk of chunksOf(unasked)) {
      for (const { document, pipeline } of yield* store.entriesOf(chunk)) {
        if (!sources.has(pipeline)) others.add(document)
      }
    }
    return new Map([...documents].filter(([name]) => !others.has(name)))
  })

  const pending = new Map<CalendarDate, Map<string, SourceDocument>>()
  const keep = (day: CalendarDate, document: SourceDocument) => {
    const made = pending.get(day) ?? new Map<string, SourceDocument>()
    pending.set(day, made.set(document.identity.name, document))
  }
  const firstMade = dayAfter(range.from, -daysBefore)
  let closed = dayAfter(range.from, -1)
  for (const made of daysOf({ from: firstMade, to: dayAfter(range.to, daysAfter) })) {
    for (const source of sources.values()) {
      yield* Stream.runForEach(source.madeOn(made), (documents) =>
        Effect.sync(() => {
          for (const document of documents) {
            const day = sourceDay(document)
            if (day === undefined || day < range.from || day > range.to) continue
            // Dated by something else than its creation: it counts with the next day that is closed.
            keep(day > closed ? day : dayAfter(closed), document)
          }
        })
      )
    }
    const ready = dayAfter(made, -daysAfter)
    if (ready < range.from) continue
    yield* judgeDay(ready, pending.get(ready) ?? new Map())
    pending.delete(ready)
    closed = ready
    yield* compared.countDay
  }
  yield* tellStrangers()
  return { blind: [...sources].flatMap(([name, { findsUnread }]) => (findsUnread ? [] : [name])) }
}, Effect.scoped)

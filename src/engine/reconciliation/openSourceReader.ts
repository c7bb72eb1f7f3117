/**
 * openSourceReader: reads a pipeline's source anew, and says what would become of each document today.
 *
 * A document whose content is the one that is stored is mapped from the stored
 * record, with what was looked up for it then: a product that was filed
 * elsewhere since, or a customer who moved, is no difference in the books. Nor
 * is somebody who was forgotten here and whom the source still has: his
 * documents are compared without him, as they are stored.
 */
import { BigDecimal, DateTime, Duration, Effect, Option, Schema, Stream } from "effect"
import { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import { Decimal } from "../../accounting/Decimal.ts"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../../pipeline/Secrets.ts"
import { SalesDocument } from "../../pipeline/SalesDocument.ts"
import type { StageServices } from "../../pipeline/Source.ts"
import { fieldsOf, type Json, type NormalisedRecord, type SourceRecord } from "../../pipeline/SourceRecord.ts"
import type { Outcome, PostingPipeline } from "../../plan/Plan.ts"
import type { CustomerLinks } from "../../store/CustomerLinks.ts"
import { IntakeStore } from "../../store/IntakeStore.ts"
import { ReconciliationStore, type StoredDocument } from "../../store/ReconciliationStore.ts"
import type { StoreError } from "../../store/StoreError.ts"
import { readField } from "../../transform/readField.ts"
import { fingerprint, fingerprintVersion } from "../fingerprint.ts"
import { forgottenAmong } from "../forgottenAmong.ts"
import { completeAll, openLookUps } from "../openLookUps.ts"
import { redact } from "../redact.ts"
import { dayAfter } from "./daysOf.ts"
import type { DocumentIdentity, SourceOutcome, SourceState, UnmappedTotal } from "./DocumentState.ts"

/** A document as the source has it. */
export interface SourceDocument {
  readonly identity: DocumentIdentity
  readonly source: SourceState
}

/** What is known of a document that the source was not asked for yet. */
export type KnownDocument = Pick<DocumentIdentity, "name" | "resource" | "id" | "number">

/** Reads one pipeline's source. */
export interface SourceReader {
  /** Documents made on a day, in the source's own time in UTC, a page at a time. */
  madeOn(day: CalendarDate): Stream.Stream<ReadonlyArray<SourceDocument>, ConnectorError | StoreError>
  /** One document, or that the source has it no more; `day` is where it counts if nothing says another. */
  fetch(known: KnownDocument, day: CalendarDate): Effect.Effect<SourceDocument, ConnectorError | StoreError>
  /** False where the source cannot be asked for a day: what was never read is then not found. */
  readonly findsUnread: boolean
}

/** The name of a document in the journal. */
export const nameOf = (pipeline: PostingPipeline, resource: string, id: string): string =>
  [pipeline.sinkConnection, pipeline.sourceConnection, resource, id].join("/")

/** Clocks of source and database may differ, and a reading stays behind the present on purpose. */
const recently = Duration.minutes(10)

const textAt = (fields: { readonly [key: string]: Json } | undefined, ...path: ReadonlyArray<string>) => {
  const value = fields === undefined ? undefined : readField(fields, path)
  return typeof value === "string" ? value : ""
}

const currencies = { currency: Schema.String, accountingCurrency: Schema.String }
const decodeTotals = Schema.decodeUnknownOption(
  Schema.Struct({
    ...currencies,
    totals: Schema.Struct({
      grand: Decimal,
      settled: Decimal,
      accounting: Schema.Struct({ grand: Decimal, settled: Decimal })
    })
  })
)
const isSalesDocument = Schema.is(Schema.toEncoded(SalesDocument))
const decodeMoved = Schema.decodeUnknownOption(
  Schema.Struct({ ...currencies, amount: Decimal, accounting: Schema.Struct({ amount: Decimal }) })
)

/** What stands for the entry that cannot be made: the total of a sales document, else what was moved, as by a payment. */
const totalOf = (normalised: NormalisedRecord): UnmappedTotal | undefined => {
  if (normalised._tag === "Document" && isSalesDocument(normalised.document)) {
    return Option.getOrUndefined(
      Option.map(decodeTotals(normalised.document), ({ accountingCurrency, currency, totals }) => ({
        currency,
        accountingCurrency,
        amount: BigDecimal.sum(totals.grand, totals.settled),
        accountingAmount: BigDecimal.sum(totals.accounting.grand, totals.accounting.settled)
      }))
    )
  }
  return Option.getOrUndefined(
    Option.map(decodeMoved(fieldsOf(normalised)), ({ accounting, accountingCurrency, amount, currency }) => ({
      currency,
      accountingCurrency,
      amount: BigDecimal.abs(amount),
      accountingAmount: BigDecimal.abs(accounting.amount)
    }))
  )
}

const isDay = Schema.is(CalendarDate)

/** The day of a document that has no entry to say it. */
const dayOf = (
  outcome: Outcome,
  fields: { readonly [key: string]: Json } | undefined,
  fallback: CalendarDate
) => {
  if (outcome._tag === "Entry") return outcome.entry.postingDate
  const made = textAt(fields, "createdAt").slice(0, 10)
  return (outcome._tag === "Problems" ? outcome.postingDate : undefined) ?? (isDay(made) ? made : fallback)
}

const midnight = (day: CalendarDate) => DateTime.toUtc(DateTime.makeUnsafe(`${day}T00:00:00Z`))

/** The record with what was looked up for another reading of it. */
const withAnswersOf = (record: SourceRecord, { normalised }: SourceRecord): SourceRecord =>
  record.normalised._tag === "Problems" || normalised._tag === "Problems" || normalised.looked === undefined
    ? record
    : { ...record, normalised: { ...record.normalised, looked: normalised.looked } }

/** Opens the source of a pipeline for comparing. Only reads. */
export const openSourceReader = Effect.fn("openSourceReader")(function* (
  pipeline: PostingPipeline
): Effect.fn.Return<
  SourceReader,
  ConnectorError | SecretMissing | StoreError,
  StageServices | IntakeStore | ReconciliationStore | CustomerLinks
> {
  const store = yield* ReconciliationStore
  const intake = yield* IntakeStore
  const cursor = (yield* intake.cursors).get(pipeline.name)
  const source = yield* pipeline.source.open
  const lookUps = yield* openLookUps(pipeline.lookUps)
  const lastRead = Option.flatMap(Option.fromUndefinedOr(cursor?.movedAt), DateTime.make)

  const isRecent = (fields: { readonly [key: string]: Json } | undefined) =>
    Option.match(lastRead, {
      onNone: () => true,
      onSome: (read) =>
        Option.exists(DateTime.make(textAt(fields, "updatedAt") || textAt(fields, "createdAt")), (changed) =>
          DateTime.isGreaterThan(changed, DateTime.subtractDuration(read, recently))
        )
    })

  const outcomeOf = (record: SourceRecord, outcome: Outcome, fallback: CalendarDate): SourceOutcome => {
    const fields = fieldsOf(record.normalised)
    const day = dayOf(outcome, fields, fallback)
    if (fields?.["state"] === "cancelled") return { _tag: "Nothing", day }
    switch (outcome._tag) {
      case "NothingToPost":
        return { _tag: "Nothing", day }
      case "Entry":
        return { _tag: "Entry", entry: outcome.entry }
      case "Problems": {
        const total = totalOf(record.normalised)
        return {
          _tag: "Problems",
          problems: outcome.problems,
          day,
          ...(total === undefined ? {} : { total })
        }
      }
    }
  }

  const contentOf = (
    record: SourceRecord,
    stored: StoredDocument | undefined
  ): "same" | "newer" | "unread" => {
    if (stored === undefined) return "unread"
    return stored.fingerprint === fingerprint(record) && stored.fingerprintVersion === fingerprintVersion
      ? "same"
      : "newer"
  }

  /** What becomes of records that were read, in their order. */
  const of = Effect.fnUntraced(function* (records: ReadonlyArray<SourceRecord>, fallback: CalendarDate) {
    const stored = new Map(
      (yield* store.storedOf(
        records.map(({ origin: { id, resource } }) => ({ pipeline: pipeline.name, resource, externalId: id }))
      )).map((one) => [nameOf(pipeline, one.resource, one.externalId), one])
    )
    // What was backfilled from before the day that the settings begin with is ours all the same.
    const isOurs = (record: SourceRecord) =>
      stored.has(nameOf(pipeline, record.origin.resource, record.origin.id)) ||
      (source.includes?.(record) ?? true)
    const { isOfForgotten } = yield* forgottenAmong(intake, pipeline.sourceConnection, records)
    const compared = records.filter(isOurs).map((asRead) => {
      const name = nameOf(pipeline, asRead.origin.resource, asRead.origin.id)
      const last = stored.get(name)
      const isForgotten = isOfForgotten(asRead)
      const record = isForgotten ? redact(asRead) : asRead
      const content = contentOf(record, last)
      return { name, asRead, record, isForgotten, content, kept: content === "same" ? last : undefined }
    })
    const completed = yield* completeAll(
      lookUps,
      compared.map(({ asRead, kept }) => kept ?? asRead),
      (index) => ({ isForgotten: compared[index]?.isForgotten === true })
    )
    const outcomeWith = (mapped: SourceRecord) =>
      Effect.map(pipeline.process(mapped, { idempotencyKey: () => "reconciliation" }), (outcome) =>
        outcomeOf(mapped, outcome, fallback)
      )
    return yield* Effect.forEach(
      compared,
      Effect.fnUntraced(function* ({ asRead, content, isForgotten, kept, name, record }, index) {
        const found = completed[index] ?? record
        const fields = fieldsOf(record.normalised)
        const { id, number, resource } = record.origin
        const document: SourceDocument = {
          identity: {
            name,
            pipeline: pipeline.name,
            resource,
            id,
            number,
            store: textAt(fields, "store", "code") || textAt(fields, "store", "id"),
            order: textAt(fields, "order", "id")
          },
          source: {
            _tag: "Read",
            content,
            isRecent: isRecent(fields),
            outcome: yield* outcomeWith(isForgotten ? redact(found) : found),
            ...(isForgotten && kept !== undefined
              ? { named: yield* outcomeWith(withAnswersOf(asRead, found)) }
              : {})
          }
        }
        return document
      })
    )
  })

  const madeOn: SourceReader["madeOn"] = (day) =>
    source.period === undefined
      ? Stream.empty
      : source
          .period({ from: midnight(day), until: midnight(dayAfter(day)) })
          .read(undefined)
          .pipe(Stream.mapEffect(({ records }) => of(records, day)))

  const fetch: SourceReader["fetch"] = (known, day) => {
    const gone: SourceDocument = {
      identity: { ...known, pipeline: pipeline.name, store: "", order: "" },
      source: {
        _tag: "Gone",
        why: "it was posted, and the source has it no more, or has it where the settings of the pipeline do not look"
      }
    }
    return source.fetch(known.id).pipe(
      Effect.flatMap((record) => of([record], day)),
      Effect.catchIf(
        (error): error is ConnectorError =>
          error._tag === "ConnectorError" && error.reason._tag === "NotFound",
        () => Effect.succeed([])
      ),
      Effect.map(([found]) => found ?? gone)
    )
  }
  return { madeOn, fetch, findsUnread: source.period !== undefined }
})

/**
 * reconcileOnSchedule: reconciles the last days of a pipeline without anybody asking.
 *
 * What needs a person is opened in the error queue, once; what the engine sees to
 * by itself, or what waits there already, is not. An item is settled when its
 * document agrees again, however long its day is past.
 */
import { DateTime, Duration, Effect, Schema } from "effect"
import { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import { formatDecimal } from "../../accounting/Decimal.ts"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../../pipeline/Secrets.ts"
import type { StageServices } from "../../pipeline/Source.ts"
import type { Plan, PostingPipeline } from "../../plan/Plan.ts"
import type { CustomerLinks } from "../../store/CustomerLinks.ts"
import type { HeldEntries } from "../../store/HeldEntries.ts"
import type { IntakeStore } from "../../store/IntakeStore.ts"
import type { Journal } from "../../store/Journal.ts"
import { reconciled, ReconciliationStore, type WaitingDocument } from "../../store/ReconciliationStore.ts"
import type { StoreError } from "../../store/StoreError.ts"
import type { DayRange } from "./DocumentState.ts"
import type { Finding, FindingKind } from "./Finding.ts"
import { reconcile } from "./reconcile.ts"

/** What one reconciliation came to. */
export interface ReconciliationSummary extends DayRange {
  readonly pipeline: string
  readonly documents: number
  readonly differences: number
  /** Differences that stand in the error queue now, and those that are settled by it. */
  readonly waiting: number
  readonly settled: number
}

/** What waits in the error queue already, or what the engine sees to by itself. */
const seenTo: ReadonlySet<FindingKind> = new Set([
  "parked",
  "pending",
  "sending",
  "unknown",
  "closed-period",
  "older-mapping"
])

const needsPerson = ({ codes, isDifference, kind, settlesItself }: Finding) =>
  isDifference && settlesItself !== true && !seenTo.has(kind) && (kind !== "rounding" || codes.length === 0)

const nameOf = (document: { readonly resource: string; readonly externalId: string }) =>
  `${document.resource}/${document.externalId}`

const isDay = Schema.is(CalendarDate)

/** The days that an item is about; they stand in its problems. */
const daysOf = ({ problems }: WaitingDocument) => problems.flatMap(({ path }) => (isDay(path) ? [path] : []))

/** The last days, yesterday included. */
const lastDays = (back: Duration.Duration) =>
  Effect.map(DateTime.now, (now): DayRange => {
    const day = (days: number) => DateTime.formatIsoDateUtc(DateTime.subtract(now, { days }))
    return { from: day(Math.max(1, Math.round(Duration.toDays(back)))), to: day(1) }
  })

/** Compares, and keeps what was found. */
export const reconcileOnSchedule = Effect.fn("reconcileOnSchedule")(function* (
  plan: Plan,
  pipeline: PostingPipeline,
  actor: string
): Effect.fn.Return<
  ReconciliationSummary,
  ConnectorError | SecretMissing | StoreError,
  StageServices | IntakeStore | Journal | HeldEntries | ReconciliationStore | CustomerLinks
> {
  const store = yield* ReconciliationStore
  const range = yield* lastDays(pipeline.reconcile?.back ?? Duration.days(7))
  // What no entry of the journal is behind belongs to no pipeline: the first one tells it.
  const first = plan.pipelines.find(
    ({ reconcile, sinkConnection }) =>
      sinkConnection === pipeline.sinkConnection && reconcile?.every !== undefined
  )
  const compare = (days: DayRange) =>
    reconcile(plan, {
      pipelines: [pipeline],
      range: days,
      by: "pipeline",
      clearing: [],
      clearingUntil: range.to,
      tellsStrangers: first === pipeline
    })

  const recent = yield* compare(range)
  const waiting = yield* store.openDifferences(pipeline.name)
  const past = new Set(
    waiting.flatMap((item) => daysOf(item).filter((day) => day < range.from || day > range.to))
  )
  const earlier = yield* Effect.forEach(past, (day) => compare({ from: day, to: day }))
  const findings = [recent, ...earlier].flatMap((one) => one.findings).filter(needsPerson)
  const byDocument = Map.groupBy(findings, ({ id, resource }) => nameOf({ resource, externalId: id }))
  const keys = [...byDocument.values()].flatMap(([finding]) =>
    finding === undefined
      ? []
      : [{ pipeline: pipeline.name, resource: finding.resource, externalId: finding.id }]
  )
  const revisions = new Map((yield* store.storedOf(keys)).map((one) => [nameOf(one), one.revision]))
  // With differences left out nobody knows what agrees.
  const isWhole = [recent, ...earlier].every(({ findingsLeftOut }) => findingsLeftOut === 0)
  const agreed = isWhole
    ? waiting.filter((item) => daysOf(item).length > 0 && !byDocument.has(nameOf(item)))
    : []
  const documents = recent.total.reduce((all, row) => all + row.documents, 0)
  yield* store.keep({
    found: keys.map((key) => {
      const found = byDocument.get(nameOf(key)) ?? []
      return {
        ...key,
        number: found[0]?.number ?? "",
        revision: revisions.get(nameOf(key)) ?? 0,
        planRevision: pipeline.contentHash,
        problems: found.map(({ day, kind, message }) => ({ code: `reconcile/${kind}`, message, path: day }))
      }
    }),
    agreed: agreed.map(({ id }) => id),
    audit: [
      {
        actor,
        action: reconciled,
        pipeline: pipeline.name,
        detail: {
          ...range,
          planRevision: pipeline.contentHash,
          documents,
          differences: recent.differences,
          totals: recent.total.map(({ currency, journal, ledger, source }) => ({
            currency,
            source: formatDecimal(source),
            journal: formatDecimal(journal),
            ledger: formatDecimal(ledger)
          }))
        }
      }
    ]
  })
  return {
    ...range,
    pipeline: pipeline.name,
    documents,
    differences: recent.differences,
    waiting: keys.length,
    settled: agreed.length
  }
})

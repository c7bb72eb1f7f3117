/**
 * readHints: reads the records that were reported as changed.
 *
 * Each is fetched from the source itself and stored like a polled one, so that a
 * forged, late or repeated report leads to a reading too many and to nothing
 * else. The cursor stays where it is: polling goes over the same ground, and
 * brings whatever was not reported.
 */
import { Duration, Effect, Result } from "effect"
import { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { OpenSource, StageServices } from "../pipeline/Source.ts"
import type { PlannedPipeline } from "../plan/Plan.ts"
import type { CustomerLinks } from "../store/CustomerLinks.ts"
import type { HeldEntries } from "../store/HeldEntries.ts"
import { type DueHint, HintStore } from "../store/HintStore.ts"
import { IntakeStore } from "../store/IntakeStore.ts"
import type { Journal } from "../store/Journal.ts"
import type { AuditRow } from "../store/rows.ts"
import type { StoreError } from "../store/StoreError.ts"
import type { IntakeSummary } from "./intake.ts"
import { takeIn } from "./takeIn.ts"

/**
 * How long a record that is not there is waited for. Commerce reports before it
 * has stored, and a transaction that is rolled back never stores: after about
 * ten minutes the report was about nothing.
 */
const waits = [
  "5 seconds",
  "15 seconds",
  "30 seconds",
  "1 minute",
  "2 minutes",
  "3 minutes",
  "4 minutes"
] as const

/** After so long polling has brought the record anyway. */
const longestWait = Duration.days(1)

/** How long a system that cannot be read at all is left alone. */
const outageWait = Duration.minutes(1)

/** Hints fetched at once; what more is due is taken in the next turn. */
const turn = 20
const fetchesAtOnce = 4
/** Then others have their turn; the queue is asked again. */
const turnsMaximum = 50

const concernsOne = new Set(["NotFound", "Rejected", "UnexpectedResponse", "OutcomeUnknown"])

const stepOf = (hint: DueHint, actor: string, outcome: string, message?: string): AuditRow => ({
  pipeline: hint.pipeline,
  resource: hint.resource,
  externalId: hint.externalId,
  actor,
  action: "reported",
  detail: {
    outcome,
    reports: hint.reports,
    eventId: hint.eventId,
    waitedMillis: hint.waitedMillis,
    ...(message === undefined ? {} : { message })
  }
})

/** Reads every record of the pipeline whose hint is due. Each outcome is a line in the audit log. */
export const readHints = Effect.fn("readHints")(function* (
  pipeline: PlannedPipeline,
  actor: string
): Effect.fn.Return<
  IntakeSummary,
  ConnectorError | SecretMissing | StoreError,
  StageServices | HintStore | IntakeStore | Journal | HeldEntries | CustomerLinks
> {
  const hints = yield* HintStore
  const store = yield* IntakeStore
  const summary = { pipeline: pipeline.name, read: 0, unchanged: 0, entries: 0, parked: 0, tasks: 0 }

  const giveUpOrWait = Effect.fnUntraced(function* (hint: DueHint, { reason }: ConnectorError) {
    const wait = waits[hint.attempts]
    yield* wait === undefined
      ? hints.settle(hint, stepOf(hint, actor, "given-up", reason.message))
      : hints.postpone(hint, { wait: Duration.fromInputUnsafe(wait), isAttempt: true })
  })

  const readOne = Effect.fnUntraced(function* (source: OpenSource, hint: DueHint) {
    if (hint.waitedMillis > Duration.toMillis(longestWait)) {
      return yield* hints.settle(hint, stepOf(hint, actor, "given-up", "it waited for more than a day"))
    }
    const readAt = yield* store.present
    const fetched = yield* Effect.result(source.fetch(hint.externalId))
    if (Result.isFailure(fetched)) {
      if (concernsOne.has(fetched.failure.reason._tag)) return yield* giveUpOrWait(hint, fetched.failure)
      return yield* fetched.failure
    }
    const record = fetched.success
    summary.read += 1
    if (source.includes !== undefined && !source.includes(record)) {
      return yield* hints.settle(hint, stepOf(hint, actor, "not-for-this-pipeline"))
    }
    const taken = yield* takeIn(pipeline, { records: [record], readAt }, actor).pipe(
      Effect.catchTag("Overtaken", () => Effect.undefined)
    )
    // Somebody has stored another reading since ours began; which one is newer only a third can tell.
    if (taken === undefined) {
      return yield* hints.postpone(hint, { wait: Duration.seconds(1), isAttempt: false })
    }
    summary.unchanged += taken.unchanged
    summary.entries += taken.entries
    summary.parked += taken.parked
    summary.tasks += taken.tasks
    yield* hints.settle(hint, stepOf(hint, actor, taken.unchanged > 0 ? "unchanged" : "changed"))
  })

  let due = yield* hints.due(pipeline.name, turn)
  if (due.length === 0) return summary
  const source = yield* pipeline.source.open
  for (let turns = 0; turns < turnsMaximum && due.length > 0; turns++) {
    yield* Effect.forEach(due, (hint) => readOne(source, hint), {
      concurrency: fetchesAtOnce,
      discard: true
    }).pipe(Effect.tapErrorTag("ConnectorError", () => hints.postponeAll(pipeline.name, outageWait)))
    due = yield* hints.due(pipeline.name, turn)
  }
  return summary
}, Effect.scoped)

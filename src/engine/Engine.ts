/**
 * Engine: runs a plan.
 *
 * Each pipeline is read, then each ledger connection is drained. What is due
 * stands in the database, so a run may end anywhere and the next one goes on.
 */
import { Cause, Duration, Effect, Schedule, type Scope } from "effect"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secret.ts"
import type { StageServices } from "../pipeline/Source.ts"
import type { Plan } from "../plan/Plan.ts"
import type { IntakeStore } from "../store/IntakeStore.ts"
import type { Journal } from "../store/Journal.ts"
import { LedgerWriter } from "../store/LedgerWriter.ts"
import type { StoreError } from "../store/StoreError.ts"
import { WorkQueue, type WorkUnit } from "../store/WorkQueue.ts"
import { intake, type IntakeSummary } from "./intake.ts"
import { ledgersOf } from "./Ledger.ts"
import { post, type PostSummary } from "./post.ts"

/** What one pass over the plan did. */
export interface RunSummary {
  readonly pipelines: ReadonlyArray<IntakeSummary>
  readonly connections: ReadonlyArray<PostSummary>
}

type RunServices = Exclude<StageServices, Scope.Scope> | IntakeStore | Journal | LedgerWriter

/** Why a run could not go on. */
export type RunError = ConnectorError | SecretMissing | StoreError

/** The name that the audit log gives to what the engine does by itself. */
export const engineActor = "engine"

/**
 * Reads every pipeline to its source's present, then posts what is due.
 *
 * Posting goes ahead even if a source cannot be read, and the source's error is
 * raised afterwards: what is already stored must not wait for a shop.
 */
export const runOnce = Effect.fn("Engine.runOnce")(function* (
  plan: Plan
): Effect.fn.Return<RunSummary, RunError, RunServices> {
  const read = yield* Effect.forEach(plan.pipelines, (pipeline) =>
    Effect.result(intake(pipeline, engineActor))
  )
  const connections = yield* Effect.forEach(ledgersOf(plan), (ledger) => post(ledger, engineActor))
  const pipelines = yield* Effect.forEach(read, (result) => Effect.fromResult(result))
  return { pipelines, connections }
})

/** What one unit of work led to, for whoever watches. */
export type Round =
  | { readonly _tag: "Read"; readonly summary: IntakeSummary }
  | { readonly _tag: "Posted"; readonly summary: PostSummary }
  | { readonly _tag: "Failed"; readonly unit: WorkUnit; readonly cause: Cause.Cause<RunError> }

/** How often each ledger connection is looked at, beside after each reading: postings that rested become due. */
const postEvery = Duration.seconds(15)

/**
 * Runs until interrupted, in as many processes as one likes.
 *
 * Every process asks for every pipeline at its interval; the queue has each
 * unit done once, by whichever process is free. A failure ends only its own
 * round; `onRound` is told how each one went.
 */
export const runForever = Effect.fn("Engine.runForever")(function* <R>(
  plan: Plan,
  onRound: (round: Round) => Effect.Effect<void, never, R>
): Effect.fn.Return<void, StoreError, RunServices | WorkQueue | Scope.Scope | R> {
  const queue = yield* WorkQueue
  const writers = yield* LedgerWriter

  const perform = Effect.fnUntraced(function* (unit: WorkUnit) {
    if (unit.kind === "intake") {
      const pipeline = plan.pipelines.find(({ name }) => name === unit.name)
      // A process with an older or newer plan may not know it; one that does will be asked again.
      if (pipeline === undefined) return
      const summary = yield* intake(pipeline, engineActor)
      yield* onRound({ _tag: "Read", summary })
      if (summary.entries > 0) yield* queue.ask({ kind: "post", name: pipeline.sinkConnection })
      return
    }
    const ledger = ledgersOf(plan).find(({ connection }) => connection === unit.name)
    if (ledger === undefined || (yield* writers.restOf(unit.name)) > 0) return
    yield* onRound({ _tag: "Posted", summary: yield* post(ledger, engineActor) })
  })

  yield* queue.serve((unit) =>
    perform(unit).pipe(
      Effect.catchCause((cause) =>
        Cause.hasInterruptsOnly(cause) ? Effect.void : onRound({ _tag: "Failed", unit, cause })
      )
    )
  )
  const askEvery = (unit: WorkUnit, every: Duration.Duration) =>
    queue.ask(unit, { atMostEvery: every }).pipe(
      // The database may be away for a while; the next time will do.
      Effect.ignore,
      Effect.repeat(Schedule.spaced(every))
    )
  yield* Effect.forEach(
    [
      ...plan.pipelines.map(({ name, pollEvery }) => askEvery({ kind: "intake", name }, pollEvery)),
      ...ledgersOf(plan).map(({ connection }) => askEvery({ kind: "post", name: connection }, postEvery))
    ],
    (asking) => asking,
    { concurrency: "unbounded", discard: true }
  )
}, Effect.scoped)

/**
 * Engine: runs a plan.
 *
 * Each pipeline is read, then each ledger connection is drained. What is due
 * stands in the database, so a run may end anywhere and the next one goes on.
 */
import { Effect, type Exit, Schedule, type Scope, Semaphore } from "effect"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secret.ts"
import type { StageServices } from "../pipeline/Source.ts"
import type { Plan, PlannedPipeline } from "../plan/Plan.ts"
import type { IntakeStore } from "../store/IntakeStore.ts"
import type { Journal } from "../store/Journal.ts"
import type { StoreError } from "../store/StoreError.ts"
import { intake, type IntakeSummary } from "./intake.ts"
import { post, type PostSummary } from "./post.ts"

/** What one pass over the plan did. */
export interface RunSummary {
  readonly pipelines: ReadonlyArray<IntakeSummary>
  readonly connections: ReadonlyArray<PostSummary>
}

type RunServices = Exclude<StageServices, Scope.Scope> | IntakeStore | Journal

/** Why a run could not go on. */
export type RunError = ConnectorError | SecretMissing | StoreError

/** The name that the audit log gives to what the engine does by itself. */
export const engineActor = "engine"

const ledgers = (plan: Plan): ReadonlyArray<PlannedPipeline> => [
  ...new Map(plan.pipelines.map((pipeline) => [pipeline.sinkConnection, pipeline])).values()
]

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
  const connections = yield* Effect.forEach(ledgers(plan), ({ sink, sinkConnection }) =>
    post(sinkConnection, sink, engineActor)
  )
  const pipelines = yield* Effect.forEach(read, (result) => Effect.fromResult(result))
  return { pipelines, connections }
})

/**
 * Runs until interrupted: each pipeline at its own interval, posting after each.
 *
 * Rounds take turns, so a ledger has one writer. A failure ends only its own
 * round; `onRound` is told how each one went.
 */
export const runForever = Effect.fn("Engine.runForever")(function* <R>(
  plan: Plan,
  onRound: (pipeline: string, exit: Exit.Exit<RunSummary, RunError>) => Effect.Effect<void, never, R>
): Effect.fn.Return<void, never, RunServices | R> {
  const turn = yield* Semaphore.make(1)
  yield* Effect.forEach(
    plan.pipelines,
    (pipeline) =>
      runOnce({ ...plan, pipelines: [pipeline] }).pipe(
        turn.withPermits(1),
        Effect.exit,
        Effect.flatMap((exit) => onRound(pipeline.name, exit)),
        Effect.repeat(Schedule.spaced(pipeline.pollEvery))
      ),
    { concurrency: "unbounded", discard: true }
  )
})

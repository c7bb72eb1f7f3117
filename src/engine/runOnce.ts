/**
 * runOnce: one pass over a plan.
 *
 * Each pipeline is read, then each ledger connection is drained. What is due
 * stands in the database, so a run may end anywhere and the next one goes on.
 */
import { Effect, type Scope } from "effect"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { StageServices } from "../pipeline/Source.ts"
import type { Plan } from "../plan/Plan.ts"
import type { IntakeStore } from "../store/IntakeStore.ts"
import type { Journal } from "../store/Journal.ts"
import type { LedgerWriter } from "../store/LedgerWriter.ts"
import type { StoreError } from "../store/StoreError.ts"
import { intake, type IntakeSummary } from "./intake.ts"
import { ledgersOf } from "./Ledger.ts"
import { post, type PostSummary } from "./post.ts"

/** What one pass over the plan did. */
export interface RunSummary {
  readonly pipelines: ReadonlyArray<IntakeSummary>
  readonly connections: ReadonlyArray<PostSummary>
}

/** What a run needs. */
export type RunServices = Exclude<StageServices, Scope.Scope> | IntakeStore | Journal | LedgerWriter

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

/**
 * runOnce: one pass over a plan.
 *
 * Each pipeline is read, then each ledger connection is drained and the customers
 * that changed are brought to the same content. What is due
 * stands in the database, so a run may end anywhere and the next one goes on.
 */
import { Effect, Result, type Scope } from "effect"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { StageServices } from "../pipeline/Source.ts"
import { type Plan, pipelinesOf, type PlannedPipeline } from "../plan/Plan.ts"
import type { CustomerLinks } from "../store/CustomerLinks.ts"
import type { HeldEntries } from "../store/HeldEntries.ts"
import type { IntakeStore } from "../store/IntakeStore.ts"
import type { Journal } from "../store/Journal.ts"
import { LedgerGate } from "../store/LedgerGate.ts"
import type { LedgerWriter } from "../store/LedgerWriter.ts"
import type { Seals } from "../store/Seals.ts"
import type { StoreError } from "../store/StoreError.ts"
import { Paces, type RateLimit } from "../http/RateLimit.ts"
import { awaitGate } from "./awaitGate.ts"
import { pairsOf } from "./customers/CustomerPair.ts"
import { type PairSummary, syncPair } from "./customers/syncPair.ts"
import { intake, type IntakeSummary } from "./intake.ts"
import { ledgersOf } from "./Ledger.ts"
import { post, type PostSummary } from "./post.ts"
import { sealAudit } from "./sealAudit.ts"

/** What one pass over the plan did. */
export interface RunSummary {
  readonly pipelines: ReadonlyArray<IntakeSummary>
  readonly connections: ReadonlyArray<PostSummary>
  readonly customers: ReadonlyArray<PairSummary>
  /** Pipelines that could not be read to the end, and why. What they had stored before was posted. */
  readonly unread: ReadonlyArray<{ readonly pipeline: string; readonly error: RunError }>
}

/** What a run needs. */
export type RunServices =
  | Exclude<StageServices, Scope.Scope>
  | IntakeStore
  | Journal
  | LedgerWriter
  | LedgerGate
  | HeldEntries
  | CustomerLinks
  | Seals

/** Why a run could not go on. */
export type RunError = ConnectorError | SecretMissing | StoreError

/** One pace for each connection of a run. */
export const freshPaces = Effect.sync(() => new Map<string, RateLimit>())

/** The name that the audit log gives to what the engine does by itself. */
export const engineActor = "engine"

/**
 * Reads every pipeline to its source's present, then posts what is due, then
 * seals the audit log. A source that cannot be read does not keep back what is
 * already stored.
 */
export const runOnce = Effect.fn("runOnce")(
  function* (plan: Plan): Effect.fn.Return<RunSummary, RunError, RunServices> {
    const gates = yield* LedgerGate
    const ledgers = yield* Effect.forEach(ledgersOf(plan), (ledger) =>
      Effect.map(Effect.result(Effect.scoped(awaitGate(ledger, engineActor))), (gate) => ({ ledger, gate }))
    )
    const gateOf = new Map(ledgers.map(({ gate, ledger }) => [ledger.connection, gate]))
    const gateFor = (pipeline: PlannedPipeline) =>
      pipeline._tag === "Posting" ? gateOf.get(pipeline.sinkConnection) : undefined
    const read = yield* Effect.forEach(pipelinesOf(plan), (pipeline) =>
      Effect.fromResult(gateFor(pipeline) ?? Result.void).pipe(
        Effect.andThen(intake(pipeline, engineActor)),
        Effect.result,
        Effect.map((result) => ({ pipeline: pipeline.name, result }))
      )
    )
    const connections = yield* Effect.forEach(ledgers, ({ ledger }) => post(ledger, engineActor))
    const customers = yield* Effect.forEach(pairsOf(plan), (pair) => syncPair(pair, engineActor))
    yield* sealAudit
    yield* gates.testify
    return {
      pipelines: read.flatMap(({ result }) => (Result.isSuccess(result) ? [result.success] : [])),
      unread: read.flatMap(({ pipeline, result }) =>
        Result.isFailure(result) ? [{ pipeline, error: result.failure }] : []
      ),
      connections,
      customers
    }
  },
  Effect.provideServiceEffect(Paces, freshPaces)
)

/**
 * runOnce: one pass over a plan.
 *
 * Each pipeline is read, then each ledger connection is drained and the customers
 * that changed are brought to the same content; documents that waited for one of
 * them go on. What is due
 * stands in the database, so a run may end anywhere and the next one goes on.
 */
import { Effect, Result, type Scope } from "effect"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { StageServices } from "../pipeline/Source.ts"
import { type Plan, pipelinesOf, type PlannedPipeline } from "../plan/Plan.ts"
import type { CustomerLinks } from "../store/CustomerLinks.ts"
import type { ErrorQueue } from "../store/ErrorQueue.ts"
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
import { canAwait, type Resumed, resumeLinked } from "./resumeLinked.ts"
import { sealAudit } from "./sealAudit.ts"

/** What one pass over the plan did. */
export interface RunSummary {
  readonly pipelines: ReadonlyArray<IntakeSummary>
  readonly connections: ReadonlyArray<PostSummary>
  readonly customers: ReadonlyArray<PairSummary>
  /** Pipelines with documents that waited for a customer and have gone on. */
  readonly resumed: ReadonlyArray<Resumed>
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
  | ErrorQueue
  | Seals

/** Why a run could not go on. */
export type RunError = ConnectorError | SecretMissing | StoreError

/** One pace for each connection of a run. */
export const freshPaces = Effect.sync(() => new Map<string, RateLimit>())

/** The name that the audit log gives to what the engine does by itself. */
export const engineActor = "engine"

/** Until none is left that waited for a customer who is linked. */
const resumeAll = Effect.fnUntraced(function* (plan: Plan, pipeline: PlannedPipeline) {
  let all = yield* resumeLinked(plan, pipeline, engineActor)
  let last = all
  while (last.isFull && last.entries > 0) {
    last = yield* resumeLinked(plan, pipeline, engineActor)
    all = { ...last, documents: all.documents + last.documents, entries: all.entries + last.entries }
  }
  return all
})

/** Two drains of one connection as one. */
const bothOf = (first: PostSummary, second: PostSummary | undefined): PostSummary =>
  second === undefined
    ? first
    : {
        ...second,
        posted: first.posted + second.posted,
        adopted: first.adopted + second.adopted,
        rejected: first.rejected + second.rejected
      }

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
    const resumed = yield* Effect.forEach(pipelinesOf(plan).filter(canAwait), (pipeline) =>
      resumeAll(plan, pipeline)
    )
    const late = resumed.some(({ entries }) => entries > 0)
      ? yield* Effect.forEach(ledgers, ({ ledger }) => post(ledger, engineActor))
      : []
    yield* sealAudit
    yield* gates.testify
    return {
      pipelines: read.flatMap(({ result }) => (Result.isSuccess(result) ? [result.success] : [])),
      unread: read.flatMap(({ pipeline, result }) =>
        Result.isFailure(result) ? [{ pipeline, error: result.failure }] : []
      ),
      connections: connections.map((first, index) => bothOf(first, late[index])),
      customers,
      resumed: resumed.filter(({ documents, halted }) => documents > 0 || halted !== undefined)
    }
  },
  Effect.provideServiceEffect(Paces, freshPaces)
)

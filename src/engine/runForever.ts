/**
 * runForever: a plan as a service, in as many processes as one likes.
 */
import { Cause, Deferred, Duration, Effect, Schedule, type Scope, Stream } from "effect"
import { type Plan, pipelinesOf } from "../plan/Plan.ts"
import { HintStore } from "../store/HintStore.ts"
import { LedgerGate } from "../store/LedgerGate.ts"
import { LedgerWriter } from "../store/LedgerWriter.ts"
import { ReconciliationStore } from "../store/ReconciliationStore.ts"
import type { StoreError } from "../store/StoreError.ts"
import { WorkQueue, type WorkUnit } from "../store/WorkQueue.ts"
import { Paces } from "../http/RateLimit.ts"
import { awaitGate } from "./awaitGate.ts"
import { intake, type IntakeSummary } from "./intake.ts"
import { pairOf, pairsOf } from "./customers/CustomerPair.ts"
import type { PairSummary } from "./customers/syncPair.ts"
import { syncSystems } from "./customers/syncSystems.ts"
import { ledgersOf } from "./Ledger.ts"
import { readHints } from "./readHints.ts"
import { post, type PostSummary } from "./post.ts"
import { reconcileOnSchedule, type ReconciliationSummary } from "./reconciliation/reconcileOnSchedule.ts"
import { canAwait, type Resumed, resumeLinked } from "./resumeLinked.ts"
import { sealAudit } from "./sealAudit.ts"
import { engineActor, freshPaces, type RunError, type RunServices } from "./runOnce.ts"

/** What one unit of work led to, for whoever watches. */
export type Round =
  | { readonly _tag: "Read"; readonly summary: IntakeSummary }
  | { readonly _tag: "Posted"; readonly summary: PostSummary }
  | { readonly _tag: "Customers"; readonly summary: PairSummary }
  | { readonly _tag: "Resumed"; readonly summary: Resumed }
  | { readonly _tag: "Reconciled"; readonly summary: ReconciliationSummary }
  | { readonly _tag: "Failed"; readonly unit: WorkUnit; readonly cause: Cause.Cause<RunError> }

/**
 * How often each ledger connection, each pair and what waits for its customers is looked at, beside after each
 * reading: what rested becomes due.
 */
const postEvery = Duration.seconds(15)

/** How often reported records are looked for, beside at once: some are waited for, and a report may outlive its process. */
const readHintsEvery = Duration.seconds(15)

/**
 * Runs until interrupted, in as many processes as one likes.
 *
 * Every process asks for every pipeline at its interval; the queue has each
 * unit done once, by whichever process is free. A failure ends only its own
 * round; `onRound` is told how each one went.
 */
export const runForever = Effect.fn("Engine.runForever")(
  function* <R>(
    plan: Plan,
    onRound: (round: Round) => Effect.Effect<void, never, R>
  ): Effect.fn.Return<
    void,
    StoreError,
    RunServices | HintStore | ReconciliationStore | WorkQueue | Scope.Scope | R
  > {
    const queue = yield* WorkQueue
    const writers = yield* LedgerWriter
    const gates = yield* LedgerGate
    const hints = yield* HintStore
    const reconciliations = yield* ReconciliationStore

    const awaiting = pipelinesOf(plan).filter(canAwait)

    const perform = Effect.fnUntraced(function* (unit: WorkUnit) {
      if (unit.kind === "customers") {
        yield* Stream.runForEach(syncSystems(plan, unit.name, engineActor), (summary) =>
          onRound({ _tag: "Customers", summary })
        )
        return yield* Effect.forEach(awaiting, ({ name }) => queue.ask({ kind: "resume", name }), {
          discard: true
        })
      }
      if (unit.kind === "resume") {
        const pipeline = awaiting.find(({ name }) => name === unit.name)
        if (pipeline === undefined) return
        const summary = yield* Effect.scoped(resumeLinked(plan, pipeline, engineActor))
        yield* onRound({ _tag: "Resumed", summary })
        if (pipeline._tag === "Posting" && summary.entries > 0) {
          yield* queue.ask({ kind: "post", name: pipeline.sinkConnection })
        }
        if (summary.isFull && summary.entries > 0) yield* queue.ask(unit)
        return
      }
      if (unit.kind === "reconcile") {
        const pipeline = plan.pipelines.find(({ name }) => name === unit.name)
        const every = pipeline?.reconcile?.every
        if (pipeline === undefined || every === undefined) return
        // A restart asks at once, and another process may have asked a moment ago.
        if (!(yield* reconciliations.isDue(pipeline.name, Duration.times(every, 0.9)))) return
        const summary = yield* Effect.scoped(reconcileOnSchedule(plan, pipeline, engineActor))
        yield* onRound({ _tag: "Reconciled", summary })
        return
      }
      if (unit.kind !== "post") {
        const pipeline = pipelinesOf(plan).find(({ name }) => name === unit.name)
        // A process with an older or newer plan may not know it; one that does will be asked again.
        if (pipeline === undefined) return
        const sink = pipeline._tag === "Posting" ? pipeline.sinkConnection : undefined
        const ledger = ledgersOf(plan).find(({ connection }) => connection === sink)
        if (ledger !== undefined) yield* Effect.scoped(awaitGate(ledger, engineActor))
        const read = unit.kind === "hints" ? readHints : intake
        const summary = yield* read(pipeline, engineActor)
        if (unit.kind === "hints") yield* hints.forget
        yield* onRound({ _tag: "Read", summary })
        if (sink !== undefined && summary.entries > 0) yield* queue.ask({ kind: "post", name: sink })
        const pair = pairOf(plan, pipeline.name)
        if (pair !== undefined && summary.tasks > 0)
          yield* queue.ask({ kind: "customers", name: pair.systems })
        // What was parked may wait for customers who are to be created.
        if (canAwait(pipeline) && summary.parked > 0) {
          yield* Effect.forEach(
            pairsOf(plan),
            ({ systems }) => queue.ask({ kind: "customers", name: systems }),
            { discard: true }
          )
        }
        return
      }
      const ledger = ledgersOf(plan).find(({ connection }) => connection === unit.name)
      if (ledger === undefined || (yield* writers.restOf(unit.name)) > 0) return
      yield* onRound({ _tag: "Posted", summary: yield* post(ledger, engineActor) })
    })

    const stopping = yield* Deferred.make<void>()
    yield* queue.serve((unit) =>
      perform(unit).pipe(
        Effect.andThen(sealAudit),
        Effect.andThen(gates.testify),
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause) ? Effect.void : onRound({ _tag: "Failed", unit, cause })
        ),
        Effect.raceFirst(Effect.andThen(Deferred.await(stopping), Effect.interrupt))
      )
    )
    // The queue waits for the units it has begun, and a backlog may take hours: a
    // unit ends after the postings that are under way, for another process to go on.
    yield* Effect.addFinalizer(() => Deferred.succeed(stopping, undefined))
    // Who starts asks at once, whoever asked last: a reading that a stopped process
    // left half done must not wait for the next interval.
    const askEvery = (unit: WorkUnit, every: Duration.Duration) =>
      Effect.ignore(queue.ask(unit)).pipe(
        Effect.andThen(
          // The database may be away for a while; the next time will do.
          Effect.ignore(queue.ask(unit, { atMostEvery: every })).pipe(
            Effect.repeat(Schedule.spaced(every)),
            Effect.delay(every)
          )
        )
      )
    yield* Effect.forEach(
      [
        ...pipelinesOf(plan).map(({ name, pollEvery }) => askEvery({ kind: "intake", name }, pollEvery)),
        ...pipelinesOf(plan)
          .filter(({ webhook }) => webhook !== undefined)
          .map(({ name }) => askEvery({ kind: "hints", name }, readHintsEvery)),
        ...ledgersOf(plan).map(({ connection }) => askEvery({ kind: "post", name: connection }, postEvery)),
        ...[...new Set(pairsOf(plan).map(({ systems }) => systems))].map((systems) =>
          askEvery({ kind: "customers", name: systems }, postEvery)
        ),
        ...awaiting.map(({ name }) => askEvery({ kind: "resume", name }, postEvery)),
        ...plan.pipelines.flatMap(({ name, reconcile }) =>
          reconcile?.every === undefined ? [] : [askEvery({ kind: "reconcile", name }, reconcile.every)]
        )
      ],
      (asking) => asking,
      { concurrency: "unbounded", discard: true }
    )
  },
  Effect.scoped,
  Effect.provideServiceEffect(Paces, freshPaces)
)

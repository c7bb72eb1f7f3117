/**
 * backlogOf: what comes of the records of a pipeline and is still to be done.
 *
 * Entries that wait for their ledger, or customers that are to be looked at in
 * both systems; of a pipeline that only reads there is none.
 */
import { Effect, Option, Stream } from "effect"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { StageServices } from "../pipeline/Source.ts"
import type { Plan, PlannedPipeline } from "../plan/Plan.ts"
import { Backfills } from "../store/Backfills.ts"
import { CustomerLinks } from "../store/CustomerLinks.ts"
import { Journal } from "../store/Journal.ts"
import { LedgerGate } from "../store/LedgerGate.ts"
import { LedgerWriter } from "../store/LedgerWriter.ts"
import type { StoreError } from "../store/StoreError.ts"
import type { WorkUnit } from "../store/WorkQueue.ts"
import { pairOf, writerName } from "./customers/CustomerPair.ts"
import { syncSystems } from "./customers/syncSystems.ts"
import { ledgersOf } from "./Ledger.ts"
import { post } from "./post.ts"
import type { RunServices } from "./runOnce.ts"
import { sealAudit } from "./sealAudit.ts"

/** Work that waits, of one ledger connection or one pair of systems. */
export interface Backlog {
  /** What the queue knows it by. */
  readonly unit: WorkUnit
  /** Marks what waits now, where it has an order; what comes later is then not waited for. */
  readonly last: Effect.Effect<number | undefined, StoreError>
  /** How much waits, of that up to the mark if one is given. */
  readonly waiting: (last?: number) => Effect.Effect<number, StoreError>
  /** Time until the next of it is due. */
  readonly dueMillis: Effect.Effect<number, StoreError>
}

/**
 * Does a unit of postings or customers, whoever asked for it, unless it was given
 * a rest. Says why it could not go on, if it could not.
 */
export const workOff = Effect.fn("backlogOf.workOff")(function* (
  plan: Plan,
  { kind, name }: WorkUnit,
  actor: string
): Effect.fn.Return<
  ConnectorError | undefined,
  ConnectorError | SecretMissing | StoreError,
  RunServices | StageServices
> {
  const ledger = ledgersOf(plan).find(({ connection }) => kind === "post" && connection === name)
  const isResting = kind === "post" && (yield* (yield* LedgerWriter).restOf(name)) > 0
  // A process with an older or newer plan may not know it.
  const posted = ledger === undefined || isResting ? undefined : yield* post(ledger, actor)
  const looked = kind === "customers" ? yield* Stream.runCollect(syncSystems(plan, name, actor)) : []
  if (posted === undefined && looked.length === 0) return undefined
  yield* sealAudit
  yield* (yield* LedgerGate).testify
  return posted?.halted ?? looked.find(({ halted }) => halted !== undefined)?.halted
})

/** The backlog of a pipeline, everybody's work of the same ledger or pair included. */
export const backlogOf = Effect.fn("backlogOf")(function* (
  plan: Plan,
  pipeline: PlannedPipeline
): Effect.fn.Return<Backlog | undefined, never, CustomerLinks | Journal | LedgerWriter | Backfills> {
  const backfills = yield* Backfills
  const journal = yield* Journal
  const links = yield* CustomerLinks
  const writers = yield* LedgerWriter

  const ledger =
    pipeline._tag === "Posting"
      ? ledgersOf(plan).find(({ connection }) => connection === pipeline.sinkConnection)
      : undefined
  if (ledger !== undefined) {
    const { connection } = ledger
    return {
      unit: { kind: "post", name: connection },
      last: Effect.map(backfills.backlog(connection), ({ last }) => last),
      waiting: (last) => Effect.map(backfills.backlog(connection, last), ({ postings }) => postings),
      dueMillis: Effect.zipWith(
        writers.restOf(connection),
        journal.progress(connection),
        (rest, { nextDueMillis }) => Math.max(rest, nextDueMillis ?? 0)
      )
    }
  }
  const pair = pairOf(plan, pipeline.name)
  return pair === undefined
    ? undefined
    : {
        unit: { kind: "customers", name: pair.systems },
        last: Effect.undefined,
        waiting: () => Effect.map(links.counts(pair.name), ({ due }) => due),
        dueMillis: Effect.zipWith(
          writers.restOf(writerName(pair.name)),
          links.nextDueMillis(pair.name),
          (rest, next) =>
            Math.max(
              rest,
              Option.getOrElse(next, () => 0)
            )
        )
      }
})

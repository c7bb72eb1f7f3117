/**
 * Ledger: a ledger connection of a plan, and the pipelines that post to it.
 */
import type { Sink } from "../pipeline/Sink.ts"
import type { Plan, PostingPipeline } from "../plan/Plan.ts"

/** One connection; its pipelines may post through it with different settings, each by its own sink. */
export interface Ledger {
  readonly connection: string
  readonly pipelines: readonly [PostingPipeline, ...ReadonlyArray<PostingPipeline>]
}

/** The ledger connections of a plan, each once. */
export const ledgersOf = (plan: Plan): ReadonlyArray<Ledger> =>
  [...Map.groupBy(plan.pipelines, ({ sinkConnection }) => sinkConnection)].flatMap(
    ([connection, [first, ...others]]) =>
      first === undefined ? [] : [{ connection, pipelines: [first, ...others] as const }]
  )

/** The different sinks of a connection; pipelines with equal settings share one. */
export const sinksOf = (ledger: Ledger): ReadonlyMap<string, Sink> =>
  new Map(ledger.pipelines.map(({ sink, sinkHash }) => [sinkHash, sink]))

/**
 * The name, in `sinksOf`, of the sink for an entry of `pipeline`. Undefined when
 * the plan has no such pipeline any more and the connection several sinks: which
 * one it was is not guessed.
 */
export const sinkFor = (ledger: Ledger, pipeline: string): string | undefined => {
  const own = ledger.pipelines.find(({ name }) => name === pipeline)
  if (own !== undefined) return own.sinkHash
  const [only, ...others] = sinksOf(ledger).keys()
  return others.length === 0 ? only : undefined
}

/**
 * Longest time between making the mark fresh and sending. A process that slept
 * longer does not know who else has looked meanwhile, and does not send.
 */
export const sendGuardMillis = 5_000

/** How long the ledger may still be working on what was sent at the last moment that the guard allows. */
export const ambiguityMillisOf = (ledger: Ledger): number =>
  Math.max(...ledger.pipelines.map(({ sink }) => sink.ambiguityMillis)) + sendGuardMillis

/**
 * syncSystems: brings all who are customers of two systems to the same content, with and without an account.
 *
 * One pair after the other: whoever is in both of them is found in the second as the first has left him, and not
 * created twice.
 */
import { Effect, Stream } from "effect"
import type { Plan } from "../../plan/Plan.ts"
import { LedgerWriter } from "../../store/LedgerWriter.ts"
import { pairsOf, writerName } from "./CustomerPair.ts"
import { syncPair } from "./syncPair.ts"

/** What was done, pair by pair, without those that rest; `systems` as in `CustomerPair`. */
export const syncSystems = (plan: Pick<Plan, "customers">, systems: string, actor: string) =>
  Stream.fromIterable(pairsOf(plan).filter((pair) => pair.systems === systems)).pipe(
    Stream.filterEffect(({ name }) =>
      Effect.gen(function* () {
        return (yield* (yield* LedgerWriter).restOf(writerName(name))) === 0
      })
    ),
    Stream.mapEffect((pair) => syncPair(pair, actor))
  )

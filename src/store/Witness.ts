/**
 * Witness: what was seen of a database, kept outside of it.
 *
 * A database that was restored has forgotten that it ever knew more. Somebody
 * outside has not.
 */
import { Context, Effect, Schema } from "effect"

/** How far a database has been seen. `generation` counts how often it had gone back by then. */
export const Sighting = Schema.Struct({
  generation: Schema.Int,
  journalPosition: Schema.Int,
  auditId: Schema.Int
})
export type Sighting = typeof Sighting.Type

/** Remembers one sighting of each database, by the database's identity. */
export interface WitnessMemory {
  /** The last one that was kept; undefined when there is none, or it cannot be read. */
  readonly recall: (instance: string) => Effect.Effect<Sighting | undefined>
  /** Keeps it in place of the last one. Never fails: what cannot be kept is logged. */
  readonly keep: (instance: string, sighting: Sighting) => Effect.Effect<void>
}

/** Remembers nothing unless one is provided. */
export const Witness = Context.Reference<WitnessMemory>("ledgerline/store/Witness", {
  defaultValue: () => ({ recall: () => Effect.undefined, keep: () => Effect.void })
})

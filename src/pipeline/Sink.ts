/**
 * Sink: writes journal entries to a ledger, once each.
 */
import type { Effect, Option } from "effect"
import { Schema } from "effect"
import type { JournalEntry } from "../accounting/JournalEntry.ts"
import type { ConnectorError } from "./ConnectorError.ts"
import type { SecretMissing } from "./Secret.ts"
import type { StageServices } from "./Source.ts"

/**
 * The ledger's proof of acceptance. `stage` says how far: accepted but still
 * waiting to enter the balances, or in the general ledger.
 */
export const Receipt = Schema.Struct({
  reference: Schema.String.annotate({
    description: "What the ledger calls it, for people: 10/2026/M/2026000123."
  }),
  stage: Schema.Literals(["accepted", "in-general-ledger"])
}).annotate({ identifier: "Receipt" })
export type Receipt = typeof Receipt.Type

/** A sink ready to post. */
export interface OpenSink {
  /**
   * The receipt of an entry that is already in the ledger, found by its marker.
   * Fails closed: an answer that could be blindness is a failure, never "none".
   */
  find(entry: JournalEntry): Effect.Effect<Option.Option<Receipt>, ConnectorError>
  /**
   * Posts the entry. Not idempotent: look first. A failure whose outcome is
   * unknown has the reason `OutcomeUnknown`; all others did not post.
   */
  post(entry: JournalEntry): Effect.Effect<Receipt, ConnectorError>
  /** Checks reachability, credentials, company and rights; the lines say what was found, for `ping`. */
  readonly probe: Effect.Effect<ReadonlyArray<string>, ConnectorError>
}

/** A sink, configured and closed. */
export interface Sink {
  /** Opens it; secrets are resolved now. */
  readonly open: Effect.Effect<OpenSink, ConnectorError | SecretMissing, StageServices>
  /** Names of the dimensions that entries may carry; any other in a mapping is an error. */
  readonly dimensions: ReadonlyArray<string>
  /** Most entries posted at one time. */
  readonly concurrency: number
  /** How long after an attempt of unknown outcome the ledger may still be working on it. */
  readonly ambiguityMillis: number
}

/** A declared sink; `Connection` is its connector's connection settings. */
export interface SinkDefinition<Connection> {
  readonly type: string
  readonly summary: string
  /** Settings under `with`. */
  readonly config: Schema.Codec<unknown, unknown>
  /** `config` must be a decoded value of the `config` schema; anything else is a bug. */
  readonly make: (options: {
    readonly name: string
    readonly connection: Connection
    readonly config: unknown
  }) => Sink
}

/** Declares a sink; see `defineSource` for the words. */
export const defineSink = <Connection, Config, Encoded>(definition: {
  readonly type: string
  readonly summary: string
  readonly config: Schema.Codec<Config, Encoded>
  readonly make: (options: {
    readonly name: string
    readonly connection: Connection
    readonly config: Config
  }) => Sink
}): SinkDefinition<Connection> => {
  const typed = Schema.decodeUnknownSync(Schema.toType(definition.config))
  return { ...definition, make: (options) => definition.make({ ...options, config: typed(options.config) }) }
}

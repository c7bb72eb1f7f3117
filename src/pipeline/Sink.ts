/**
 * Sink: writes journal entries to a ledger, once each.
 */
import type { Effect, Option, Result, Stream } from "effect"
import { Schema } from "effect"
import type { CalendarDate } from "../accounting/AccountingPeriod.ts"
import type { CurrencyCode } from "../accounting/CurrencyCode.ts"
import type { JournalEntry, JournalLine } from "../accounting/JournalEntry.ts"
import type { ProbeLine } from "./Connector.ts"
import type { ConnectorError } from "./ConnectorError.ts"
import type { SecretMissing } from "./Secrets.ts"
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

/**
 * How a sink posts, and what keeps it from posting twice. `guarantee` is a
 * sentence for the person who chooses.
 */
export interface Strategy {
  readonly name: string
  readonly guarantee: string
}

/** A line as the ledger holds it; `rule` is unknown to it. Amounts may be negative. */
export type HeldLine = Pick<
  JournalLine,
  "account" | "side" | "amount" | "accountingAmount" | "dimensions" | "text"
> & { readonly taxCode?: string }

/** An entry with our marker, as the ledger holds it; perhaps a copy that a person made there. */
export interface HeldEntry {
  /** As in `Receipt`. */
  readonly receipt: Receipt
  readonly company: string
  readonly postingDate: CalendarDate
  readonly currency: CurrencyCode
  readonly correction: boolean
  /** Somebody cancelled it there before it entered the balances: it counts no more. Only known where it was asked for. */
  readonly isCancelled?: boolean
  /** Equals `markerKey` of the entry that it is. */
  readonly markerKey: string
  /** The key and a fingerprint of the content. */
  readonly marker: string
  readonly lines: ReadonlyArray<HeldLine>
}

/** What a look-up found about one entry: its receipt, nothing, or a contradiction for a person to settle. */
export type Found = Result.Result<Option.Option<Receipt>, ConnectorError>

/** A line that a mapping may make, as far as it is written down; what only a document knows is undefined. */
export interface ExpectedLine {
  readonly company: string
  readonly account: string | undefined
  readonly dimensions: Readonly<Record<string, string | undefined>>
  readonly hasTaxCode: boolean
}

/**
 * Why the ledger would refuse a line, or everything. `line` is its place in the
 * list, or undefined where the settings of the sink are at fault; `about` leads
 * from the line to the value: `["account"]`, `["dimensions", "costCenter"]`.
 */
export interface Objection {
  readonly line: number | undefined
  readonly about: ReadonlyArray<string>
  /** As the code of a `Rejected`. */
  readonly code: string
  /** Whole sentences: the fact, and what to do. */
  readonly message: string
  readonly suggestion?: string
}

/** A sink ready to post. */
export interface OpenSink {
  /**
   * The receipt of an entry that is already in the ledger, found by its marker.
   * Fails closed: an answer that could be blindness is a failure, never "none".
   */
  find(entry: JournalEntry): Effect.Effect<Option.Option<Receipt>, ConnectorError>
  /** `find` for many entries in few requests, in their order. Fails only when the ledger could not be asked. */
  findAll(entries: ReadonlyArray<JournalEntry>): Effect.Effect<ReadonlyArray<Found>, ConnectorError>
  /**
   * Posts the entry. Look first: whether a repetition is harmless is for the
   * strategy to say. A failure whose outcome is unknown has the reason
   * `OutcomeUnknown`; all others did not post. `beforeSending` runs when the one
   * request that can post is ready to go, paced and authorised, so that a mark
   * is fresh then however long the preparation took; if it fails, nothing is posted.
   */
  post(
    entry: JournalEntry,
    beforeSending?: Effect.Effect<void, ConnectorError>
  ): Effect.Effect<Receipt, ConnectorError>
  /** The part of the marker that names the entry, whatever its content. */
  markerKey(entry: JournalEntry): string
  /** The latest entry with our marker in the ledger; a journal that does not know it has lost its end. */
  newest(company: string): Effect.Effect<Option.Option<HeldEntry>, ConnectorError>
  /**
   * Every entry of a company with our marker, dated from `since` to `until`; with
   * `markerKeys` only those that carry one of them, in few requests. `withState` asks
   * also which of them were cancelled. Fails closed as `find` does.
   */
  list(options: {
    readonly company: string
    readonly since?: CalendarDate
    readonly until?: CalendarDate
    readonly markerKeys?: ReadonlyArray<string>
    readonly withState?: boolean
  }): Stream.Stream<HeldEntry, ConnectorError>
  /** `date` if its period is open to us, else the first day of the next open one; none if there is none. */
  nextOpenDate(
    company: string,
    date: CalendarDate
  ): Effect.Effect<Option.Option<CalendarDate>, ConnectorError>
  /**
   * Asks the ledger, reading only, what it would refuse of these lines on `date`,
   * and of the settings where they say how lines are posted. No objection is no
   * promise: a document may still bring what is not written down.
   */
  check(
    lines: ReadonlyArray<ExpectedLine>,
    date: CalendarDate
  ): Effect.Effect<ReadonlyArray<Objection>, ConnectorError>
  /**
   * Checks what the settings of the sink name, in each of the companies, for
   * `ping`; what the connection needs is for the connector's own probe. All that
   * fails is said, not only the first.
   */
  probe(companies: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<ProbeLine>>
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
  readonly strategy: Strategy
  /** Why these settings would break what the strategy guarantees, in sentences; it must not start with any. */
  readonly problems: ReadonlyArray<string>
}

/** A declared sink; `Connection` is its connector's connection settings, `Made` what writes: entries, or customers. */
export interface SinkDefinition<Connection, Made = Sink> {
  readonly type: string
  readonly summary: string
  /** Settings under `with`. */
  readonly config: Schema.Codec<unknown, unknown>
  /** `config` must be a decoded value of the `config` schema; anything else is a bug. */
  readonly make: (options: {
    readonly name: string
    readonly connection: Connection
    readonly config: unknown
  }) => Made
}

/** Declares a sink; see `defineSource` for the words. */
export const defineSink = <Connection, Config, Encoded, Made = Sink>(definition: {
  readonly type: string
  readonly summary: string
  readonly config: Schema.Codec<Config, Encoded>
  readonly make: (options: {
    readonly name: string
    readonly connection: Connection
    readonly config: Config
  }) => Made
}): SinkDefinition<Connection, Made> => {
  const typed = Schema.decodeUnknownSync(Schema.toType(definition.config))
  return { ...definition, make: (options) => definition.make({ ...options, config: typed(options.config) }) }
}

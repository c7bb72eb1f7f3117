/**
 * Source: reads a system and emits records, page by page.
 */
import type { DateTime, Effect, Scope, Stream } from "effect"
import { Schema } from "effect"
import type { HttpClient } from "effect/http"
import type { ConnectorError } from "./ConnectorError.ts"
import type { LookUp } from "./LookUp.ts"
import type { SecretMissing, Secrets } from "./Secrets.ts"
import type { Json, Problem, SourceRecord } from "./SourceRecord.ts"

/** Opaque durable marker, written by a source and read only by it: continue after this. */
export type Cursor = Json

/** Records fetched together, with the cursor that is safe once they are stored. */
export interface Page {
  readonly records: ReadonlyArray<SourceRecord>
  readonly cursor: Cursor
  /** Documents the source says are still to be read, this page included, where it says so. */
  readonly remaining?: number
}

/** A span of the past: from its first instant up to `until`, which is no longer part of it. */
export interface Period {
  readonly from: DateTime.Utc
  readonly until: DateTime.Utc
}

/** The records of one period, as often and in as many sittings as one likes. */
export interface PeriodReading {
  /** Which time of a record decides, in words that follow "records": "created in UTC". */
  readonly by: string
  /** How many there are, where the system counts. */
  readonly count?: Effect.Effect<number, ConnectorError>
  /** Pages after `cursor`, which is one of this period and of no other reading; from its beginning without one. */
  read(cursor: Cursor | undefined): Stream.Stream<Page, ConnectorError>
}

/** What a stage may use while it is open. */
export type StageServices = Scope.Scope | HttpClient.HttpClient | Secrets

/** A source ready to read. */
export interface OpenSource {
  /**
   * Pages after `cursor`, oldest first; from the beginning without one. Ends at
   * the source's present. A record may come again: reads overlap on purpose.
   */
  read(cursor: Cursor | undefined): Stream.Stream<Page, ConnectorError>
  /**
   * Reads a past period, whatever the settings say about where reading begins.
   * Absent where the system keeps no time to ask by: `read` then reads everything anyway.
   */
  period?(period: Period): PeriodReading
  /** One record by its id. */
  fetch(id: string): Effect.Effect<SourceRecord, ConnectorError>
  /**
   * Whether `read` would emit the record, by the settings that choose; without it
   * every record. Asked of what was fetched because it was reported.
   */
  includes?(record: SourceRecord): boolean
}

/** Customers who have an account in their system, or buy without one. */
export type People = "registered" | "guests"

/** A source, configured and closed: nothing has been contacted. */
export interface Source {
  /** Opens it; secrets are resolved now. */
  readonly open: Effect.Effect<OpenSource, ConnectorError | SecretMissing, StageServices>
  /** Records from a saved payload, without contacting anything; a problem when it is no payload of this source. */
  readonly fixture: (payload: Json) => ReadonlyArray<SourceRecord> | Problem
  /** Finds records for the pipelines of other sources; there where the definition has `lookUpBy`. */
  readonly lookUp?: LookUp
  /** Fields that its records lack as it is configured, by path, each with the setting that brings it. */
  readonly lacks?: Readonly<Record<string, string>>
}

/** A declared source; `Connection` is its connector's connection settings. */
export interface SourceDefinition<Connection> {
  readonly type: string
  readonly summary: string
  /** Settings under `with`. */
  readonly config: Schema.Codec<unknown, unknown>
  /** The normalised record it emits; field names in pipelines are checked against it. */
  readonly record: Schema.Codec<unknown, unknown>
  /** Fields of the record that a look-up can find it by. */
  readonly lookUpBy?: ReadonlyArray<string>
  /** Of a source of customers, who they are; without it, those who have an account. */
  readonly people?: People
  /** `config` must be a decoded value of the `config` schema; anything else is a bug. */
  readonly make: (options: {
    readonly name: string
    readonly connection: Connection
    readonly config: unknown
  }) => Source
}

/**
 * Declares a source.
 *
 * `type` is what YAML names, `<connector>/<plural noun>`. `summary` and the
 * descriptions in `config` become the JSON Schema and the editor's help. `name`
 * is the connection's name in connections.yaml, for error messages.
 */
export const defineSource = <Connection, Config, Encoded>(definition: {
  readonly type: string
  readonly summary: string
  readonly config: Schema.Codec<Config, Encoded>
  readonly record: Schema.Codec<unknown, unknown>
  readonly lookUpBy?: ReadonlyArray<string>
  readonly people?: People
  readonly make: (options: {
    readonly name: string
    readonly connection: Connection
    readonly config: Config
  }) => Source
}): SourceDefinition<Connection> => {
  const typed = Schema.decodeUnknownSync(Schema.toType(definition.config))
  return { ...definition, make: (options) => definition.make({ ...options, config: typed(options.config) }) }
}

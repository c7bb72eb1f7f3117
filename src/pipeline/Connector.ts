/**
 * Connector: everything we can do with one vendor.
 *
 * One value declares it: the settings of a connection, its sources and its
 * sinks. The parser, the JSON Schema, the editor's help and the constructors
 * all come from this value.
 */
import type { Effect } from "effect"
import { Schema } from "effect"
import type { ConnectorError } from "./ConnectorError.ts"
import type { CustomerSinkDefinition } from "./CustomerSink.ts"
import type { HandshakeDefinition } from "./Handshake.ts"
import type { EventDoors } from "./EventDoor.ts"
import type { SecretMissing } from "./Secrets.ts"
import type { SinkDefinition } from "./Sink.ts"
import type { Json } from "./SourceRecord.ts"
import type { SourceDefinition, StageServices } from "./Source.ts"

/** A line for people: what was found, or what is not as it must be, with the remedy. */
export type ProbeLine = string | { readonly failed: string }

/** Contacts the system and says what it found; a failure of the whole is one that leaves nothing more to try. */
export type Probe = Effect.Effect<ReadonlyArray<ProbeLine>, ConnectorError | SecretMissing, StageServices>

/** One name in the settings of a connection, and whether the system has it. */
export interface Finding {
  /** Path below the connection, with full stops. */
  readonly setting: string
  readonly value: string
  readonly state: "there" | "missing" | "no grant" | "unclear"
  /** What it is, and why it is not as it must be. */
  readonly detail: string
  /** A name that the system has and that is likely meant. */
  readonly suggestion?: string
}

/** What a system has. `settings` holds the suggestions as they would stand below the connection; never a credential. */
export interface Discovery {
  readonly findings: ReadonlyArray<Finding>
  readonly settings: Json
}

/** Asks a system which of the names in the settings it has; reads only. */
export type Discover = Effect.Effect<Discovery, ConnectorError | SecretMissing, StageServices>

/** A connector whose connection settings nobody outside needs to know. */
export interface Connector {
  readonly name: string
  readonly summary: string
  /** Settings of one connection in connections.yaml, beside its `type`. */
  readonly connection: Schema.Codec<unknown, unknown>
  readonly sources: ReadonlyArray<SourceDefinition<unknown>>
  readonly sinks: ReadonlyArray<SinkDefinition<unknown>>
  readonly customerSinks: ReadonlyArray<CustomerSinkDefinition<unknown>>
  /**
   * Which system a connection leads to, as a text that is another one for another
   * system, such as host and path. `connection` as for `probe`.
   */
  readonly address: (connection: unknown) => string
  /** What `discover` does; absent where names do not differ between installations. */
  readonly discover?: (options: { readonly name: string; readonly connection: unknown }) => Discover
  /** How its systems report changes. `connection` must be a decoded value of the `connection` schema. */
  readonly events: EventDoors<unknown>
  /** What `ping` does. `connection` must be a decoded value of the `connection` schema. */
  readonly probe: (options: { readonly name: string; readonly connection: unknown }) => Probe
  /** What `connect` does, for vendors that hand out credentials themselves. */
  readonly handshake?: HandshakeDefinition<unknown>
}

/** Declares a connector and hides the type of its connection settings. */
export const defineConnector = <Connection, Encoded>(definition: {
  readonly name: string
  readonly summary: string
  readonly connection: Schema.Codec<Connection, Encoded>
  readonly sources: ReadonlyArray<SourceDefinition<Connection>>
  readonly sinks: ReadonlyArray<SinkDefinition<Connection>>
  /** Left out by a connector that writes no customers. */
  readonly customerSinks?: ReadonlyArray<CustomerSinkDefinition<Connection>>
  readonly address: (connection: Connection) => string
  readonly discover?: (options: { readonly name: string; readonly connection: Connection }) => Discover
  /** Left out by a connector whose systems report nothing. */
  readonly events?: EventDoors<Connection>
  readonly probe: (options: { readonly name: string; readonly connection: Connection }) => Probe
  readonly handshake?: HandshakeDefinition<Connection>
}): Connector => {
  const typed = Schema.decodeUnknownSync(Schema.toType(definition.connection))
  const { discover, handshake, ...rest } = definition
  return {
    ...rest,
    ...(discover === undefined
      ? {}
      : { discover: (options) => discover({ ...options, connection: typed(options.connection) }) }),
    ...(handshake === undefined
      ? {}
      : {
          handshake: {
            ...handshake,
            make: (options) => handshake.make({ ...options, connection: typed(options.connection) })
          }
        }),
    sources: definition.sources.map((source) => ({
      ...source,
      make: (options) => source.make({ ...options, connection: typed(options.connection) })
    })),
    sinks: definition.sinks.map((sink) => ({
      ...sink,
      make: (options) => sink.make({ ...options, connection: typed(options.connection) })
    })),
    customerSinks: (definition.customerSinks ?? []).map((sink) => ({
      ...sink,
      make: (options) => sink.make({ ...options, connection: typed(options.connection) })
    })),
    address: (connection) => definition.address(typed(connection)),
    events: {
      resources: definition.events?.resources ?? {},
      doors: (options) =>
        definition.events?.doors({ ...options, connection: typed(options.connection) }) ?? []
    },
    probe: (options) => definition.probe({ ...options, connection: typed(options.connection) })
  }
}

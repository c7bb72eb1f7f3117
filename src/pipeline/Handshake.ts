/**
 * Handshake: how a vendor hands us new credentials through an address of ours.
 *
 * A person starts it in the vendor's system, which posts something short-lived
 * to our callback; that is exchanged for credentials, and those are proved by
 * reading before anything is replaced.
 */
import type { Effect, Redacted } from "effect"
import type { ConnectorError } from "./ConnectorError.ts"
import type { SecretMissing, SecretReference } from "./Secrets.ts"
import type { StageServices } from "./Source.ts"

/** One credential of the connection: where it stands, and what it is from now on. */
export interface NewCredential {
  /** The setting in connections.yaml, for people. */
  readonly field: string
  readonly reference: SecretReference
  readonly value: Redacted.Redacted
}

/** A handshake for one connection, not begun. */
export interface Handshake {
  /** The credentials it replaces, all of them or none. */
  readonly replaces: ReadonlyArray<Pick<NewCredential, "field" | "reference">>
  /** What the person has to do in the vendor's system, step by step. */
  readonly steps: (callbackUrl: string) => ReadonlyArray<string>
  /**
   * Exchanges what was posted for credentials that have been proved. Anybody can
   * post to a callback: what is not the vendor's fails here and changes nothing.
   */
  readonly exchange: (
    posted: ReadonlyMap<string, string>
  ) => Effect.Effect<ReadonlyArray<NewCredential>, ConnectorError | SecretMissing, StageServices>
  /** Where a browser that the vendor sent along goes when all is done; undefined for one that was not sent by it. */
  readonly returnTo: (query: ReadonlyMap<string, string>) => string | undefined
}

/** What a connector offers to `connect`. */
export interface HandshakeDefinition<Connection> {
  /** The word after `connect`. */
  readonly verb: string
  readonly summary: string
  /** A sentence where this connection has no handshake. */
  readonly make: (options: { readonly name: string; readonly connection: Connection }) => Handshake | string
}

/**
 * ConnectionAddresses: which system each connection leads to.
 *
 * What was read and posted is remembered by the name of a connection. If the
 * name leads to another shop or ledger one day, documents of the one would be
 * taken for those of the other; so the first address that a connection is used
 * with belongs to it, until a person says that the same system has moved.
 */
import { Context, Effect, Layer, Option, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { insertAudit, rows } from "./rows.ts"
import { type StoreError, storeErrors } from "./StoreError.ts"

/** A connection, and the system that it leads to. */
export const ConnectionAddress = Schema.Struct({ connection: Schema.String, address: Schema.String })
export type ConnectionAddress = typeof ConnectionAddress.Type

/** Remembers addresses. */
export class ConnectionAddresses extends Context.Service<
  ConnectionAddresses,
  {
    /** Keeps the address of each connection that has none yet, and gives all of theirs as they are kept. */
    keep(
      connections: ReadonlyArray<ConnectionAddress>
    ): Effect.Effect<ReadonlyArray<ConnectionAddress>, StoreError>
    /** The address that is kept; none before the connection was used. */
    of(connection: string): Effect.Effect<Option.Option<string>, StoreError>
    /** A person's word that the same system is at another address now; audited. */
    move(
      moved: ConnectionAddress,
      act: { readonly actor: string; readonly reason: string; readonly before: string }
    ): Effect.Effect<void, StoreError>
  }
>()("ledgerline/store/ConnectionAddresses") {
  /** Needs only a `SqlClient`, so the caller decides which database it is. */
  static readonly layerNoDeps = Layer.effect(
    ConnectionAddresses,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const select = SqlSchema.findAll({
        Request: Schema.Array(Schema.String),
        Result: ConnectionAddress,
        execute: (connections) => sql`
          SELECT connection, address FROM connection_address
          WHERE ${sql.in("connection", connections)} ORDER BY connection`
      })
      return ConnectionAddresses.of({
        keep: Effect.fn("ConnectionAddresses.keep")((connections: ReadonlyArray<ConnectionAddress>) =>
          sql`
            INSERT INTO connection_address (connection, address)
            SELECT connection, address FROM jsonb_to_recordset(${rows(connections)}::jsonb)
              AS row (connection text, address text)
            ON CONFLICT (connection) DO NOTHING`.pipe(
            Effect.andThen(select(connections.map(({ connection }) => connection))),
            storeErrors("ConnectionAddresses.keep")
          )
        ),
        of: Effect.fn("ConnectionAddresses.of")((connection: string) =>
          select([connection]).pipe(
            Effect.map(([kept]) => Option.map(Option.fromUndefinedOr(kept), ({ address }) => address)),
            storeErrors("ConnectionAddresses.of")
          )
        ),
        move: Effect.fn("ConnectionAddresses.move")(
          (
            { address, connection }: ConnectionAddress,
            { actor, ...detail }: { readonly actor: string; readonly reason: string; readonly before: string }
          ) =>
            sql`UPDATE connection_address SET address = ${address}, since = present() WHERE connection = ${connection}`.pipe(
              Effect.andThen(
                insertAudit(sql, [
                  { actor, action: "connection moved", detail: { connection, address, ...detail } }
                ])
              ),
              sql.withTransaction,
              Effect.asVoid,
              storeErrors("ConnectionAddresses.move")
            )
        )
      })
    })
  )
}

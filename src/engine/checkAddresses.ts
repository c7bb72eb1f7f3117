/**
 * checkAddresses: whether each connection still leads to the system that the database speaks of.
 */
import { Effect, Schema } from "effect"
import { type Plan, pipelinesOf } from "../plan/Plan.ts"
import { ConnectionAddresses } from "../store/ConnectionAddresses.ts"
import type { StoreError } from "../store/StoreError.ts"

/** A connection leads elsewhere than before; the message says where, and what to do. */
export class ConnectionMoved extends Schema.TaggedError<ConnectionMoved>()("ConnectionMoved", {
  message: Schema.String
}) {}

/** The connections that pipelines of the plan use, with their addresses. */
const addressesOf = (plan: Plan) => {
  const used = new Set(
    pipelinesOf(plan).flatMap((one) => [
      one.sourceConnection,
      ...(one._tag === "Reading" ? [] : [one.sinkConnection])
    ])
  )
  return plan.connections
    .filter(({ name }) => used.has(name))
    .map(({ address, name }) => ({ connection: name, address }))
}

/** Asked before a run does anything: fails where a connection that was used before leads to another system now. */
export const checkAddresses = Effect.fn("checkAddresses")(function* (
  plan: Plan
): Effect.fn.Return<void, ConnectionMoved | StoreError, ConnectionAddresses> {
  const addresses = yield* ConnectionAddresses
  const now = addressesOf(plan)
  const kept = new Map(
    (yield* addresses.keep(now)).map(({ address, connection }) => [connection, address] as const)
  )
  const moved = now.find(({ address, connection }) => kept.get(connection) !== address)
  if (moved === undefined) return
  const { address, connection } = moved
  return yield* new ConnectionMoved({
    message: `the connection ${connection} led to ${kept.get(connection)} until now, and leads to ${address}. Documents of the one must not be taken for those of the other. For another system use another database (LEDGERLINE_DATABASE_URL, LEDGERLINE_FOLDER) or another name; if it is the same system that has moved: ledgerline connection moved ${connection} --reason "…"`
  })
})

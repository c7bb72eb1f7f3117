/**
 * probe: what `ping` finds out about a shop.
 */
import { Clock, DateTime, Effect } from "effect"
import type { Probe } from "../../pipeline/Connector.ts"
import { asUnavailable, makeCommerceClient } from "./CommerceClient.ts"
import type { Connection } from "./Connection.ts"
import { readStores } from "./Stores.ts"

/** Commerce refuses requests from more than ten minutes in its future; a minute is worth a word. */
const skewMillisMaximum = 60_000

/** What the answers so far have proved about our credentials. */
const accepted = ({ baseUrl, deployment, ims, storeCode }: Connection): ReadonlyArray<string> =>
  deployment === "saas" && ims !== undefined
    ? [
        `${new URL(ims.tokenUrl).host} grants a token for the scopes ${ims.scopes.join(", ")}`,
        `${baseUrl} accepts it for the organization ${ims.organization} and the store ${storeCode}`
      ]
    : [`${baseUrl} answers and accepts our signature`]

/** Tries every right the sources need, and compares the clocks. */
export const probe = ({
  connection,
  name
}: {
  readonly name: string
  readonly connection: Connection
}): Probe =>
  Effect.gen(function* () {
    const client = yield* makeCommerceClient(name, connection)
    const stores = yield* readStores(client)
    const skew = DateTime.toEpochMillis(stores.now) - (yield* Clock.currentTimeMillis)
    const counts = yield* Effect.forEach(
      [
        ["orders", "orders"],
        ["invoices", "invoices"],
        ["creditmemos", "credit memos"]
      ] as const,
      ([resource, label]) =>
        client
          .search(resource, { filters: [], pageSize: 1 }, { fields: "items[entity_id],total_count" })
          .pipe(Effect.map(({ totalCount }) => `${totalCount} ${label}`))
    )
    const views = [...stores.byId].map(
      ([id, { code, website }]) => `${id} ${code}${website === undefined ? "" : ` (${website})`}`
    )
    return [
      ...accepted(connection),
      `readable: ${counts.join(", ")}`,
      `store views: ${views.join(", ")}`,
      Math.abs(skew) > skewMillisMaximum
        ? `clock: the shop is ${Math.abs(Math.round(skew / 1000))} s ${skew > 0 ? "ahead of" : "behind"} this machine. Set this machine's clock.`
        : "clock: agrees with the shop"
    ]
  }).pipe(Effect.mapError((error) => (error._tag === "ConnectorError" ? asUnavailable(error) : error)))

/**
 * readOrders: the orders of a page of documents, in one search.
 *
 * A single order that Commerce cannot print (a broken additional_information,
 * for example) fails the search for all of them. The search is then halved
 * until the bad one is alone.
 */
import { Effect } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { Json, Problem } from "../../pipeline/SourceRecord.ts"
import { type CommerceClient, isInternalError } from "./CommerceClient.ts"
import { textAt } from "./recordOf.ts"

/** An order, or why it could not be had. */
export type OrderOrProblem = { readonly order: Json } | { readonly problem: Problem }

const missing = (id: string): OrderOrProblem => ({
  problem: {
    code: "order-missing",
    message: `order ${id} is not in the shop's answer. Check that it was not deleted and that the integration may read it (Magento_Sales::actions_view).`,
    path: "order_id"
  }
})

/** One entry for every id of `ids`. */
export const readOrders = Effect.fn("readOrders")(function* (
  client: CommerceClient,
  ids: ReadonlyArray<string>
): Effect.fn.Return<ReadonlyMap<string, OrderOrProblem>, ConnectorError> {
  if (ids.length === 0) return new Map()
  const found = client
    .search("orders", {
      filters: [{ field: "entity_id", condition: "in", value: ids.join(",") }],
      pageSize: ids.length
    })
    .pipe(
      Effect.map(({ items }) => {
        const orders = new Map(items.map((order) => [textAt(order, "entity_id"), order] as const))
        return new Map(
          ids.map((id) => {
            const order = orders.get(id)
            return [id, order === undefined ? missing(id) : { order }] as const
          })
        )
      })
    )
  return yield* found.pipe(
    Effect.catchIf(
      isInternalError,
      Effect.fnUntraced(function* (
        error: ConnectorError
      ): Effect.fn.Return<ReadonlyMap<string, OrderOrProblem>, ConnectorError> {
        if (ids.length === 1) {
          const problem = {
            code: "order-unreadable",
            message: `order ${ids[0] ?? ""} cannot be read: ${error.reason.message}`,
            path: "order_id"
          }
          return new Map(ids.map((id) => [id, { problem }] as const))
        }
        const middle = Math.ceil(ids.length / 2)
        const first = yield* readOrders(client, ids.slice(0, middle))
        const second = yield* readOrders(client, ids.slice(middle))
        return new Map([...first, ...second])
      })
    )
  )
})

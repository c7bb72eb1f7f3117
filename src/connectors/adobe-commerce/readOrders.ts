/**
 * readOrders: the orders of a page of documents, or why one cannot be had.
 */
import { Effect } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { Json, Problem } from "../../pipeline/SourceRecord.ts"
import type { CommerceClient } from "./CommerceClient.ts"
import { type FoundById, readByIds } from "./readByIds.ts"

/** An order, or why it could not be had. */
export type OrderOrProblem = { readonly order: Json } | { readonly problem: Problem }

const entryOf = (id: string, found: FoundById): OrderOrProblem => {
  switch (found._tag) {
    case "Found":
      return { order: found.item }
    case "Missing":
      return {
        problem: {
          code: "order-missing",
          message: `order ${id} is not in the shop's answer. Check that it was not deleted and that the integration may read it (Magento_Sales::actions_view).`,
          path: "order_id"
        }
      }
    case "Unreadable":
      return {
        problem: {
          code: "order-unreadable",
          // Without the number of the shop's report, which is another each time.
          message: `order ${id} cannot be read: the shop fails inside when it prints this order, and no other. Ask who runs it to look GET /V1/orders/${id} up in var/log; often a payment extension stored something that is no text.`,
          path: "order_id"
        }
      }
  }
}

/** One entry for every id of `ids`. */
export const readOrders = Effect.fn("readOrders")(function* (
  client: CommerceClient,
  ids: ReadonlyArray<string>
): Effect.fn.Return<ReadonlyMap<string, OrderOrProblem>, ConnectorError> {
  const found = yield* readByIds(
    client,
    { resource: "orders", key: { column: "entity_id", field: "entity_id" } },
    ids
  )
  return new Map([...found].map(([id, each]) => [id, entryOf(id, each)]))
})

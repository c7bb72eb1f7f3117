/**
 * besidePayments: what must be read beside a page of transactions to know their amounts.
 */
import { Effect } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { Json } from "../../pipeline/SourceRecord.ts"
import type { CommerceClient } from "./CommerceClient.ts"
import type { Given, OpenShop } from "./listSource.ts"
import { readOrders } from "./readOrders.ts"
import { readPage } from "./readPage.ts"
import { textAt } from "./recordOf.ts"

/** Values in one search: transaction ids are long, and so would the address be. */
const valuesMaximum = 40

const chunksOf = (values: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> =>
  values.length === 0 ? [] : [values.slice(0, valuesMaximum), ...chunksOf(values.slice(valuesMaximum))]

const unique = (items: ReadonlyArray<Json>, field: string) => [
  ...new Set(items.map((item) => textAt(item, field)).filter((text) => text !== ""))
]

/** All items of a list whose `column` is one of `values`; items that the shop cannot print are left out. */
const readMatching = Effect.fnUntraced(function* (
  client: CommerceClient,
  given: {
    readonly resource: string
    readonly key: string
    readonly column: string
    readonly values: ReadonlyArray<string>
    readonly pageSize: number
  }
): Effect.fn.Return<ReadonlyArray<Json>, ConnectorError> {
  const items: Array<Json> = []
  for (const values of chunksOf(given.values)) {
    let after = 0
    for (;;) {
      const page = yield* readPage(
        client,
        { resource: given.resource, key: { column: given.key, field: given.key } },
        {
          filters: [{ field: given.column, condition: "in", value: values.join(",") }],
          after,
          pageSize: given.pageSize
        }
      )
      items.push(...page.items)
      after = page.last
      if (page.isLast) break
    }
  }
  return items
})

/**
 * The order of each transaction, the invoice or credit memo that names it, and
 * how many transactions of its type the order has.
 */
export const besidePayments = ({ client, pageSize, stores }: OpenShop) =>
  Effect.succeed(
    Effect.fn("besidePayments")(function* (
      items: ReadonlyArray<Json>
    ): Effect.fn.Return<ReadonlyArray<Given>, ConnectorError> {
      const orderIds = unique(items, "order_id")
      const names = unique(items, "txn_id")
      const { byId } = yield* stores.known
      const orders = yield* readOrders(client, orderIds)
      const matching = (resource: string, key: string, column: string, values: ReadonlyArray<string>) =>
        readMatching(client, { resource, key, column, values, pageSize })
      const invoices = yield* matching("invoices", "entity_id", "transaction_id", names)
      const creditMemos = yield* matching("creditmemos", "entity_id", "transaction_id", names)
      const siblings = yield* matching("transactions", "transaction_id", "order_id", orderIds)

      return items.map((document): Given => {
        const [orderId, type, name] = [
          textAt(document, "order_id"),
          textAt(document, "txn_type"),
          textAt(document, "txn_id")
        ]
        const order = orders.get(orderId)
        const read = order !== undefined && "order" in order ? order.order : undefined
        const isNamedBy = (each: Json) =>
          textAt(each, "transaction_id") === name && textAt(each, "order_id") === orderId
        const invoice = type === "refund" ? undefined : invoices.find(isNamedBy)
        const creditMemo = type === "refund" ? creditMemos.find(isNamedBy) : undefined
        const store = byId.get(textAt(read, "store_id"))
        return {
          document,
          ...(read === undefined ? {} : { order: read }),
          ...(order !== undefined && "problem" in order ? { problem: order.problem } : {}),
          ...(invoice === undefined ? {} : { invoice }),
          ...(creditMemo === undefined ? {} : { creditMemo }),
          ...(store === undefined ? {} : { store }),
          ofItsType: siblings.filter(
            (each) => textAt(each, "order_id") === orderId && textAt(each, "txn_type") === type
          ).length
        }
      })
    })
  )

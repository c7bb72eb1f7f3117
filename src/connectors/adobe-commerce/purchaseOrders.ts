/**
 * purchaseOrders: the source `adobe-commerce/purchase-orders`.
 *
 * Commerce shows purchase orders to a customer over GraphQL, and to no integration
 * or administrator over REST. A customer sees his own, and those of the users below
 * him in his company as far as his role allows; they are asked for one after the other.
 *
 * No filter by time of change is documented, so every reading reads all of them;
 * those that are as they were lead to nothing.
 *
 * Source: AdobeDocs/commerce-webapi graphql/schema/b2b/purchase-order. Unconfirmed
 * is whether a question without filter answers with one's own only; one that comes
 * in both answers is the same record twice.
 */
import { Effect, Option, Schema, Stream } from "effect"
import { ConnectorError, NotFound } from "../../pipeline/ConnectorError.ts"
import { SecretReference } from "../../pipeline/Secrets.ts"
import { defineSource, type OpenSource, type Page } from "../../pipeline/Source.ts"
import type { Connection } from "./Connection.ts"
import { type GraphQlClient, makeGraphQlClient } from "./GraphQlClient.ts"
import { fixtureOf, type ItemKind, recordFrom } from "./listSource.ts"
import { normalisePurchaseOrder, PurchaseOrder, purchaseOrderFields } from "./normalisePurchaseOrder.ts"

const Config = Schema.Struct({
  customerToken: SecretReference.annotateKey({
    description:
      "Token of the customer who reads: of the administrator of the company, to see all of it. It lives one hour unless the shop says otherwise, and is not renewed by us; whoever renews it writes it where this points, and it is looked up for every request."
  }),
  subordinates: Schema.Boolean.annotate({
    description: "Whether to read also those of the users below this one in the company.",
    default: true
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(true)))
}).annotate({ identifier: "AdobeCommercePurchaseOrders" })

const kind: ItemKind = {
  resource: "purchase-order",
  label: "purchase order",
  list: { key: { field: "uid" } },
  time: "updated_at",
  number: "number",
  normalise: normalisePurchaseOrder
}

const document = `query purchaseOrders($page: Int, $size: Int, $filter: PurchaseOrdersFilterInput) {
  customer {
    purchase_orders(currentPage: $page, pageSize: $size, filter: $filter) {
      total_count
      page_info { current_page total_pages }
      items { ${purchaseOrderFields} }
    }
  }
}`.replaceAll(/\s+/gu, " ")

const Answer = Schema.Struct({
  customer: Schema.Struct({
    purchase_orders: Schema.Struct({
      total_count: Schema.Int,
      page_info: Schema.Struct({ current_page: Schema.Int, total_pages: Schema.Int }),
      items: Schema.Array(Schema.Json)
    })
  })
})

type Filter = { readonly company_purchase_orders: true } | null

const pagesOf = (
  client: GraphQlClient,
  { filter, pageSize }: { readonly filter: Filter; readonly pageSize: number }
): Stream.Stream<Page, ConnectorError> => {
  const readPage = Effect.fnUntraced(function* (page: number) {
    const answer = yield* client.query(document, { page, size: pageSize, filter })
    const { customer } = yield* Schema.decodeUnknownEffect(Answer)(answer).pipe(
      Effect.mapError(() =>
        client.unexpected("the answer to /graphql has no purchase_orders of the customer.")
      )
    )
    const { items, page_info, total_count } = customer.purchase_orders
    if (total_count > 0 && (page_info.current_page !== page || items.length === 0)) {
      return yield* client.unexpected(
        `asked for page ${page} of the purchase orders, the shop gave page ${page_info.current_page} with ${items.length} of ${total_count}. Ask who runs it.`
      )
    }
    const pages: ReadonlyArray<Page> = [
      {
        records: items.map((each) => recordFrom(kind, { document: each })),
        cursor: {},
        remaining: Math.max(items.length, total_count - (page - 1) * pageSize)
      }
    ]
    return [pages, page < page_info.total_pages ? Option.some(page + 1) : Option.none<number>()] as const
  })
  return Stream.paginate(1, readPage)
}

const open = Effect.fn("purchaseOrders.open")(function* (
  name: string,
  connection: Connection,
  { customerToken, subordinates }: typeof Config.Type
) {
  const client = yield* makeGraphQlClient(name, connection, customerToken)
  const { pageSize } = connection
  const own = pagesOf(client, { filter: null, pageSize })
  const all = subordinates
    ? Stream.concat(own, pagesOf(client, { filter: { company_purchase_orders: true }, pageSize }))
    : own

  const fetch: OpenSource["fetch"] = Effect.fn("purchaseOrders.fetch")(function* (id) {
    const found = yield* all.pipe(
      Stream.flatMap(({ records }) => Stream.fromIterable(records)),
      Stream.filter(({ origin }) => origin.id === id),
      Stream.runHead
    )
    return Option.isSome(found)
      ? found.value
      : yield* new ConnectorError({
          connection: name,
          reason: new NotFound({
            message: `this customer sees no purchase order with the key ${id}. Give the uid, not the number that people call it by.`
          })
        })
  })
  const opened: OpenSource = { read: () => all, fetch }
  return opened
})

/** Reads customer { purchase_orders } over GraphQL, all pages each time. */
export const purchaseOrders = defineSource<Connection, typeof Config.Type, typeof Config.Encoded>({
  type: "adobe-commerce/purchase-orders",
  summary:
    "Reads purchase orders of a company from Adobe Commerce with the B2B module, as a customer sees them. Commerce has no list of them for integrations or administrators: only what this one customer and his role in the company may see can be read, with his token. They move no money; for everything that became an order use adobe-commerce/orders. Every reading reads all of them.",
  config: Config,
  record: PurchaseOrder,
  make: ({ config, connection, name }) => ({
    open: open(name, connection, config),
    fixture: (payload) => fixtureOf(kind, payload)
  })
})

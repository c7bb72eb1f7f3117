/**
 * graphQlAnswer: what the local Commerce answers to the GraphQL query of purchase orders.
 *
 * It knows this one query and no other: fields and arguments that Commerce does not document are refused
 * in its words, and without a customer's token nothing is shown. Errors come with status 200.
 *
 * Source: AdobeDocs/commerce-webapi graphql/schema/b2b/purchase-order and graphql/usage.
 */
import { Option, Schema } from "effect"
import { isPayloadList, isPayloadObject, type Payload, type PayloadObject } from "./Payload.ts"
import { purchaseOrderPayloads } from "./purchaseOrderPayloads.ts"
import { queryPairs } from "./SearchCriteria.ts"
import type { Shop } from "./Shop.ts"

/** The token of the customer whom the local Commerce knows; no secret, it opens nothing else. */
export const sandboxCustomerToken = "sandboxcustomertoken000000000001"

const moneyFields = ["grand_total", "grand_total.value", "grand_total.currency"]

const within = (parent: string, fields: ReadonlyArray<string>) => fields.map((field) => `${parent}.${field}`)

const list = "customer.purchase_orders"

/** Every field there is, by its place in the query. */
const known: ReadonlySet<string> = new Set([
  "customer",
  list,
  ...within(list, ["total_count", "page_info", "items"]),
  ...within(`${list}.page_info`, ["current_page", "page_size", "total_pages"]),
  ...within(`${list}.items`, [
    "uid",
    "number",
    "created_at",
    "updated_at",
    "status",
    "created_by",
    "order",
    "quote"
  ]),
  ...within(`${list}.items.created_by`, ["firstname", "lastname", "email"]),
  ...within(`${list}.items.order`, ["id", "number", "total"]),
  ...within(`${list}.items.order.total`, moneyFields),
  ...within(`${list}.items.quote`, ["prices"]),
  ...within(`${list}.items.quote.prices`, moneyFields)
])

const typeNames: Readonly<Record<string, string>> = {
  "": "Query",
  customer: "Customer",
  [list]: "PurchaseOrders",
  [`${list}.page_info`]: "SearchResultPageInfo",
  [`${list}.items`]: "PurchaseOrder",
  [`${list}.items.created_by`]: "Customer",
  [`${list}.items.order`]: "CustomerOrder",
  [`${list}.items.quote`]: "Cart"
}

/** An answer without data. */
const refused = (category: string, message: string, data: Payload = null): PayloadObject => ({
  errors: [{ message, extensions: { category } }],
  data
})

/** The places of the fields of a query, or the first place that is none. */
const askedIn = (selection: string): { readonly asked: ReadonlySet<string>; readonly unknown?: string } => {
  const asked = new Set<string>()
  const parents: Array<string> = []
  let last = ""
  for (const token of selection.match(/\w+|[^\s,]/gu) ?? []) {
    if (token === "{") parents.push(last)
    else if (token === "}") parents.pop()
    else {
      last = [...parents.slice(1), token].map((each) => each.split(".").at(-1)).join(".")
      if (!known.has(last)) return { asked, unknown: last }
      asked.add(last)
    }
  }
  return { asked }
}

/** `payload` with no other fields than those asked for. */
const pick = (payload: Payload, asked: ReadonlySet<string>, place: string): Payload => {
  if (isPayloadList(payload)) return payload.map((each) => pick(each, asked, place))
  if (!isPayloadObject(payload)) return payload
  return Object.fromEntries(
    Object.entries(payload).flatMap(([field, value]) => {
      const inner = place === "" ? field : `${place}.${field}`
      return asked.has(inner) ? [[field, pick(value, asked, inner)] as const] : []
    })
  )
}

const PositiveInt = Schema.Int.check(Schema.isGreaterThan(0))

const Arguments = Schema.Struct({
  currentPage: PositiveInt,
  pageSize: PositiveInt,
  filter: Schema.optionalKey(
    Schema.NullOr(Schema.Struct({ company_purchase_orders: Schema.optionalKey(Schema.Boolean) }))
  )
})

const decodeArguments = Schema.decodeUnknownOption(Arguments, { onExcessProperty: "error" })
const decodeVariables = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json))
)

const page = (
  all: ReadonlyArray<PayloadObject>,
  { currentPage, pageSize }: typeof Arguments.Type
): PayloadObject => ({
  total_count: all.length,
  page_info: {
    current_page: currentPage,
    page_size: pageSize,
    total_pages: Math.ceil(all.length / pageSize)
  },
  items: all.slice((currentPage - 1) * pageSize, currentPage * pageSize)
})

/** The body that answers the query string of a GET of /graphql. Every argument must be a variable. */
export const graphQlAnswer = (
  shop: Shop,
  request: {
    readonly query: string
    readonly headers: Readonly<Record<string, string | undefined>>
    readonly hasB2b: boolean
  }
): PayloadObject => {
  const parameters = new Map(queryPairs(request.query))
  const [, given, selection] =
    /^query\s+\w+\s*\([^)]*\)\s*(?:\{\s*customer\s*\{\s*purchase_orders\s*)\(([^)]*)\)(.*)$/su.exec(
      parameters.get("query") ?? ""
    ) ?? []
  if (given === undefined || selection === undefined) {
    return refused(
      "graphql",
      "Syntax Error: this sandbox knows customer { purchase_orders(…) } and no other query"
    )
  }
  if (!request.hasB2b) {
    return refused("graphql", 'Cannot query field "purchase_orders" on type "Customer".')
  }
  const { asked, unknown } = askedIn(`{ customer { purchase_orders ${selection}`)
  if (unknown !== undefined) {
    const [parent, field] = [unknown.split(".").slice(0, -1).join("."), unknown.split(".").at(-1)]
    return refused("graphql", `Cannot query field "${field}" on type "${typeNames[parent] ?? parent}".`)
  }
  const store = request.headers["store"]
  if (store !== undefined && !shop.stores.some(({ code }) => code === store)) {
    return refused("graphql-input", "Requested store is not found")
  }
  if (request.headers["authorization"] !== `Bearer ${sandboxCustomerToken}`) {
    return refused("graphql-authorization", "The current customer isn't authorized.", { customer: null })
  }
  const variables = Option.getOrElse(decodeVariables(parameters.get("variables") ?? "{}"), () => ({}))
  const values = new Map(Object.entries(variables))
  const decoded = decodeArguments(
    Object.fromEntries(
      [...given.matchAll(/(\w+)\s*:\s*\$(\w+)/gu)].map(([, name = "", variable = ""]) => [
        name,
        values.get(variable)
      ])
    )
  )
  return Option.match(decoded, {
    onNone: () => refused("graphql-input", "Variables got an invalid value."),
    onSome: (some) => {
      const all = purchaseOrderPayloads(shop, some.filter?.company_purchase_orders ?? false)
      const pages = Math.max(1, Math.ceil(all.length / some.pageSize))
      return some.currentPage > pages
        ? refused(
            "graphql-input",
            `currentPage value ${some.currentPage} specified is greater than the ${pages} page(s) available.`
          )
        : { data: pick({ customer: { purchase_orders: page(all, some) } }, asked, "") }
    }
  })
}

/**
 * SearchCriteria: the `searchCriteria` of a list request, read from the query as Commerce reads it.
 *
 * Snake and camel case names are one. Without sort direction the order is DESC; without page size every
 * match is meant; pages 0 and 1 are the same.
 */
import { Effect } from "effect"
import { unescape } from "node:querystring"
import { CommerceRefusal } from "./CommerceRefusal.ts"
import type { PayloadObject } from "./Payload.ts"

/** One condition. */
export interface SearchFilter {
  readonly field: string
  readonly value: string
  readonly condition: string
}

/** What to sort by. */
export interface SearchOrder {
  readonly field: string
  readonly direction: "ASC" | "DESC"
}

/** A search: groups are joined by AND, the filters in a group by OR. */
export interface SearchCriteria {
  readonly groups: ReadonlyArray<ReadonlyArray<SearchFilter>>
  readonly orders: ReadonlyArray<SearchOrder>
  /** Undefined means no limit. */
  readonly pageSize: number | undefined
  /** From 1. */
  readonly currentPage: number
}

/** The decoded `name=value` pairs of a query; `+` is a space. */
export const queryPairs = (query: string): ReadonlyArray<readonly [string, string]> =>
  query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const [name = "", ...value] = pair.split("=")
      const decode = (text: string) => unescape(text.replaceAll("+", " "))
      return [decode(name), decode(value.join("="))] as const
    })

/** Reads the criteria; refuses a query without any, and names Commerce does not know. */
export const parseSearchCriteria = Effect.fn("SearchCriteria.parse")(function* (
  query: string
): Effect.fn.Return<SearchCriteria, CommerceRefusal> {
  const groups = new Map<string, Map<string, Map<string, string>>>()
  const orders = new Map<string, Map<string, string>>()
  const pages = new Map<string, string>()
  let isPresent = false

  for (const [name, value] of queryPairs(query)) {
    const [root, ...steps] = name.split(/[[\]]+/u).filter((step) => step !== "")
    if (root === undefined || camel(root) !== "searchCriteria") continue
    isPresent = true
    if (steps.length === 0) continue
    const [first = "", index = "", inner = "", position = "", last = ""] = steps
    switch (camel(first)) {
      case "pageSize":
      case "currentPage":
        pages.set(camel(first), value)
        break
      case "sortOrders":
        yield* knownName(inner, ["field", "direction"])
        entry(orders, index).set(inner, value)
        break
      case "filterGroups":
        yield* knownName(inner, ["filters"])
        yield* knownName(camel(last), ["field", "value", "conditionType"])
        entry(entry(groups, index), position).set(camel(last), value)
        break
      default:
        yield* knownName(first, [])
    }
  }
  if (!isPresent) {
    return yield* new CommerceRefusal({
      status: 400,
      message: '"%fieldName" is required. Enter and try again.',
      parameters: { fieldName: "searchCriteria" }
    })
  }

  const size = Number(pages.get("pageSize") ?? "0")
  const page = Number(pages.get("currentPage") ?? "1")
  if (!Number.isInteger(size) || !Number.isInteger(page)) {
    return yield* new CommerceRefusal({
      status: 400,
      message: 'The "%1" value\'s type is invalid. The "%2" type was expected. Verify and try again.',
      parameters: [
        Number.isInteger(size) ? (pages.get("currentPage") ?? "") : (pages.get("pageSize") ?? ""),
        "int"
      ]
    })
  }
  return {
    groups: [...groups.values()].map((filters) =>
      [...filters.values()].map((filter) => ({
        field: filter.get("field") ?? "",
        value: filter.get("value") ?? "",
        condition: (filter.get("conditionType") ?? "eq").toLowerCase()
      }))
    ),
    orders: yield* Effect.forEach([...orders.values()], parseOrder),
    pageSize: size > 0 ? size : undefined,
    currentPage: Math.max(1, page)
  }
})

/** The criteria as a list answer echoes them. */
export const searchCriteriaPayload = (criteria: SearchCriteria): PayloadObject => ({
  filter_groups: criteria.groups.map((filters) => ({
    filters: filters.map(({ field, value, condition }) => ({ field, value, condition_type: condition }))
  })),
  sort_orders:
    criteria.orders.length === 0
      ? undefined
      : criteria.orders.map(({ field, direction }) => ({ field, direction })),
  page_size: criteria.pageSize,
  current_page: criteria.pageSize === undefined ? undefined : criteria.currentPage
})

const parseOrder = (order: ReadonlyMap<string, string>): Effect.Effect<SearchOrder, CommerceRefusal> => {
  const direction = (order.get("direction") ?? "DESC").toUpperCase()
  if (direction === "ASC" || direction === "DESC") {
    return Effect.succeed({ field: order.get("field") ?? "", direction })
  }
  return Effect.fail(
    new CommerceRefusal({
      status: 400,
      message: "Sort order has to be specified as %1 for ascending order or %2 for descending order.",
      parameters: ["ASC", "DESC"]
    })
  )
}

const knownName = (name: string, known: ReadonlyArray<string>): Effect.Effect<void, CommerceRefusal> =>
  known.includes(name)
    ? Effect.void
    : Effect.fail(
        new CommerceRefusal({
          status: 400,
          message: 'Property "%1" does not have accessor method "%2" in class "%3".',
          parameters: [name, `get${name}`, "Magento\\Framework\\Api\\SearchCriteriaInterface"]
        })
      )

const camel = (name: string) => name.replaceAll(/_([a-z])/gu, (_, letter: string) => letter.toUpperCase())

const entry = <A, B>(map: Map<string, Map<A, B>>, key: string): Map<A, B> => {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = new Map<A, B>()
  map.set(key, made)
  return made
}

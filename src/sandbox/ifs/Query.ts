/**
 * Query: the query options of a read, `$select $filter $orderby $top $skip`.
 *
 * As in the OData library a plus sign is a plus sign: a space is sent as %20.
 * `$expand`, `$count`, `$apply` and `$search` answer 501.
 */
import { Effect } from "effect"
import type { EntityType, Row } from "./EntityType.ts"
import { qualifiedName } from "./EntityType.ts"
import { compareValues, parseFilter, passes } from "./Filter.ts"
import type { Filter } from "./Filter.ts"
import { malformedRequest, notImplemented } from "./IfsError.ts"
import type { IfsError } from "./IfsError.ts"

/** The options of one read. `select` undefined means every property. */
export interface Query {
  readonly select: ReadonlyArray<string> | undefined
  readonly filter: Filter | undefined
  readonly orderBy: ReadonlyArray<{ readonly property: string; readonly descending: boolean }>
  readonly top: number | undefined
  readonly skip: number
}

/** A page of rows; `nextSkip` is where the next page starts, if the server cut this one short. */
export interface Page {
  readonly rows: ReadonlyArray<Row>
  readonly nextSkip: number | undefined
}

/** Reads the raw query string of a request against `entityType`. */
export const parseQuery = Effect.fnUntraced(function* (
  queryString: string,
  entityType: EntityType
): Effect.fn.Return<Query, IfsError> {
  const options = yield* parseOptions(queryString)
  const filter = options.get("$filter")
  const select = options.get("$select")
  const orderBy = options.get("$orderby")
  const top = options.get("$top")
  return {
    select: select === undefined ? undefined : yield* parseSelect(select, entityType),
    filter: filter === undefined ? undefined : yield* parseFilter(filter, entityType),
    orderBy: orderBy === undefined ? [] : yield* parseOrderBy(orderBy, entityType),
    top: top === undefined ? undefined : yield* parseCount("$top", top),
    skip: yield* parseCount("$skip", options.get("$skip") ?? "0")
  }
})

/** No page has more rows, whatever `$top` says; it is cut without a word. */
const rowsMaximum = 5000

/** Applies a query to rows. Without `$top` the server ends the page after `pageSizeMaximum` rows. */
export const applyQuery = (query: Query, rows: ReadonlyArray<Row>, pageSizeMaximum: number): Page => {
  const { filter } = query
  const found = filter === undefined ? rows : rows.filter((row) => passes(filter, row.values))
  const ordered = query.orderBy.length === 0 ? found : found.toSorted(byOrder(query.orderBy))
  const end = query.skip + Math.min(query.top ?? pageSizeMaximum, rowsMaximum)
  return {
    rows: ordered.slice(query.skip, end),
    nextSkip: query.top === undefined && end < ordered.length ? end : undefined
  }
}

const byOrder = (orderBy: Query["orderBy"]) => (left: Row, right: Row) => {
  for (const { descending, property } of orderBy) {
    const order = compareValues(left.values[property] ?? null, right.values[property] ?? null)
    if (order !== 0) return descending ? -order : order
  }
  return 0
}

const supported = ["$select", "$filter", "$orderby", "$top", "$skip"]
const known = ["$expand", "$count", "$apply", "$search"]

const parseOptions = Effect.fnUntraced(function* (
  queryString: string
): Effect.fn.Return<ReadonlyMap<string, string>, IfsError> {
  const options = new Map<string, string>()
  for (const pair of queryString.split("&").filter((it) => it !== "")) {
    const [rawName = "", ...rest] = pair.split("=")
    const name = yield* decodePercent(rawName)
    if (!name.startsWith("$")) continue
    if (known.includes(name)) return yield* notImplemented(name)
    if (!supported.includes(name)) {
      return yield* malformedRequest(`The system query option '${name}' is not defined.`)
    }
    if (options.has(name)) {
      return yield* malformedRequest(`The system query option '${name}' can be specified only once.`)
    }
    options.set(name, yield* decodePercent(rest.join("=")))
  }
  return options
})

/** Percent-decodes a part of an address. */
export const decodePercent = (text: string) =>
  Effect.try({
    try: () => decodeURIComponent(text),
    catch: () => malformedRequest("Wrong percent encoding!")
  })

const parseSelect = (text: string, entityType: EntityType) =>
  text.trim() === "*"
    ? Effect.succeed(Object.keys(entityType.properties))
    : Effect.forEach(text.split(","), (name) => requireProperty(name.trim(), entityType))

const parseOrderBy = (text: string, entityType: EntityType) =>
  Effect.forEach(text.split(","), (item) => {
    const [property = "", direction = "asc", ...rest] = item.trim().split(/\s+/u)
    if (rest.length > 0 || (direction !== "asc" && direction !== "desc")) {
      return Effect.fail(malformedRequest("The URI is malformed."))
    }
    return Effect.map(requireProperty(property, entityType), (name) => ({
      property: name,
      descending: direction === "desc"
    }))
  })

const requireProperty = (name: string, entityType: EntityType) =>
  Object.hasOwn(entityType.properties, name)
    ? Effect.succeed(name)
    : Effect.fail(
        malformedRequest(
          `The property '${name}', used in a query expression, is not defined in type '${qualifiedName(entityType)}'.`
        )
      )

const parseCount = (option: string, text: string) =>
  /^\d+$/u.test(text)
    ? Effect.succeed(Number(text))
    : Effect.fail(
        malformedRequest(`The system query option '${option}' has the not-allowed value '${text}'.`)
      )

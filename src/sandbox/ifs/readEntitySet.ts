/**
 * readEntitySet: the answer to GET on an entity set or on one row of it.
 *
 * Key properties are in the answer even when `$select` leaves them out. A page
 * asked for with `$top` never carries `@odata.nextLink`.
 */
import { Effect } from "effect"
import type { HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Books } from "./Books.ts"
import type { CompanyData } from "./CompanyData.ts"
import type { EntitySet } from "./EntitySet.ts"
import type { Row, Value } from "./EntityType.ts"
import { renderRow } from "./EntityType.ts"
import { compareValues, requiredValues } from "./Filter.ts"
import type { IfsError } from "./IfsError.ts"
import { notFound } from "./IfsError.ts"
import { applyQuery, parseQuery } from "./Query.ts"
import { parseKey } from "./ResourcePath.ts"
import type { ResourcePath } from "./ResourcePath.ts"
import { respond, wantsIeee754, withContext } from "./respond.ts"

/** What is read and where: `companies` are those the user may see, `projectionUrl` ends with ".svc". */
export interface ReadContext {
  readonly entitySet: EntitySet
  readonly books: Books
  readonly companies: ReadonlyArray<CompanyData>
  readonly projectionUrl: string
  readonly queryString: string
  readonly pageSizeMaximum: number
}

/** Answers a page, or one row if the path has a key; 404 if there is no such row. */
export const readEntitySet = Effect.fnUntraced(function* (
  request: HttpServerRequest.HttpServerRequest,
  path: ResourcePath,
  context: ReadContext
): Effect.fn.Return<HttpServerResponse.HttpServerResponse, IfsError> {
  const { entityType } = context.entitySet
  const query = yield* parseQuery(context.queryString, entityType)
  const rendering = { select: query.select, ieee754: wantsIeee754(request) }
  const properties = query.select === undefined ? "" : `(${query.select.join(",")})`
  const metadata = `${context.projectionUrl}/$metadata#${entityType.entitySet}${properties}`
  if (path.keyText !== undefined) {
    const row = yield* findRow(path.keyText, context)
    const json = renderRow(entityType, row, rendering)
    return respond(request, withContext(`${metadata}/$entity`, json.slice(1, -1)))
  }
  const rows = context.entitySet.rows(context.books, context.companies, requiredValues(query.filter))
  const page = applyQuery(query, rows, context.pageSizeMaximum)
  const value = `"value":[${page.rows.map((row) => renderRow(entityType, row, rendering)).join(",")}]`
  if (page.nextSkip === undefined) return respond(request, withContext(metadata, value))
  const nextLink = `${context.projectionUrl}/${entityType.entitySet}?${withSkip(context.queryString, page.nextSkip)}`
  return respond(request, withContext(metadata, `${value},"@odata.nextLink":${JSON.stringify(nextLink)}`))
})

/** The row with the key written in `keyText`; 404 if the user can see none. */
export const findRow = Effect.fnUntraced(function* (
  keyText: string,
  { books, companies, entitySet }: Pick<ReadContext, "books" | "companies" | "entitySet">
): Effect.fn.Return<Row, IfsError> {
  const key = yield* parseKey(keyText, entitySet.entityType)
  const row = entitySet
    .rows(books, companies, new Map([...key].map(([name, value]) => [name, [value]])))
    .find((it) => hasKey(it, key))
  return row ?? (yield* notFound(`There is no ${entitySet.entityType.entity} with the key (${keyText}).`))
})

const hasKey = (row: Row, key: ReadonlyMap<string, Value>) =>
  [...key].every(([name, value]) => compareValues(row.values[name] ?? null, value) === 0)

const withSkip = (queryString: string, skip: number) =>
  [...queryString.split("&").filter((it) => it !== "" && !/^(\$|%24)skip=/u.test(it)), `$skip=${skip}`].join(
    "&"
  )

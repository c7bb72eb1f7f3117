/**
 * keepCustomers: reading, creating and changing customers in the local IFS Cloud.
 *
 * What IFS lets pass and a careful client never does is counted: a PATCH
 * without If-Match, which overwrites or inserts, and one with `*`.
 */
import { Effect } from "effect"
import type { HttpServerRequest, HttpServerResponse } from "effect/http"
import type { CustomerRegister } from "./CustomerRegister.ts"
import { addressType, communicationMethodType, customerType, historyType } from "./CustomerRegister.ts"
import type { EntitySet } from "./EntitySet.ts"
import type { EntityType, Row, Values } from "./EntityType.ts"
import { renderRow } from "./EntityType.ts"
import { compareValues } from "./Filter.ts"
import type { IfsError } from "./IfsError.ts"
import { gatewayError, notFound, preconditionFailed } from "./IfsError.ts"
import { readBody } from "./readBody.ts"
import { findRow, type ReadContext, readEntitySet } from "./readEntitySet.ts"
import { parseKey, parseResourcePath } from "./ResourcePath.ts"
import type { ResourcePath } from "./ResourcePath.ts"
import { respond, respondCreated, wantsIeee754, withContext } from "./respond.ts"

const below: ReadonlyMap<string, EntityType> = new Map(
  [addressType, communicationMethodType].map((type) => [type.entitySet, type])
)

/** The sets that are read like any other: customers in both projections, and the history log. */
export const customerSets = (register: CustomerRegister): ReadonlyArray<EntitySet> =>
  [customerType, { ...customerType, projection: "CustomersHandling" }, historyType].map((entityType) => ({
    entityType,
    rows: () => register.rows(entityType === historyType ? historyType : customerType)
  }))

/** What customers are kept with; `violation` is told what a careful client never does. */
export interface CustomerContext extends Omit<ReadContext, "entitySet"> {
  readonly register: CustomerRegister
  readonly violation: (what: string) => void
}

/** Answers a request to CustomerHandling.svc/CustomerInfoSet and what is below a customer. */
export const keepCustomers = Effect.fnUntraced(function* (
  context: CustomerContext,
  request: HttpServerRequest.HttpServerRequest,
  path: ResourcePath
): Effect.fn.Return<HttpServerResponse.HttpServerResponse, IfsError> {
  if (path.set !== customerType.entitySet) return yield* notFound(`Cannot find '${path.set}'.`)
  if (path.rest === undefined) return yield* answer(context, request, path, customerType, {})
  const parent = yield* parseKey(path.keyText ?? "", customerType)
  const inner = yield* parseResourcePath(path.rest)
  const type = below.get(inner.set)
  if (type === undefined || inner.rest !== undefined) {
    return yield* notFound(`The part '${path.rest}' is not defined.`)
  }
  const customers = customerSets(context.register)[0]
  if (customers !== undefined) yield* findRow(path.keyText ?? "", { ...context, entitySet: customers })
  return yield* answer(context, request, inner, type, Object.fromEntries(parent))
})

const answer = Effect.fnUntraced(function* (
  context: CustomerContext,
  request: HttpServerRequest.HttpServerRequest,
  path: ResourcePath,
  type: EntityType,
  parent: Values
) {
  const { projectionUrl, register } = context
  const rows = () =>
    register
      .rows(type)
      .filter((row) =>
        Object.entries(parent).every(([name, value]) => compareValues(row.values[name] ?? null, value) === 0)
      )
  switch (request.method) {
    case "GET":
      return yield* readEntitySet(request, path, { ...context, entitySet: { entityType: type, rows } })
    case "POST": {
      const sent = yield* readBody(request, type.properties)
      const row = yield* register.insert(type, { ...sent, ...parent })
      return respondCreated(request, type, row, projectionUrl)
    }
    case "PATCH": {
      if (path.keyText === undefined) return yield* notFound("A key is missing.")
      const changes = yield* readBody(request, type.properties)
      const key = yield* parseKey(path.keyText, type)
      const row = rows().find((it) =>
        [...key].every(([name, value]) => compareValues(it.values[name] ?? null, value) === 0)
      )
      const changed = yield* change(context, request, type, { row, key: Object.fromEntries(key), changes })
      const json = renderRow(type, changed, { select: undefined, ieee754: wantsIeee754(request) })
      return respond(
        request,
        withContext(`${projectionUrl}/$metadata#${type.entitySet}/$entity`, json.slice(1, -1))
      )
    }
    default:
      return yield* gatewayError(
        405,
        "ODP_METHOD_NOT_ALLOWED",
        `HTTP method '${request.method}' not allowed for this resource.`
      )
  }
})

const change = Effect.fnUntraced(function* (
  { register, violation }: CustomerContext,
  request: HttpServerRequest.HttpServerRequest,
  type: EntityType,
  { changes, key, row }: { readonly row: Row | undefined; readonly key: Values; readonly changes: Values }
) {
  const ifMatch = request.headers["if-match"]
  if (ifMatch === undefined) violation(`PATCH of ${type.entity} without If-Match`)
  if (ifMatch === "*") violation(`PATCH of ${type.entity} with If-Match: *`)
  if (row === undefined) {
    if (ifMatch !== undefined) return yield* notFound(`There is no ${type.entity} with this key.`)
    return yield* register.insert(type, { ...changes, ...key })
  }
  if (ifMatch !== undefined && ifMatch !== "*" && ifMatch !== row.etag) {
    return yield* preconditionFailed(type.entity)
  }
  return yield* register.update(type, row, changes)
})

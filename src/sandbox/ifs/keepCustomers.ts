/**
 * keepCustomers: reading, creating and changing customers in the local IFS Cloud.
 *
 * What IFS lets pass and a careful client never does is counted: a PATCH
 * without If-Match, which overwrites or inserts, one with `*`, and a second
 * customer of one association number.
 */
import { Effect } from "effect"
import { HttpServerResponse, type HttpServerRequest } from "effect/http"
import type { CustomerRegister } from "./CustomerRegister.ts"
import {
  addressType,
  addressTypeType,
  communicationMethodType,
  companyType,
  customerType,
  historyType
} from "./CustomerRegister.ts"
import type { EntitySet } from "./EntitySet.ts"
import type { EntityType, Row, Values } from "./EntityType.ts"
import { renderRow } from "./EntityType.ts"
import { compareValues } from "./Filter.ts"
import type { IfsError } from "./IfsError.ts"
import { databaseError, gatewayError, missingPrecondition, notFound, preconditionFailed } from "./IfsError.ts"
import { readBody } from "./readBody.ts"
import { findRow, type ReadContext, readEntitySet } from "./readEntitySet.ts"
import { parseKey, parseResourcePath } from "./ResourcePath.ts"
import type { ResourcePath } from "./ResourcePath.ts"
import { respond, respondCreated, wantsIeee754, withContext } from "./respond.ts"
import { type RenamedEntity, renamedEntity, type TenantNames } from "./TenantNames.ts"

/** What can be reached in one step of an address, and what it takes over from the row above. */
interface Step {
  readonly type: EntityType
  readonly given: (above: Values) => Values
  readonly below: ReadonlyArray<Step>
}

const ofCustomer = ({ CustomerId = null }: Values): Values => ({ CustomerId })

const customerStep: Step = {
  type: customerType,
  given: () => ({}),
  below: [
    {
      type: addressType,
      given: ofCustomer,
      below: [
        {
          type: addressTypeType,
          given: ({ AddressId = null, CustomerId = null }) => ({ CustomerId, AddressId }),
          below: []
        }
      ]
    },
    { type: communicationMethodType, given: ofCustomer, below: [] },
    {
      type: companyType,
      given: ({ CustomerId = null }) => ({ Identity: CustomerId, PartyType: "Customer" }),
      below: []
    }
  ]
}

/** Everything below a customer, for the metadata of the projection. */
export const belowCustomers: ReadonlyArray<EntityType> = [
  addressType,
  addressTypeType,
  communicationMethodType,
  companyType
]

/** What a client must send beside what the database misses. */
const mandatoryInBody: Readonly<Record<string, ReadonlyArray<string>>> = {
  CustomerInfo: ["CreationDate", "Country", "DefaultLanguage"],
  CustomerInfoAddress: ["PartyType"]
}

/** The sets that are read like any other: customers in both projections, and the history log. */
export const customerSets = (register: CustomerRegister): ReadonlyArray<EntitySet> =>
  [customerType, { ...customerType, projection: "CustomersHandling" }, historyType].map((entityType) => ({
    entityType,
    rows: () => register.rows(entityType === historyType ? historyType : customerType)
  }))

/** What customers are kept with; `violation` is told what a careful client never does. */
export interface CustomerContext extends Omit<ReadContext, "entitySet"> {
  readonly register: CustomerRegister
  readonly names: TenantNames
  /** Whether texts that are too long are cut off without a word; else they are refused. */
  readonly cutsTexts: boolean
  readonly violation: (what: string) => void
}

const hasValues = (row: Row, values: Iterable<readonly [string, Values[string]]>) =>
  [...values].every(([name, value]) => compareValues(row.values[name] ?? null, value) === 0)

/** Answers a request to CustomerHandling.svc/CustomerInfoSet and what is below a customer. */
export const keepCustomers = Effect.fnUntraced(function* (
  context: CustomerContext,
  request: HttpServerRequest.HttpServerRequest,
  path: ResourcePath
): Effect.fn.Return<HttpServerResponse.HttpServerResponse, IfsError> {
  if (path.set !== customerType.entitySet) return yield* notFound(`Cannot find '${path.set}'.`)
  let [step, here, given]: [Step, ResourcePath, Values] = [customerStep, path, {}]
  while (here.rest !== undefined) {
    const above = yield* findRow(here.keyText ?? "", { ...context, entitySet: setOf(context, step, given) })
    const rest = here.rest
    here = yield* parseResourcePath(rest)
    const next = step.below.find(({ type }) => type.entitySet === here.set)
    if (next === undefined) return yield* notFound(`The part '${rest}' is not defined.`)
    given = next.given(renamedEntity(context.names, step.type).documented(above.values))
    step = next
  }
  return yield* answer(context, request, here, step, given)
})

const rowsOf = ({ companies, register }: CustomerContext, type: EntityType, given: Values) =>
  register
    .rows(type)
    .filter((row) => hasValues(row, Object.entries(given)))
    // A company that the user is not allowed for reads as empty.
    .filter(
      ({ values }) => type !== companyType || companies.some(({ company }) => company === values["Company"])
    )

const setOf = (context: CustomerContext, { type }: Step, given: Values): EntitySet => {
  const { entityType, theirs } = renamedEntity(context.names, type)
  return {
    entityType,
    rows: () =>
      rowsOf(context, type, given).map((row) => ({ ...row, values: theirs<Values[string]>(row.values) }))
  }
}

const answer = Effect.fnUntraced(function* (
  context: CustomerContext,
  request: HttpServerRequest.HttpServerRequest,
  path: ResourcePath,
  step: Step,
  given: Values
) {
  const { projectionUrl, register } = context
  const { type } = step
  const renamed = renamedEntity(context.names, type)
  if (request.method === "GET") {
    return yield* readEntitySet(request, path, { ...context, entitySet: setOf(context, step, given) })
  }
  if (request.method === "POST" && path.keyText === undefined) {
    const sent = yield* readSent(context, request, renamed)
    const missing = mandatoryInBody[type.entity]?.find((name) => (sent[name] ?? null) === null)
    if (missing !== undefined) {
      return yield* databaseError(20124, `${type.entity}.NULLVALUE`, `Field [${missing}] is mandatory.`)
    }
    yield* checkCodes(context, type, { ...sent, ...given })
    const { AssociationNo: number = null } = sent
    if (type === customerType && number !== null && register.rows(type).some(hasNumber(number))) {
      context.violation("a second customer of one association number")
    }
    const row = yield* register.insert(type, { ...sent, ...given })
    return respondCreated(request, renamed.entityType, theirRow(renamed, row), projectionUrl)
  }
  if ((request.method !== "PATCH" && request.method !== "DELETE") || path.keyText === undefined) {
    return yield* gatewayError(
      405,
      "ODP_METHOD_NOT_ALLOWED",
      `HTTP method '${request.method}' not allowed for this resource.`
    )
  }
  const key = renamed.documented(Object.fromEntries(yield* parseKey(path.keyText, renamed.entityType)))
  const row = rowsOf(context, type, given).find((it) => hasValues(it, Object.entries(key)))
  if (request.method === "DELETE") {
    if (row === undefined) return yield* notFound(`There is no ${type.entity} with this key.`)
    if (request.headers["if-match"] === undefined) return yield* missingPrecondition()
    if (request.headers["if-match"] !== row.etag) return yield* preconditionFailed(type.entity)
    yield* register.remove(type, row)
    return HttpServerResponse.empty({ status: 204 })
  }
  const changes = yield* readSent(context, request, renamed)
  yield* checkCodes(context, type, { ...changes, ...key })
  const changed = yield* change(context, request, type, { row, key: { ...given, ...key }, changes })
  const rendering = { select: undefined, ieee754: wantsIeee754(request) }
  const json = renderRow(renamed.entityType, theirRow(renamed, changed), rendering)
  return respond(
    request,
    withContext(`${projectionUrl}/$metadata#${type.entitySet}/$entity`, json.slice(1, -1))
  )
})

/** The values of a body, by the documented names. */
const readSent = Effect.fnUntraced(function* (
  { cutsTexts }: CustomerContext,
  request: HttpServerRequest.HttpServerRequest,
  { documented, entityType }: RenamedEntity
): Effect.fn.Return<Values, IfsError> {
  const { properties } = entityType
  if (!cutsTexts) return documented<Values[string]>(yield* readBody(request, properties))
  const ofAnyLength = Object.fromEntries(
    Object.entries(properties).map(([name, type]) => [
      name,
      type.type === "string" ? { ...type, maximumLength: Number.POSITIVE_INFINITY } : type
    ])
  )
  const sent = yield* readBody(request, ofAnyLength)
  return documented<Values[string]>(
    Object.fromEntries(
      Object.entries(sent).map(([name, value]) => {
        const type = properties[name]
        return [
          name,
          typeof value === "string" && type?.type === "string" ? value.slice(0, type.maximumLength) : value
        ]
      })
    )
  )
})

const hasNumber = (number: Values[string]) => (row: Row) =>
  compareValues(row.values["AssociationNo"] ?? null, number) === 0

const theirRow = ({ theirs }: RenamedEntity, row: Row): Row => ({
  ...row,
  values: theirs<Values[string]>(row.values)
})

/** Company, payment term and currency of a company's row must be there. */
const checkCodes = Effect.fnUntraced(function* (
  { companies }: CustomerContext,
  type: EntityType,
  values: Values
): Effect.fn.Return<void, IfsError> {
  if (type !== companyType) return
  const company = companies.find((one) => one.company === values["Company"])
  if (company === undefined) {
    return yield* databaseError(20111, "Company.NOTEXIST", "The Company object does not exist.")
  }
  const term = values["PayTermId"] ?? null
  if (term !== null && company.paymentTerms?.some((one) => one === term) !== true) {
    return yield* databaseError(20111, "PaymentTerm.NOTEXIST", "The Payment Term object does not exist.")
  }
  const currency = values["DefCurrency"] ?? null
  if (currency !== null && !company.currencies.some(({ currencyCode }) => currencyCode === currency)) {
    return yield* databaseError(20111, "CurrencyCode.NOTEXIST", "The Currency Code object does not exist.")
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

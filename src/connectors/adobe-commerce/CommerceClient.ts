/**
 * CommerceClient: one shop over REST, on PaaS or on SaaS.
 *
 * The deployment decides on address and credentials; what can be asked for is
 * the same. Every attempt is authorised anew, also the repetitions the
 * RestClient makes by itself.
 */
import { DateTime, Effect, MutableRef, Option, Ref, Result, Schedule, Schema } from "effect"
import type { HttpClient } from "effect/http"
import { connectionPace } from "../../http/RateLimit.ts"
import { makeRestClient, type Parameters, type RestResponse } from "../../http/RestClient.ts"
import {
  ConnectorError,
  type ConnectorReason,
  OutcomeUnknown,
  UnexpectedResponse,
  Unreachable
} from "../../pipeline/ConnectorError.ts"
import type { SecretMissing, Secrets } from "../../pipeline/Secrets.ts"
import type { Json } from "../../pipeline/SourceRecord.ts"
import type { Connection } from "./Connection.ts"
import { imsAuthorization } from "./imsAuthorization.ts"
import { integrationAuthorization } from "./integrationAuthorization.ts"
import { internalError, largestPageIn, refusal } from "./refusal.ts"
import { withoutSlash } from "./sign.ts"

/** One condition. All conditions of a search must hold. */
export interface Filter {
  readonly field: string
  readonly condition: "eq" | "gt" | "gteq" | "like" | "lteq" | "in"
  readonly value: string
}

/**
 * A search, by ascending `sortBy` unless `direction` says otherwise: a unique column, entity_id unless it is
 * told. Without a page size Commerce would answer with every match.
 */
interface Criteria {
  readonly filters: ReadonlyArray<Filter>
  readonly pageSize: number
  readonly sortBy?: string
  readonly direction?: "ASC" | "DESC"
}

/**
 * `totalCount` is how many match now, this page included. `pageSize` is how many
 * items there could be: what was asked for, or what the shop allows at most.
 */
interface Found {
  readonly items: ReadonlyArray<Json>
  readonly totalCount: number
  readonly pageSize: number
}

/** A shop, opened. Failures of the shop's own code have the reason `Rejected` with code `internal-error`. */
export interface CommerceClient {
  /**
   * `resource` as in the path: invoices, creditmemos, orders. `fields` trims the answer, as Commerce's own
   * parameter does. Where the shop limits the size of a page, its refusal says to how many, and no more
   * are asked for from then on.
   */
  search(
    resource: string,
    criteria: Criteria,
    options?: { readonly fields?: string }
  ): Effect.Effect<Found, ConnectorError>
  /** GET of a path that starts with /V1; the body and the shop's clock. */
  get(path: string): Effect.Effect<{ readonly body: Json; readonly now: DateTime.Utc }, ConnectorError>
  /** An error of this connection about an answer that is not as documented. */
  unexpected(message: string): ConnectorError
}

/** A shop that may be written to. */
export interface WritingClient extends CommerceClient {
  /**
   * POST or PUT of a path that starts with /V1; the answer. One attempt: what
   * comes without an answer, or with 5xx, is `OutcomeUnknown`. What a business
   * rule refuses is `Rejected`, in the shop's own words.
   */
  write(method: "POST" | "PUT", path: string, body: Json): Effect.Effect<Json, ConnectorError>
  /** An error of this connection. */
  fail(reason: ConnectorReason): ConnectorError
}

/**
 * The query of a search. Every condition is a group of its own, since only
 * groups are joined by "and". Indexes stay below ten, where every server
 * agrees on the order of the names it signs.
 */
const searchParameters = (criteria: Criteria, fields?: string): Parameters => [
  ...criteria.filters.flatMap(({ condition, field, value }, index) => {
    const filter = `searchCriteria[filter_groups][${index}][filters][0]`
    return [
      [`${filter}[field]`, field],
      [`${filter}[value]`, value],
      [`${filter}[condition_type]`, condition]
    ] as const
  }),
  ["searchCriteria[sortOrders][0][field]", criteria.sortBy ?? "entity_id"],
  ["searchCriteria[sortOrders][0][direction]", criteria.direction ?? "ASC"],
  ["searchCriteria[pageSize]", String(criteria.pageSize)],
  ["searchCriteria[currentPage]", "1"],
  ...(fields === undefined ? [] : [["fields", fields] as const])
]

// `items` is null when nothing was found in some releases.
const SearchAnswer = Schema.Struct({
  items: Schema.NullOr(Schema.Array(Schema.Json)),
  total_count: Schema.Int
})

/** True when the shop's own code failed, which one bad document can cause for a whole page. */
export const isInternalError = (error: ConnectorError): boolean =>
  error.reason._tag === "Rejected" && error.reason.code === internalError

/** The same failure for a request that concerns no single document: the shop is unwell, and the run tries again later. */
export const asUnavailable = (error: ConnectorError): ConnectorError =>
  isInternalError(error)
    ? new ConnectorError({
        connection: error.connection,
        reason: new Unreachable({ message: error.reason.message })
      })
    : error

/** Opens a shop: resolves the secrets, contacts nothing. */
export const makeCommerceClient = Effect.fn("CommerceClient.make")(function* (
  name: string,
  connection: Connection
): Effect.fn.Return<WritingClient, SecretMissing, HttpClient.HttpClient | Secrets> {
  const { baseUrl, deployment, storeCode } = connection
  const fail = (reason: ConnectorReason) => new ConnectorError({ connection: name, reason })
  const unexpected = (message: string) => fail(new UnexpectedResponse({ message }))

  const hasBeenAccepted = MutableRef.make(false)

  const rest = yield* makeRestClient({
    connection: name,
    baseUrl: deployment === "saas" ? withoutSlash(baseUrl) : `${withoutSlash(baseUrl)}/rest/${storeCode}`,
    timeout: connection.timeout,
    pace: yield* connectionPace(name, connection.requestsPerMinute),
    authorize:
      deployment === "saas"
        ? yield* imsAuthorization(name, connection)
        : yield* integrationAuthorization(name, connection),
    refuse: (response, request) =>
      refusal(response, { ...request, connection, hasBeenAccepted: MutableRef.get(hasBeenAccepted) })
  })

  const read = (path: string, parameters?: Parameters) =>
    rest.get(path, parameters === undefined ? {} : { parameters }).pipe(
      // A deadlock in the shop's database passes; a document it cannot print does not.
      Effect.retry({ schedule: Schedule.exponential("500 millis"), times: 2, while: isInternalError }),
      Effect.tap(Effect.sync(() => MutableRef.set(hasBeenAccepted, true)))
    )

  const bodyOf = (path: string, response: RestResponse) =>
    response.body === undefined
      ? Effect.fail(
          unexpected(
            `the answer to ${path} is not JSON. Check baseUrl: it must be the shop, not a page in front of it.`
          )
        )
      : Effect.succeed(response.body)

  const largestPage = yield* Ref.make(Number.POSITIVE_INFINITY)
  const search: CommerceClient["search"] = Effect.fn("CommerceClient.search")(
    function* (resource, criteria, options) {
      const path = `/V1/${resource}`
      const pageSize = Math.min(criteria.pageSize, yield* Ref.get(largestPage))
      const parameters = searchParameters({ ...criteria, pageSize }, options?.fields)
      const response = yield* Effect.result(read(path, parameters))
      if (Result.isFailure(response)) {
        const allowed = largestPageIn(response.failure.reason)
        if (allowed === undefined || allowed >= pageSize) return yield* response.failure
        yield* Ref.set(largestPage, allowed)
        return yield* search(resource, criteria, options)
      }
      const body = yield* bodyOf(path, response.success)
      const answer = yield* Schema.decodeUnknownEffect(SearchAnswer)(body).pipe(
        Effect.mapError(() =>
          unexpected(`the answer to ${path} is no search result: it lacks items or total_count.`)
        )
      )
      return { items: answer.items ?? [], totalCount: answer.total_count, pageSize }
    }
  )

  const get: CommerceClient["get"] = Effect.fn("CommerceClient.get")(function* (path) {
    const response = yield* read(path)
    const body = yield* bodyOf(path, response)
    const now = yield* Option.match(DateTime.make(response.headers["date"] ?? ""), {
      onNone: () =>
        Effect.fail(
          unexpected(
            "the shop's answers have no Date header, and reading by time needs the shop's own clock."
          )
        ),
      onSome: (date) => Effect.succeed(DateTime.toUtc(date))
    })
    return { body, now }
  })

  const write: WritingClient["write"] = Effect.fn("CommerceClient.write")(function* (method, path, body) {
    const response = yield* rest.write(method, path, { body })
    // What was sent is done, whatever became of the answer.
    return (
      response.body ??
      (yield* fail(
        new OutcomeUnknown({
          message: `the shop's answer to ${method} ${path} is not JSON; it was carried out.`
        })
      ))
    )
  })

  return { search, get, write, fail, unexpected }
})

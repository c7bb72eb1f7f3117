/**
 * GraphQlClient: asks one shop over GraphQL as a customer.
 *
 * For what Commerce shows over REST to nobody. A query travels in a GET, which
 * Commerce allows for queries only, so that it may be repeated. An error comes
 * with status 200, or since 2.4.9 with 4xx; half an answer beside it counts as none.
 *
 * Source: AdobeDocs/commerce-webapi graphql/usage (requests, headers, authorization
 * tokens, api-response); Quality Patches Tool, ACSD-68925, for the 4xx. That a shop
 * does not know the store `all` here is assumed: it is no store view.
 */
import { Effect, Schema } from "effect"
import { type HttpClient, HttpClientRequest } from "effect/http"
import { connectionPace } from "../../http/RateLimit.ts"
import { makeRestClient, rateLimited, type RestResponse } from "../../http/RestClient.ts"
import {
  ConnectorError,
  type ConnectorReason,
  Unauthorized,
  UnexpectedResponse,
  Unreachable
} from "../../pipeline/ConnectorError.ts"
import { type SecretMissing, type SecretReference, Secrets } from "../../pipeline/Secrets.ts"
import type { Json } from "../../pipeline/SourceRecord.ts"
import type { Connection } from "./Connection.ts"
import { refusal } from "./refusal.ts"
import { withoutSlash } from "./sign.ts"

/** A shop, opened as a customer. */
export interface GraphQlClient {
  /** The `data` of the answer, if it has no errors. */
  query(document: string, variables: { readonly [name: string]: Json }): Effect.Effect<Json, ConnectorError>
  /** An error of this connection about an answer that is not as documented. */
  unexpected(message: string): ConnectorError
}

const GraphQlError = Schema.Struct({
  message: Schema.String,
  extensions: Schema.optionalKey(
    Schema.NullOr(Schema.Struct({ category: Schema.optionalKey(Schema.NullOr(Schema.String)) }))
  )
})

const Errors = Schema.Struct({ errors: Schema.NonEmptyArray(GraphQlError) })
const Answer = Schema.Struct({ data: Schema.Json })

const isErrors = Schema.is(Errors)
const isAnswer = Schema.is(Answer)

const freshToken =
  "It lives one hour unless the shop says otherwise (Stores > Configuration > Services > OAuth > Access Token Expiration), and we cannot renew it: put a fresh token of the customer where customerToken points; it is looked up for every request. If it is fresh, check that the account is active and may see what is asked for"

const tokenRefused = (said: string): ConnectorReason =>
  new Unauthorized({ message: `the shop does not accept the customer token: ${said} ${freshToken}.` })

/** What the errors of an answer, or its status, say about the customer's token or the query; undefined where they say neither. */
const reasonIn = ({ body, status }: RestResponse): ConnectorReason | undefined => {
  if (!isErrors(body)) {
    return status === 401 || status === 403 ? tokenRefused(`it answers ${status}.`) : undefined
  }
  const said = body.errors.map(({ message }) => message).join(" ")
  const categories = body.errors.map(({ extensions }) => extensions?.category ?? "")
  const has = (...names: ReadonlyArray<string>) => categories.some((category) => names.includes(category))
  if (has("graphql-authorization", "graphql-authentication") || status === 401) return tokenRefused(said)
  const unknown = /(?:cannot query field|unknown type) "(\w+)"/iu.exec(said)?.[1]
  if (unknown !== undefined) {
    return new UnexpectedResponse({
      message: `the shop does not know ${unknown} in GraphQL: ${said} It needs the B2B module of Adobe Commerce; ask who runs the shop whether it is installed.`
    })
  }
  if (/requested store is not found/iu.test(said)) {
    return new UnexpectedResponse({
      message: `the shop has no such store view: ${said}. Check storeCode of this connection.`
    })
  }
  return has("internal") || status >= 500
    ? new Unreachable({
        message: `the shop failed inside: ${said}. Ask who runs it to look it up in var/log.`
      })
    : new UnexpectedResponse({ message: `the shop refuses the query: ${said}` })
}

/** Opens a shop as the customer whose token it is: resolves the token once to tell that it is missing, contacts nothing. */
export const makeGraphQlClient = Effect.fn("GraphQlClient.make")(function* (
  name: string,
  connection: Connection,
  customerToken: SecretReference
): Effect.fn.Return<GraphQlClient, SecretMissing, HttpClient.HttpClient | Secrets> {
  const secrets = yield* Secrets
  const token = secrets.resolve(customerToken)
  yield* token
  const fail = (reason: ConnectorReason) => new ConnectorError({ connection: name, reason })
  const unexpected = (message: string) => fail(new UnexpectedResponse({ message }))

  const rest = yield* makeRestClient({
    connection: name,
    baseUrl: withoutSlash(connection.baseUrl),
    timeout: connection.timeout,
    pace: yield* connectionPace(name, connection.requestsPerMinute),
    authorize: (request) =>
      token.pipe(
        Effect.map((value) => ({ request: HttpClientRequest.bearerToken(request, value) })),
        Effect.mapError(({ message }) => fail(new Unauthorized({ message })))
      ),
    refuse: (response, { path }) =>
      rateLimited(response) ??
      reasonIn(response) ??
      // What is asked of it only reads.
      refusal(response, { method: "GET", path, connection, hasBeenAccepted: false })
  })
  const headers: Record<string, string> =
    connection.storeCode === "all" ? {} : { store: connection.storeCode }

  const query: GraphQlClient["query"] = Effect.fn("GraphQlClient.query")(function* (document, variables) {
    const response = yield* rest.get("/graphql", {
      headers,
      parameters: [
        ["query", document],
        ["variables", JSON.stringify(variables)]
      ]
    })
    const reason = reasonIn(response)
    if (reason !== undefined) return yield* fail(reason)
    return isAnswer(response.body)
      ? response.body.data
      : yield* unexpected(
          "the answer to /graphql is no GraphQL answer. Check baseUrl: it must be the shop, not a page in front of it."
        )
  })

  return { query, unexpected }
})

/**
 * RestClient: what every REST connector needs, once.
 *
 * It paces, authorises every attempt afresh, bounds time and size, keeps
 * decimals exact, refuses redirects (they would carry credentials elsewhere),
 * and knows the one rule that money depends on: reading may be retried,
 * writing never is. Statuses are left to the vendor's `refuse`, which turns an
 * answer into a reason for people.
 */
import { DateTime, Duration, Effect, Option, Result, Schedule } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import {
  ConnectorError,
  type ConnectorReason,
  OutcomeUnknown,
  RateLimited,
  Unauthorized,
  UnexpectedResponse,
  Unreachable
} from "../pipeline/ConnectorError.ts"
import type { Json } from "../pipeline/SourceRecord.ts"
import { CurrentConnection } from "./guardedHttp.ts"
import { parseExactJson } from "./parseExactJson.ts"
import type { RateLimit } from "./RateLimit.ts"
import { readText } from "./readText.ts"
import { type RequestFailed, transportFailure } from "./transportFailure.ts"

/** An answer, whatever its status. `body` is undefined when the text is not JSON. */
export interface RestResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
  readonly body: Json | undefined
}

/** Query parameters in order; names and values are percent-encoded with %20, never "+". */
export type Parameters = ReadonlyArray<readonly [name: string, value: string]>

/** A request that carries credentials. */
export interface Authorized {
  readonly request: HttpClientRequest.HttpClientRequest
  /**
   * Called once when this attempt is answered 401: true when the next attempt
   * would carry other credentials. Absent where they cannot be renewed.
   */
  readonly renew?: Effect.Effect<boolean, ConnectorError>
}

/** How a vendor's REST interface is spoken to. */
export interface RestClientOptions {
  /** Name of the connection, for messages. */
  readonly connection: string
  /** Without a final slash. */
  readonly baseUrl: string
  readonly timeout: Duration.Duration
  readonly pace: RateLimit
  /** Adds credentials. Called for every attempt, so a signature is never sent twice. */
  readonly authorize: (
    request: HttpClientRequest.HttpClientRequest
  ) => Effect.Effect<Authorized, ConnectorError>
  /**
   * The reason an answer that is not 2xx stands for. For a writing request,
   * undefined means the outcome is unknown; for a reading one, that it may be
   * tried again.
   */
  readonly refuse: (
    response: RestResponse,
    request: { readonly method: string; readonly path: string }
  ) => ConnectorReason | undefined
  /** Largest answer read. */
  readonly bytesMaximum?: number
  /** Attempts of a reading request in all. */
  readonly readAttempts?: number
}

/** Reads and writes through one connection. Paths start with a slash. */
export interface RestClient {
  /** Retries by itself while the server is busy or away, at the pace it asks for. */
  get(
    path: string,
    options?: { readonly parameters?: Parameters; readonly headers?: Record<string, string> }
  ): Effect.Effect<RestResponse, ConnectorError>
  /** One attempt, except after a 401, which says that nothing was done. */
  write(
    method: "POST" | "PATCH" | "PUT" | "DELETE",
    path: string,
    options?: {
      readonly body?: Json
      readonly headers?: Record<string, string>
      /** Runs when its turn has come and it is authorised, right before the first byte leaves; if it fails, none does. */
      readonly beforeSending?: Effect.Effect<void, ConnectorError>
    }
  ): Effect.Effect<RestResponse, ConnectorError>
}

const encode = (text: string) =>
  encodeURIComponent(text).replace(
    /[!'()*]/gu,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  )

/** `path?name=value&…`, percent-encoded as RFC 3986 asks. */
export const withParameters = (path: string, parameters: Parameters = []): string =>
  parameters.length === 0
    ? path
    : `${path}?${parameters.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&")}`

const usualRestMillis = 1_000
/** So that a mistyped figure is noticed the same hour. */
const restMaximumMillis = 3_600_000

const epochMillis = (date: string | undefined) =>
  Option.map(Option.flatMap(Option.fromUndefinedOr(date), DateTime.make), DateTime.toEpochMillis)

/**
 * Seconds, or an HTTP date, which is compared with the server's own clock, not
 * with ours; an hour at most. One second where it says nothing we understand.
 */
export const retryAfterMillis = (response: RestResponse): number => {
  const asked = response.headers["retry-after"] ?? ""
  const millis = /^\d{1,9}$/u.test(asked)
    ? Option.some(Number(asked) * 1000)
    : Option.zipWith(epochMillis(asked), epochMillis(response.headers["date"]), (until, now) => until - now)
  return Math.min(
    restMaximumMillis,
    Math.max(
      0,
      Option.getOrElse(millis, () => usualRestMillis)
    )
  )
}

/** A client for one connection. */
export const makeRestClient = Effect.fn("RestClient.make")(function* (
  options: RestClientOptions
): Effect.fn.Return<RestClient, never, HttpClient.HttpClient> {
  const http = yield* HttpClient.HttpClient
  const origin = Option.match(Option.liftThrowable(() => new URL(options.baseUrl).host)(), {
    onNone: () => options.baseUrl,
    onSome: (host) => host
  })
  const fail = (reason: ConnectorReason) => new ConnectorError({ connection: options.connection, reason })
  const timeoutText = Duration.format(options.timeout)
  const bytesMaximum = options.bytesMaximum ?? 32 * 1024 * 1024

  const broken = (error: RequestFailed, writing: boolean) => {
    const { kind, message } = transportFailure(error, { host: origin, timeoutText })
    switch (kind) {
      case "forbidden":
        return fail(new Unauthorized({ message }))
      case "not-sent":
        return fail(new Unreachable({ message: `${message}. Check the URL and the network.` }))
      case "too-large":
      case "unusable": {
        const remedy = kind === "too-large" ? " Use a smaller page size." : ""
        return fail(
          writing
            ? new OutcomeUnknown({ message: `${message} The request may have taken effect.` })
            : new UnexpectedResponse({ message: `${message}${remedy}` })
        )
      }
      case "broken":
        return fail(
          writing
            ? new OutcomeUnknown({
                message: `${message} after the request was sent; it may or may not have taken effect.`
              })
            : new Unreachable({ message: `${message}. Check that the system is up.` })
        )
    }
  }

  /** Undefined for a request that only reads. */
  type Writing = { readonly beforeSending: Effect.Effect<void, ConnectorError> } | undefined

  const once = (request: HttpClientRequest.HttpClientRequest, writing: Writing) =>
    Effect.gen(function* () {
      yield* options.pace.take
      const { renew, request: authorized } = yield* options.authorize(request)
      if (writing !== undefined) yield* writing.beforeSending
      const response = yield* http.execute(authorized).pipe(
        Effect.flatMap((response) =>
          Effect.map(readText(response, bytesMaximum), (text): RestResponse => ({
            status: response.status,
            headers: response.headers,
            text,
            body: text === "" ? undefined : Option.getOrUndefined(Result.getSuccess(parseExactJson(text)))
          }))
        ),
        Effect.timeout(options.timeout),
        Effect.mapError((error) => broken(error, writing !== undefined)),
        Effect.provideService(CurrentConnection, options.connection)
      )
      return { renew, response }
    })

  const settle = Effect.fnUntraced(function* (
    request: HttpClientRequest.HttpClientRequest,
    path: string,
    writing: Writing
  ): Effect.fn.Return<RestResponse, ConnectorError> {
    const first = yield* once(request, writing)
    const isRenewed = first.response.status === 401 && first.renew !== undefined ? yield* first.renew : false
    const { response } = isRenewed ? yield* once(request, writing) : first
    if (response.status >= 200 && response.status < 300) return response
    if (response.status >= 300 && response.status < 400) {
      const message = `${origin} answered with a redirect to ${response.headers["location"] ?? "nowhere"}; redirects are not followed. Put the final URL into connections.yaml.`
      return yield* fail(
        writing === undefined ? new UnexpectedResponse({ message }) : new OutcomeUnknown({ message })
      )
    }
    const reason = options.refuse(response, { method: request.method, path })
    // Whatever the answer says about this request, the next ones come later.
    const rest = rateLimited(response)?.retryAfterMillis
    if (rest !== undefined) {
      yield* response.status === 429 ? options.pace.slowDown(rest) : options.pace.pause(rest)
    }
    if (reason !== undefined) return yield* fail(reason)
    const said = `${origin} answered ${response.status} to ${request.method} ${path}`
    return yield* writing === undefined
      ? fail(new Unreachable({ message: `${said}. Check that the system is up.` }))
      : fail(new OutcomeUnknown({ message: `${said}; it may or may not have taken effect.` }))
  })

  // A server that asks for a pause has already got it from the pace; the
  // backoff is for one that is away.
  const mayReadAgain = (error: ConnectorError) => error.disposition === "retry"
  const backoff = Schedule.exponential("200 millis").pipe(
    Schedule.modifyDelay(({ duration }) => Effect.succeed(Duration.min(duration, Duration.seconds(20)))),
    Schedule.jittered
  )

  const get: RestClient["get"] = Effect.fn("RestClient.get")(function* (path, given) {
    const request = HttpClientRequest.get(
      `${options.baseUrl}${withParameters(path, given?.parameters)}`
    ).pipe(HttpClientRequest.setHeaders({ accept: "application/json", ...given?.headers }))
    return yield* settle(request, path, undefined).pipe(
      Effect.retry({ schedule: backoff, times: (options.readAttempts ?? 5) - 1, while: mayReadAgain })
    )
  })

  const write: RestClient["write"] = Effect.fn("RestClient.write")(function* (method, path, given) {
    const bare = HttpClientRequest.make(method)(`${options.baseUrl}${path}`)
    const contentType = given?.headers?.["content-type"] ?? "application/json"
    const request = (
      given?.body === undefined
        ? bare
        : HttpClientRequest.bodyText(bare, JSON.stringify(given.body), contentType)
    ).pipe(HttpClientRequest.setHeaders({ accept: "application/json", ...given?.headers }))
    return yield* settle(request, path, { beforeSending: given?.beforeSending ?? Effect.void })
  })

  return { get, write }
})

/** `RateLimited` for a 429, and for a 503 that says when to come back; undefined otherwise. */
export const rateLimited = (response: RestResponse): RateLimited | undefined =>
  response.status === 429 || (response.status === 503 && response.headers["retry-after"] !== undefined)
    ? new RateLimited({
        message: `the system asks us to slow down (${response.status}).`,
        retryAfterMillis: retryAfterMillis(response)
      })
    : undefined

/**
 * Integration: the integration of the local Commerce, and how its tokens are renewed.
 *
 * Pressing Reauthorize in the Admin ends the access token at once and posts consumer key, secret and a
 * verifier to the integration's callback, which has five seconds to answer. Within 300 seconds the
 * verifier can be exchanged for a request token and that for an access token; each works once. Answers
 * and errors are form text.
 *
 * Source: magento2 Integration/Model/OauthService.php, Oauth/Token/Provider.php, Framework/Oauth/Oauth.php.
 */
import { NodeHttpClient } from "@effect/platform-node"
import { Clock, Effect, Ref, Schema } from "effect"
import { HttpClient, HttpClientRequest, HttpServerResponse } from "effect/http"
import { randomBytes } from "node:crypto"
import { CommerceRefusal } from "./CommerceRefusal.ts"
import { type Credentials, makeOAuthCheck, type SignedRequest } from "./OAuthCheck.ts"

/** The callback did not answer, or not in time. The access token has ended all the same. */
export class CallbackFailed extends Schema.TaggedError<CallbackFailed>()("CallbackFailed", {
  message: Schema.String
}) {}

/** The integration of one server. */
export interface Integration {
  /** The four values as they are now. The access token is nobody's between reauthorising and the exchange. */
  readonly credentials: Effect.Effect<Credentials>
  /** Succeeds for a request that may read `resource`. */
  readonly check: (request: SignedRequest, resource: string) => Effect.Effect<void, CommerceRefusal>
  /** Takes the right to read `resource` away; every other one stays. */
  readonly withdraw: (resource: string) => Effect.Effect<void>
  /** Replaces the four values, as a new activation by hand does. */
  readonly replace: (credentials: Credentials) => Effect.Effect<void>
  /** Presses Reauthorize: ends the access token, and posts to the callback with `storeBaseUrl`. */
  readonly reauthorise: (options: {
    readonly callbackUrl: string
    readonly storeBaseUrl: string
  }) => Effect.Effect<void, CallbackFailed>
  /** Answers `POST /oauth/token/request` and `POST /oauth/token/access`. */
  readonly exchange: (
    step: "request" | "access",
    request: SignedRequest
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse>
}

/** Seconds for which a posted consumer key may be exchanged. */
const consumerLifeSeconds = 300

/** What the one token of the consumer is at the moment; `verifier` goes with it until it is an access token. */
interface Token {
  readonly type: "verifier" | "request" | "access"
  readonly key: string
  readonly secret: string
  readonly verifier: string
  readonly postedAtMillis: number
}

/** The token of an integration that is active. */
const accessToken = (credentials: Credentials): Token => ({
  type: "access",
  key: credentials.accessToken,
  secret: credentials.accessTokenSecret,
  verifier: "",
  postedAtMillis: 0
})

const secretText = Effect.sync(() => randomBytes(16).toString("hex"))

const oauthError = (message: string) => new CommerceRefusal({ status: 401, message })

const formText = (status: number, values: Readonly<Record<string, string>>) =>
  HttpServerResponse.text(new URLSearchParams(values).toString(), {
    status,
    contentType: "application/x-www-form-urlencoded"
  })

/** As `oauth_problem`, with the placeholders filled in, which is how these endpoints word an error. */
const problem = ({ message, parameters, status }: CommerceRefusal) =>
  formText(status, {
    oauth_problem: Object.entries(parameters ?? {}).reduce(
      (text, [key, value]) =>
        text.replaceAll(`%${Array.isArray(parameters) ? Number(key) + 1 : key}`, String(value)),
      message
    )
  })

/** An integration that is active with `credentials`. */
export const makeIntegration = Effect.fn("makeIntegration")(function* (options: {
  readonly credentials: Credentials
  readonly acceptsSha1: boolean
}): Effect.fn.Return<Integration> {
  const consumer = yield* Ref.make(options.credentials)
  const token = yield* Ref.make(accessToken(options.credentials))
  const withdrawn = yield* Ref.make<ReadonlySet<string>>(new Set())
  const oauth = yield* makeOAuthCheck({ acceptsSha1: options.acceptsSha1 })

  const credentials = Effect.gen(function* () {
    const { key, secret, type } = yield* Ref.get(token)
    const { consumerKey, consumerSecret } = yield* Ref.get(consumer)
    const isUsable = type === "access"
    return {
      consumerKey,
      consumerSecret,
      accessToken: isUsable ? key : "",
      accessTokenSecret: isUsable ? secret : ""
    }
  })

  const check: Integration["check"] = Effect.fn("Integration.check")(function* (request, resource) {
    const { accessToken, accessTokenSecret, consumerKey, consumerSecret } = yield* credentials
    // A bearer token, a wrong consumer, a wrong token and a missing permission all get the same answer.
    const unauthorized = new CommerceRefusal({
      status: 401,
      message: "The consumer isn't authorized to access %resources.",
      parameters: { resources: resource }
    })
    yield* oauth.check(request, {
      names: ["oauth_token"],
      absent: unauthorized,
      secretsFor: (parameters) =>
        accessToken !== "" &&
        parameters.get("oauth_consumer_key") === consumerKey &&
        parameters.get("oauth_token") === accessToken
          ? Effect.succeed({ consumerSecret, tokenSecret: accessTokenSecret })
          : Effect.fail(unauthorized)
    })
    if ((yield* Ref.get(withdrawn)).has(resource)) return yield* unauthorized
  })

  const reauthorise: Integration["reauthorise"] = Effect.fn("Integration.reauthorise")(
    function* ({ callbackUrl, storeBaseUrl }) {
      const verifier = yield* secretText
      const { consumerKey, consumerSecret } = yield* Ref.get(consumer)
      const fresh: Token = {
        type: "verifier",
        key: yield* secretText,
        secret: yield* secretText,
        verifier,
        postedAtMillis: yield* Clock.currentTimeMillis
      }
      yield* Ref.set(token, fresh)
      const http = yield* HttpClient.HttpClient
      const post = HttpClientRequest.post(callbackUrl).pipe(
        HttpClientRequest.bodyUrlParams({
          oauth_consumer_key: consumerKey,
          oauth_consumer_secret: consumerSecret,
          oauth_verifier: verifier,
          store_base_url: storeBaseUrl
        })
      )
      // Whatever the callback answers is an answer; Commerce does not look at it.
      yield* http.execute(post).pipe(
        Effect.timeout("5 seconds"),
        Effect.mapError(
          () =>
            new CallbackFailed({
              message:
                "The attempt to post data to consumer failed due to an unexpected error. Please try again later."
            })
        )
      )
    },
    (effect) => effect.pipe(Effect.scoped, Effect.provide(NodeHttpClient.layerUndici))
  )

  const consumerSecretFor = Effect.fnUntraced(function* (parameters: ReadonlyMap<string, string>) {
    const { consumerKey, consumerSecret } = yield* Ref.get(consumer)
    const key = parameters.get("oauth_consumer_key") ?? ""
    if (key.length !== 32) return yield* oauthError("Consumer key is not the correct length")
    if (key !== consumerKey) return yield* oauthError("A consumer having the specified key does not exist")
    return consumerSecret
  })

  /** The secrets that sign a request token, if the consumer may still have one. */
  const secretsForRequest = Effect.fnUntraced(function* (parameters: ReadonlyMap<string, string>) {
    const consumerSecret = yield* consumerSecretFor(parameters)
    const { postedAtMillis } = yield* Ref.get(token)
    const age = (yield* Clock.currentTimeMillis) - postedAtMillis
    if (age > consumerLifeSeconds * 1000) return yield* oauthError("Consumer key has expired")
    return { consumerSecret, tokenSecret: "" }
  })

  /** The secrets that sign an access token, if request token and verifier are the right ones. */
  const secretsForAccess = Effect.fnUntraced(function* (parameters: ReadonlyMap<string, string>) {
    const consumerSecret = yield* consumerSecretFor(parameters)
    const current = yield* Ref.get(token)
    const given = parameters.get("oauth_token") ?? ""
    const verifier = parameters.get("oauth_verifier") ?? ""
    if (given.length !== 32) return yield* oauthError("Token is not the correct length")
    if (given !== current.key) return yield* oauthError("Specified token does not exist")
    if (current.type !== "request") return yield* oauthError("Token is already being used")
    if (verifier.length !== 32) return yield* oauthError("Verifier is not the correct length")
    if (verifier !== current.verifier) {
      return yield* oauthError("Token verifier and verifier token do not match")
    }
    return { consumerSecret, tokenSecret: current.secret }
  })

  const absent = new CommerceRefusal({
    status: 400,
    message: '"%fieldName" is required. Enter and try again.',
    parameters: { fieldName: "oauth_consumer_key" }
  })

  const exchange: Integration["exchange"] = Effect.fn("Integration.exchange")(
    function* (step, request) {
      yield* oauth.check(
        request,
        step === "request"
          ? { names: [], absent, secretsFor: secretsForRequest }
          : { names: ["oauth_token", "oauth_verifier"], absent, secretsFor: secretsForAccess }
      )
      const current = yield* Ref.get(token)
      if (step === "request" && current.type !== "verifier") {
        return yield* oauthError("Cannot create request token because consumer token is not a verifier token")
      }
      const next: Token = {
        ...current,
        type: step,
        key: yield* secretText,
        secret: yield* secretText
      }
      yield* Ref.set(token, next)
      return formText(200, { oauth_token: next.key, oauth_token_secret: next.secret })
    },
    Effect.catchTag("CommerceRefusal", (refusal) => Effect.succeed(problem(refusal)))
  )

  return {
    credentials,
    check,
    withdraw: (resource) => Ref.update(withdrawn, (some) => new Set([...some, resource])),
    replace: (given) => Effect.andThen(Ref.set(consumer, given), Ref.set(token, accessToken(given))),
    reauthorise,
    exchange
  }
})

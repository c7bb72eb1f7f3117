/**
 * OAuthToken: an OAuth 2.0 client-credentials token, renewed before it expires.
 *
 * A token is renewed five minutes ahead of expiry, or a quarter of its life
 * ahead when it lives less than twenty minutes, and again when the server
 * refuses it early. Many fibers asking at once cause one request. What was got
 * is left in the `TokenCache`, for others who use the same credentials.
 */
import { Clock, Duration, Effect, Option, Redacted, Ref, Schema, Semaphore } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { ConnectorError, Unauthorized, Unreachable } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import { type CachedToken, credentialFingerprint, TokenCache, type TokenKey } from "./TokenCache.ts"

/** Where and with what a token is asked for. Credentials are read afresh at every `get`, so a rotated one replaces the token at once. */
export interface OAuthTokenOptions {
  readonly connection: string
  readonly tokenUrl: string
  readonly scope: string
  readonly credentials: Effect.Effect<
    { readonly clientId: Redacted.Redacted; readonly clientSecret: Redacted.Redacted },
    SecretMissing
  >
  readonly timeout: Duration.Duration
  /** What to check when the credentials are refused, for people. */
  readonly remedy: string
}

/** The current token of a connection. */
export interface OAuthToken {
  readonly get: Effect.Effect<Redacted.Redacted, ConnectorError>
  /** Forgets the current token: the server refused it. The next `get` asks anew. */
  readonly forget: Effect.Effect<void>
}

const TokenAnswer = Schema.fromJsonString(
  Schema.Struct({ access_token: Schema.String, expires_in: Schema.Number })
)

/** Milliseconds before expiry at which a token of this life is renewed. */
export const renewalLeadMillis = (lifeMillis: number): number => Math.min(5 * 60_000, lifeMillis / 4)

/** True until a token is due to be renewed. */
const isFresh = (held: CachedToken, nowMillis: number) =>
  nowMillis < held.expiresAtMillis - renewalLeadMillis(held.expiresAtMillis - held.obtainedAtMillis)

interface Held {
  readonly key: TokenKey
  readonly token: CachedToken
}

/** A token holder; nothing is requested until the first `get`. */
export const makeOAuthToken = Effect.fn("OAuthToken.make")(function* (
  options: OAuthTokenOptions
): Effect.fn.Return<OAuthToken, never, HttpClient.HttpClient> {
  const http = yield* HttpClient.HttpClient
  const one = yield* Semaphore.make(1)
  const cache = yield* TokenCache
  const held = yield* Ref.make(Option.none<Held>())
  const fail = (reason: ConnectorError["reason"]) =>
    new ConnectorError({ connection: options.connection, reason })
  const away = (what: string) =>
    fail(new Unreachable({ message: `no token from ${options.tokenUrl}: ${what}` }))

  const request = Effect.fn("OAuthToken.request")(function* (
    clientId: Redacted.Redacted,
    clientSecret: Redacted.Redacted
  ) {
    const obtainedAtMillis = yield* Clock.currentTimeMillis
    const response = yield* http
      .execute(
        HttpClientRequest.post(options.tokenUrl).pipe(
          HttpClientRequest.bodyUrlParams({
            grant_type: "client_credentials",
            client_id: Redacted.value(clientId),
            client_secret: Redacted.value(clientSecret),
            scope: options.scope
          })
        )
      )
      .pipe(
        Effect.flatMap((answer) => Effect.map(answer.text, (text) => ({ status: answer.status, text }))),
        Effect.timeout(options.timeout),
        // The cause is left out: it could carry the request with its credentials.
        Effect.mapError(() => away("no answer. Check the URL and the network."))
      )
    if (response.status >= 400 && response.status < 500 && response.status !== 429) {
      return yield* fail(
        new Unauthorized({
          message: `the token request to ${options.tokenUrl} was refused (${response.status}). ${options.remedy}`
        })
      )
    }
    if (response.status !== 200) return yield* away(`it answered ${response.status}.`)
    const answer = yield* Schema.decodeUnknownEffect(TokenAnswer)(response.text).pipe(
      Effect.mapError(() => away("the answer is not a token. Check the token URL."))
    )
    return {
      token: Redacted.make(answer.access_token),
      obtainedAtMillis,
      expiresAtMillis: obtainedAtMillis + answer.expires_in * 1000
    }
  })

  const get = Effect.gen(function* () {
    const { clientId, clientSecret } = yield* options.credentials.pipe(
      Effect.mapError((missing) => fail(new Unauthorized({ message: missing.message })))
    )
    const key = {
      connection: options.connection,
      fingerprint: credentialFingerprint([
        options.tokenUrl,
        options.scope,
        Redacted.value(clientId),
        Redacted.value(clientSecret)
      ])
    }
    const now = yield* Clock.currentTimeMillis
    const usable = Option.filter((token: CachedToken) => isFresh(token, now))
    const own = Option.filter(yield* Ref.get(held), (one) => one.key.fingerprint === key.fingerprint)
    const mine = usable(Option.map(own, ({ token }) => token))
    if (Option.isSome(mine)) return mine.value.token
    const known = usable(yield* cache.find(key))
    const token = Option.isSome(known) ? known.value : yield* request(clientId, clientSecret)
    if (Option.isNone(known)) yield* cache.keep(key, token)
    yield* Ref.set(held, Option.some({ key, token }))
    return token.token
  }).pipe(one.withPermits(1))

  const forget = Effect.gen(function* () {
    const refused = yield* Ref.getAndSet(held, Option.none())
    if (Option.isSome(refused)) yield* cache.remove(refused.value.key, refused.value.token.token)
  })

  return { get, forget }
})

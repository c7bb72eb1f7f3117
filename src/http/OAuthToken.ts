/**
 * OAuthToken: an OAuth 2.0 client-credentials token, renewed before it expires.
 *
 * A token is renewed five minutes ahead of expiry, or a quarter of its life
 * ahead when it lives less than twenty minutes, and again when the server
 * refuses it early. Many fibers asking at once cause one request. What was got
 * is left in the `TokenCache`, for others who use the same credentials. Two client
 * secrets may be alive while one replaces the other: the previous one is tried
 * where the current one is refused.
 */
import { Clock, Duration, Effect, Exit, Option, Redacted, Ref, Schema, Semaphore } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { ConnectorError, Unauthorized, Unreachable } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import { CurrentConnection } from "./guardedHttp.ts"
import { readText } from "./readText.ts"
import type { Authorized } from "./RestClient.ts"
import { type CachedToken, credentialFingerprint, TokenCache, type TokenKey } from "./TokenCache.ts"
import { type RequestFailed, transportFailure } from "./transportFailure.ts"

/**
 * Where and with what a token is asked for. Credentials are read afresh every five
 * seconds and after every refusal, so a rotated one soon replaces the token.
 */
export interface OAuthTokenOptions {
  readonly connection: string
  readonly tokenUrl: string
  readonly scope: string
  readonly credentials: Effect.Effect<ClientCredentials, SecretMissing>
  readonly timeout: Duration.Duration
  /** What to check when the credentials are refused, for people. */
  readonly remedy: string
  /** The same for single error codes of the token endpoint, such as `invalid_scope`. */
  readonly remedies?: Readonly<Record<string, string>>
}

/** A client and its secret; `previousClientSecret` is the one before, during a rotation. */
export interface ClientCredentials {
  readonly clientId: Redacted.Redacted
  readonly clientSecret: Redacted.Redacted
  readonly previousClientSecret?: Redacted.Redacted
}

/** The current token of a connection. */
export interface OAuthToken {
  readonly get: Effect.Effect<Redacted.Redacted, ConnectorError>
  /** Lets a request carry the token. One that the server refuses is renewed, once however many were sent with it. */
  authorize(request: HttpClientRequest.HttpClientRequest): Effect.Effect<Authorized, ConnectorError>
}

const TokenAnswer = Schema.fromJsonString(
  Schema.Struct({ access_token: Schema.String, expires_in: Schema.Number })
)

// RFC 6749, section 5.2; a proxy in front of the endpoint may answer with anything else.
const RefusalAnswer = Schema.fromJsonString(
  Schema.Struct({ error: Schema.String, error_description: Schema.optionalKey(Schema.String) })
)

const unknownRefusal: typeof RefusalAnswer.Type = { error: "" }

/** Codes that say the secret is wrong, rather than what was asked for with it. */
const aboutTheSecret = new Set(["invalid_client", "unauthorized_client"])

/** A refusal of the token endpoint, and whether another secret may do better. */
class TokenRefused extends Schema.TaggedError<TokenRefused>()("TokenRefused", {
  message: Schema.String,
  isAboutTheSecret: Schema.Boolean
}) {}

/** How long credentials that were read are taken to be the same: reading them costs as much as a small request. */
const credentialsLife = Duration.seconds(5)

/** Largest answer read; a token with many roles takes some thousands of bytes. */
const answerBytesMaximum = 256 * 1024

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
  const [credentials, readAfresh] = yield* Effect.cachedInvalidateWithTTL(options.credentials, (exit) =>
    Exit.isSuccess(exit) ? credentialsLife : Duration.zero
  )
  const fail = (reason: ConnectorError["reason"]) =>
    new ConnectorError({ connection: options.connection, reason })
  const away = (what: string) =>
    fail(new Unreachable({ message: `no token from ${options.tokenUrl}: ${what}` }))

  const unanswered = (error: RequestFailed) => {
    const { kind, message } = transportFailure(error, {
      host: "it",
      timeoutText: Duration.format(options.timeout)
    })
    return kind === "forbidden"
      ? fail(new Unauthorized({ message: `no token from ${options.tokenUrl}: ${message}` }))
      : away(`${message.replace(/\.$/u, "")}. Check the URL and the network.`)
  }

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
        Effect.flatMap((answer) =>
          Effect.map(readText(answer, answerBytesMaximum), (text) => ({ status: answer.status, text }))
        ),
        Effect.timeout(options.timeout),
        // The cause is left out: it could carry the request with its credentials.
        Effect.mapError(unanswered),
        Effect.provideService(CurrentConnection, options.connection)
      )
    if (response.status >= 400 && response.status < 500 && response.status !== 429) {
      const { error, error_description: description = "" } = Option.getOrElse(
        Schema.decodeOption(RefusalAnswer)(response.text),
        () => unknownRefusal
      )
      // Some endpoints quote what they were sent; a secret must not come back in a message.
      const isQuotable = !description.includes(Redacted.value(clientSecret))
      const said = [response.status, error, isQuotable ? description : ""].filter((part) => part !== "")
      return yield* new TokenRefused({
        message: `the token request to ${options.tokenUrl} was refused (${said.join(", ").slice(0, 200)}). ${options.remedies?.[error] ?? options.remedy}`,
        isAboutTheSecret: response.status === 401 || aboutTheSecret.has(error)
      })
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

  /** Asks with the current secret, and with the previous one where that is refused. The refusal told is that of the current one. */
  const ask = ({ clientId, clientSecret, previousClientSecret: previous }: ClientCredentials) =>
    request(clientId, clientSecret).pipe(
      Effect.catchTag("TokenRefused", (refused) =>
        previous === undefined || !refused.isAboutTheSecret
          ? Effect.fail(refused)
          : request(clientId, previous).pipe(
              Effect.catchTag("TokenRefused", () => Effect.fail(refused)),
              Effect.tap(
                Effect.logWarning(
                  `${options.connection}: clientSecret is refused, previousClientSecret is accepted. Put the right secret in place before the previous one is deleted.`
                )
              )
            )
      ),
      Effect.catchTag("TokenRefused", ({ message }) =>
        Effect.andThen(readAfresh, fail(new Unauthorized({ message })))
      )
    )

  const current = Effect.gen(function* () {
    const given = yield* credentials.pipe(
      Effect.mapError((missing) => fail(new Unauthorized({ message: missing.message })))
    )
    const key = {
      connection: options.connection,
      fingerprint: credentialFingerprint([
        options.tokenUrl,
        options.scope,
        Redacted.value(given.clientId),
        Redacted.value(given.clientSecret)
      ])
    }
    const now = yield* Clock.currentTimeMillis
    const usable = Option.filter((token: CachedToken) => isFresh(token, now))
    const own = Option.filter(yield* Ref.get(held), (one) => one.key.fingerprint === key.fingerprint)
    const mine = usable(Option.map(own, ({ token }) => token))
    if (Option.isSome(mine)) return { key, token: mine.value }
    const known = usable(yield* cache.find(key))
    const token = Option.isSome(known) ? known.value : yield* ask(given)
    if (Option.isNone(known)) yield* cache.keep(key, token)
    yield* Ref.set(held, Option.some({ key, token }))
    return { key, token }
  }).pipe(one.withPermits(1))

  /** Lets go of a token that the server refused, unless another has taken its place meanwhile. */
  const forget = ({ key, token }: Held) =>
    Effect.andThen(
      Ref.update(
        held,
        Option.filter((now) => now.token !== token)
      ),
      cache.remove(key, token.token)
    ).pipe(Effect.andThen(readAfresh))

  return {
    get: Effect.map(current, ({ token }) => token.token),
    authorize: (request) =>
      Effect.map(current, (used) => ({
        request: HttpClientRequest.bearerToken(request, used.token.token),
        renew: Effect.as(forget(used), true)
      }))
  }
})

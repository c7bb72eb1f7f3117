/**
 * Tokens: the identity provider of the local IFS Cloud.
 *
 * One confidential IAM client with the client credentials grant, as Keycloak
 * answers it. Access tokens are opaque here and end by the server's own clock.
 */
import { Clock, Effect, Redacted } from "effect"
import type { HttpServerRequest } from "effect/http"
import { HttpServerResponse } from "effect/http"
import { randomUUID } from "node:crypto"

/** The client that may ask for tokens and how long a token is good for. */
export interface TokenOptions {
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted
  readonly tokenLifetimeSeconds: number
}

/** The tokens of one server. */
export interface Tokens {
  /** Answers the token endpoint. */
  readonly issue: (
    request: HttpServerRequest.HttpServerRequest
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse>
  /** Whether an Authorization header carries a token that was issued and has not ended. */
  readonly accepts: (authorization: string | undefined) => Effect.Effect<boolean>
  /** Ends every token at once. */
  readonly revokeAll: Effect.Effect<void>
  /** How many tokens were issued. */
  readonly issued: () => number
}

/** An identity provider that has issued nothing yet. */
export const makeTokens = (options: TokenOptions): Tokens => {
  const endOf = new Map<string, number>()
  let issued = 0

  const issue: Tokens["issue"] = (request) =>
    Effect.gen(function* () {
      if (!/^application\/x-www-form-urlencoded\b/iu.test(request.headers["content-type"] ?? "")) {
        return refuse(415, "invalid_request", "The body must be application/x-www-form-urlencoded")
      }
      const form = yield* Effect.map(request.text, (text) => new URLSearchParams(text))
      if (form.get("grant_type") !== "client_credentials") {
        return refuse(400, "unsupported_grant_type", "Unsupported grant_type")
      }
      const isKnown =
        form.get("client_id") === options.clientId &&
        form.get("client_secret") === Redacted.value(options.clientSecret)
      if (!isKnown) return refuse(401, "unauthorized_client", "Invalid client or Invalid client credentials")
      const now = yield* Clock.currentTimeMillis
      const token = randomUUID()
      issued++
      endOf.set(token, now + options.tokenLifetimeSeconds * 1000)
      return HttpServerResponse.jsonUnsafe({
        access_token: token,
        expires_in: options.tokenLifetimeSeconds,
        refresh_expires_in: 1800,
        refresh_token: randomUUID(),
        token_type: "Bearer",
        id_token: randomUUID(),
        "not-before-policy": 0,
        session_state: randomUUID(),
        scope: "openid audience microprofile-jwt profile email"
      })
    }).pipe(Effect.orElseSucceed(() => refuse(400, "invalid_request", "The body could not be read")))

  const accepts: Tokens["accepts"] = (authorization) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      const [, token = ""] = /^Bearer (.+)$/iu.exec(authorization ?? "") ?? []
      return (endOf.get(token) ?? 0) > now
    })

  return { issue, accepts, revokeAll: Effect.sync(() => endOf.clear()), issued: () => issued }
}

const refuse = (status: number, error: string, description: string) =>
  HttpServerResponse.jsonUnsafe({ error, error_description: description }, { status })

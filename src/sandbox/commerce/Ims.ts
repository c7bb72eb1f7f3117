/**
 * Ims: Adobe's identity service and the gateway in front of a local Commerce on SaaS.
 *
 * One OAuth Server-to-Server credential, of which two secrets can be alive at once. Tokens end by the
 * server's own clock; there is no refresh token. The gateway refuses a token with 401 and a client or an
 * organization with 403. Commerce documents these statuses, not the bodies: they are worded as the same
 * gateway words them in front of other products, and token errors as OAuth 2.0 does.
 *
 * Source: AdobeDocs/commerce-webapi rest/authentication/server-to-server.md; Adobe Developer Console, ims.md.
 */
import { Clock, Effect, Ref } from "effect"
import { HttpServerResponse, type HttpServerRequest } from "effect/http"
import { randomUUID } from "node:crypto"

/** What the client of a shop on SaaS needs to know. */
export interface ImsClient {
  readonly clientId: string
  readonly clientSecret: string
  readonly organization: string
}

/** The identity service of one server. */
export interface Ims {
  readonly client: ImsClient
  /** The path of its token endpoint. */
  readonly tokenPath: string
  /** Answers the token endpoint. */
  readonly issue: (
    request: HttpServerRequest.HttpServerRequest
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse>
  /** The answer of the gateway to a request it does not let through; undefined for one it does. */
  readonly refuse: (
    headers: Readonly<Record<string, string | undefined>>
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse | undefined>
  /** The secrets that are alive from now on, as after one was added or deleted. */
  readonly setSecrets: (secrets: ReadonlyArray<string>) => Effect.Effect<void>
  /** Ends every token at once. */
  readonly revokeTokens: Effect.Effect<void>
  /** How many tokens were issued. */
  readonly issued: Effect.Effect<number>
}

/** The client the local Commerce accepts unless told otherwise; no secret, it opens nothing else. */
export const sandboxImsClient: ImsClient = {
  clientId: "sandboximsclient000000000000001",
  clientSecret: "p8e-sandboximssecret-0000000001",
  organization: "5A4D0000000000000A495C01@AdobeOrg"
}

const knownScopes = new Set([
  "openid",
  "AdobeID",
  "email",
  "profile",
  "additional_info.roles",
  "additional_info.projectedProductContext",
  "commerce.accs"
])
/** A token without them is no key to a shop. */
const neededScopes = ["openid", "additional_info.projectedProductContext", "commerce.accs"]

const refuseToken = (status: number, error: string, description: string) =>
  HttpServerResponse.jsonUnsafe({ error, error_description: description }, { status })

const gatewayRefusal = (code: string, message: string) =>
  HttpServerResponse.jsonUnsafe({ error_code: code, message }, { status: Number(code.slice(0, 3)) })

interface Token {
  readonly endsAtMillis: number
  readonly scopes: ReadonlyArray<string>
}

/** An identity service that has issued nothing yet. */
export const makeIms = Effect.fn("makeIms")(function* (options: {
  readonly client: ImsClient
  readonly tokenLifetimeSeconds: number
}): Effect.fn.Return<Ims> {
  const { client } = options
  const secrets = yield* Ref.make<ReadonlyArray<string>>([client.clientSecret])
  const tokens = yield* Ref.make<ReadonlyMap<string, Token>>(new Map())
  const issued = yield* Ref.make(0)

  const issue: Ims["issue"] = (request) =>
    Effect.gen(function* () {
      if (request.method !== "POST") return refuseToken(405, "invalid_request", "use POST")
      if (!/^application\/x-www-form-urlencoded\b/iu.test(request.headers["content-type"] ?? "")) {
        return refuseToken(400, "invalid_request", "the body must be a form")
      }
      const form = yield* Effect.map(request.text, (text) => new URLSearchParams(text))
      if (form.get("grant_type") !== "client_credentials") {
        return refuseToken(400, "unsupported_grant_type", "invalid grant_type parameter")
      }
      if (form.get("client_id") !== client.clientId) {
        return refuseToken(400, "invalid_client", "invalid client_id parameter")
      }
      if (!(yield* Ref.get(secrets)).includes(form.get("client_secret") ?? "")) {
        return refuseToken(401, "invalid_client", "invalid client_secret parameter")
      }
      const scopes = (form.get("scope") ?? "").split(",")
      if (!scopes.every((scope) => knownScopes.has(scope))) {
        return refuseToken(400, "invalid_scope", "the scope is not bound to this client")
      }
      const token = yield* Effect.sync(() => randomUUID())
      const now = yield* Clock.currentTimeMillis
      yield* Ref.update(issued, (count) => count + 1)
      yield* Ref.update(
        tokens,
        (some) =>
          new Map([...some, [token, { endsAtMillis: now + options.tokenLifetimeSeconds * 1000, scopes }]])
      )
      return HttpServerResponse.jsonUnsafe({
        access_token: token,
        token_type: "bearer",
        expires_in: options.tokenLifetimeSeconds
      })
    }).pipe(Effect.orElseSucceed(() => refuseToken(400, "invalid_request", "the body could not be read")))

  const refuse: Ims["refuse"] = Effect.fn("Ims.refuse")(function* (headers) {
    const [, key = ""] = /^Bearer (.+)$/iu.exec(headers["authorization"] ?? "") ?? []
    if (key === "") return gatewayRefusal("401010", "Oauth token is missing")
    const token = (yield* Ref.get(tokens)).get(key)
    const now = yield* Clock.currentTimeMillis
    if (token === undefined || token.endsAtMillis <= now) {
      return gatewayRefusal("401013", "Oauth token is not valid")
    }
    if (!neededScopes.every((scope) => token.scopes.includes(scope))) {
      return gatewayRefusal("401027", "The token lacks a scope")
    }
    const apiKey = headers["x-api-key"]
    if (apiKey === undefined) return gatewayRefusal("403000", "Api Key is required")
    if (apiKey !== client.clientId) return gatewayRefusal("403003", "Api Key is invalid")
    return headers["x-gw-ims-org-id"] === client.organization
      ? undefined
      : gatewayRefusal("403025", "Profile is not valid")
  })

  return {
    client,
    tokenPath: "/ims/token/v3",
    issue,
    refuse,
    setSecrets: (some) => Ref.set(secrets, some),
    revokeTokens: Ref.set(tokens, new Map()),
    issued: Ref.get(issued)
  }
})

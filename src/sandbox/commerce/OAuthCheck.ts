/**
 * OAuthCheck: OAuth 1.0a as the server side of Adobe Commerce checks it.
 *
 * Written from the behaviour of the server and sharing nothing with any client, so that a client that
 * passes here has been checked by somebody else's reading. What differs from RFC 5849, and is kept:
 * names sort in natural order; a query pair without exactly one raw `=` is dropped; `oauth_` names in the
 * query are skipped; of two equal names the last wins; a nonce is used up before the signature is looked at.
 */
import { Clock, Effect } from "effect"
import { createHmac } from "node:crypto"
import { unescape } from "node:querystring"
import { CommerceRefusal } from "./CommerceRefusal.ts"
import { naturalOrder } from "./naturalOrder.ts"

/** The four values of an integration, 32 characters each. */
export interface Credentials {
  readonly consumerKey: string
  readonly consumerSecret: string
  readonly accessToken: string
  readonly accessTokenSecret: string
}

/** A request as far as its signature goes. */
export interface SignedRequest {
  readonly method: string
  /** Scheme, host and path, without query. */
  readonly url: string
  /** As sent, without the question mark. */
  readonly query: string
  readonly authorization: string | undefined
}

/** What a request must be signed with. */
export interface Expected {
  /** Parameters it must have beside those that every signed request has. */
  readonly names: ReadonlyArray<string>
  /** The answer to a request without an OAuth header. */
  readonly absent: CommerceRefusal
  /** The secrets that belong to the keys in the header; fails for keys that are nobody's. */
  readonly secretsFor: (
    parameters: ReadonlyMap<string, string>
  ) => Effect.Effect<SigningSecrets, CommerceRefusal>
}

/** The token's secret is empty where there is no token yet. */
export interface SigningSecrets {
  readonly consumerSecret: string
  readonly tokenSecret: string
}

/** Checks the requests of one consumer and remembers its nonces. */
export interface OAuthCheck {
  /** Succeeds for a request that is signed as expected, with a nonce of its own. */
  readonly check: (request: SignedRequest, expected: Expected) => Effect.Effect<void, CommerceRefusal>
}

const required = [
  "oauth_consumer_key",
  "oauth_signature",
  "oauth_signature_method",
  "oauth_nonce",
  "oauth_timestamp"
]

/** Seconds a client's clock may be ahead. */
const allowedLeadSeconds = 600

// Commerce names the integration by its database id in the refusal of a nonce.
const consumerId = "1"

/** A check with no nonce used yet. Releases before 2.4.4 accept HMAC-SHA1 too. */
export const makeOAuthCheck = (options: { readonly acceptsSha1: boolean }): Effect.Effect<OAuthCheck> =>
  Effect.sync(() => {
    const usedNonces = new Set<string>()
    const methods = ["HMAC-SHA256", ...(options.acceptsSha1 ? ["HMAC-SHA1"] : [])]

    const check = Effect.fn("OAuthCheck.check")(function* (
      request: SignedRequest,
      expected: Expected
    ): Effect.fn.Return<void, CommerceRefusal> {
      if (request.authorization === undefined || !/^OAuth\s/iu.test(request.authorization)) {
        return yield* expected.absent
      }
      const parameters = headerParameters(request.authorization)
      for (const name of [...required, ...expected.names]) {
        if ((parameters.get(name) ?? "") === "") {
          return yield* new CommerceRefusal({
            status: 400,
            message: '"%fieldName" is required. Enter and try again.',
            parameters: { fieldName: name }
          })
        }
      }
      const of = (name: string) => parameters.get(name) ?? ""
      const version = parameters.get("oauth_version") ?? "1.0"
      if (version !== "1.0") {
        const message = 'The "%1" Oauth version isn\'t supported. Use version 1.0 instead.'
        return yield* new CommerceRefusal({ status: 400, message, parameters: [version] })
      }
      const secrets = yield* expected.secretsFor(parameters)
      const now = (yield* Clock.currentTimeMillis) / 1000
      const sentAt = Number(of("oauth_timestamp"))
      if (!(sentAt > 0 && sentAt <= now + allowedLeadSeconds)) {
        return yield* new CommerceRefusal({
          status: 401,
          message: "An error occurred validating the nonce"
        })
      }
      if (usedNonces.has(of("oauth_nonce"))) {
        return yield* new CommerceRefusal({
          status: 401,
          message: "The nonce is already being used by the consumer with ID %1.",
          parameters: [consumerId]
        })
      }
      usedNonces.add(of("oauth_nonce"))
      const method = of("oauth_signature_method")
      if (!methods.includes(method)) {
        const message = "Signature method %1 is not supported"
        return yield* new CommerceRefusal({ status: 400, message, parameters: [method] })
      }
      if (of("oauth_signature") !== serverSignature(request, parameters, secrets)) {
        return yield* new CommerceRefusal({
          status: 401,
          message: "The signature is invalid. Verify and try again."
        })
      }
    })

    return { check }
  })

/** The signature the server expects for `request` and the OAuth parameters of its header. */
export const serverSignature = (
  request: Pick<SignedRequest, "method" | "url" | "query">,
  oauthParameters: ReadonlyMap<string, string>,
  secrets: SigningSecrets
): string => {
  const parameters = new Map([...queryParameters(request.query), ...oauthParameters])
  parameters.delete("oauth_signature")
  parameters.delete("realm")
  const normalized = [...parameters]
    .map(([name, value]): [string, string] => [encode(name), encode(value)])
    .toSorted(([left], [right]) => naturalOrder(left, right))
    .map(([name, value]) => `${name}=${value}`)
    .join("&")
  const base = [request.method.toUpperCase(), request.url, normalized].map(encode).join("&")
  const key = `${encode(secrets.consumerSecret)}&${encode(secrets.tokenSecret)}`
  const hash = oauthParameters.get("oauth_signature_method") === "HMAC-SHA1" ? "sha1" : "sha256"
  return createHmac(hash, key).update(base).digest("base64")
}

/** The parameters of an `OAuth name="value", …` header. */
export const headerParameters = (authorization: string): ReadonlyMap<string, string> =>
  new Map(
    authorization
      .replace(/^OAuth\s+/iu, "")
      .split(",")
      .flatMap((pair): ReadonlyArray<[string, string]> => {
        const [name = "", ...rest] = pair.trim().split("=")
        const value = rest.join("=").replaceAll(/^"|"$/gu, "")
        return name === "" || name === "realm" ? [] : [[unescape(name), unescape(value)]]
      })
  )

const queryParameters = (query: string): ReadonlyArray<[string, string]> =>
  query
    .split("&")
    .map((pair) => pair.split("=").map((text) => unescape(text.replaceAll("+", " "))))
    .flatMap((pair): ReadonlyArray<[string, string]> => {
      const [name, value] = pair
      if (pair.length !== 2 || name === undefined || value === undefined) return []
      return name.startsWith("oauth_") ? [] : [[name, value]]
    })

/** Percent-encoding of RFC 3986: everything but letters, digits and `-._~`. */
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/gu,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  )

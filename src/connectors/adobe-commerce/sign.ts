/**
 * sign: the OAuth 1.0a Authorization header that Adobe Commerce accepts.
 *
 * The library computes base string, key and header; the parameters are read and
 * ordered here, as the server does it: names are decoded before they are
 * encoded again (so brackets may be raw or encoded), a repeated name counts
 * once, and the order is natural, not byte by byte.
 *
 * Source: magento2 Framework/Oauth/Helper/Request.php and Oauth.php.
 */
import { createHmac, randomBytes } from "node:crypto"
import { Clock, Effect, Redacted } from "effect"
import OAuth from "oauth-1.0a"
import { naturalOrder } from "./naturalOrder.ts"

/** HMAC-SHA1 is for shops older than 2.4.4 only. */
export type SignatureMethod = "HMAC-SHA256" | "HMAC-SHA1"

/** The four values of an integration in Commerce. */
export interface Credentials {
  readonly consumerKey: Redacted.Redacted
  readonly consumerSecret: Redacted.Redacted
  readonly accessToken: Redacted.Redacted
  readonly accessTokenSecret: Redacted.Redacted
}

/** A base address without its final slashes, as paths are appended to it. */
export const withoutSlash = (url: string): string => new URL(url).href.replace(/\/+$/u, "")

/** What signs: the handshake that obtains a token has none yet, and later one with a verifier. */
export interface SigningKeys extends Pick<Credentials, "consumerKey" | "consumerSecret"> {
  readonly accessToken?: Redacted.Redacted
  readonly accessTokenSecret?: Redacted.Redacted
  readonly verifier?: Redacted.Redacted
}

/** What is signed. The body is not: Commerce leaves JSON bodies out. */
export interface SigningRequest {
  readonly method: string
  /** As the shop itself sees it, with the query; that may differ from where we connect. */
  readonly url: string
}

// The server reads "+" as a space, and skips a pair without "=" or with two.
const queryOf = (url: string): ReadonlyArray<readonly [string, string]> =>
  (url.split("?")[1] ?? "").split("&").flatMap((pair) => {
    const [name, value, ...more] = pair.split("=")
    return name === undefined || value === undefined || more.length > 0
      ? []
      : [[decode(name), decode(value)] as const]
  })

const decode = (text: string) => decodeURIComponent(text.replaceAll("+", " "))

/** The header value for a given nonce and time in seconds. `sign` chooses both; only tests need to. */
export const authorizationHeader = (options: {
  readonly request: SigningRequest
  readonly credentials: SigningKeys
  readonly signatureMethod: SignatureMethod
  readonly nonce: string
  readonly timestamp: number
}): string => {
  const hash = options.signatureMethod === "HMAC-SHA1" ? "sha1" : "sha256"
  const oauth = new OAuth({
    consumer: {
      key: Redacted.value(options.credentials.consumerKey),
      secret: Redacted.value(options.credentials.consumerSecret)
    },
    signature_method: options.signatureMethod,
    hash_function: (text, key) => createHmac(hash, key).update(text).digest("base64")
  })
  const { accessToken, accessTokenSecret, verifier } = options.credentials
  const more = verifier === undefined ? {} : { oauth_verifier: Redacted.value(verifier) }
  oauth.getNonce = () => options.nonce
  oauth.getTimeStamp = () => options.timestamp
  oauth.getParameterString = (request, data) =>
    [...new Map([...queryOf(request.url), ...Object.entries({ ...data, ...more })])]
      .map(([name, value]) => [oauth.percentEncode(name), oauth.percentEncode(String(value))] as const)
      .toSorted(([left], [right]) => naturalOrder(left, right))
      .map(([name, value]) => `${name}=${value}`)
      .join("&")
  const token =
    accessToken === undefined || accessTokenSecret === undefined
      ? undefined
      : { key: Redacted.value(accessToken), secret: Redacted.value(accessTokenSecret) }
  return oauth.toHeader({ ...oauth.authorize({ ...options.request }, token), ...more }).Authorization
}

/**
 * The header for one attempt. Commerce stores a nonce before it looks at the
 * signature, so a header that was sent once is refused for ever: every attempt
 * needs its own.
 */
export const sign = Effect.fn("sign")(function* (
  request: SigningRequest,
  options: { readonly credentials: SigningKeys; readonly signatureMethod: SignatureMethod }
) {
  const now = yield* Clock.currentTimeMillis
  const nonce = yield* Effect.sync(() => randomBytes(16).toString("hex"))
  return authorizationHeader({ ...options, request, nonce, timestamp: Math.floor(now / 1000) })
})

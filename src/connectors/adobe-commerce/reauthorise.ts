/**
 * reauthorise: takes new credentials of an integration when somebody presses Reauthorize in the Admin.
 *
 * Commerce posts consumer key, consumer secret and a verifier to our callback,
 * and waits five seconds at most. The verifier is exchanged for a request token
 * and that for the access token, each signed with what came before; the consumer
 * key is good for 300 seconds. The old access token ends when the button is
 * pressed. The exchange is made with the shop of the connection, never with the
 * address that was posted.
 *
 * Source: AdobeDocs/commerce-webapi get-started/authentication/gs-authentication-oauth.md;
 * magento2 Integration/Model/OauthService.php and Framework/Oauth/Oauth.php.
 */
import { Effect, Redacted } from "effect"
import { HttpClientRequest } from "effect/http"
import { makeRateLimit } from "../../http/RateLimit.ts"
import { makeRestClient, type RestResponse } from "../../http/RestClient.ts"
import {
  ConnectorError,
  type ConnectorReason,
  Unauthorized,
  UnexpectedResponse
} from "../../pipeline/ConnectorError.ts"
import type { Handshake, HandshakeDefinition } from "../../pipeline/Handshake.ts"
import { Secrets } from "../../pipeline/Secrets.ts"
import { makeCommerceClient } from "./CommerceClient.ts"
import type { Connection } from "./Connection.ts"
import { sign, type SigningKeys, withoutSlash } from "./sign.ts"

const unauthorized = (message: string) => new Unauthorized({ message })

/** Host and path of a shop, however its scheme is written and whether it shows its front controller. */
const placeOf = (url: string): string | undefined => {
  const parsed = URL.parse(url)
  return parsed === null
    ? undefined
    : `${parsed.host}${parsed.pathname}`.replace(/\/+(?:index\.php\/*)?$/u, "").toLowerCase()
}

/** What the endpoints of the exchange say no with: form text, `oauth_problem=…`. */
const refuseExchange = (
  response: RestResponse,
  request: { readonly path: string }
): ConnectorReason | undefined => {
  const problem = new URLSearchParams(response.text).get("oauth_problem") ?? undefined
  if (response.status === 404) {
    return new UnexpectedResponse({
      message: `the shop has no ${request.path}. Check baseUrl: it must be the base address of the shop.`
    })
  }
  if (problem === undefined) return undefined
  if (/expired/iu.test(problem)) {
    return unauthorized("the consumer key has expired: it is good for 300 seconds. Press Reauthorize again.")
  }
  if (/signature/iu.test(problem)) {
    return unauthorized(
      `the shop refuses the signature of the exchange (${problem}). Behind a proxy set signingUrl to the address the shop sees itself under, then press Reauthorize again.`
    )
  }
  if (/validating the nonce|timestamp/iu.test(problem)) {
    return unauthorized(
      "the shop refuses the time of our request. Set this machine's clock, then press Reauthorize again."
    )
  }
  return unauthorized(`the shop refuses the exchange: ${problem} Press Reauthorize again.`)
}

const handshake = (name: string, connection: Connection): Handshake | string => {
  const { credentials } = connection
  if (connection.deployment === "saas" || credentials === undefined) {
    return `${name} is a shop on SaaS, whose credentials come from the Adobe Developer Console and not from the shop: there is nothing to re-authorise. Replace what ims.clientSecret names; during a rotation the secret before it may stand in ims.previousClientSecret.`
  }
  const fail = (reason: ConnectorReason) => new ConnectorError({ connection: name, reason })
  const connectUrl = withoutSlash(connection.baseUrl)
  const signingUrl = withoutSlash(connection.signingUrl ?? connection.baseUrl)

  /** Sends one step of the exchange and reads the token in its answer. */
  const exchangeStep = Effect.fn("reauthorise.exchangeStep")(function* (
    step: "request" | "access",
    keys: SigningKeys
  ) {
    const rest = yield* makeRestClient({
      connection: name,
      baseUrl: connectUrl,
      timeout: connection.timeout,
      pace: yield* makeRateLimit(connection.requestsPerMinute),
      bytesMaximum: 64 * 1024,
      authorize: (request) =>
        sign(
          { method: request.method, url: `${signingUrl}${request.url.slice(connectUrl.length)}` },
          { credentials: keys, signatureMethod: connection.signatureMethod }
        ).pipe(
          Effect.map((header) => ({ request: HttpClientRequest.setHeader(request, "authorization", header) }))
        ),
      refuse: refuseExchange
    })
    const path = `/oauth/token/${step}`
    const { text } = yield* rest.write("POST", path, { headers: { accept: "*/*" } })
    const form = new URLSearchParams(text)
    const [token, secret] = [form.get("oauth_token"), form.get("oauth_token_secret")]
    if (token === null || secret === null) {
      return yield* fail(
        new UnexpectedResponse({
          message: `the answer to ${path} holds no token. Check baseUrl: it must be the shop, not a page in front of it.`
        })
      )
    }
    return { accessToken: Redacted.make(token), accessTokenSecret: Redacted.make(secret) }
  })

  const exchange: Handshake["exchange"] = Effect.fn("reauthorise.exchange")(function* (posted) {
    const field = Effect.fnUntraced(function* (key: string) {
      const value = posted.get(key) ?? ""
      if (value !== "") return value
      return yield* fail(
        new UnexpectedResponse({
          message: `somebody posted to the callback without ${key}. That was not the shop; nothing was done.`
        })
      )
    })
    const shop = yield* field("store_base_url")
    const consumer = {
      consumerKey: Redacted.make(yield* field("oauth_consumer_key")),
      consumerSecret: Redacted.make(yield* field("oauth_consumer_secret"))
    }
    const verifier = Redacted.make(yield* field("oauth_verifier"))
    if (![connectUrl, signingUrl].some((own) => placeOf(own) === placeOf(shop))) {
      return yield* fail(
        unauthorized(
          `the shop at ${shop.slice(0, 200)} was re-authorised, but the connection ${name} leads to ${connection.baseUrl}. Press Reauthorize in that shop, or correct baseUrl (signingUrl, if a proxy stands between).`
        )
      )
    }
    const requestToken = yield* exchangeStep("request", consumer)
    const accessToken = yield* exchangeStep("access", { ...consumer, ...requestToken, verifier })
    const fresh = { ...consumer, ...accessToken }
    const values = (["consumerKey", "consumerSecret", "accessToken", "accessTokenSecret"] as const).map(
      (name) => ({ field: name, reference: credentials[name], value: fresh[name] })
    )
    const client = yield* makeCommerceClient(name, connection).pipe(
      Effect.provideService(
        Secrets,
        Secrets.of({
          resolve: (reference) =>
            Effect.succeed(values.find((one) => one.reference === reference)?.value ?? Redacted.make(""))
        })
      )
    )
    yield* client.get("/V1/store/storeViews")
    return values
  })

  return {
    replaces: Object.entries(credentials).map(([field, reference]) => ({ field, reference })),
    steps: (callbackUrl) => [
      `In the Admin of ${connection.baseUrl}, under System > Extensions > Integrations, set the integration's Callback URL and Identity link URL to ${callbackUrl}`,
      "Press Reauthorize (Activate for a new one) and confirm. The old access token ends at once; the key that the shop sends us is good for 300 seconds."
    ],
    exchange,
    returnTo: (query) => {
      const back = query.get("success_call_back") ?? ""
      const origin = URL.parse(back)?.origin
      return origin !== undefined && [connectUrl, signingUrl].some((own) => URL.parse(own)?.origin === origin)
        ? back
        : undefined
    }
  }
}

/** What `ledgerline connect commerce` does. */
export const reauthorise: HandshakeDefinition<Connection> = {
  verb: "commerce",
  summary: "Take new credentials from a shop on PaaS when its integration is re-authorised",
  make: ({ connection, name }) => handshake(name, connection)
}

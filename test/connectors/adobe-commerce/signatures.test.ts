import { createHmac } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { TestClock } from "effect/testing"
import { strnatcmp } from "locutus/php/strings/strnatcmp"
import { hmacsign, hmacsign256, rfc3986 } from "oauth-sign"
import { authorizationHeader, sign } from "../../../src/connectors/adobe-commerce/sign.ts"
import { withParameters } from "../../../src/http/RestClient.ts"
import { makeIntegration } from "../../../src/sandbox/commerce/Integration.ts"
import { sandboxCredentials } from "../../../src/sandbox/commerce/commerceServer.ts"
import vectors from "./oauth-vectors.json" with { type: "json" }

/**
 * What the server computes, by other hands than ours and our signer's: oauth-sign (request) for encoding and
 * HMAC, and PHP's strnatcmp as Locutus has it for the order in which Commerce sorts.
 */
const naturalSignature = (options: {
  readonly method: string
  readonly url: string
  readonly header: ReadonlyMap<string, string>
  readonly hash: "sha1" | "sha256"
  readonly consumerSecret: string
  readonly tokenSecret: string
}) => {
  const [base = "", query = ""] = options.url.split("?", 2)
  const parameters = new Map([...new URLSearchParams(query), ...options.header])
  parameters.delete("oauth_signature")
  const sorted = [...parameters]
    .map(([name, value]) => [rfc3986(name), rfc3986(value)] as const)
    .toSorted(([left], [right]) => strnatcmp(left, right))
    .map((pair) => pair.join("="))
    .join("&")
  const text = [options.method, rfc3986(base), rfc3986(sorted)].join("&")
  const key = `${rfc3986(options.consumerSecret)}&${rfc3986(options.tokenSecret)}`
  return createHmac(options.hash, key).update(text).digest("base64")
}

const parametersOf = (header: string) =>
  new Map(
    [...header.matchAll(/(oauth_\w+)="([^"]*)"/gu)].map(([, name = "", value = ""]) => [
      name,
      decodeURIComponent(value)
    ])
  )

const optional = (text: string | undefined) =>
  text === undefined || text === "" ? undefined : Redacted.make(text)

describe("A1 our signatures, checked by implementations of other authors", () => {
  it.each(vectors.vectors)("agree on $id: $note", (vector) => {
    const given: Readonly<Record<string, string | undefined>> = vector.oauth_params
    const isSha1 = given["oauth_signature_method"] === "HMAC-SHA1"
    const [accessToken, accessTokenSecret, verifier] = [
      optional(given["oauth_token"]),
      optional(vector.token_secret),
      optional(given["oauth_verifier"])
    ]
    const header = parametersOf(
      authorizationHeader({
        request: { method: vector.method, url: vector.url },
        credentials: {
          consumerKey: Redacted.make(given["oauth_consumer_key"] ?? ""),
          consumerSecret: Redacted.make(vector.consumer_secret),
          ...(accessToken === undefined ? {} : { accessToken }),
          ...(accessTokenSecret === undefined ? {} : { accessTokenSecret }),
          ...(verifier === undefined ? {} : { verifier })
        },
        signatureMethod: isSha1 ? "HMAC-SHA1" : "HMAC-SHA256",
        nonce: given["oauth_nonce"] ?? "",
        timestamp: Number(given["oauth_timestamp"])
      })
    )
    const ours = header.get("oauth_signature")
    assert.strictEqual(ours, vector.expected_signature_for_magento)
    assert.strictEqual(
      ours,
      naturalSignature({
        ...vector,
        header,
        hash: isSha1 ? "sha1" : "sha256",
        consumerSecret: vector.consumer_secret,
        tokenSecret: vector.token_secret
      })
    )
    // Without an index of ten or more the natural order is that of RFC 5849, which oauth-sign sorts by.
    if (!/\[1\d\]|%5B1\d%5D/u.test(vector.url)) {
      header.delete("oauth_signature")
      const [base = "", query = ""] = vector.url.split("?", 2)
      const byRfc = isSha1 ? hmacsign : hmacsign256
      const all = Object.fromEntries([...new URLSearchParams(query), ...header])
      assert.strictEqual(ours, byRfc(vector.method, base, all, vector.consumer_secret, vector.token_secret))
    }
  })

  const Parameter = Schema.Struct({
    group: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 120 })),
    name: Schema.Literals(["field", "value", "condition_type", "a-b.c~d", "Größe 😀"]),
    value: Schema.String.check(Schema.isMaxLength(30), Schema.isPattern(/^[^\ud800-\udfff]*$/u))
  })

  it.effect.prop(
    "agree on any parameters, in brackets with any index",
    { parameters: Schema.Array(Parameter).check(Schema.isMaxLength(12)) },
    ({ parameters }) =>
      Effect.gen(function* () {
        const credentials = {
          consumerKey: Redacted.make(sandboxCredentials.consumerKey),
          consumerSecret: Redacted.make(sandboxCredentials.consumerSecret),
          accessToken: Redacted.make(sandboxCredentials.accessToken),
          accessTokenSecret: Redacted.make(sandboxCredentials.accessTokenSecret)
        }
        const url = `https://shop.example.com${withParameters(
          "/rest/all/V1/orders",
          parameters.map(
            ({ group, name, value }) =>
              [`searchCriteria[filter_groups][${group}][filters][0][${name}]`, value] as const
          )
        )}`
        const header = parametersOf(
          yield* sign({ method: "GET", url }, { credentials, signatureMethod: "HMAC-SHA256" })
        )
        assert.strictEqual(
          header.get("oauth_signature"),
          naturalSignature({
            method: "GET",
            url,
            header,
            hash: "sha256",
            consumerSecret: sandboxCredentials.consumerSecret,
            tokenSecret: sandboxCredentials.accessTokenSecret
          })
        )
      })
  )

  describe("and the sandbox refuses", () => {
    const url = "http://127.0.0.1/rest/all/V1/orders"
    const query = "searchCriteria[pageSize]=1"
    const open = Effect.gen(function* () {
      yield* TestClock.setTime(1_760_000_000_000)
      const integration = yield* makeIntegration({ credentials: sandboxCredentials, acceptsSha1: false })
      const header = yield* sign(
        { method: "GET", url: `${url}?${query}` },
        {
          credentials: {
            consumerKey: Redacted.make(sandboxCredentials.consumerKey),
            consumerSecret: Redacted.make(sandboxCredentials.consumerSecret),
            accessToken: Redacted.make(sandboxCredentials.accessToken),
            accessTokenSecret: Redacted.make(sandboxCredentials.accessTokenSecret)
          },
          signatureMethod: "HMAC-SHA256"
        }
      )
      return {
        header,
        send: (authorization: string) =>
          integration.check({ method: "GET", url, query, authorization }, "Magento_Sales::actions_view")
      }
    })
    const change = (header: string, name: string, to: (value: string) => string) =>
      header.replace(
        new RegExp(`(${name}=")([^"]*)`, "u"),
        (_, start: string, value: string) => `${start}${to(value)}`
      )

    it.effect.each([
      {
        name: "a forged signature",
        to: (value: string) => (value.startsWith("A") ? `B${value.slice(1)}` : `A${value.slice(1)}`)
      },
      { name: "a truncated signature", to: (value: string) => value.slice(0, -8) },
      {
        name: "a signature in base64url",
        to: (value: string) => value.replaceAll("%2B", "-").replaceAll("%2F", "_").replaceAll("%3D", "")
      },
      { name: "a signature encoded twice", to: encodeURIComponent }
    ])("$name", ({ to }) =>
      Effect.gen(function* () {
        const { header, send } = yield* open
        const error = yield* Effect.flip(send(change(header, "oauth_signature", to)))
        assert.strictEqual(error.message, "The signature is invalid. Verify and try again.")
      })
    )

    it.effect("a request that was sent before, and one from too far in the future", () =>
      Effect.gen(function* () {
        const { header, send } = yield* open
        yield* send(header)
        assert.include((yield* Effect.flip(send(header))).message, "nonce is already being used")
        const fresh = yield* open
        const ahead = change(fresh.header, "oauth_timestamp", (value) => String(Number(value) + 601))
        assert.include((yield* Effect.flip(fresh.send(ahead))).message, "validating the nonce")
        // An older time with the same signature does not pass either: the time is signed.
        const stale = change(fresh.header, "oauth_timestamp", (value) => String(Number(value) - 1))
        assert.isTrue((yield* Effect.flip(fresh.send(stale))).status === 401)
      })
    )
  })
})

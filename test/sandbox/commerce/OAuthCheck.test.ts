import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { makeIntegration } from "../../../src/sandbox/commerce/Integration.ts"
import { serverSignature } from "../../../src/sandbox/commerce/OAuthCheck.ts"
import { naturalOrder } from "../../../src/sandbox/commerce/naturalOrder.ts"
import vectors from "./oauthVectors.json" with { type: "json" }

const credentials = {
  consumerKey: vectors.consumerKey,
  consumerSecret: vectors.consumerSecret,
  accessToken: vectors.accessToken,
  accessTokenSecret: vectors.accessTokenSecret
}
const signingSecrets = {
  consumerSecret: vectors.consumerSecret,
  tokenSecret: vectors.accessTokenSecret
}
const resource = "Magento_Sales::invoice"
const sentAt = Number(vectors.timestamp)

const parametersOf = (nonce: string) =>
  new Map([
    ["oauth_consumer_key", vectors.consumerKey],
    ["oauth_nonce", nonce],
    ["oauth_signature_method", "HMAC-SHA256"],
    ["oauth_timestamp", vectors.timestamp],
    ["oauth_version", "1.0"],
    ["oauth_token", vectors.accessToken]
  ])

const headerOf = (parameters: ReadonlyMap<string, string>) =>
  `OAuth ${[...parameters].map(([name, value]) => `${name}="${encodeURIComponent(value)}"`).join(", ")}`

const urlAndQuery = (url: string) => {
  const [base = "", query = ""] = url.split("?", 2)
  return { url: base, query }
}

/** The first vector as a request, with the parameters of its header changed. */
const request = (changes: { readonly [name: string]: string | undefined } = {}) => {
  const [vector] = vectors.cases
  const parameters = new Map([
    ...parametersOf(vector?.nonce ?? ""),
    ["oauth_signature", vector?.signature ?? ""]
  ])
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) parameters.delete(name)
    else parameters.set(name, value)
  }
  return { method: "GET", ...urlAndQuery(vector?.url ?? ""), authorization: headerOf(parameters) }
}

const refusal = Effect.fn(function* (changes: { readonly [name: string]: string | undefined }) {
  yield* TestClock.setTime(sentAt * 1000)
  const oauth = yield* makeIntegration({ credentials, acceptsSha1: false })
  return yield* Effect.flip(oauth.check(request(changes), resource))
})

describe("serverSignature", () => {
  for (const vector of vectors.cases) {
    it(`equals the published value for ${vector.name}`, () => {
      const signature = serverSignature(
        { method: vector.method, ...urlAndQuery(vector.url) },
        parametersOf(vector.nonce),
        signingSecrets
      )
      assert.strictEqual(signature, vector.signature)
    })
  }

  it("leaves out query pairs without a value and those named like OAuth's own", () => {
    const sign = (query: string) =>
      serverSignature(
        { method: "GET", url: "http://127.0.0.1/rest/V1/orders", query },
        parametersOf("n"),
        signingSecrets
      )
    assert.strictEqual(sign("a=1&b"), sign("a=1"))
    assert.strictEqual(sign("a=1&b=x=y"), sign("a=1"))
    assert.strictEqual(sign("a=1&oauth_nonce=other"), sign("a=1"))
    assert.strictEqual(sign("a=0&a=1"), sign("a=1"))
    assert.notStrictEqual(sign("a=2"), sign("a=1"))
  })
})

describe("naturalOrder", () => {
  it("compares runs of digits as numbers", () => {
    assert.deepStrictEqual(["a%5B10%5D", "a%5B2%5D", "a%5B1%5D"].toSorted(naturalOrder), [
      "a%5B1%5D",
      "a%5B2%5D",
      "a%5B10%5D"
    ])
  })

  // Expected values worked out by hand from the C source of strnatcmp.
  for (const [left, right, expected] of [
    ["", "a", -1],
    ["a", "a", 0],
    ["a1", "a01", 1],
    ["x12y", "x12", 1],
    ["1.5", "1.05", 1],
    ["img12", "img10", 1],
    ["B", "a", -1]
  ] as const) {
    it(`orders "${left}" and "${right}" as PHP does`, () => {
      assert.strictEqual(naturalOrder(left, right), expected)
    })
  }
})

describe("OAuthCheck", () => {
  it.effect("accepts a request that is signed rightly", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(sentAt * 1000)
      const oauth = yield* makeIntegration({ credentials, acceptsSha1: false })
      yield* oauth.check(request(), resource)
    })
  )

  it.effect("refuses the same header a second time, because its nonce is used", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(sentAt * 1000)
      const oauth = yield* makeIntegration({ credentials, acceptsSha1: false })
      yield* oauth.check(request(), resource)
      const error = yield* Effect.flip(oauth.check(request(), resource))
      assert.strictEqual(error.status, 401)
      assert.strictEqual(error.message, "The nonce is already being used by the consumer with ID %1.")
    })
  )

  it.effect("uses up the nonce of a request whose signature is wrong", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(sentAt * 1000)
      const oauth = yield* makeIntegration({ credentials, acceptsSha1: false })
      const wrong = yield* Effect.flip(oauth.check(request({ oauth_signature: "bm8=" }), resource))
      assert.strictEqual(wrong.status, 401)
      assert.strictEqual(wrong.message, "The signature is invalid. Verify and try again.")
      const again = yield* Effect.flip(oauth.check(request(), resource))
      assert.strictEqual(again.message, "The nonce is already being used by the consumer with ID %1.")
    })
  )

  it.effect("accepts a timestamp from the past and one up to ten minutes ahead, no further", () =>
    Effect.gen(function* () {
      const checkAt = (seconds: number) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(seconds * 1000)
          const oauth = yield* makeIntegration({ credentials, acceptsSha1: false })
          return yield* oauth.check(request(), resource)
        })
      yield* checkAt(sentAt + 86_400)
      yield* checkAt(sentAt - 600)
      const error = yield* Effect.flip(checkAt(sentAt - 601))
      assert.strictEqual(error.status, 401)
      assert.strictEqual(error.message, "An error occurred validating the nonce")
    })
  )

  it.effect("answers a wrong token like a missing permission", () =>
    Effect.gen(function* () {
      const expected = {
        message: "The consumer isn't authorized to access %resources.",
        parameters: { resources: resource }
      }
      for (const name of ["oauth_token", "oauth_consumer_key"]) {
        const error = yield* refusal({ [name]: "x".repeat(32) })
        assert.strictEqual(error.status, 401)
        assert.deepStrictEqual(error.body, expected)
      }
      const oauth = yield* makeIntegration({ credentials, acceptsSha1: false })
      for (const authorization of [undefined, `Bearer ${credentials.accessToken}`]) {
        const error = yield* Effect.flip(oauth.check({ ...request(), authorization }, resource))
        assert.deepStrictEqual(error.body, expected)
      }
    })
  )

  it.effect("names a parameter that is missing and a method it does not support", () =>
    Effect.gen(function* () {
      const missing = yield* refusal({ oauth_nonce: undefined })
      assert.strictEqual(missing.status, 400)
      assert.deepStrictEqual(missing.parameters, { fieldName: "oauth_nonce" })
      const method = yield* refusal({ oauth_signature_method: "HMAC-SHA1" })
      assert.strictEqual(method.status, 400)
      assert.strictEqual(method.message, "Signature method %1 is not supported")
      assert.deepStrictEqual(method.parameters, ["HMAC-SHA1"])
    })
  )

  it.effect("refuses a request whose query was changed after signing", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(sentAt * 1000)
      const oauth = yield* makeIntegration({ credentials, acceptsSha1: false })
      const signed = request()
      const error = yield* Effect.flip(oauth.check({ ...signed, query: `${signed.query}&x=1` }, resource))
      assert.strictEqual(error.message, "The signature is invalid. Verify and try again.")
    })
  )
})

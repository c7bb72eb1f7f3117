import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { sign } from "../../../src/connectors/adobe-commerce/sign.ts"

const parameterOf = (header: string, name: string) =>
  decodeURIComponent(new RegExp(`${name}="([^"]*)"`, "u").exec(header)?.[1] ?? "")

const credentials = {
  consumerKey: Redacted.make("k"),
  consumerSecret: Redacted.make("s"),
  accessToken: Redacted.make("t"),
  accessTokenSecret: Redacted.make("ts")
}
const signatureMethod = "HMAC-SHA256"

describe("sign", () => {
  it.effect("gives the same request a new nonce of at least 128 bits each time", () =>
    Effect.gen(function* () {
      const request = { method: "GET", url: "https://shop.example.com/rest/all/V1/invoices/1" }
      const first = yield* sign(request, { credentials, signatureMethod })
      const second = yield* sign(request, { credentials, signatureMethod })
      assert.match(parameterOf(first, "oauth_nonce"), /^[0-9a-f]{32}$/u)
      assert.notStrictEqual(parameterOf(first, "oauth_nonce"), parameterOf(second, "oauth_nonce"))
      assert.notStrictEqual(parameterOf(first, "oauth_signature"), parameterOf(second, "oauth_signature"))
    })
  )

  it.effect("takes the timestamp in seconds from the clock", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_760_000_000_900)
      const header = yield* sign(
        { method: "GET", url: "https://a.example/" },
        { credentials, signatureMethod }
      )
      assert.strictEqual(parameterOf(header, "oauth_timestamp"), "1760000000")
    })
  )
})

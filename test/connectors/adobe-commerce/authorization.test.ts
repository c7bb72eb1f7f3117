import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { makeCommerceClient } from "../../../src/connectors/adobe-commerce/CommerceClient.ts"
import { memoryTokenCache, TokenCache } from "../../../src/http/TokenCache.ts"
import type { SecretReference } from "../../../src/pipeline/Secrets.ts"
import { type Answer, connection, fakeShop, inFastTime, saasConnection, type Seen } from "./fakeShop.ts"

const path = "/V1/invoices/1"
const found: Answer = { body: { entity_id: 1 } }
const isToken = (request: Seen) => request.url.includes("/ims/token/v3")
const tokenNamed = (name: string): Answer => ({
  body: { access_token: name, token_type: "bearer", expires_in: 86_399 }
})

/** What a shop answers to a request with a wrong token and to one without the right alike. */
const noRight: Answer = {
  status: 401,
  body: {
    message: "The consumer isn't authorized to access %resources.",
    parameters: { resources: "Magento_Sales::invoice" }
  }
}

const tokenIn = ({ authorization }: Seen) => /oauth_token="([^"]*)"/u.exec(authorization)?.[1] ?? ""
const nonceIn = ({ authorization }: Seen) => /oauth_nonce="([^"]*)"/u.exec(authorization)?.[1] ?? ""
const variable = (reference: SecretReference) => ("env" in reference ? reference.env : "")

describe("A3 credentials of a shop on PaaS", () => {
  it.effect("that were replaced are picked up on a 401, and the request is signed again", () =>
    Effect.gen(function* () {
      let generation = "old"
      const { layer, seen } = fakeShop(
        (request) => (tokenIn(request) === "Cnew" ? found : noRight),
        (reference) => `${variable(reference)}${generation}`
      )
      const client = yield* makeCommerceClient("shop", connection()).pipe(Effect.provide(layer))
      generation = "new"
      assert.deepStrictEqual((yield* inFastTime(client.get(path))).body, { entity_id: 1 })
      assert.deepStrictEqual(seen.map(tokenIn), ["Cold", "Cnew"])
      assert.strictEqual(new Set(seen.map(nonceIn)).size, 2)
      yield* inFastTime(client.get(path))
      assert.strictEqual(seen.length, 3)
    })
  )

  it.effect("of which only a secret was replaced are picked up too", () =>
    Effect.gen(function* () {
      let secret = "wrong"
      const answers = [{ status: 401, body: { message: "The signature is invalid. Verify and try again." } }]
      const { layer, seen } = fakeShop(
        () => answers.shift() ?? found,
        (reference) => (variable(reference) === "D" ? secret : "x")
      )
      const client = yield* makeCommerceClient("shop", connection()).pipe(Effect.provide(layer))
      secret = "right"
      yield* inFastTime(client.get(path))
      assert.strictEqual(seen.length, 2)
    })
  )

  it.effect("that are refused and still the same stop after one attempt, with what to do", () =>
    Effect.gen(function* () {
      const { layer, seen } = fakeShop(() => noRight)
      const client = yield* makeCommerceClient("shop", connection()).pipe(Effect.provide(layer))
      const error = yield* inFastTime(Effect.flip(client.get(path)))
      assert.strictEqual(error.disposition, "halt")
      assert.strictEqual(seen.length, 1)
      assert.include(error.message, "the access token is wrong or revoked")
      assert.include(error.message, "run ledgerline connect commerce")
    })
  )

  it.effect("that were accepted before lack a right, which is named with its place in the Admin", () =>
    Effect.gen(function* () {
      const { layer } = fakeShop((request) => (request.path.includes("/invoices") ? noRight : found))
      const client = yield* makeCommerceClient("shop", connection()).pipe(Effect.provide(layer))
      yield* inFastTime(client.get("/V1/orders/1"))
      const error = yield* inFastTime(Effect.flip(client.get(path)))
      assert.include(
        error.message,
        "Magento_Sales::invoice (Sales > Operations > Orders > Actions > Invoice). Grant it"
      )
      assert.include(error.message, "the shop accepted the same credentials for another request")
      assert.notInclude(error.message, "wrong or revoked")
    })
  )

  it.effect("replaced while many requests are under way cause one more attempt each", () =>
    Effect.gen(function* () {
      let generation = "old"
      const { layer, seen } = fakeShop(
        (request) => (tokenIn(request) === "Cnew" ? found : noRight),
        (reference) => `${variable(reference)}${generation}`
      )
      const client = yield* makeCommerceClient("shop", connection()).pipe(Effect.provide(layer))
      generation = "new"
      yield* inFastTime(Effect.replicateEffect(client.get(path), 5, { concurrency: "unbounded" }))
      assert.isAtMost(seen.length, 10)
    })
  )
})

describe("A2 a shop on SaaS", () => {
  it.effect("is asked with a token of IMS, the client, the organization and the store, at its own path", () =>
    Effect.gen(function* () {
      const { layer, seen } = fakeShop(
        (request) => (isToken(request) ? tokenNamed("one") : found),
        (reference) => `value of ${variable(reference)}`
      )
      const client = yield* makeCommerceClient("shop", saasConnection({ storeCode: "de" })).pipe(
        Effect.provide(layer)
      )
      yield* inFastTime(client.get(path))
      const [asked, read] = seen
      assert.strictEqual(asked?.url, "https://ims-na1.adobelogin.com/ims/token/v3")
      assert.deepStrictEqual(Object.fromEntries(new URLSearchParams(asked?.text)), {
        grant_type: "client_credentials",
        client_id: "value of CLIENT",
        client_secret: "value of SECRET",
        scope:
          "openid,AdobeID,email,profile,additional_info.roles,additional_info.projectedProductContext,commerce.accs"
      })
      assert.strictEqual(read?.url, "https://na1.api.commerce.adobe.com/Tenant01/V1/invoices/1")
      assert.deepInclude(read?.headers, {
        authorization: "Bearer one",
        "x-api-key": "value of CLIENT",
        "x-gw-ims-org-id": "ABC@AdobeOrg",
        store: "de"
      })
    })
  )

  it.effect("gets a new token five minutes before the old one ends", () =>
    Effect.gen(function* () {
      let asked = 0
      const { layer, seen } = fakeShop((request) => (isToken(request) ? tokenNamed(`t${++asked}`) : found))
      const client = yield* makeCommerceClient("shop", saasConnection()).pipe(Effect.provide(layer))
      yield* inFastTime(client.get(path))
      yield* TestClock.adjust("23 hours")
      yield* inFastTime(client.get(path))
      assert.strictEqual(asked, 1)
      yield* TestClock.adjust("55 minutes")
      yield* inFastTime(client.get(path))
      assert.strictEqual(asked, 2)
      assert.strictEqual(seen.at(-1)?.authorization, "Bearer t2")
    })
  )

  it.effect("renews a refused token once, and stops when the next is refused too", () =>
    Effect.gen(function* () {
      let asked = 0
      const { layer, seen } = fakeShop((request) =>
        isToken(request)
          ? tokenNamed(`t${++asked}`)
          : { status: 401, body: { error_code: "401013", message: "Oauth token is not valid" } }
      )
      const client = yield* makeCommerceClient("shop", saasConnection()).pipe(Effect.provide(layer))
      const error = yield* inFastTime(Effect.flip(client.get(path)))
      assert.deepStrictEqual([asked, seen.length], [2, 4])
      assert.strictEqual(error.disposition, "halt")
      assert.include(error.message, "although it was just renewed (401: Oauth token is not valid)")
      assert.include(error.message, "commerce.accs")
    })
  )

  it.effect("shares its token with what a run opens later", () =>
    Effect.gen(function* () {
      let asked = 0
      const { layer } = fakeShop((request) => (isToken(request) ? tokenNamed(`t${++asked}`) : found))
      for (let opened = 0; opened < 3; opened++) {
        const client = yield* makeCommerceClient("shop", saasConnection()).pipe(Effect.provide(layer))
        yield* inFastTime(client.get(path))
      }
      assert.strictEqual(asked, 1)
    }).pipe(Effect.provideServiceEffect(TokenCache, memoryTokenCache))
  )

  it.effect("takes the previous client secret while the new one is not known yet", () =>
    Effect.gen(function* () {
      const { layer } = fakeShop(
        (request) =>
          !isToken(request)
            ? found
            : new URLSearchParams(request.text).get("client_secret") === "OLD"
              ? tokenNamed("one")
              : { status: 401, body: { error: "invalid_client", error_description: "no." } },
        variable
      )
      const client = yield* makeCommerceClient(
        "shop",
        saasConnection({}, { previousClientSecret: { env: "OLD" } })
      ).pipe(Effect.provide(layer))
      assert.deepStrictEqual((yield* inFastTime(client.get(path))).body, { entity_id: 1 })
    })
  )

  it.effect.each([
    {
      name: "a right that is missing is named",
      answer: noRight,
      says: "Magento_Sales::invoice (Sales > Operations > Orders > Actions > Invoice). Grant it to the account's role"
    },
    {
      name: "an organization without rights is named",
      answer: { status: 403, body: { error_code: "403025", message: "Profile is not valid" } },
      says: "refuses our organization or its rights (403: Profile is not valid). Check ims.organization (ABC@AdobeOrg)"
    },
    {
      name: "an unknown client points to the project",
      answer: { status: 403, body: { error_code: "403003", message: "Api Key is invalid" } },
      says: "Check ims.clientId"
    },
    {
      name: "an unknown path points to the tenant",
      answer: { status: 404, body: { message: "Request does not match any route." } },
      says: "Check baseUrl, which ends with the tenant, and storeCode"
    }
  ])("$name", ({ answer, says }) =>
    Effect.gen(function* () {
      const { layer } = fakeShop((request) => (isToken(request) ? tokenNamed("one") : answer))
      const client = yield* makeCommerceClient("shop", saasConnection()).pipe(Effect.provide(layer))
      const error = yield* inFastTime(Effect.flip(client.get(path)))
      assert.strictEqual(error.reason._tag, answer.status === 404 ? "UnexpectedResponse" : "Unauthorized")
      assert.include(error.message, says)
    })
  )

  it.effect.each([
    { error: "invalid_client", says: "Compare clientId and clientSecret" },
    { error: "invalid_scope", says: "Compare ims.scopes" },
    { error: "access_denied", says: "product profile" },
    { error: "something_new", says: "Check ims.tokenUrl, clientId and clientSecret" }
  ])("IMS refusing with $error is explained", ({ error: code, says }) =>
    Effect.gen(function* () {
      const { layer } = fakeShop(() => ({
        status: 400,
        body: { error: code, error_description: "Why not." }
      }))
      const client = yield* makeCommerceClient("shop", saasConnection()).pipe(Effect.provide(layer))
      const error = yield* inFastTime(Effect.flip(client.get(path)))
      assert.include(error.message, `(400, ${code}, Why not.)`)
      assert.include(error.message, says)
    })
  )
})

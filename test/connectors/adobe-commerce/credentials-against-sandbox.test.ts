import { NodeHttpClient, NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Effect, Layer, Redacted, Ref, Schema } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { createServer } from "node:http"
import { adobeCommerce } from "../../../src/connectors/adobe-commerce/adobeCommerce.ts"
import { makeCommerceClient } from "../../../src/connectors/adobe-commerce/CommerceClient.ts"
import { Connection } from "../../../src/connectors/adobe-commerce/Connection.ts"
import { memoryTokenCache, TokenCache } from "../../../src/http/TokenCache.ts"
import type { SecretReference } from "../../../src/pipeline/Secrets.ts"
import { Secrets } from "../../../src/pipeline/Secrets.ts"
import { type CommerceServer, commerceServer } from "../../../src/sandbox/commerce/commerceServer.ts"
import { generateShop } from "../../../src/sandbox/commerce/generateShop.ts"

const shop = generateShop({ seed: 3, documents: 6 })
const variable = (reference: SecretReference) => ("env" in reference ? reference.env : "")

/** What the variables hold, changeable while a test runs. */
const servicesFrom = (values: Ref.Ref<Readonly<Record<string, string>>>) =>
  Layer.mergeAll(
    NodeHttpClient.layerUndici,
    Layer.effect(TokenCache, memoryTokenCache),
    Layer.succeed(
      Secrets,
      Secrets.of({
        resolve: (reference) =>
          Effect.map(Ref.get(values), (held) => Redacted.make(held[variable(reference)] ?? ""))
      })
    )
  )

/** The services, open until the test ends. */
const services = (values: Parameters<typeof servicesFrom>[0]) => Layer.build(servicesFrom(values))

const connectionTo = (server: CommerceServer, fields: Readonly<Record<string, unknown>> = {}) =>
  Schema.decodeUnknownEffect(Connection)({
    baseUrl: server.baseUrl,
    insecure: true,
    requestsPerMinute: 100_000,
    credentials: {
      consumerKey: { env: "consumerKey" },
      consumerSecret: { env: "consumerSecret" },
      accessToken: { env: "accessToken" },
      accessTokenSecret: { env: "accessTokenSecret" }
    },
    ims: {
      clientId: { env: "clientId" },
      clientSecret: { env: "clientSecret" },
      previousClientSecret: { env: "previousClientSecret" },
      organization: server.ims.client.organization,
      tokenUrl: `${server.url}${server.ims.tokenPath}`
    },
    ...fields
  })

const firstInvoice = `/V1/invoices/${String(shop.invoices[0]?.["entity_id"])}`

describe("A2 a shop on SaaS in the sandbox", () => {
  const open = Effect.fnUntraced(function* (changes: Readonly<Record<string, unknown>> = {}) {
    const server = yield* commerceServer({ shop, deployment: "saas" })
    const values = yield* Ref.make<Readonly<Record<string, string>>>({ ...server.ims.client })
    const connection = yield* connectionTo(server, { deployment: "saas", ...changes })
    const client = makeCommerceClient("shop", connection).pipe(Effect.provide(yield* services(values)))
    return { server, values, connection, client }
  })

  it.live("is read with one token, and pings with its organization and store", () =>
    Effect.gen(function* () {
      const { connection, server, values } = yield* open()
      const lines = yield* adobeCommerce
        .probe({ name: "shop", connection })
        .pipe(Effect.provide(yield* services(values)))
      assert.include(lines[1], `for the organization ${server.ims.client.organization} and the store all`)
      assert.include(lines[2], `${shop.invoices.length} invoices`)
      assert.strictEqual(yield* server.ims.issued, 1)
    }).pipe(Effect.scoped)
  )

  it.live("goes on with a new token when all tokens were revoked", () =>
    Effect.gen(function* () {
      const { client, server } = yield* open()
      const shopClient = yield* client
      yield* shopClient.get(firstInvoice)
      yield* server.ims.revokeTokens
      yield* shopClient.get(firstInvoice)
      assert.strictEqual(yield* server.ims.issued, 2)
    }).pipe(Effect.scoped)
  )

  it.live("goes on while a client secret is replaced, whichever end is first", () =>
    Effect.gen(function* () {
      const { client, server, values } = yield* open()
      const old = server.ims.client.clientSecret
      yield* Ref.update(values, (held) => ({
        ...held,
        clientSecret: "the next one",
        previousClientSecret: old
      }))
      yield* (yield* client).get(firstInvoice)
      yield* server.ims.setSecrets(["the next one"])
      yield* server.ims.revokeTokens
      yield* (yield* client).get(firstInvoice)
    }).pipe(Effect.scoped)
  )

  it.live.each([
    {
      name: "a wrong secret",
      values: { clientSecret: "wrong" },
      says: "401, invalid_client, invalid client_secret parameter"
    },
    {
      name: "a wrong client",
      values: { clientId: "wrong" },
      says: "400, invalid_client, invalid client_id parameter"
    }
  ])("refuses $name in words", ({ says, values: wrong }) =>
    Effect.gen(function* () {
      const { client, values } = yield* open()
      yield* Ref.update(values, (held) => ({ ...held, ...wrong }))
      const error = yield* Effect.flip(Effect.flatMap(client, (one) => one.get(firstInvoice)))
      assert.include(error.message, says)
      assert.include(error.message, "Adobe Developer Console")
    }).pipe(Effect.scoped)
  )

  it.live("refuses another organization, a store and a tenant it does not have", () =>
    Effect.gen(function* () {
      const { server } = yield* open()
      const { clientId, clientSecret } = server.ims.client
      const values = yield* Ref.make<Readonly<Record<string, string>>>({ clientId, clientSecret })
      const refusal = Effect.fnUntraced(function* (fields: Readonly<Record<string, unknown>>) {
        const connection = yield* connectionTo(server, { deployment: "saas", ...fields })
        const client = makeCommerceClient("shop", connection).pipe(Effect.provide(yield* services(values)))
        return (yield* Effect.flip(Effect.flatMap(client, (one) => one.get(firstInvoice)))).message
      })
      const { ims } = yield* connectionTo(server)
      assert.include(yield* refusal({ ims: { ...ims, organization: "OTHER@AdobeOrg" } }), "OTHER@AdobeOrg")
      assert.include(yield* refusal({ storeCode: "nowhere" }), "storeCode")
      assert.include(yield* refusal({ baseUrl: `${server.url}/AnotherTenant` }), "ends with the tenant")
      assert.include(yield* refusal({ baseUrl: `${server.baseUrl}/rest` }), "ends with the tenant")
    }).pipe(Effect.scoped)
  )
})

/** Listens as a callback, and gives what was posted there. */
const callback = Effect.gen(function* () {
  const posted = yield* Deferred.make<ReadonlyMap<string, string>>()
  const server = yield* NodeHttpServer.make(() => createServer(), { host: "127.0.0.1", port: 0 })
  yield* server.serve(
    Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      const text = yield* Effect.orDie(request.text)
      yield* Deferred.succeed(posted, new Map(new URLSearchParams(text)))
      return HttpServerResponse.empty()
    })
  )
  const { address } = server
  return {
    url: `http://127.0.0.1:${address._tag === "UnixPathAddress" ? 0 : address.port}/`,
    posted: Deferred.await(posted)
  }
})

describe("A3 the integration in the sandbox", () => {
  const open = Effect.gen(function* () {
    const server = yield* commerceServer({ shop })
    const values = yield* Ref.make<Readonly<Record<string, string>>>({ ...server.credentials })
    const connection = yield* connectionTo(server)
    const client = yield* makeCommerceClient("shop", connection).pipe(Effect.provide(yield* services(values)))
    const handshake = adobeCommerce.handshake?.make({ name: "shop", connection })
    if (handshake === undefined || typeof handshake === "string") return yield* Effect.die("no handshake")
    const { posted, url } = yield* callback
    const press = server.integration.reauthorise({ callbackUrl: url, storeBaseUrl: `${server.url}/` })
    const context = yield* services(values)
    const exchange = (form: ReadonlyMap<string, string>) =>
      handshake.exchange(form).pipe(Effect.scoped, Effect.provide(context))
    return { server, values, client, posted, press, exchange }
  })

  it.live(
    "reauthorised, ends the old token; the exchanged one is proved, and an open client takes it up",
    () =>
      Effect.gen(function* () {
        const { client, exchange, posted, press, values } = yield* open
        yield* client.get(firstInvoice)
        yield* press
        const ended = yield* Effect.flip(client.get(firstInvoice))
        assert.include(ended.message, "run ledgerline connect commerce")
        const credentials = yield* exchange(yield* posted)
        assert.deepStrictEqual(
          credentials.map(({ field, reference }) => `${field} ${variable(reference)}`),
          ["consumerKey", "consumerSecret", "accessToken", "accessTokenSecret"].map(
            (field) => `${field} ${field}`
          )
        )
        yield* Ref.set(
          values,
          Object.fromEntries(credentials.map(({ field, value }) => [field, Redacted.value(value)]))
        )
        yield* client.get(firstInvoice)
      }).pipe(Effect.scoped)
  )

  it.live("hands its tokens out once, and to the verifier only", () =>
    Effect.gen(function* () {
      const { exchange, posted, press } = yield* open
      yield* press
      const form = yield* posted
      const forged = new Map([...form, ["oauth_verifier", "0".repeat(32)]])
      assert.include((yield* Effect.flip(exchange(forged))).message, "verifier token do not match")
      // The request token is spent; only the button gives another one.
      assert.include((yield* Effect.flip(exchange(form))).message, "not a verifier token")
    }).pipe(Effect.scoped)
  )

  it.live("refuses what others post to the callback, without asking the shop", () =>
    Effect.gen(function* () {
      const { exchange, posted, press } = yield* open
      yield* press
      const form = yield* posted
      const other = new Map([...form, ["store_base_url", "http://evil.example.com/"]])
      assert.include((yield* Effect.flip(exchange(other))).message, "leads to http://127.0.0.1")
      const bare = new Map([...form].filter(([name]) => name !== "oauth_verifier"))
      assert.include((yield* Effect.flip(exchange(bare))).message, "without oauth_verifier")
      assert.strictEqual((yield* exchange(form)).length, 4)
    }).pipe(Effect.scoped)
  )

  it.live("lets its key expire after 300 seconds", () =>
    Effect.gen(function* () {
      const real = yield* Clock.Clock
      let ahead = 0
      const later: Clock.Clock = {
        currentTimeNanosUnsafe: () => real.currentTimeNanosUnsafe(),
        currentTimeNanos: real.currentTimeNanos,
        monotonicTimeNanosUnsafe: () => real.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: real.monotonicTimeNanos,
        currentTimeMillisUnsafe: () => real.currentTimeMillisUnsafe() + ahead,
        currentTimeMillis: Effect.sync(() => real.currentTimeMillisUnsafe() + ahead),
        sleep: (duration) => real.sleep(duration)
      }
      yield* Effect.gen(function* () {
        const { exchange, posted, press } = yield* open
        yield* press
        ahead = 301_000
        const error = yield* Effect.flip(exchange(yield* posted))
        assert.include(error.message, "the consumer key has expired: it is good for 300 seconds")
      }).pipe(Effect.scoped, Effect.provideService(Clock.Clock, later))
    })
  )

  it("has no handshake on SaaS, and says what to do instead", () => {
    const made = adobeCommerce.handshake?.make({
      name: "shop",
      connection: Schema.decodeUnknownSync(Connection)({
        deployment: "saas",
        baseUrl: "https://na1.api.commerce.adobe.com/T",
        ims: { clientId: { env: "A" }, clientSecret: { env: "B" }, organization: "ABC@AdobeOrg" }
      })
    })
    assert.include(made, "Replace what ims.clientSecret names")
  })
})

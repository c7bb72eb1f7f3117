/**
 * fakeShop: a shop that answers what a test tells it to, without a network.
 */
import { setImmediate } from "node:timers/promises"
import { Effect, Fiber, Layer, Redacted, Schema } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { Connection } from "../../../src/connectors/adobe-commerce/Connection.ts"
import { type SecretReference, Secrets } from "../../../src/pipeline/Secrets.ts"
import type { Json } from "../../../src/pipeline/SourceRecord.ts"

/** An answer; text is sent as it is, anything else as JSON. */
export interface Answer {
  readonly status?: number
  readonly body: Json
  readonly headers?: Record<string, string>
}

/** A request as the shop sees it. */
export interface Seen {
  readonly path: string
  readonly query: ReadonlyMap<string, string>
  readonly url: string
  readonly authorization: string
  readonly headers: Readonly<Record<string, string | undefined>>
  /** A form or a JSON text. */
  readonly text: string
}

/** 2026-04-01 12:00:00, the shop's present unless an answer says otherwise. */
export const shopDate = "Wed, 01 Apr 2026 12:00:00 GMT"

const alwaysTheSame = () => "x".repeat(32)

/** A shop that answers with `answer`, and the requests it has seen. `secret` is what a variable or file holds at the moment. */
export const fakeShop = (
  answer: (request: Seen) => Answer,
  secret: (reference: SecretReference) => string = alwaysTheSame
) => {
  const seen: Array<Seen> = []
  const http = HttpClient.make((request, url) =>
    Effect.sync(() => {
      const arrived: Seen = {
        path: url.pathname,
        query: new Map(url.searchParams),
        url: request.url,
        authorization: request.headers["authorization"] ?? "",
        headers: request.headers,
        text: request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
      }
      seen.push(arrived)
      const { body, headers, status } = answer(arrived)
      return HttpClientResponse.fromWeb(
        request,
        new Response(typeof body === "string" ? body : JSON.stringify(body), {
          status: status ?? 200,
          headers: { date: shopDate, ...headers }
        })
      )
    })
  )
  const layer = Layer.merge(
    Layer.succeed(HttpClient.HttpClient, http),
    Layer.succeed(
      Secrets,
      Secrets.of({ resolve: (reference) => Effect.sync(() => Redacted.make(secret(reference))) })
    )
  )
  return { seen, layer }
}

/** Settings of the connection to the fake shop; `fields` as in connections.yaml. */
export const connection = (fields: { readonly [key: string]: Json } = {}) =>
  Schema.decodeUnknownSync(Connection, { onExcessProperty: "error" })({
    baseUrl: "https://shop.example.com",
    credentials: {
      consumerKey: { env: "A" },
      consumerSecret: { env: "B" },
      accessToken: { env: "C" },
      accessTokenSecret: { env: "D" }
    },
    ...fields
  })

/** Settings of a connection to a shop on SaaS; `ims` changes what stands under it. */
export const saasConnection = (
  fields: { readonly [key: string]: Json } = {},
  ims: { readonly [key: string]: Json } = {}
) =>
  Schema.decodeUnknownSync(Connection, { onExcessProperty: "error" })({
    deployment: "saas",
    baseUrl: "https://na1.api.commerce.adobe.com/Tenant01",
    ims: {
      clientId: { env: "CLIENT" },
      clientSecret: { env: "SECRET" },
      organization: "ABC@AdobeOrg",
      ...ims
    },
    ...fields
  })

/** Runs `effect` to its end, letting the test clock run so that pauses cost no time. */
export const inFastTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    while (fiber.pollUnsafe() === undefined) {
      yield* TestClock.adjust("50 millis")
      yield* Effect.promise(() => setImmediate())
    }
    return yield* Fiber.join(fiber)
  })

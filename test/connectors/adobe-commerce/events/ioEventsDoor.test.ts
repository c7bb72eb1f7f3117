import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { isAdobeAddress } from "../../../../src/connectors/adobe-commerce/events/answerChallenge.ts"
import { IoEventsDoor } from "../../../../src/connectors/adobe-commerce/events/DoorConfig.ts"
import { ioEventsDoor } from "../../../../src/connectors/adobe-commerce/events/ioEventsDoor.ts"
import { eventRequest, knock, secretsOf, webOf } from "../../../support/eventRequest.ts"
import vectors from "./signature-vectors.json" with { type: "json" }

const { ioEvent } = vectors
const client = "ca7b36f23be94dcb9d2ebb97f0276e3f"
const pair = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" }
})
const signed = (body: string) =>
  sign("sha256", Buffer.from(body), createPrivateKey(pair.privateKey)).toString("base64")

const door = ioEventsDoor(
  Schema.decodeUnknownSync(IoEventsDoor)({ family: "io-events", path: "/events/adobe", clientIds: [client] })
)
const keys: Readonly<Record<string, string>> = {
  "https://static.adobeioevents.com/prod/keys/pub-key-vector.pem": vectors.publicKey,
  "https://static.adobeioevents.com/prod/keys/pub-key-own.pem": pair.publicKey
}
const web = (asked: Array<string>) =>
  Layer.merge(
    secretsOf({}),
    webOf((url) => ({ status: keys[url] === undefined ? 404 : 200, body: keys[url] ?? "" }), asked)
  )

const first = (signature: string, path = "/prod/keys/pub-key-vector.pem") => ({
  "x-adobe-digital-signature-1": signature,
  "x-adobe-public-key1-path": path
})
const second = (signature: string, path = "/prod/keys/pub-key-own.pem") => ({
  "x-adobe-digital-signature-2": signature,
  "x-adobe-public-key2-path": path
})
const verdictOf = (
  body: string,
  headers: Readonly<Record<string, string | ReadonlyArray<string>>>,
  asked: Array<string> = []
) => knock(door, eventRequest({ body, headers })).pipe(Effect.provide(web(asked)))
/** The verdict on a body that Adobe signed with its second key. */
const genuine = (content: unknown) => {
  const body = JSON.stringify(content)
  return verdictOf(body, second(signed(body)))
}

const event = (id: number, more: object = {}) => ({
  type: "com.adobe.commerce.observer.sales_order_save_commit_after",
  id: `cloud-${id}`,
  eventid: `event-${id}`,
  recipientclientid: client,
  data: { value: { entity_id: `${id}` } },
  ...more
})

describe("A6 ioEventsDoor", () => {
  it.effect("a known signature is right, and the hint has what the envelope says", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* verdictOf(ioEvent.body, first(ioEvent.signature)), {
        _tag: "Accepted",
        hints: [
          {
            resource: "order",
            id: "15",
            eventId: "b0f2b088-5490-4d16-9ce9-0cb1fb3e5ed0",
            occurredAt: "2025-07-17T15:48:42.436Z"
          }
        ]
      })
    })
  )

  it.effect.each([
    ["the body without its last byte", ioEvent.body.slice(0, -1), first(ioEvent.signature)],
    ["the body with a space in it", ioEvent.body.replace(":", ": "), first(ioEvent.signature)],
    ["base64 of the body", Buffer.from(ioEvent.body).toString("base64"), first(ioEvent.signature)],
    ["a signature by another key", ioEvent.body, first(signed(ioEvent.body))],
    ["no signature", ioEvent.body, {}],
    [
      "a signature without the path of its key",
      ioEvent.body,
      { "x-adobe-digital-signature-1": ioEvent.signature }
    ],
    [
      "the signature sent twice",
      ioEvent.body,
      { ...first(ioEvent.signature), "x-adobe-digital-signature-1": [ioEvent.signature, ioEvent.signature] }
    ]
  ] as const)("%s is refused", ([, body, headers]) =>
    Effect.gen(function* () {
      assert.include(yield* verdictOf(body, headers), { _tag: "Refused", status: 401 })
    })
  )

  it.effect.each([
    ["the first is wrong", { ...first("AAAA"), ...second(signed(ioEvent.body)) }],
    ["the second is wrong", { ...first(ioEvent.signature), ...second("AAAA") }],
    [
      "the first is sent twice",
      { ...first("x"), "x-adobe-digital-signature-1": ["a", "b"], ...second(signed(ioEvent.body)) }
    ],
    [
      "the key of the first is gone",
      { ...first(ioEvent.signature, "/prod/keys/pub-key-gone.pem"), ...second(signed(ioEvent.body)) }
    ]
  ] as const)("one right signature is enough when %s", ([, headers]) =>
    Effect.gen(function* () {
      assert.include(yield* verdictOf(ioEvent.body, headers), { _tag: "Accepted" })
    })
  )

  it.effect.each([
    "@evil.example/prod/keys/pub-key-own.pem",
    ".evil.example/prod/keys/pub-key-own.pem",
    ":pass@evil.example/prod/keys/pub-key-own.pem",
    "//evil.example/prod/keys/pub-key-own.pem",
    "https://evil.example/prod/keys/pub-key-own.pem",
    "/prod/keys/../keys/pub-key-own.pem",
    "/prod/keys/pub-key-own.pem?x=1",
    "/prod/keys/pub-key-own.pem\n",
    "/prod/keys/pub-key-%6fwn.pem",
    "/prod/keys/pub-key-.pem",
    "/stage/keys/pub-key-own.pem"
  ])("a key at %j is asked for nowhere", (path) =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      assert.include(yield* verdictOf(ioEvent.body, first(signed(ioEvent.body), path), asked), {
        status: 401
      })
      assert.deepStrictEqual(asked, [])
    })
  )

  it.effect("a key is fetched once, and anew after a day", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      yield* Effect.gen(function* () {
        const open = yield* door.open
        const receive = open.receive(eventRequest({ body: ioEvent.body, headers: first(ioEvent.signature) }))
        yield* receive
        yield* receive
        assert.lengthOf(asked, 1)
        yield* TestClock.adjust("23 hours")
        yield* receive
        assert.lengthOf(asked, 1)
        yield* TestClock.adjust("61 minutes")
        yield* receive
        assert.lengthOf(asked, 2)
      }).pipe(Effect.scoped, Effect.provide(web(asked)))
    })
  )

  it.effect("strangers cannot make us ask Adobe without end, nor push out a key in use", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      yield* Effect.gen(function* () {
        const { receive } = yield* door.open
        yield* receive(eventRequest({ body: ioEvent.body, headers: first(ioEvent.signature) }))
        for (const minute of [1, 2, 3]) {
          for (const guess of Array.from({ length: 40 }).keys()) {
            const headers = first(ioEvent.signature, `/prod/keys/pub-key-${minute}-${guess}.pem`)
            yield* receive(eventRequest({ body: ioEvent.body, headers }))
          }
          yield* TestClock.adjust("1 minute")
        }
        assert.isAtMost(asked.length, 3 * 12)
        const before = asked.length
        assert.include(
          yield* receive(eventRequest({ body: ioEvent.body, headers: first(ioEvent.signature) })),
          {
            _tag: "Accepted"
          }
        )
        assert.lengthOf(asked, before)
      }).pipe(Effect.scoped, Effect.provide(web(asked)))
    })
  )

  it.effect("while Adobe's keys cannot be had the sender is asked to come again", () =>
    Effect.gen(function* () {
      const away = Layer.merge(
        secretsOf({}),
        webOf(() => ({ status: 503, body: "" }))
      )
      const request = eventRequest({ body: ioEvent.body, headers: first(ioEvent.signature) })
      assert.include(yield* knock(door, request).pipe(Effect.provide(away)), { _tag: "Unavailable" })
    })
  )

  it.effect("a batch is a hint for each, in both envelopes", () =>
    Effect.gen(function* () {
      const verdict = yield* genuine([
        event(1),
        { event: event(2, { eventid: undefined }), event_id: "outer-2", recipient_client_id: client },
        event(3, {
          type: "com.adobe.commerce.shop.observer.sales_order_invoice_save_after",
          data: { value: { entity_id: 3, _isNew: true } }
        }),
        event(4, { type: "com.adobe.commerce.observer.catalog_category_save_commit_after" })
      ])
      assert.deepStrictEqual(verdict._tag === "Accepted" ? verdict.hints : verdict, [
        { resource: "order", id: "1", eventId: "event-1" },
        { resource: "order", id: "2", eventId: "outer-2" },
        { resource: "invoice", id: "3", eventId: "event-3", change: "created" }
      ])
    })
  )

  it.effect.each([
    ["flat", event(1, { recipientclientid: "somebody-else" })],
    ["in the deprecated field", event(1, { recipient_client_id: "somebody-else" })],
    ["around the event", { event: event(1), recipient_client_id: "somebody-else" }],
    ["in a batch", [event(1), event(2, { recipientclientid: "somebody-else" })]],
    ["as no text", event(1, { recipientclientid: [client] })]
  ] as const)("an event for another client, said %s, is refused", ([, content]) =>
    Effect.gen(function* () {
      assert.include(yield* genuine(content), { _tag: "Refused", status: 403 })
    })
  )

  it.effect.each([
    ["challenge=8ec8d794-e0ab-42df-9017-e3dada8e84f7", 200],
    ["challenge=", 400],
    ["", 400],
    ["challenge=a&challenge=b", 400],
    ["challenge=%3Cscript%3Ealert(1)%3C/script%3E", 400],
    [`challenge=${"a".repeat(600)}`, 400]
  ] as const)("GET ?%s is answered with %d", ([query, status]) =>
    Effect.gen(function* () {
      const verdict = yield* knock(door, eventRequest({ method: "GET", query })).pipe(Effect.provide(web([])))
      assert.strictEqual(
        verdict._tag === "Answered" ? verdict.answer.status : verdict._tag === "Refused" ? verdict.status : 0,
        status
      )
      if (verdict._tag === "Answered") {
        assert.strictEqual(verdict.answer.body, "8ec8d794-e0ab-42df-9017-e3dada8e84f7")
      }
    })
  )

  it.effect("a validation address of Adobe's is opened after the answer, and not again at once", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      yield* Effect.gen(function* () {
        const { receive } = yield* door.open
        const address = "https://csm.adobe.io/csm/registration/validate?id=1&challenge=2"
        const request = eventRequest({ body: JSON.stringify({ validationUrl: address }) })
        assert.include(yield* receive(request), { _tag: "Answered" })
        assert.include(yield* receive(request), { _tag: "Unavailable" })
        yield* Effect.yieldNow
        assert.deepStrictEqual(asked, [address])
      }).pipe(Effect.scoped, Effect.provide(web(asked)))
    })
  )

  it.each([
    ["https://csm.adobe.io/x", true],
    ["https://events.adobe.com/x", true],
    ["http://csm.adobe.io/x", false],
    ["https://csm.adobe.io.evil.example/x", false],
    ["https://evil.example/?csm.adobe.io", false],
    ["https://csm.adobe.io@evil.example/", false],
    ["https://user@csm.adobe.io/", false],
    ["https://csm.adobe.io:8443/", false],
    ["https://evilcsm-adobe.io/", false],
    ["https://169.254.169.254/", false],
    ["file:///etc/passwd", false],
    ["not a url", false]
  ] as const)("%s: an address of Adobe's: %s", (address, expected) => {
    assert.strictEqual(isAdobeAddress(address, undefined), expected)
  })
})

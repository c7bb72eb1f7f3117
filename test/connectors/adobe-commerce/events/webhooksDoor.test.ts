import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { WebhooksDoor } from "../../../../src/connectors/adobe-commerce/events/DoorConfig.ts"
import { webhooksDoor } from "../../../../src/connectors/adobe-commerce/events/webhooksDoor.ts"
import { eventRequest, knock, noWeb, secretsOf } from "../../../support/eventRequest.ts"
import vectors from "./signature-vectors.json" with { type: "json" }

const { webhook } = vectors
const header = "x-adobe-commerce-webhook-signature"
const pair = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" }
})
const weak = generateKeyPairSync("rsa", {
  modulusLength: 1024,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" }
})
const signed = (body: string) =>
  sign(
    "sha256",
    Buffer.from(Buffer.from(body).toString("base64")),
    createPrivateKey(pair.privateKey)
  ).toString("base64")

const doorWith = (publicKeys: ReadonlyArray<string>) =>
  webhooksDoor(
    Schema.decodeUnknownSync(WebhooksDoor)({
      family: "commerce-webhooks",
      path: "/events/shop",
      publicKeys: publicKeys.map((env) => ({ env }))
    })
  )
const surroundings = Layer.merge(
  secretsOf({ VECTOR: vectors.publicKey, OWN: pair.publicKey, WEAK: weak.publicKey, TEXT: "no key" }),
  noWeb
)
const verdictOf = (
  body: string | Uint8Array,
  headers: Readonly<Record<string, string | ReadonlyArray<string>>>,
  keys = ["VECTOR", "OWN"]
) => knock(doorWith(keys), eventRequest({ body, headers })).pipe(Effect.provide(surroundings))

describe("A6 webhooksDoor", () => {
  it.effect("a known signature is right, and the shop is let go on", () =>
    Effect.gen(function* () {
      const verdict = yield* verdictOf(webhook.body, { [header]: webhook.signature })
      assert.deepInclude(verdict, { _tag: "Accepted", hints: [] })
      assert.deepInclude(verdict, {
        answer: { status: 200, contentType: "application/json", body: '{"op":"success"}' }
      })
    })
  )

  it.effect.each([
    ["the parsed body written anew", webhook.reserialised, { [header]: webhook.signature }],
    ["the body without its last byte", webhook.body.slice(0, -1), { [header]: webhook.signature }],
    ["no signature", webhook.body, {}],
    ["the signature in two headers", webhook.body, { [header]: [webhook.signature, webhook.signature] }],
    [
      "the signature with a line break in it",
      webhook.body,
      { [header]: `${webhook.signature.slice(0, 76)}\n${webhook.signature.slice(76)}` }
    ],
    ["the signature without its padding", webhook.body, { [header]: webhook.signature.replace(/=+$/u, "") }],
    ["the signature of the bytes themselves", vectors.ioEvent.body, { [header]: vectors.ioEvent.signature }]
  ] as const)("%s is refused", ([, body, headers]) =>
    Effect.gen(function* () {
      assert.include(yield* verdictOf(body, headers), { _tag: "Refused", status: 401 })
    })
  )

  it.effect("the signature of another key pair is refused, and accepted beside the new one", () =>
    Effect.gen(function* () {
      const body = '{"order":{"entity_id":15}}'
      const headers = { [header]: signed(body) }
      assert.include(yield* verdictOf(body, headers, ["VECTOR"]), { status: 401 })
      assert.include(yield* verdictOf(body, headers, ["VECTOR", "OWN"]), { _tag: "Accepted" })
    })
  )

  it.effect("a repetition keeps its name, and a forged name cannot hide another event", () =>
    Effect.gen(function* () {
      const hintOf = (body: string, id: string) =>
        Effect.map(
          verdictOf(body, { [header]: signed(body), "x-adobe-commerce-request-id": id }),
          (verdict) => (verdict._tag === "Accepted" ? verdict.hints[0] : undefined)
        )
      const first = yield* hintOf('{"order":{"entity_id":15}}', "r-1")
      assert.include(first, { resource: "order", id: "15" })
      assert.deepStrictEqual(yield* hintOf('{"order":{"entity_id":15}}', "r-1"), first)
      assert.notStrictEqual((yield* hintOf('{"order":{"entity_id":16}}', "r-1"))?.eventId, first?.eventId)
    })
  )

  it.effect.each(["WEAK", "TEXT"])("does not open with what is no public key of at least 2048 bits", (key) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.scoped(doorWith([key]).open))
      assert.include(error.message, "no RSA key in PEM of at least 2048 bits")
    }).pipe(Effect.provide(surroundings))
  )
})

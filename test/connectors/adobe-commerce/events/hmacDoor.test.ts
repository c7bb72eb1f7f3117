import { createHmac } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { HmacDoor } from "../../../../src/connectors/adobe-commerce/events/DoorConfig.ts"
import { hmacDoor } from "../../../../src/connectors/adobe-commerce/events/hmacDoor.ts"
import { eventRequest, knock, noWeb, secretsOf } from "../../../support/eventRequest.ts"
import vectors from "./signature-vectors.json" with { type: "json" }

const { hmac } = vectors
const decode = Schema.decodeUnknownSync(HmacDoor)
const doorWith = (settings: object, secrets: ReadonlyArray<object> = [{ env: "SECRET" }]) =>
  hmacDoor(decode({ family: "hmac", path: "/events/shop", secrets, ...settings }))

const surroundings = Layer.merge(
  secretsOf({ SECRET: hmac.secret, NEXT: "the-secret-that-comes-next", SHORT: "0123456789" }),
  noWeb
)
const sign = (body: string, secret = hmac.secret) => createHmac("sha256", secret).update(body).digest("hex")

/** The verdict, for a body signed as the first module in the vectors does it. */
const verdictOf = (body: string, settings: object = {}, headers: Readonly<Record<string, string>> = {}) =>
  knock(
    doorWith(settings),
    eventRequest({ body, headers: { "x-magento-signature": sign(body), ...headers } })
  ).pipe(Effect.provide(surroundings))

describe("A6 hmacDoor", () => {
  for (const convention of hmac.conventions) {
    const timestamp =
      convention.timestampHeader === undefined ? {} : { timestamp: { header: convention.timestampHeader } }
    const door = doorWith({ header: convention.header, ...convention.settings, ...timestamp })
    const headers = {
      [convention.header]: convention.value,
      ...(convention.timestampHeader === undefined
        ? {}
        : { [convention.timestampHeader]: convention.timestamp })
    }
    const atTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      Effect.andThen(TestClock.setTime(1_760_000_060_000), effect).pipe(Effect.provide(surroundings))

    describe(convention.module, () => {
      it.effect("a known signature is right: only the entity_id is missed in the body", () =>
        Effect.gen(function* () {
          const verdict = yield* knock(door, eventRequest({ body: hmac.body, headers }))
          assert.include(verdict, { _tag: "Refused", status: 422 })
        }).pipe(atTime)
      )
      it.effect("every flipped bit of the signature or the body is refused", () =>
        Effect.gen(function* () {
          const open = yield* door.open
          const flips = Array.from({ length: 8 * hmac.body.length }).keys()
          for (const bit of flips) {
            const body = Buffer.from(hmac.body)
            body[bit >> 3] = (body[bit >> 3] ?? 0) ^ (1 << (bit & 7))
            assert.include(
              yield* open.receive(eventRequest({ body, headers })),
              { status: 401 },
              `bit ${bit}`
            )
          }
          for (const bit of Array.from({ length: 7 * convention.value.length }).keys()) {
            const at = Math.floor(bit / 7)
            const flipped = String.fromCharCode(convention.value.charCodeAt(at) ^ (1 << (bit % 7)))
            const value = convention.value.slice(0, at) + flipped + convention.value.slice(at + 1)
            const request = eventRequest({
              body: hmac.body,
              headers: { ...headers, [convention.header]: value }
            })
            assert.include(yield* open.receive(request), { status: 401 }, value)
          }
        }).pipe(Effect.scoped, atTime)
      )
      it.effect.each([
        ["the body written anew by JSON.stringify", JSON.stringify(JSON.parse(hmac.body)), headers],
        ["the body without its last byte", hmac.body.slice(0, -1), headers],
        ["the body with a line break after it", `${hmac.body}\n`, headers],
        ["no signature", hmac.body, { ...headers, [convention.header]: "" }],
        [
          "half of a signature",
          hmac.body,
          { ...headers, [convention.header]: convention.value.slice(0, 20) }
        ],
        [
          "a signature with a space after it",
          hmac.body,
          { ...headers, [convention.header]: `${convention.value} ` }
        ],
        [
          "the signature beside another one",
          hmac.body,
          { ...headers, [convention.header]: ["forged", convention.value] }
        ],
        [
          "the signature twice",
          hmac.body,
          { ...headers, [convention.header]: [convention.value, convention.value] }
        ]
      ] as const)("%s is refused", ([, body, sent]) =>
        Effect.gen(function* () {
          assert.include(yield* knock(door, eventRequest({ body, headers: sent })), { status: 401 })
        }).pipe(atTime)
      )
    })
  }

  it.effect.each([
    [359_000, "Accepted"],
    [-359_000, "Accepted"],
    [361_000, "Refused"],
    [-361_000, "Refused"]
  ] as const)("signed %d milliseconds ago, with a tolerance of six minutes: %s", ([ago, expected]) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_760_000_000_000 + ago)
      const body = '{"order":{"entity_id":7}}'
      const signature = sign(`1760000000.${body}`)
      const door = doorWith({ timestamp: { header: "x-time", tolerance: "6 minutes" } })
      const headers = { "x-time": "1760000000", "x-magento-signature": signature }
      assert.strictEqual((yield* knock(door, eventRequest({ body, headers })))._tag, expected)
      const moved = { ...headers, "x-time": "1760000001" }
      assert.include(yield* knock(door, eventRequest({ body, headers: moved })), { status: 401 })
    }).pipe(Effect.provide(surroundings))
  )

  it.effect("accepts the old and the new secret while it is changed, and no third", () =>
    Effect.gen(function* () {
      const door = doorWith({}, [{ env: "SECRET" }, { env: "NEXT" }])
      const body = '{"order":{"entity_id":7}}'
      const tagWith = (secret: string) =>
        Effect.map(
          knock(door, eventRequest({ body, headers: { "x-magento-signature": sign(body, secret) } })),
          ({ _tag }) => _tag
        )
      assert.strictEqual(yield* tagWith(hmac.secret), "Accepted")
      assert.strictEqual(yield* tagWith("the-secret-that-comes-next"), "Accepted")
      assert.strictEqual(yield* tagWith("the-secret-that-came-before"), "Refused")
    }).pipe(Effect.provide(surroundings))
  )

  it.effect("does not open with a secret that could be guessed", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(doorWith({}, [{ env: "SHORT" }]).open.pipe(Effect.scoped))
      assert.include(error.message, "shorter than 16 characters")
    }).pipe(Effect.provide(surroundings))
  )

  it.effect.each([
    ["order and entity_id", '{"order":{"entity_id":"15"}}', {}, { resource: "order", id: "15" }],
    [
      "a topic header",
      '{"entity_id":15}',
      { "x-magento-topic": "invoices/create" },
      { resource: "invoice", id: "15", change: "created" }
    ],
    [
      "an event field",
      '{"event":"sales_order_creditmemo_save_after","data":{"entity_id":3}}',
      {},
      { resource: "credit-note", id: "3" }
    ],
    [
      "an event field and data by name",
      '{"event":"order.updated","data":{"order":{"entity_id":3}}}',
      {},
      { resource: "order", id: "3", change: "updated" }
    ],
    [
      "only an id by name",
      '{"topic":"invoice.created","invoice_id":9}',
      {},
      { resource: "invoice", id: "9", change: "created" }
    ]
  ] as const)("finds the record by %s", ([, body, headers, hint]) =>
    Effect.gen(function* () {
      const verdict = yield* verdictOf(body, {}, headers)
      assert.deepStrictEqual(verdict._tag === "Accepted" ? verdict.hints : verdict, [hint])
    })
  )

  it.effect("finds the record where the settings say", () =>
    Effect.gen(function* () {
      const settings = {
        topics: { beleg_neu: "invoice.created" },
        id: ["beleg.nummer"],
        eventIdHeader: "x-id"
      }
      const body = '{"event":"beleg_neu","beleg":{"nummer":12},"entity_id":99}'
      const verdict = yield* verdictOf(body, settings, { "x-id": "e-1" })
      assert.deepStrictEqual(verdict._tag === "Accepted" ? verdict.hints : verdict, [
        { resource: "invoice", id: "12", change: "created", eventId: "e-1" }
      ])
    })
  )

  it.effect("thanks for an event about nothing that is read", () =>
    Effect.gen(function* () {
      const verdict = yield* verdictOf('{"event":"sales_order_shipment_save_after","entity_id":1}')
      assert.deepInclude(verdict, { _tag: "Accepted", hints: [] })
    })
  )

  it.effect.each(["-1", "0", "1e3", "1.5", "15 or 1=1", "../15", "99999999999999999999999"])(
    "takes %s for no entity_id",
    (id) =>
      Effect.gen(function* () {
        const verdict = yield* verdictOf(JSON.stringify({ order: { entity_id: id } }))
        assert.include(verdict, { _tag: "Refused", status: 422 })
      })
  )

  it.effect("reads own fields only: an object that claims to be its prototype has no id", () =>
    Effect.gen(function* () {
      const verdict = yield* verdictOf('{"order":{"__proto__":{"entity_id":5}}}')
      assert.include(verdict, { _tag: "Refused", status: 422 })
    })
  )
})

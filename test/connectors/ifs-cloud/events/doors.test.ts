import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { DoorConfig } from "../../../../src/connectors/ifs-cloud/events/DoorConfig.ts"
import { doors } from "../../../../src/connectors/ifs-cloud/events/doors.ts"
import { eventRequest, knock, noWeb, secretsOf } from "../../../support/eventRequest.ts"

const secret = "the-secret-of-the-event-action"
const verdictOf = (
  body: string,
  headers: Readonly<Record<string, string | ReadonlyArray<string>>>,
  settings: object = {}
) => {
  const config = Schema.decodeUnknownSync(DoorConfig)({
    family: "header-secret",
    path: "/events/erp",
    secrets: [{ env: "SECRET" }, { env: "NEXT" }],
    ...settings
  })
  const [door] = doors.doors({ name: "erp", connection: { events: [config] } })
  return (door === undefined ? Effect.die("no door") : knock(door, eventRequest({ body, headers }))).pipe(
    Effect.provide(Layer.merge(secretsOf({ SECRET: secret, NEXT: "the-secret-that-comes-next" }), noWeb))
  )
}
const customer = '{"resource":"customer","id":"1000","eventId":"e-1"}'

describe("B8 the event action of IFS", () => {
  it.effect.each([secret, "the-secret-that-comes-next"])("is a hint with either secret", (given) =>
    Effect.gen(function* () {
      const verdict = yield* verdictOf(customer, { "x-api-key": given })
      assert.deepStrictEqual(verdict._tag === "Accepted" ? verdict.hints : verdict, [
        { resource: "customer", id: "1000", eventId: "e-1" }
      ])
    })
  )

  it.effect.each([
    ["no secret", {}],
    ["an empty secret", { "x-api-key": "" }],
    ["another secret", { "x-api-key": "the-secret-of-somebody-else" }],
    ["a part of the secret", { "x-api-key": secret.slice(0, -1) }],
    ["the secret with a space", { "x-api-key": `${secret} ` }],
    ["the secret twice", { "x-api-key": [secret, secret] }],
    ["the secret in another header", { authorization: secret }]
  ] as const)("with %s is refused", ([, headers]) =>
    Effect.gen(function* () {
      assert.include(yield* verdictOf(customer, headers), { _tag: "Refused", status: 401 })
    })
  )

  it.effect("may have a template of its own", () =>
    Effect.gen(function* () {
      const settings = { resource: "customer", header: "x-our-key", fields: { id: "CustomerId" } }
      const verdict = yield* verdictOf('{"CustomerId":"C-7"}', { "x-our-key": secret }, settings)
      assert.deepInclude(verdict, { hints: [{ resource: "customer", id: "C-7" }] })
    })
  )

  it.effect.each([
    '{"resource":"customer"}',
    '{"resource":"constructor","id":"1"}',
    '{"id":"1"}',
    "customer 1000",
    "[]"
  ])("says what is missing in %s", (body) =>
    Effect.gen(function* () {
      assert.include(yield* verdictOf(body, { "x-api-key": secret }), { _tag: "Refused", status: 422 })
    })
  )
})

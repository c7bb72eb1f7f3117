import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { type EntryIdentity, idempotencyKey } from "../../src/engine/idempotencyKey.ts"

const identity: EntryIdentity = {
  sinkConnection: "erp",
  company: "10",
  sourceConnection: "shop",
  resource: "invoice",
  id: "3",
  revision: 1,
  remap: 0,
  kind: "post"
}

/** Letters that could be taken for the key's own. */
const awkward = Schema.Literals(["a", "a/b", "b", "/", "%2F", "1.1", "1", "", "ä", "a b"])
const Identity = Schema.Struct({
  sinkConnection: awkward,
  company: awkward,
  sourceConnection: awkward,
  resource: awkward,
  id: awkward,
  revision: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 })),
  remap: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 12 })),
  kind: Schema.Literals(["post", "reversal"])
})

describe("idempotencyKey", () => {
  // Written out in full: keys stand in ledgers, and another form would post everything again.
  it.each([
    { changes: {}, key: "erp/10/shop/invoice/3/1/post" },
    { changes: { revision: 2 }, key: "erp/10/shop/invoice/3/2/post" },
    { changes: { remap: 1 }, key: "erp/10/shop/invoice/3/1.1/post" },
    { changes: { kind: "reversal" }, key: "erp/10/shop/invoice/3/1/reversal" },
    {
      changes: { resource: "credit-note", id: "000/7 ä" },
      key: "erp/10/shop/credit-note/000%2F7%20%C3%A4/1/post"
    }
  ] as const)("$key", ({ changes, key }) => {
    assert.strictEqual(idempotencyKey({ ...identity, ...changes }), key)
  })

  it.effect.prop(
    "two entries have the same key only if they are the same",
    { one: Identity, other: Identity },
    ({ one, other }) =>
      Effect.sync(() => {
        const same = Object.entries(one).every(([name, value]) =>
          Object.entries(other).some(([n, v]) => n === name && v === value)
        )
        assert.strictEqual(idempotencyKey(one) === idempotencyKey(other), same)
      }),
    { arbitrary: { runs: 1000 } }
  )

  it("the parts cannot run into each other", () => {
    assert.notStrictEqual(
      idempotencyKey({ ...identity, company: "1/shop", sourceConnection: "x" }),
      idempotencyKey({ ...identity, company: "1", sourceConnection: "shop/x" })
    )
  })
})

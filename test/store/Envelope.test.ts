import { createSecretKey, randomBytes } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import { type Binding, closeEnvelope, openEnvelope } from "../../src/store/Envelope.ts"

const keyOf = (id: string) => ({ id, key: createSecretKey(randomBytes(32)) })
const key = keyOf("k1")
const place: Binding = ["secret", "erp/clientSecret", 1]
const plain = Buffer.from("hunter2 and more")
const closed = closeEnvelope(key, place, plain)

const changed = (part: number, change: (bytes: Buffer) => Buffer) =>
  closed
    .split(":")
    .map((text, index) => (index === part ? change(Buffer.from(text, "base64")).toString("base64") : text))
    .join(":")
const flipped = (bytes: Buffer) => Buffer.from(bytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte)))

describe("Envelope", () => {
  it.prop(
    "any value opens again in its own place, and nothing of it is seen from outside",
    { value: Schema.String.check(Schema.isMinLength(8), Schema.isMaxLength(400)), name: Schema.String },
    ({ name, value }) => {
      const envelope = closeEnvelope(key, ["secret", name, 1], Buffer.from(value))
      assert.notInclude(envelope, value)
      assert.deepStrictEqual(
        openEnvelope(key, ["secret", name, 1], envelope),
        Option.some(Buffer.from(value))
      )
    }
  )

  it.each<{ readonly what: string; readonly binding: Binding }>([
    { what: "another name", binding: ["secret", "erp/clientId", 1] },
    { what: "another connection", binding: ["secret", "shop/clientSecret", 1] },
    { what: "another version", binding: ["secret", "erp/clientSecret", 2] },
    { what: "another kind", binding: ["access token", "erp/clientSecret", 1] },
    { what: "parts cut elsewhere", binding: ["secret", "erp", "clientSecret", 1] },
    { what: "a text instead of a number", binding: ["secret", "erp/clientSecret", "1"] }
  ])("does not open in the place of $what", ({ binding }) => {
    assert.isTrue(Option.isSome(openEnvelope(key, place, closed)))
    assert.isTrue(Option.isNone(openEnvelope(key, binding, closed)))
  })

  it.each([
    { what: "another nonce", envelope: changed(2, flipped) },
    { what: "another ciphertext", envelope: changed(3, flipped) },
    { what: "another tag", envelope: changed(4, flipped) },
    { what: "a tag cut short", envelope: changed(4, (tag) => tag.subarray(0, 4)) },
    { what: "an empty tag", envelope: changed(4, () => Buffer.alloc(0)) },
    { what: "a ciphertext cut short", envelope: changed(3, (bytes) => bytes.subarray(1)) },
    { what: "the name of another key", envelope: closed.replace(":k1:", ":k2:") },
    { what: "another version of the format", envelope: closed.replace("v1:", "v2:") },
    { what: "a part too many", envelope: `${closed}:AA==` },
    { what: "nothing", envelope: "" }
  ])("does not open with $what", ({ envelope }) => {
    assert.isTrue(Option.isNone(openEnvelope(key, place, envelope)))
  })

  it("does not open under another key of the same name", () => {
    assert.isTrue(Option.isNone(openEnvelope(keyOf("k1"), place, closed)))
  })

  it("20,000 of one value have 20,000 nonces and as many ciphertexts", () => {
    const parts = Array.from({ length: 20_000 }, () => closeEnvelope(key, place, plain).split(":"))
    for (const part of [2, 3, 4]) assert.strictEqual(new Set(parts.map((one) => one[part])).size, 20_000)
  })
})

/*
 * What is concluded from a customer after a write that got no answer.
 */
import { assert, describe, it } from "@effect/vitest"
import { absorbIntent, unknownVersion } from "../../src/engine/customers/absorbIntent.ts"
import { addressText } from "../../src/engine/customers/addressText.ts"
import type { HeldCustomer } from "../../src/pipeline/CustomerSink.ts"
import type { Intent, Values } from "../../src/store/CustomerLink.ts"

const held: HeldCustomer = {
  customer: { id: "1", number: "1", state: "active", name: "", addresses: [] },
  version: "after"
}
const bases = {
  left: { name: "Old", email: "old@example.com" },
  right: { name: "Old", email: "old@example.com" }
}

const intent = (given: Partial<Intent>): Intent => ({
  side: "right",
  version: "before",
  before: { name: "Old", email: "old@example.com" },
  sent: { name: "New", email: "new@example.com" },
  addresses: [],
  ...given
})

const after = (content: Values, given: Partial<Intent> = {}) =>
  absorbIntent(intent(given), bases, { held, content, arrived: [] })

describe("C4 after a write that got no answer", () => {
  it("all that the system holds as it was sent has arrived", () => {
    const { bases: now, unclear } = after({ name: "New", email: "NEW@example.com" })
    assert.deepStrictEqual(now, {
      left: { name: "New", email: "new@example.com" },
      right: { name: "New", email: "NEW@example.com" }
    })
    assert.isEmpty([...unclear])
  })

  it("a part that arrived says nothing of the rest, which is neither taken for ours nor for a person's", () => {
    const { bases: now, unclear } = after({ name: "Old", email: "new@example.com" })
    assert.deepStrictEqual(now, {
      left: { name: "Old", email: "new@example.com" },
      right: { name: "Old", email: "new@example.com" }
    })
    assert.deepStrictEqual([...unclear], ["name"])
  })

  it("of a customer of our own creation what is not there is sent again, and what is there instead is asked about", () => {
    const created = { version: null, before: {} }
    assert.deepStrictEqual([...after({ name: "New", email: null }, created).unclear], [])
    assert.deepStrictEqual([...after({ name: "New", email: "x@example.com" }, created).unclear], ["email"])
    assert.deepStrictEqual(
      [...after({ name: "New", email: null }, { ...created, version: unknownVersion }).unclear],
      ["email"]
    )
  })

  it("a new address is agreed on as it was sent and as the system cut it off", () => {
    const place = addressText({ street: ["Straße der Republik 17"], city: "Köln" })
    const cut = addressText({ street: ["Straße der Repub"], city: "Köln" })
    const sent = { from: "7", place, details: { phone: "123", name: "Anna Vogel" } }
    const content = { "address:2:place": cut, "address:2:phone": null, "address:2:name": "Anna Vog" }
    const { bases: now, unclear } = absorbIntent(intent({ sent: {}, addresses: [sent] }), bases, {
      held,
      content,
      arrived: [{ key: "2", sent }]
    })
    assert.deepStrictEqual(now.left, {
      ...bases.left,
      "address:2:place": place,
      "address:2:phone": "123",
      "address:2:name": "Anna Vogel"
    })
    assert.deepStrictEqual(now.right, { ...bases.right, ...content })
    assert.isEmpty([...unclear])
  })

  it("nothing has arrived where nobody has written to the customer", () => {
    const { bases: now, unclear } = after({ name: "New", email: "new@example.com" }, { version: "after " })
    assert.deepStrictEqual(now, bases)
    assert.isEmpty([...unclear])
  })
})

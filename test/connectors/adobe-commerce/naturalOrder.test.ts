import { assert, describe, it } from "@effect/vitest"
import { naturalOrder } from "../../../src/connectors/adobe-commerce/naturalOrder.ts"

/** Expected values: PHP 8.2 `strnatcmp`. */
describe("naturalOrder", () => {
  it.each([
    ["filters%5B2%5D", "filters%5B10%5D", -1],
    ["filters%5B10%5D", "filters%5B2%5D", 1],
    ["filters%5B0%5D", "filters%5B10%5D", -1],
    ["a", "a", 0],
    ["a", "ab", -1],
    ["a9b", "a9a", 1],
    ["Z", "a", -1],
    ["oauth_nonce", "searchCriteria", -1]
  ] as const)("%s against %s: %d", (left, right, expected) => {
    assert.strictEqual(Math.sign(naturalOrder(left, right)), expected)
  })
})

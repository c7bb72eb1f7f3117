import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { sourceOf, trustedProxies } from "../../src/console/sourceOf.ts"

const proxies = Option.getOrThrow(trustedProxies("10.0.0.0/8, 127.0.0.1 fd00::/8"))

describe("A6 sourceOf", () => {
  it.each([
    ["203.0.113.7", "", "203.0.113.7"],
    ["203.0.113.7", "198.51.100.1", "203.0.113.7"],
    ["127.0.0.1", "198.51.100.1", "198.51.100.1"],
    ["::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"],
    ["127.0.0.1", "1.1.1.1, 198.51.100.1, 10.1.2.3", "198.51.100.1"],
    ["127.0.0.1", "198.51.100.1, nonsense", "127.0.0.1"],
    ["127.0.0.1", "", "127.0.0.1"],
    ["127.0.0.1", "10.9.9.9", "127.0.0.1"],
    ["2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2"],
    ["2001:db8:1:2:ffff::1", "", "2001:db8:1:2"]
  ] as const)("from %s, which says %j: %s", (peer, forwarded, expected) => {
    assert.strictEqual(sourceOf({ peer, forwarded, proxies }), expected)
  })

  it.each(["proxy.example.com", "10.0.0.0/99", "10.0.0.0/x", "10.0.0"])(
    "%s is no proxy's address",
    (text) => {
      assert.isTrue(Option.isNone(trustedProxies(text)))
    }
  )
})

import { assert, describe, it } from "@effect/vitest"
import { systemAddress } from "../../src/http/systemAddress.ts"

describe("systemAddress", () => {
  it.each([
    ["https://shop.example.com/", "https://SHOP.example.com"],
    ["https://shop.example.com:443/m2", "https://shop.example.com/m2/"]
  ])("%s and %s are the same system", (one, other) => {
    assert.strictEqual(systemAddress(one, { insecure: false }), systemAddress(other, { insecure: false }))
  })

  it.each([
    ["https://shop.example.com", "https://shop.example.org"],
    ["https://shop.example.com/de", "https://shop.example.com/fr"],
    ["https://shop.example.com", "https://shop.example.com:8443"]
  ])("%s and %s are two", (one, other) => {
    assert.notStrictEqual(systemAddress(one, { insecure: false }), systemAddress(other, { insecure: false }))
  })

  it("a local sandbox is the same one whatever its port", () => {
    assert.strictEqual(
      systemAddress("http://127.0.0.1:41234", { insecure: true }),
      systemAddress("http://127.0.0.1:49999", { insecure: true })
    )
  })
})

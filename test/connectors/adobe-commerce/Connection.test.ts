import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { connection } from "./fakeShop.ts"

describe("Connection", () => {
  it("has the defaults of a shop on Commerce 2.4", () => {
    const settings = connection()
    assert.deepInclude(settings, {
      storeCode: "all",
      deployment: "paas",
      signatureMethod: "HMAC-SHA256",
      pageSize: 50,
      insecure: false
    })
    assert.strictEqual(Duration.toSeconds(settings.timeout), 60)
  })

  it.each([
    { fields: { baseUrl: "http://shop.example.com" }, says: "must start with https://" },
    { fields: { baseUrl: "shop.example.com" }, says: "baseUrl" },
    { fields: { pageSize: 301 }, says: "pageSize" },
    { fields: { pagesize: 50 }, says: "excess" },
    { fields: { timeout: "0 seconds" }, says: "longer than zero" },
    { fields: { credentials: { consumerKey: "plain text" } }, says: "consumerKey" }
  ])("refuses $fields", ({ fields, says }) => {
    assert.throws(() => connection(fields), says)
  })

  it("allows http for a local sandbox when told so", () => {
    assert.strictEqual(connection({ baseUrl: "http://localhost:8080", insecure: true }).insecure, true)
  })
})

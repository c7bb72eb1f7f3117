import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { connection, saasConnection } from "./fakeShop.ts"

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

  it("A3 both kinds of credentials may stand in one connection, and deployment chooses", () => {
    const { credentials, ims } = saasConnection({
      credentials: {
        consumerKey: { env: "A" },
        consumerSecret: { env: "B" },
        accessToken: { env: "C" },
        accessTokenSecret: { env: "D" }
      }
    })
    assert.deepStrictEqual(credentials?.consumerKey, { env: "A" })
    assert.deepInclude(ims, {
      organization: "ABC@AdobeOrg",
      tokenUrl: "https://ims-na1.adobelogin.com/ims/token/v3"
    })
    assert.include(ims?.scopes ?? [], "commerce.accs")
  })

  it.each([
    { fields: { deployment: "paas" }, says: "SaaS. Write deployment: saas" },
    {
      fields: { baseUrl: "https://na1.api.commerce.adobe.com/Tenant01/rest" },
      says: "the tenant as its whole path"
    },
    { fields: { baseUrl: "https://shop.example.com" }, says: "https://na1.api.commerce.adobe.com/<tenant>" },
    { fields: { baseUrl: "http://na1.api.commerce.adobe.com/Tenant01" }, says: "must start with https://" }
  ])("A3 a shop on SaaS has an address of its own shape: $fields", ({ fields, says }) => {
    assert.throws(() => saasConnection(fields), says)
  })

  it.each([
    { ims: { organization: "ABC" }, says: "organization" },
    { ims: { scopes: ["openid"] }, says: "it lacks additional_info.projectedProductContext, commerce.accs" },
    { ims: { tokenUrl: "http://ims.example.com/token" }, says: "since the client secret travels to it" }
  ])("A2 the credentials of SaaS are checked: $ims", ({ ims, says }) => {
    assert.throws(() => saasConnection({}, ims), says)
  })

  it("A3 what the chosen deployment lacks is said with what to add", () => {
    assert.throws(
      () => connection({ deployment: "saas", baseUrl: "https://na1.api.commerce.adobe.com/T" }),
      "saas needs the block ims"
    )
    assert.throws(
      () => saasConnection({ deployment: "paas", baseUrl: "https://shop.example.com" }),
      "it lacks the block credentials with consumerKey, consumerSecret, accessToken and accessTokenSecret"
    )
  })

  it("allows http for a local sandbox when told so", () => {
    assert.strictEqual(connection({ baseUrl: "http://localhost:8080", insecure: true }).insecure, true)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { adobeCommerce } from "../../../src/connectors/adobe-commerce/adobeCommerce.ts"
import { type Answer, connection, fakeShop, inFastTime, saasConnection, type Seen } from "./fakeShop.ts"

const answer = ({ path }: Seen): Answer => {
  if (path.endsWith("/storeViews")) return { body: [{ id: 1, code: "de", name: "Deutsch", website_id: 2 }] }
  if (path.endsWith("/storeConfigs")) return { body: [] }
  if (path.endsWith("/websites")) return { body: [{ id: 2, code: "eu", name: "Europe" }] }
  return { body: { items: [], total_count: path.endsWith("/orders") ? 12 : 3 } }
}

const noon = Date.UTC(2026, 3, 1, 12)

const ping = (of: (request: Seen) => Answer, settings = connection()) =>
  inFastTime(
    adobeCommerce
      .probe({ name: "shop", connection: settings })
      .pipe(Effect.scoped, Effect.provide(fakeShop(of).layer))
  )

describe("probe", () => {
  it.effect("says what can be read, which store views there are, and that the clocks agree", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      assert.deepEqual(yield* ping(answer), [
        "https://shop.example.com answers and accepts our signature",
        "readable: 12 orders, 3 invoices, 3 credit memos",
        "store views: 1 de (eu)",
        "clock: agrees with the shop"
      ])
    })
  )

  it.effect("A2 says which token, scopes, organization and store a shop on SaaS accepted", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const lines = yield* ping(
        (request) =>
          request.path === "/ims/token/v3"
            ? { body: { access_token: "one", token_type: "bearer", expires_in: 86_399 } }
            : answer(request),
        saasConnection({ storeCode: "de" })
      )
      assert.deepEqual(lines.slice(0, 3), [
        "ims-na1.adobelogin.com grants a token for the scopes openid, AdobeID, email, profile, additional_info.roles, additional_info.projectedProductContext, commerce.accs",
        "https://na1.api.commerce.adobe.com/Tenant01 accepts it for the organization ABC@AdobeOrg and the store de",
        "readable: 12 orders, 3 invoices, 3 credit memos"
      ])
      assert.strictEqual(lines.at(-1), "clock: agrees with the shop")
    })
  )

  it.effect("says how far the clocks are apart", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon + 300_000)
      assert.match(String((yield* ping(answer)).at(-1)), /shop is (300|299) s behind this machine/u)
    })
  )

  it.effect("names the right that is missing", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        ping((request) =>
          request.path.endsWith("/creditmemos")
            ? {
                status: 401,
                body: {
                  message: "The consumer isn't authorized to access %resources.",
                  parameters: { resources: "Magento_Sales::creditmemo" }
                }
              }
            : answer(request)
        )
      )
      assert.include(error.message, "Magento_Sales::creditmemo")
    })
  )
})

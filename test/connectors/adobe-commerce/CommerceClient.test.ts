import { createHmac } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeCommerceClient } from "../../../src/connectors/adobe-commerce/CommerceClient.ts"
import type { Json } from "../../../src/pipeline/SourceRecord.ts"
import { type Answer, connection, fakeShop, inFastTime, type Seen } from "./fakeShop.ts"

const shopWith = (answer: (request: Seen) => Answer, fields: { readonly [key: string]: Json } = {}) => {
  const { layer, seen } = fakeShop(answer)
  return { seen, client: makeCommerceClient("shop", connection(fields)).pipe(Effect.provide(layer)) }
}

const refusedWith = (answer: Answer) =>
  Effect.gen(function* () {
    const { client, seen } = shopWith(() => answer)
    const error = yield* inFastTime(Effect.flip((yield* client).get("/V1/invoices/1")))
    return { message: error.message, reason: error.reason._tag, attempts: seen.length }
  })

const refusals: ReadonlyArray<{
  readonly name: string
  readonly answer: Answer
  readonly reason: string
  readonly says: string
  readonly attempts?: number
}> = [
  {
    name: "a missing right is named",
    answer: {
      status: 401,
      body: {
        message: "The consumer isn't authorized to access %resources.",
        parameters: { resources: "Magento_Sales::actions_view" }
      }
    },
    reason: "Unauthorized",
    says: "may not access Magento_Sales::actions_view (Sales > Operations > Orders > Actions > View). Grant it"
  },
  {
    name: "a wrong signature points to the secrets and the signing URL",
    answer: { status: 401, body: { message: "The signature is invalid. Verify and try again." } },
    reason: "Unauthorized",
    says: "signingUrl"
  },
  {
    name: "a refused time points to the clock",
    answer: { status: 401, body: { message: "An error occurred validating the nonce." } },
    reason: "Unauthorized",
    says: "clock"
  },
  {
    name: "a used nonce is tried again",
    answer: {
      status: 401,
      body: { message: "The nonce is already being used by the consumer with ID %1.", parameters: ["5"] }
    },
    reason: "Unreachable",
    says: "proxy",
    attempts: 5
  },
  {
    name: "any other refusal of credentials is quoted",
    answer: { status: 401, body: { message: "Consumer key has expired", parameters: [] } },
    reason: "Unauthorized",
    says: "Consumer key has expired"
  },
  {
    name: "a firewall is not the shop",
    answer: { status: 403, body: "<html>Forbidden</html>" },
    reason: "Unauthorized",
    says: "firewall"
  },
  {
    name: "an unknown document is not found",
    answer: {
      status: 404,
      body: { message: "The entity that was requested doesn't exist. Verify the entity and try again." }
    },
    reason: "NotFound",
    says: "/V1/invoices/1: The entity"
  },
  {
    name: "an unknown route points to the connection",
    answer: { status: 404, body: { message: "Request does not match any route.", trace: null } },
    reason: "UnexpectedResponse",
    says: "Check baseUrl and storeCode"
  },
  {
    name: "a page size above the shop's limit says the limit",
    answer: {
      status: 400,
      body: { message: "Maximum SearchCriteria pageSize is %max", parameters: { max: 100 } }
    },
    reason: "UnexpectedResponse",
    says: "Set pageSize: 100"
  },
  {
    name: "a request that is refused is quoted with its placeholders filled in",
    answer: {
      status: 400,
      body: {
        message: "Bad: %1, %10",
        parameters: ["a", 2, 3, 4, 5, 6, 7, 8, 9, "j"],
        errors: [
          {
            message: '"%fieldName" is required. Enter and try again.',
            parameters: { fieldName: "searchCriteria" }
          }
        ]
      }
    },
    reason: "UnexpectedResponse",
    says: 'Bad: a, j "searchCriteria" is required.'
  },
  {
    name: "a request that is refused with a placeholder that is no text is quoted all the same",
    answer: {
      status: 400,
      body: { message: "Bad: %1", parameters: [{ toString: 1 }] }
    },
    reason: "UnexpectedResponse",
    says: 'Bad: {"toString":1}'
  },
  {
    name: "an old shop that cannot do the signature method says so",
    answer: {
      status: 400,
      body: { message: "Signature method %1 is not supported", parameters: ["HMAC-SHA1"] }
    },
    reason: "Unauthorized",
    says: "Signature method HMAC-SHA1 is not supported"
  },
  {
    name: "a shop under maintenance is tried again",
    answer: { status: 503, body: "<html><title>Service Temporarily Unavailable</title></html>" },
    reason: "Unreachable",
    says: "maintenance",
    attempts: 5
  },
  {
    name: "too many requests are tried again",
    answer: { status: 429, body: { message: "Too Many Requests", trace: null } },
    reason: "RateLimited",
    says: "slow down",
    attempts: 5
  },
  {
    name: "a failure inside the shop is tried three times",
    answer: {
      status: 500,
      body: { message: "Internal Error. Details are available in Magento log file. Report ID: webapi-123" }
    },
    reason: "Rejected",
    says: "Report ID: webapi-123",
    attempts: 3
  },
  {
    name: "a fatal error of PHP has another shape",
    answer: {
      status: 500,
      body: {
        messages: { error: [{ code: 500, message: "Server internal error. See details in report api/1" }] }
      }
    },
    reason: "Rejected",
    says: "report api/1",
    attempts: 3
  }
]

describe("CommerceClient", () => {
  it.effect("searches by groups that must all hold, sorted by entity_id, with a page size", () =>
    Effect.gen(function* () {
      const { client, seen } = shopWith(() => ({ body: { items: null, total_count: 0 } }))
      const found = yield* inFastTime(
        (yield* client).search(
          "invoices",
          {
            filters: [
              { field: "updated_at", condition: "gteq", value: "2026-01-31 23:59:58" },
              { field: "state", condition: "in", value: "1,2" }
            ],
            pageSize: 50
          },
          { fields: "items[entity_id],total_count" }
        )
      )
      assert.deepEqual(found, { items: [], totalCount: 0, pageSize: 50 })
      assert.strictEqual(seen[0]?.path, "/rest/all/V1/invoices")
      assert.deepEqual(Object.fromEntries(seen[0]?.query ?? []), {
        "searchCriteria[filter_groups][0][filters][0][field]": "updated_at",
        "searchCriteria[filter_groups][0][filters][0][value]": "2026-01-31 23:59:58",
        "searchCriteria[filter_groups][0][filters][0][condition_type]": "gteq",
        "searchCriteria[filter_groups][1][filters][0][field]": "state",
        "searchCriteria[filter_groups][1][filters][0][value]": "1,2",
        "searchCriteria[filter_groups][1][filters][0][condition_type]": "in",
        "searchCriteria[sortOrders][0][field]": "entity_id",
        "searchCriteria[sortOrders][0][direction]": "ASC",
        "searchCriteria[pageSize]": "50",
        "searchCriteria[currentPage]": "1",
        fields: "items[entity_id],total_count"
      })
      assert.include(seen[0]?.url, "2026-01-31%2023")
      assert.notInclude(seen[0]?.url, "+")
    })
  )

  it.effect("signs every attempt anew, since the shop refuses a nonce it has seen", () =>
    Effect.gen(function* () {
      const answers: Array<Answer> = [
        { status: 502, body: "bad gateway" },
        { status: 429, body: { message: "Too Many Requests" }, headers: { "retry-after": "2" } }
      ]
      const { client, seen } = shopWith(() => answers.shift() ?? { body: { entity_id: 1 } })
      yield* inFastTime((yield* client).get("/V1/invoices/1"))
      assert.strictEqual(new Set(seen.map(({ authorization }) => authorization)).size, 3)
    })
  )

  it.effect("signs the address the shop sees itself under", () =>
    Effect.gen(function* () {
      const { client, seen } = shopWith(() => ({ body: { entity_id: 1 } }), {
        signingUrl: "https://inner.example.com/"
      })
      yield* inFastTime((yield* client).get("/V1/invoices/1"))
      assert.strictEqual(seen[0]?.url, "https://shop.example.com/rest/all/V1/invoices/1")
      const sent = new Map(
        [...(seen[0]?.authorization ?? "").matchAll(/(oauth_\w+)="([^"]*)"/gu)].map(([, name, value]) => [
          name ?? "",
          value ?? ""
        ])
      )
      const signed = [...sent]
        .filter(([name]) => name !== "oauth_signature")
        .map(([name, value]) => `${name}=${value}`)
        .toSorted()
        .join("&")
      const secret = "x".repeat(32)
      const expected = createHmac("sha256", `${secret}&${secret}`)
        .update(
          `GET&${encodeURIComponent("https://inner.example.com/rest/all/V1/invoices/1")}&${encodeURIComponent(signed)}`
        )
        .digest("base64")
      assert.strictEqual(decodeURIComponent(sent.get("oauth_signature") ?? ""), expected)
    })
  )

  it.effect("keeps the decimals of an amount as they were written", () =>
    Effect.gen(function* () {
      const { client } = shopWith(() => ({ body: '{"grand_total":1234567890123.4567,"base":22.50}' }))
      const { body } = yield* inFastTime((yield* client).get("/V1/invoices/1"))
      assert.deepEqual(body, { grand_total: "1234567890123.4567", base: "22.50" })
    })
  )

  it.effect("reads the shop's own clock from the Date header", () =>
    Effect.gen(function* () {
      const { client } = shopWith(() => ({ body: {} }))
      const { now } = yield* inFastTime((yield* client).get("/V1/store/websites"))
      assert.strictEqual(now.epochMilliseconds, Date.UTC(2026, 3, 1, 12))
    })
  )

  it.effect.each(refusals)("$name", ({ answer, attempts, reason, says }) =>
    Effect.gen(function* () {
      const refused = yield* refusedWith(answer)
      assert.strictEqual(refused.reason, reason)
      assert.include(refused.message, says)
      assert.isTrue(refused.message.startsWith("shop: "))
      assert.strictEqual(refused.attempts, attempts ?? 1)
    })
  )

  it.effect("says that an answer of 200 which is a web page is not the shop", () =>
    Effect.gen(function* () {
      const refused = yield* refusedWith({ body: "<html>Welcome</html>" })
      assert.strictEqual(refused.reason, "UnexpectedResponse")
      assert.include(refused.message, "is not JSON. Check baseUrl")
    })
  )
})

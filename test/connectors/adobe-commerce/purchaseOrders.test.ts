import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema, Stream } from "effect"
import { HttpClient } from "effect/http"
import { normalisePurchaseOrder } from "../../../src/connectors/adobe-commerce/normalisePurchaseOrder.ts"
import { purchaseOrders } from "../../../src/connectors/adobe-commerce/purchaseOrders.ts"
import type { Json } from "../../../src/pipeline/SourceRecord.ts"
import { commerceServer } from "../../../src/sandbox/commerce/commerceServer.ts"
import { sandboxCustomerToken } from "../../../src/sandbox/commerce/graphQlAnswer.ts"
import { generateShop } from "../../../src/sandbox/commerce/generateShop.ts"
import { connection, fakeShop, inFastTime, saasConnection } from "./fakeShop.ts"
import { readAll, services } from "./sandboxReading.ts"

const shop = generateShop({ seed: 3, documents: 50 })
const onAccount = shop.orders.filter(({ customer_email }) => customer_email === "petra.lang@example.com")
const customerToken = { env: "customerToken" }

const purchaseOrder = (fields: { readonly [key: string]: Json } = {}): { readonly [key: string]: Json } => ({
  uid: "Nw==",
  number: "000000007",
  created_at: "2026-01-25 20:59:05",
  updated_at: "2026-01-25 21:10:31",
  status: "APPROVED",
  created_by: { firstname: "Ida", lastname: "Kern", email: "ida.kern@example.com" },
  order: null,
  quote: { prices: { grand_total: { value: "120.5", currency: "EUR" } } },
  ...fields
})

/** Reads a shop that answers every request alike, to the error. */
const refusedBy = (answer: { readonly status?: number; readonly body: Json }) => {
  const { layer } = fakeShop(() => answer)
  return Effect.gen(function* () {
    const config = yield* Schema.decodeEffect(purchaseOrders.config)({ customerToken })
    const open = yield* purchaseOrders.make({ name: "shop", connection: connection(), config }).open
    const outcome = yield* Effect.result(Stream.runCollect(open.read(undefined)))
    return Result.isFailure(outcome) ? outcome.failure : assert.fail("it was read")
  }).pipe(Effect.scoped, inFastTime, Effect.provide(layer))
}

describe("A4 purchase orders", () => {
  it.live("of the customer and of those below him are read on all pages, each once", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({ shop })
      const records = yield* readAll(purchaseOrders, server.url, { pageSize: 2, customerToken })
      const made = records.map(({ normalised }) =>
        normalised._tag === "Record" ? normalised.record : assert.fail(JSON.stringify(normalised))
      )
      assert.isAbove(onAccount.length, 2)
      assert.deepEqual(
        made.flatMap(({ orderNumber }) => (orderNumber === undefined ? [] : [orderNumber])),
        onAccount.map(({ increment_id }) => increment_id)
      )
      assert.deepEqual(
        made.flatMap(({ orderNumber, state }) => (orderNumber === undefined ? [state] : [])),
        ["pending", "waiting-for-approval", "approved", "rejected", "cancelled"]
      )
      assert.strictEqual(new Set(records.map(({ origin }) => origin.id)).size, records.length)
    }).pipe(Effect.scoped, Effect.provide(services))
  )

  it.live("of those below the customer are left out where that is asked for", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({ shop })
      const settings = { pageSize: 50, customerToken, subordinates: false }
      const records = yield* readAll(purchaseOrders, server.url, settings)
      assert.strictEqual(records.length, onAccount.length)
    }).pipe(Effect.scoped, Effect.provide(services))
  )

  it.live("with an expired token say how to renew it", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({ shop })
      const settings = { pageSize: 50, customerToken: { env: "expiredToken" } }
      const error = yield* Effect.flip(readAll(purchaseOrders, server.url, settings))
      assert.include(error.message, "The current customer isn't authorized.")
      assert.include(error.message, "put a fresh token of the customer where customerToken points")
    }).pipe(Effect.scoped, Effect.provide(services))
  )

  it.live("without the B2B module there are none, and the message says so", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({ shop, hasB2b: false })
      const error = yield* Effect.flip(readAll(purchaseOrders, server.url, { pageSize: 50, customerToken }))
      assert.include(error.message, "purchase_orders")
      assert.include(error.message, "B2B module")
    }).pipe(Effect.scoped, Effect.provide(services))
  )

  const error = (message: string, category: string) => ({ errors: [{ message, extensions: { category } }] })
  const empty = {
    customer: {
      purchase_orders: { total_count: 0, page_info: { current_page: 1, total_pages: 0 }, items: [] }
    }
  }

  it.effect.each([
    {
      what: "an error beside an empty list",
      answer: { body: { ...error("The quote is gone.", "graphql-no-such-entity"), data: empty } },
      reason: "UnexpectedResponse",
      says: "The quote is gone."
    },
    {
      what: "an error that comes with 400",
      answer: { status: 400, body: error('Unknown type "PurchaseOrdersFilterInput".', "graphql") },
      reason: "UnexpectedResponse",
      says: "B2B module"
    },
    {
      what: "a token refused with 401",
      answer: { status: 401, body: error("User token has been revoked", "graphql-authentication") },
      reason: "Unauthorized",
      says: "customerToken"
    },
    {
      what: "a failure inside",
      answer: { body: error("Internal server error", "internal") },
      reason: "Unreachable",
      says: "var/log"
    },
    {
      what: "a store that is none",
      answer: { body: error("Requested store is not found", "graphql-input") },
      reason: "UnexpectedResponse",
      says: "storeCode"
    },
    {
      what: "no customer",
      answer: { body: { data: { customer: null } } },
      reason: "UnexpectedResponse",
      says: "purchase_orders"
    },
    {
      what: "a page of nothing where there is something",
      answer: {
        body: {
          data: {
            customer: {
              purchase_orders: { total_count: 3, page_info: { current_page: 1, total_pages: 1 }, items: [] }
            }
          }
        }
      },
      reason: "UnexpectedResponse",
      says: "0 of 3"
    },
    {
      what: "a page in front of the shop",
      answer: { body: "<html>Log in</html>" },
      reason: "UnexpectedResponse",
      says: "baseUrl"
    }
  ])("are never an empty list for $what", ({ answer, reason, says }) =>
    Effect.gen(function* () {
      const failure = yield* refusedBy(answer)
      assert.strictEqual(failure.reason._tag, reason)
      assert.include(failure.message, says)
    })
  )

  it.effect(
    "are asked for in the connection's store view, on SaaS under the tenant, with a token looked up each time",
    () => {
      const tokens = ["first", "second", "third"]
      const { layer, seen } = fakeShop(
        () => ({ body: { data: empty } }),
        () => tokens.shift() ?? "none"
      )
      return Effect.gen(function* () {
        const config = yield* Schema.decodeEffect(purchaseOrders.config)({ customerToken })
        const saas = saasConnection({ storeCode: "de" })
        const open = yield* purchaseOrders.make({ name: "shop", connection: saas, config }).open
        assert.deepEqual(
          (yield* Stream.runCollect(open.read(undefined))).flatMap(({ records }) => records),
          []
        )
        assert.deepEqual(
          seen.map(({ authorization, headers, path }) => [path, headers["store"], authorization]),
          [
            ["/Tenant01/graphql", "de", "Bearer second"],
            ["/Tenant01/graphql", "de", "Bearer third"]
          ]
        )
      }).pipe(Effect.scoped, inFastTime, Effect.provide(layer))
    }
  )

  it.effect("can be had one by one by their uid", () => {
    const { layer } = fakeShop(() => ({
      body: {
        data: {
          customer: {
            purchase_orders: {
              total_count: 1,
              page_info: { current_page: 1, total_pages: 1 },
              items: [purchaseOrder()]
            }
          }
        }
      }
    }))
    return Effect.gen(function* () {
      const config = yield* Schema.decodeEffect(purchaseOrders.config)({ customerToken })
      const open = yield* purchaseOrders.make({ name: "shop", connection: connection(), config }).open
      assert.strictEqual((yield* open.fetch("Nw==")).origin.number, "000000007")
      assert.strictEqual((yield* Effect.flip(open.fetch("MQ=="))).reason._tag, "NotFound")
    }).pipe(Effect.scoped, inFastTime, Effect.provide(layer))
  })

  it("become records with their state in plain words, and the total of the order before that of the cart", () => {
    const order = { number: "000000012", total: { grand_total: { value: "119", currency: "EUR" } } }
    assert.deepEqual(normalisePurchaseOrder({ document: purchaseOrder() }), {
      _tag: "Record",
      record: {
        id: "Nw==",
        number: "000000007",
        state: "approved",
        createdAt: "2026-01-25T20:59:05Z",
        updatedAt: "2026-01-25T21:10:31Z",
        createdBy: { name: "Ida Kern", email: "ida.kern@example.com" },
        total: { amount: "120.50", currency: "EUR" }
      }
    })
    const ordered = normalisePurchaseOrder({ document: purchaseOrder({ status: "ORDER_PLACED", order }) })
    assert.deepInclude(ordered._tag === "Record" ? ordered.record : {}, {
      state: "ordered",
      orderNumber: "000000012",
      total: { amount: "119.00", currency: "EUR" }
    })
  })

  it("in a state that is not known are a problem that names it", () => {
    const made = normalisePurchaseOrder({ document: purchaseOrder({ status: "ON_ICE" }) })
    assert.include(made._tag === "Problems" ? made.problems[0]?.message : "", "ON_ICE")
  })
})

describe("A4 the sandbox's GraphQL", () => {
  it.live.each([
    { fields: "items { uid colour }", says: 'Cannot query field "colour" on type "PurchaseOrder".' },
    { fields: "total_count", page: 9, says: "currentPage value 9 specified is greater than the" },
    { fields: "total_count", page: 0, says: "Variables got an invalid value." }
  ])("refuses $fields on page $page as a shop does", ({ fields, page = 1, says }) =>
    Effect.gen(function* () {
      const server = yield* commerceServer({ shop })
      const query = `query some($page: Int, $size: Int) { customer { purchase_orders(currentPage: $page, pageSize: $size) { ${fields} } } }`
      const http = yield* HttpClient.HttpClient
      const response = yield* http.get(`${server.url}/graphql`, {
        urlParams: { query, variables: JSON.stringify({ page, size: 20 }) },
        headers: { authorization: `Bearer ${sandboxCustomerToken}` }
      })
      assert.include(JSON.stringify(yield* response.json).replaceAll("\\", ""), says)
    }).pipe(Effect.scoped, Effect.provide(services))
  )
})

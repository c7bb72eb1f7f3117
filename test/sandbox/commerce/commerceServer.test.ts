import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { createHmac } from "node:crypto"
import OAuth from "oauth-1.0a"
import {
  commerceServer,
  sandboxCredentials,
  type CommerceServer,
  type CommerceServerOptions
} from "../../../src/sandbox/commerce/commerceServer.ts"
import { generateShop } from "../../../src/sandbox/commerce/generateShop.ts"
import { payloadsAt, type PayloadObject } from "../../../src/sandbox/commerce/Payload.ts"

const shop = generateShop({ documents: 30 })

const start = (options: Partial<CommerceServerOptions> = {}) => commerceServer({ shop, ...options })

const Body = Schema.Record(Schema.String, Schema.Unknown)
type Body = typeof Body.Type
const isBody = Schema.is(Body)

/** Signs with a library that is not ours; it knows no natural order, so indexes stay below ten. */
const authorize = (sentUrl: string, accessToken = sandboxCredentials.accessToken) => {
  // The library does not decode names, so it is given the brackets raw, however they are sent.
  const url = sentUrl.replaceAll("%5B", "[").replaceAll("%5D", "]")
  const oauth = new OAuth({
    consumer: { key: sandboxCredentials.consumerKey, secret: sandboxCredentials.consumerSecret },
    signature_method: "HMAC-SHA256",
    hash_function: (base, key) => createHmac("sha256", key).update(base).digest("base64")
  })
  const token = { key: accessToken, secret: sandboxCredentials.accessTokenSecret }
  return oauth.toHeader(oauth.authorize({ url, method: "GET" }, token)).Authorization
}

const send = (request: HttpClientRequest.HttpClientRequest) =>
  Effect.gen(function* () {
    const response = yield* HttpClient.execute(request)
    const text = yield* response.text
    return { status: response.status, headers: response.headers, text }
  }).pipe(Effect.provide(FetchHttpClient.layer))

const get = (server: CommerceServer, path: string, accessToken?: string) => {
  const url = `${server.url}${path}`
  return send(
    HttpClientRequest.setHeader(HttpClientRequest.get(url), "authorization", authorize(url, accessToken))
  )
}

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Unknown))

const getJson = Effect.fn(function* (server: CommerceServer, path: string) {
  const { status, text } = yield* get(server, path)
  return { status, body: yield* decode(text) }
})

const filter = (field: string, value: string, condition?: string, group = 0, position = 0) => {
  const prefix = `searchCriteria[filter_groups][${group}][filters][${position}]`
  const parts = [`${prefix}[field]=${field}`, `${prefix}[value]=${encodeURIComponent(value)}`]
  return [...parts, ...(condition === undefined ? [] : [`${prefix}[condition_type]=${condition}`])].join("&")
}

/** The ids of the items a search finds, in its order. */
const search = Effect.fn(function* (server: CommerceServer, path: string, ...query: ReadonlyArray<string>) {
  const { status, body } = yield* getJson(server, `/rest/V1/${path}?${query.join("&")}`)
  assert.strictEqual(status, 200, JSON.stringify(body))
  const items =
    isBody(body) && Array.isArray(body["items"]) ? body["items"].filter((item) => isBody(item)) : []
  return { ids: items.map((item) => item["entity_id"] ?? item["id"]), items, body: isBody(body) ? body : {} }
})

const idsWhere = (documents: ReadonlyArray<PayloadObject>, holds: (document: PayloadObject) => boolean) =>
  documents.filter((document) => holds(document)).map(({ entity_id: id }) => id)

const sortById = "searchCriteria[sortOrders][0][field]=entity_id&searchCriteria[sortOrders][0][direction]=ASC"

describe("commerceServer", () => {
  it.live("answers a signed request with the document, its amounts to the digit", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const { status, text, headers } = yield* get(server, "/rest/default/V1/invoices/1")
      assert.strictEqual(status, 200)
      assert.match(headers["content-type"] ?? "", /application\/json/u)
      assert.match(headers["date"] ?? "", /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/u)
      assert.match(text, /"base_grand_total":\d+(\.\d{1,2})?,/u)
      assert.notInclude(text, '"base_grand_total":"')
    })
  )

  it.live("leaves out null columns of a guest order and keeps the nulls Commerce sends", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const [guest] = idsWhere(shop.orders, (order) => order["customer_is_guest"] === 1)
      const { body } = yield* getJson(server, `/rest/V1/orders/${String(guest)}`)
      assert.isTrue(isBody(body) && !("customer_id" in body))
      const payment = isBody(body) ? body["payment"] : undefined
      assert.isTrue(isBody(payment) && payment["account_status"] === null)
    })
  )

  it.live("serves a credit memo under the singular path and not under the plural", () =>
    Effect.gen(function* () {
      const server = yield* start()
      assert.strictEqual((yield* get(server, "/rest/all/V1/creditmemo/1")).status, 200)
      assert.strictEqual((yield* get(server, "/rest/all/V1/creditmemos/1")).status, 404)
    })
  )

  it.live("answers what does not exist with the bodies of Commerce", () =>
    Effect.gen(function* () {
      const server = yield* start()
      assert.deepStrictEqual(yield* getJson(server, "/rest/V1/invoices/99999"), {
        status: 404,
        body: { message: "The entity that was requested doesn't exist. Verify the entity and try again." }
      })
      const noRoute = {
        status: 404,
        body: { message: "Request does not match any route.", trace: null }
      }
      assert.deepStrictEqual(yield* getJson(server, "/rest/V1/purchaseOrders?searchCriteria="), noRoute)
      assert.deepStrictEqual(yield* getJson(server, "/rest/nowhere/V1/invoices/1"), noRoute)
      assert.deepStrictEqual(yield* getJson(server, "/V1/invoices/1"), noRoute)
    })
  )

  it.live("refuses a wrong token, an unsigned request and a wrong signature", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const wrongToken = yield* get(server, "/rest/V1/invoices/1", "x".repeat(32))
      const unsigned = yield* send(HttpClientRequest.get(`${server.url}/rest/V1/invoices/1`))
      for (const { status, text } of [wrongToken, unsigned]) {
        assert.strictEqual(status, 401)
        assert.deepStrictEqual(yield* decode(text), {
          message: "The consumer isn't authorized to access %resources.",
          parameters: { resources: "Magento_Sales::invoice" }
        })
      }
      const otherUrl = yield* send(
        HttpClientRequest.get(`${server.url}/rest/V1/invoices/1`).pipe(
          HttpClientRequest.setHeader("authorization", authorize(`${server.url}/rest/V1/invoices/2`))
        )
      )
      assert.strictEqual(otherUrl.status, 401)
      assert.include(otherUrl.text, "The signature is invalid. Verify and try again.")
    })
  )

  it.live("accepts the same search with brackets raw and encoded, in snake and in camel case", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const snake = filter("state", "1", "eq")
      const camel = snake
        .replaceAll("filter_groups", "filterGroups")
        .replaceAll("condition_type", "conditionType")
      const encoded = snake.replaceAll("[", "%5B").replaceAll("]", "%5D")
      const expected = idsWhere(shop.invoices, (invoice) => invoice["state"] === 1)
      assert.isNotEmpty(expected)
      for (const query of [snake, camel, encoded]) {
        assert.deepStrictEqual((yield* search(server, "invoices", query)).ids, expected)
      }
    })
  )

  const middle = Math.ceil(shop.invoices.length / 2)
  const at = `${shop.invoices[middle - 1]?.["created_at"] ?? ""}`
  const timeOf = (invoice: PayloadObject) => `${invoice["created_at"]}`
  const idOf = (invoice: PayloadObject) => Number(invoice["entity_id"])
  const searches: ReadonlyArray<readonly [string, string, (invoice: PayloadObject) => boolean]> = [
    ["eq, the default", filter("entity_id", "3"), (invoice) => idOf(invoice) === 3],
    ["neq", filter("entity_id", "3", "neq"), (invoice) => idOf(invoice) !== 3],
    ["gt", filter("entity_id", "9", "gt"), (invoice) => idOf(invoice) > 9],
    ["gteq", filter("created_at", at, "gteq"), (invoice) => timeOf(invoice) >= at],
    ["lt", filter("created_at", at, "lt"), (invoice) => timeOf(invoice) < at],
    ["lteq", filter("entity_id", "10", "lteq"), (invoice) => idOf(invoice) <= 10],
    [
      "from and to",
      `${filter("entity_id", "4", "from")}&${filter("entity_id", "6", "to", 1)}`,
      (invoice) => idOf(invoice) >= 4 && idOf(invoice) <= 6
    ],
    ["in", filter("store_id", "2,3", "in"), (invoice) => Number(invoice["store_id"]) > 1],
    ["nin", filter("store_id", "2,3", "nin"), (invoice) => invoice["store_id"] === 1],
    ["like", filter("increment_id", "2%", "like"), (invoice) => `${invoice["increment_id"]}`.startsWith("2")],
    ["null", filter("transaction_id", "1", "null"), (invoice) => invoice["transaction_id"] === undefined],
    [
      "notnull",
      filter("transaction_id", "1", "notnull"),
      (invoice) => invoice["transaction_id"] !== undefined
    ],
    [
      "neq on a null column, which matches nothing null",
      filter("transaction_id", "none", "neq"),
      (invoice) => invoice["transaction_id"] !== undefined
    ],
    [
      "or within a group",
      `${filter("entity_id", "2")}&${filter("entity_id", "5", "eq", 0, 1)}`,
      (invoice) => idOf(invoice) === 2 || idOf(invoice) === 5
    ],
    [
      "and between groups",
      `${filter("entity_id", "5", "lteq")}&${filter("store_id", "1", "eq", 1)}`,
      (invoice) => idOf(invoice) <= 5 && invoice["store_id"] === 1
    ]
  ]
  for (const [name, query, holds] of searches) {
    it.live(`searches with ${name}`, () =>
      Effect.gen(function* () {
        const server = yield* start()
        const expected = idsWhere(shop.invoices, holds)
        assert.isNotEmpty(expected)
        assert.notStrictEqual(expected.length, shop.invoices.length)
        const { ids, body } = yield* search(server, "invoices", query)
        assert.deepStrictEqual(ids, expected)
        assert.strictEqual(body["total_count"], expected.length)
      })
    )
  }

  it.live(
    "C4 finds orders of guests by their address, whatever its letters, accents and last blanks, newest first",
    () =>
      Effect.gen(function* () {
        const server = yield* start()
        const addresses = ["Rene@example.com", "rené@example.com ", " rene@example.com", "rene@example.com"]
        yield* server.update((current) => ({
          ...current,
          orders: current.orders.slice(0, 5).map((order, index) => ({
            ...order,
            entity_id: index + 1,
            customer_is_guest: index === 3 ? 0 : 1,
            customer_email: addresses[index]
          }))
        }))
        const found = yield* search(
          server,
          "orders",
          filter("customer_is_guest", "1"),
          filter("customer_email", "rene@example.com", "eq", 1),
          "searchCriteria[sortOrders][0][field]=entity_id&searchCriteria[sortOrders][0][direction]=DESC"
        )
        assert.deepStrictEqual(found.ids, [2, 1])
      })
  )

  it.live("sorts descending unless told otherwise, and by amount rather than by text", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const ids = shop.invoices.map(({ entity_id: id }) => id)
      const order = "searchCriteria[sortOrders][0][field]=entity_id"
      assert.deepStrictEqual((yield* search(server, "invoices", order)).ids, ids.toReversed())
      assert.deepStrictEqual((yield* search(server, "invoices", sortById)).ids, ids)
      const byTotal = yield* search(
        server,
        "invoices",
        "searchCriteria[sortOrders][0][field]=grand_total&searchCriteria[sortOrders][0][direction]=ASC"
      )
      const totals = byTotal.items.map((item) => Number(item["grand_total"]))
      assert.deepStrictEqual(
        totals,
        totals.toSorted((left, right) => left - right)
      )
    })
  )

  it.live("pages: 0 and 1 are the same page, the last is short, the next is empty", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const count = shop.invoices.length
      const size = count - 3
      const page = (number: number) =>
        search(
          server,
          "invoices",
          sortById,
          `searchCriteria[pageSize]=${size}`,
          `searchCriteria[currentPage]=${number}`
        )
      const first = yield* page(1)
      assert.strictEqual(first.ids.length, size)
      assert.deepStrictEqual((yield* page(0)).ids, first.ids)
      assert.deepStrictEqual((yield* page(2)).ids, [count - 2, count - 1, count])
      const past = yield* page(3)
      assert.deepStrictEqual(past.ids, [])
      assert.strictEqual(past.body["total_count"], count)
      assert.deepStrictEqual(past.body["search_criteria"], {
        filter_groups: [],
        sort_orders: [{ field: "entity_id", direction: "ASC" }],
        page_size: size,
        current_page: 3
      })
    })
  )

  it.live("repeats the last page for ever as release 2.3 does, if asked to", () =>
    Effect.gen(function* () {
      const server = yield* start({ release: "2.3" })
      const page = (number: number) =>
        search(
          server,
          "invoices",
          sortById,
          "searchCriteria[pageSize]=20",
          `searchCriteria[currentPage]=${number}`
        )
      const last = yield* page(2)
      assert.isNotEmpty(last.ids)
      assert.deepStrictEqual((yield* page(9)).ids, last.ids)
    })
  )

  it.live("refuses a page beyond the input limit, and gives 20 rows when none is asked for", () =>
    Effect.gen(function* () {
      const server = yield* start({ maximumPageSize: 300 })
      const { status, body } = yield* getJson(server, "/rest/V1/invoices?searchCriteria[pageSize]=301")
      assert.strictEqual(status, 400)
      assert.deepStrictEqual(body, {
        message: "Maximum SearchCriteria pageSize is %max",
        parameters: { max: 300 }
      })
      assert.strictEqual((yield* search(server, "invoices", "searchCriteria=")).ids.length, 20)
      assert.isAbove(shop.invoices.length, 20)
    })
  )

  it.live("refuses a list without search criteria, an unknown column, condition and name", () =>
    Effect.gen(function* () {
      const server = yield* start()
      assert.deepStrictEqual(yield* getJson(server, "/rest/V1/invoices"), {
        status: 400,
        body: {
          message: '"%fieldName" is required. Enter and try again.',
          parameters: { fieldName: "searchCriteria" }
        }
      })
      for (const query of [
        filter("grand_totl", "1"),
        filter("entity_id", "1", "equals"),
        "searchCriteria[page]=1",
        "searchCriteria[pageSize]=many",
        "searchCriteria[sortOrders][0][field]=entity_id&searchCriteria[sortOrders][0][direction]=UP"
      ]) {
        assert.strictEqual((yield* getJson(server, `/rest/V1/invoices?${query}`)).status, 400, query)
      }
    })
  )

  it.live("trims answers to the fields asked for and drops unknown names", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const { body } = yield* getJson(
        server,
        `/rest/V1/invoices?${filter("entity_id", "1")}&fields=items[increment_id,items[sku,nothing]],total_count`
      )
      const [invoice] = shop.invoices
      assert.deepStrictEqual(body, {
        items: [
          {
            increment_id: invoice?.["increment_id"],
            items: payloadsAt(invoice, "items").map(({ sku }) => ({ sku }))
          }
        ],
        total_count: 1
      })
      const single = yield* getJson(server, "/rest/V1/invoices/1?fields=entity_id")
      assert.deepStrictEqual(single.body, { entity_id: 1 })
    })
  )

  it.live("serves the structure of the shop, its customers and its catalogue", () =>
    Effect.gen(function* () {
      const server = yield* start()
      for (const [path, count] of [
        ["store/storeViews", 4],
        ["store/websites?searchCriteria=", 2],
        ["store/storeConfigs", 3]
      ] as const) {
        const { body } = yield* getJson(server, `/rest/V1/${path}`)
        assert.strictEqual(Array.isArray(body) ? body.length : 0, count, path)
      }
      for (const path of [
        "orders",
        "creditmemos",
        "customers/search",
        "customerGroups/search",
        "products",
        "categories/list",
        "transactions"
      ]) {
        assert.isNotEmpty((yield* search(server, path, "searchCriteria=")).items, path)
      }
      const found = yield* search(server, "products", filter("entity_id", "101,120", "in"))
      assert.deepStrictEqual(found.ids, [101, 120])
    })
  )

  it.live("shows a change of the shop to the next request", () =>
    Effect.gen(function* () {
      const server = yield* start()
      yield* server.update((current) => ({
        ...current,
        invoices: current.invoices.map((invoice) =>
          invoice["entity_id"] === 1 ? { ...invoice, state: 3 } : invoice
        )
      }))
      const { body } = yield* getJson(server, "/rest/V1/invoices/1?fields=state")
      assert.deepStrictEqual(body, { state: 3 })
    })
  )

  const order = (server: CommerceServer, rule: string) =>
    send(HttpClientRequest.post(`${server.url}/sandbox/faults`).pipe(HttpClientRequest.bodyText(rule)))

  it.live("fails as often as asked to, then answers again", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const rule = '{"match":"GET /V1/invoices","kind":"status","status":503,"retryAfterSeconds":1,"times":2}'
      assert.strictEqual((yield* order(server, rule)).status, 201)
      for (const _ of [1, 2]) {
        const { status, headers, text } = yield* get(server, "/rest/V1/invoices/1")
        assert.strictEqual(status, 503)
        assert.strictEqual(headers["retry-after"], "1")
        assert.notStrictEqual(text[0], "{")
      }
      assert.strictEqual((yield* get(server, "/rest/V1/invoices/1")).status, 200)
    })
  )

  it.live("breaks the connection, at once or in the middle of an answer", () =>
    Effect.gen(function* () {
      const server = yield* start()
      for (const kind of ["reset", "truncate"]) {
        yield* order(server, `{"match":"GET /V1/orders","kind":"${kind}","times":1}`)
        const error = yield* Effect.flip(get(server, "/rest/V1/orders/1"))
        assert.strictEqual(error._tag, "HttpClientError")
        assert.strictEqual((yield* get(server, "/rest/V1/orders/1")).status, 200)
      }
    })
  )

  it.live("counts what it holds", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const { text } = yield* send(HttpClientRequest.get(`${server.url}/sandbox/shop`))
      const counts = yield* decode(text)
      assert.isTrue(isBody(counts))
      if (isBody(counts)) assert.strictEqual(Number(counts["invoices"]) + Number(counts["creditmemos"]), 30)
    })
  )

  it.live("says so when its port is taken", () =>
    Effect.gen(function* () {
      const server = yield* start()
      const error = yield* Effect.flip(start({ port: Number(new URL(server.url).port) }))
      assert.strictEqual(error._tag, "ServeError")
    })
  )
})

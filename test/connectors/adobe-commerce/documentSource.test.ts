import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { creditMemos } from "../../../src/connectors/adobe-commerce/creditMemos.ts"
import { invoices } from "../../../src/connectors/adobe-commerce/invoices.ts"
import type { Cursor, Page } from "../../../src/pipeline/Source.ts"
import type { Json, SourceRecord } from "../../../src/pipeline/SourceRecord.ts"
import { type Answer, connection, fakeShop, inFastTime, type Seen } from "./fakeShop.ts"
import { invoice, order } from "./payloads.ts"

type Document = { readonly [key: string]: Json }

/** Filters of a search: field and condition to value. */
const filtersOf = ({ query }: Seen) =>
  new Map(
    Array.from({ length: 10 }, (_, index) => `searchCriteria[filter_groups][${index}][filters][0]`).flatMap(
      (name) => {
        const field = query.get(`${name}[field]`)
        return field === undefined
          ? []
          : [[`${field} ${query.get(`${name}[condition_type]`)}`, query.get(`${name}[value]`) ?? ""] as const]
      }
    )
  )

const pageSizeOf = ({ query }: Seen) => Number(query.get("searchCriteria[pageSize]"))

/** Answers a search over `documents` as Commerce does. */
const searched = (documents: ReadonlyArray<Document>, request: Seen): Answer => {
  const filters = filtersOf(request)
  const matching = documents.filter(
    ({ entity_id, updated_at }) =>
      String(updated_at ?? "") >= (filters.get("updated_at gteq") ?? "") &&
      String(updated_at ?? "") <= (filters.get("updated_at lteq") ?? "9") &&
      Number(entity_id) > Number(filters.get("entity_id gt") ?? 0) &&
      (filters.get("entity_id in")?.split(",").includes(String(entity_id)) ?? true)
  )
  return { body: { items: matching.slice(0, pageSizeOf(request)), total_count: matching.length } }
}

const structure = (path: string): Answer | undefined =>
  path.endsWith("/store/storeViews")
    ? { body: [{ id: 1, code: "de", name: "Deutsch", website_id: 2, store_group_id: 1, is_active: 1 }] }
    : path.endsWith("/store/websites")
      ? { body: [{ id: 2, code: "eu", name: "Europe", default_group_id: 1 }] }
      : path.endsWith("/store/storeConfigs")
        ? {
            body: [
              { id: 1, code: "de", base_currency_code: "EUR", timezone: "Europe/Berlin", locale: "de_DE" }
            ]
          }
        : undefined

/** A shop with these invoices, each of order 5; `special` may answer first. */
const shop = (
  documents: ReadonlyArray<Document>,
  special: (request: Seen) => Answer | undefined = () => undefined
) =>
  fakeShop(
    (request) =>
      special(request) ??
      structure(request.path) ??
      (request.path.endsWith("/V1/orders")
        ? { body: { items: [order()], total_count: 1 } }
        : searched(documents, request))
  )

/** The same shop with another present. */
const shopAt = (date: string, documents: ReadonlyArray<Document>) => {
  const answer = (request: Seen) =>
    structure(request.path) ??
    (request.path.endsWith("/V1/orders")
      ? { body: { items: [order()], total_count: 1 } }
      : searched(documents, request))
  return fakeShop((request) => ({ ...answer(request), headers: { date } }))
}

const settings = (fields: { readonly [key: string]: Json }) =>
  Schema.decodeSync(invoices.config, { onExcessProperty: "error" })(fields)

const opened = (fields: { readonly [key: string]: Json }, pageSize: number) =>
  invoices.make({ name: "shop", connection: connection({ pageSize }), config: settings(fields) }).open

const pages = (
  { layer }: ReturnType<typeof fakeShop>,
  options: {
    readonly cursor?: Cursor
    readonly with?: { readonly [key: string]: Json }
    readonly pageSize?: number
  } = {}
) =>
  inFastTime(
    Effect.gen(function* () {
      const source = yield* opened(options.with ?? {}, options.pageSize ?? 2)
      return yield* Stream.runCollect(source.read(options.cursor))
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

const ids = (page: Page | undefined) => page?.records.map(({ origin }) => origin.id)

const numbered = (...numbers: ReadonlyArray<number>) =>
  numbers.map((id) => invoice({ entity_id: id, increment_id: `00${id}`, updated_at: "2026-04-01 11:00:00" }))

const problemCodes = (record: SourceRecord | undefined) =>
  record?.normalised._tag === "Problems" ? record.normalised.problems.map(({ code }) => code) : []

describe("adobe-commerce/invoices", () => {
  describe("read", () => {
    it.effect("gives every document of a window once, page by page, although all share one second", () =>
      Effect.gen(function* () {
        const read = yield* pages(shop(numbered(1, 2, 3, 4, 9)))
        assert.deepEqual(read.map(ids), [["1", "2"], ["3", "4"], ["9"]])
        assert.deepEqual(
          read.map(({ remaining }) => remaining),
          [5, 3, 1]
        )
      })
    )

    it.effect("ends a little before the shop's present, and says so in the cursor", () =>
      Effect.gen(function* () {
        const late = invoice({ entity_id: 2, updated_at: "2026-04-01 11:59:30" })
        const read = yield* pages(shop([...numbered(1), late]))
        assert.deepEqual(read.map(ids), [["1"]])
        assert.deepEqual(read.at(-1)?.cursor, {
          watermark: "2026-04-01 11:59:00",
          swept: "2026-04-01 11:59:00"
        })
      })
    )

    it.effect("goes back by the overlap before the last watermark, inclusive", () =>
      Effect.gen(function* () {
        const fake = shop([])
        yield* pages(fake, { cursor: { watermark: "2026-04-01 11:00:00" }, with: { overlap: "5 minutes" } })
        const [search] = fake.seen.filter(({ path }) => path.endsWith("/V1/invoices"))
        assert.strictEqual(search && filtersOf(search).get("updated_at gteq"), "2026-04-01 10:55:00")
        assert.strictEqual(search && filtersOf(search).get("updated_at lteq"), "2026-04-01 11:59:00")
      })
    )

    it.effect("moves the watermark over a window without documents", () =>
      Effect.gen(function* () {
        const read = yield* pages(shop([]), { cursor: { watermark: "2026-04-01 11:00:00" } })
        assert.deepEqual(read, [
          {
            records: [],
            cursor: { watermark: "2026-04-01 11:59:00", swept: "2026-04-01 11:59:00" },
            remaining: 0
          }
        ])
      })
    )

    it.effect("never moves the watermark back when the shop's clock does", () =>
      Effect.gen(function* () {
        assert.deepEqual(
          yield* pages(shop(numbered(1)), { cursor: { watermark: "2026-04-01 13:00:00" } }),
          []
        )
      })
    )

    it.effect("goes on from any page's cursor: the rest of that window, then up to the present", () =>
      Effect.gen(function* () {
        const documents = numbered(1, 2, 3, 4, 5)
        const [first] = yield* pages(shop(documents))
        const oneHourLater = shopAt("Wed, 01 Apr 2026 13:00:00 GMT", [
          ...documents,
          invoice({ entity_id: 6, updated_at: "2026-04-01 12:30:00" })
        ])
        const read = yield* pages(oneHourLater, first === undefined ? {} : { cursor: first.cursor })
        assert.deepEqual(read.map(ids), [["3", "4"], ["5"], ["6"]])
        assert.deepEqual(read.at(-1)?.cursor, {
          watermark: "2026-04-01 12:59:00",
          swept: "2026-04-01 11:59:00"
        })
      })
    )

    it.effect("finds a document that left the window while it was read in the next window", () =>
      Effect.gen(function* () {
        const documents = numbered(1, 2, 3)
        let searches = 0
        const moving = shop([], ({ path, ...request }) => {
          if (!path.endsWith("/V1/invoices")) return undefined
          const third = invoice({ entity_id: 3, updated_at: "2026-04-01 11:59:59" })
          return searched(searches++ === 0 ? documents : [...documents.slice(0, 2), third], {
            path,
            ...request
          })
        })
        const read = yield* pages(moving)
        assert.deepEqual(read.map(ids), [["1", "2"], []])
        const later = shopAt("Wed, 01 Apr 2026 12:05:00 GMT", [
          invoice({ entity_id: 3, updated_at: "2026-04-01 11:59:59" })
        ])
        const next = yield* pages(later, { cursor: read.at(-1)?.cursor ?? null })
        assert.deepEqual(next.map(ids), [["3"]])
      })
    )

    it.effect("ends when a shop repeats its last page for ever", () =>
      Effect.gen(function* () {
        const repeating = shop([], ({ path }) =>
          path.endsWith("/V1/invoices") ? { body: { items: numbered(1, 2), total_count: 100 } } : undefined
        )
        assert.deepEqual((yield* pages(repeating)).map(ids), [["1", "2"], []])
      })
    )

    it.effect("stops on documents that are not sorted as asked, before any is lost", () =>
      Effect.gen(function* () {
        const unsorted = shop([], ({ path }) =>
          path.endsWith("/V1/invoices") ? { body: { items: numbered(2, 1), total_count: 4 } } : undefined
        )
        const error = yield* Effect.flip(pages(unsorted))
        assert.include(error.message, "not sorted by entity_id")
      })
    )

    it.effect("refuses a cursor that is not its own", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(pages(shop([]), { cursor: { page: 7 } }))
        assert.include(error.message, "Reset the pipeline's cursor")
      })
    )

    it.effect("asks for the configured states, stores and first day", () =>
      Effect.gen(function* () {
        const fake = shop([])
        yield* pages(fake, { with: { states: ["open", "paid"], stores: [1, 3], from: "2026-01-01" } })
        const [search] = fake.seen.filter(({ path }) => path.endsWith("/V1/invoices"))
        const filters = search === undefined ? new Map() : filtersOf(search)
        assert.strictEqual(filters.get("state in"), "1,2")
        assert.strictEqual(filters.get("store_id in"), "1,3")
        assert.strictEqual(filters.get("created_at gteq"), "2026-01-01 00:00:00")
      })
    )

    it.effect("calls a shop that fails inside unavailable, so that the run tries again later", () =>
      Effect.gen(function* () {
        const failing = shop([], ({ path }) =>
          path.endsWith("/V1/invoices")
            ? { status: 500, body: { message: "Internal Error. Report ID: webapi-1" } }
            : undefined
        )
        const error = yield* Effect.flip(pages(failing))
        assert.strictEqual(error._tag === "ConnectorError" && error.disposition, "retry")
      })
    )
  })

  describe("orders", () => {
    const ofOrder = (id: number, orderId: number) =>
      invoice({ entity_id: id, order_id: orderId, updated_at: "2026-04-01 11:00:00" })

    it.effect("come in one search a page, and into the record", () =>
      Effect.gen(function* () {
        const fake = shop(numbered(1, 2, 3), ({ path, ...request }) =>
          path.endsWith("/V1/orders") ? searched([order()], { path, ...request }) : undefined
        )
        const [page] = yield* pages(fake, { pageSize: 50 })
        const searches = fake.seen.filter(({ path }) => path.endsWith("/V1/orders"))
        assert.strictEqual(searches.length, 1)
        assert.deepEqual(
          page?.records.map(({ normalised, origin }) => [origin.resource, normalised._tag]),
          [
            ["invoice", "Document"],
            ["invoice", "Document"],
            ["invoice", "Document"]
          ]
        )
        const record = page?.records[0]
        assert.deepEqual(record?.origin, {
          system: "adobe-commerce",
          resource: "invoice",
          id: "1",
          number: "001",
          revision: "2026-04-01 11:00:00"
        })
        assert.deepEqual(
          record?.normalised._tag === "Document" ? record.normalised.document.store : undefined,
          {
            id: "1",
            code: "de",
            name: "Deutsch",
            website: "eu",
            timeZone: "Europe/Berlin",
            locale: "de_DE",
            baseCurrency: "EUR"
          }
        )
      })
    )

    it.effect("that are gone make a problem of their document only", () =>
      Effect.gen(function* () {
        const [page] = yield* pages(shop([ofOrder(1, 5), ofOrder(2, 6)]))
        assert.deepEqual(page?.records.map(problemCodes), [[], ["order-missing"]])
      })
    )

    it.effect("that the shop cannot print are isolated, and the others go on", () =>
      Effect.gen(function* () {
        const orders = [5, 6, 7, 8].map((id) => order({ entity_id: id }))
        const fake = shop(
          [ofOrder(1, 5), ofOrder(2, 6), ofOrder(3, 7), ofOrder(4, 8)],
          ({ path, ...request }) => {
            if (!path.endsWith("/V1/orders")) return undefined
            const asked =
              filtersOf({ path, ...request })
                .get("entity_id in")
                ?.split(",") ?? []
            return asked.includes("7")
              ? { status: 500, body: { message: "Internal Error. Report ID: webapi-7" } }
              : searched(orders, { path, ...request })
          }
        )
        const [page] = yield* pages(fake, { pageSize: 4 })
        assert.deepEqual(page?.records.map(problemCodes), [[], [], ["order-unreadable"], []])
      })
    )
  })

  describe("fetch", () => {
    const fetch = (fake: ReturnType<typeof fakeShop>, id: string, source = invoices) =>
      inFastTime(
        Effect.gen(function* () {
          const config = yield* Schema.decodeEffect(source.config)({})
          const open = yield* source.make({ name: "shop", connection: connection(), config }).open
          return yield* open.fetch(id)
        }).pipe(Effect.scoped, Effect.provide(fake.layer))
      )

    it.effect("gives one record with its order", () =>
      Effect.gen(function* () {
        const fake = shop([], ({ path }) =>
          path.endsWith("/V1/invoices/7") ? { body: invoice() } : undefined
        )
        const record = yield* fetch(fake, "7")
        assert.deepEqual(record.raw, { document: invoice(), order: order() })
        assert.strictEqual(record.normalised._tag, "Document")
      })
    )

    it.effect("says that there is none, without asking for what is no id", () =>
      Effect.gen(function* () {
        const fake = shop([])
        const error = yield* Effect.flip(fetch(fake, "../customers/1"))
        assert.include(error.message, "there is no invoice with entity_id ../customers/1")
        assert.isEmpty(fake.seen)
      })
    )

    it.effect("asks for a single credit memo under another path than the list", () =>
      Effect.gen(function* () {
        const fake = shop([], ({ path }) =>
          path.endsWith("/V1/creditmemo/7") ? { body: invoice({ adjustment: 0 }) } : undefined
        )
        const record = yield* fetch(fake, "7", creditMemos)
        assert.strictEqual(record.origin.resource, "credit-note")
      })
    )
  })
})

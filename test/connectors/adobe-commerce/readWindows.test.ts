import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Stream } from "effect"
import { makeCommerceClient } from "../../../src/connectors/adobe-commerce/CommerceClient.ts"
import { type Reading, readWindows } from "../../../src/connectors/adobe-commerce/readWindows.ts"
import { textAt, unreadableRecord } from "../../../src/connectors/adobe-commerce/recordOf.ts"
import { knownStores } from "../../../src/connectors/adobe-commerce/Stores.ts"
import type { Cursor, Page } from "../../../src/pipeline/Source.ts"
import type { Json } from "../../../src/pipeline/SourceRecord.ts"
import { type Answer, connection, fakeShop, inFastTime, type Seen } from "./fakeShop.ts"

interface Item {
  readonly id: number
  readonly time: string
  readonly isBroken?: boolean
}

const filtersOf = ({ query }: Seen) =>
  Array.from({ length: 10 }, (_, index) => `searchCriteria[filter_groups][${index}][filters][0]`).flatMap(
    (name) => {
      const field = query.get(`${name}[field]`)
      return field === undefined
        ? []
        : [
            {
              field,
              condition: query.get(`${name}[condition_type]`),
              value: query.get(`${name}[value]`) ?? ""
            }
          ]
    }
  )

const failsInside: Answer = {
  status: 500,
  body: { message: "Internal Error. Details are available in Magento log file. Report ID: webapi-1" }
}

/** A list that MySQL would answer as this does; one broken item on a page fails all of it. */
const listOf =
  (items: ReadonlyArray<Item>, now = "Wed, 01 Apr 2026 12:00:00 GMT") =>
  (request: Seen): Answer => {
    const headers = { date: now }
    if (!request.path.endsWith("/V1/things")) return { body: [], headers }
    const matching = items.filter((item) =>
      filtersOf(request).every(({ condition, field, value }) => {
        const own = field === "updated_at" ? item.time : item.id
        const other = field === "updated_at" ? value : Number(value)
        return condition === "gt" ? own > other : condition === "gteq" ? own >= other : own <= other
      })
    )
    const page = matching.slice(0, Number(request.query.get("searchCriteria[pageSize]")))
    return page.some(({ isBroken }) => isBroken === true)
      ? { ...failsInside, headers }
      : {
          body: {
            items: page.map(({ id, time }) => ({ entity_id: id, updated_at: time })),
            total_count: matching.length
          },
          headers
        }
  }

const read = (
  answer: (request: Seen) => Answer,
  options: {
    readonly cursor?: Cursor
    readonly pageSize?: number
    readonly sweep?: Reading["sweep"]
    readonly take?: number
  } = {}
) => {
  const shop = fakeShop(answer)
  return inFastTime(
    Effect.gen(function* () {
      const client = yield* makeCommerceClient("shop", connection())
      const stores = yield* knownStores(client)
      const pages = readWindows(
        {
          client,
          list: { resource: "things", key: { column: "entity_id", field: "entity_id" } },
          time: "updated_at",
          filters: [],
          pageSize: options.pageSize ?? 4,
          overlap: Duration.minutes(10),
          lag: Duration.minutes(1),
          ...(options.sweep === undefined ? {} : { sweep: options.sweep }),
          now: stores.refresh,
          toRecords: (items: ReadonlyArray<Json>) =>
            Effect.succeed(
              items.map((item) => ({
                origin: {
                  system: "adobe-commerce",
                  resource: "thing",
                  id: textAt(item, "entity_id"),
                  number: "",
                  revision: ""
                },
                raw: item,
                normalised: { _tag: "Record" as const, record: {} }
              }))
            ),
          unreadable: (key) => unreadableRecord({ resource: "thing", label: "thing", key })
        },
        options.cursor
      )
      const all = yield* Stream.runCollect(
        options.take === undefined ? pages : Stream.take(pages, options.take)
      )
      return { pages: all, seen: shop.seen.filter(({ path }) => path.endsWith("/V1/things")) }
    }).pipe(Effect.scoped, Effect.provide(shop.layer))
  )
}

const outcome = (pages: ReadonlyArray<Page>) => ({
  readable: pages.flatMap(({ records }) =>
    records.flatMap(({ normalised, origin }) => (normalised._tag === "Record" ? [Number(origin.id)] : []))
  ),
  parked: pages.flatMap(({ records }) =>
    records.flatMap(({ normalised, origin }) =>
      normalised._tag === "Problems" && normalised.problems[0]?.code === "document-unreadable"
        ? [Number(origin.id)]
        : []
    )
  )
})

const items = (count: number, broken: ReadonlyArray<number> = [], step = 1): ReadonlyArray<Item> =>
  Array.from({ length: count }, (_, index) => (index + 1) * step).map((id) => ({
    id,
    time: "2026-04-01 11:00:00",
    ...(broken.includes(id) ? { isBroken: true } : {})
  }))

const without = (all: ReadonlyArray<Item>, broken: ReadonlyArray<number>) =>
  all.map(({ id }) => id).filter((id) => !broken.includes(id))

describe("A5 a document that the shop cannot print", () => {
  it.effect.each([
    { count: 9, broken: [3], step: 1 },
    { count: 9, broken: [1], step: 1 },
    { count: 9, broken: [9], step: 1 },
    { count: 10, broken: [3, 4, 8], step: 1 },
    { count: 6, broken: [4000], step: 1000 },
    { count: 1, broken: [1], step: 1 }
  ])(
    "is isolated by halving the page, and the reading goes on: $broken of $count",
    ({ broken, count, step }) =>
      Effect.gen(function* () {
        const all = items(count, broken, step)
        const { pages } = yield* read(listOf(all))
        assert.deepEqual(outcome(pages), { readable: without(all, broken), parked: broken })
        assert.strictEqual(pages.at(-1)?.remaining !== undefined, true)
        assert.deepInclude(pages.at(-1)?.cursor, { watermark: "2026-04-01 11:59:00" })
      })
  )

  it.effect("is told in words that do not change from one attempt to the next", () =>
    Effect.gen(function* () {
      let reports = 0
      const answer = listOf(items(2, [2]))
      const numbered = (request: Seen): Answer => {
        const given = answer(request)
        return given.status === 500
          ? { ...given, body: { message: `Internal Error. Report ID: webapi-${(reports += 1)}` } }
          : given
      }
      const [first, second] = [yield* read(numbered), yield* read(numbered)]
      assert.deepEqual(
        first.pages.map(({ records }) => records.map(({ normalised }) => normalised)),
        second.pages.map(({ records }) => records.map(({ normalised }) => normalised))
      )
    })
  )

  it.effect("is told apart from a shop that fails for everything, which parks nothing", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        read((request) => (request.path.endsWith("/V1/things") ? failsInside : { body: [] }))
      )
      assert.include(error.message, "failed inside")
    })
  )

  it.effect("is told apart from a shop that fails for every document, which parks nothing", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(read(listOf(items(8, [1, 2, 3, 4, 5, 6, 7, 8])), { pageSize: 8 }))
      assert.include(error.message, "failed inside")
    })
  )
})

describe("A5 a page", () => {
  it.effect("whose items are null is an empty one", () =>
    Effect.gen(function* () {
      const { pages } = yield* read((request) =>
        request.path.endsWith("/V1/things") ? { body: { items: null, total_count: 0 } } : { body: [] }
      )
      assert.deepEqual(outcome(pages), { readable: [], parked: [] })
    })
  )

  it.effect("is followed by the next one although total_count moves while we read", () =>
    Effect.gen(function* () {
      const answer = listOf(items(9))
      let searches = 0
      const { pages } = yield* read((request) => {
        const given = answer(request)
        if (!request.path.endsWith("/V1/things")) return given
        const body = given.body
        searches += 1
        return typeof body === "object" && body !== null && !Array.isArray(body)
          ? { ...given, body: { ...body, total_count: 100 - searches } }
          : given
      })
      assert.deepEqual(outcome(pages).readable, [1, 2, 3, 4, 5, 6, 7, 8, 9])
    })
  )

  it.effect("always asks for a page size and a unique sort, upwards", () =>
    Effect.gen(function* () {
      const { seen } = yield* read(listOf(items(9)))
      for (const { query } of seen) {
        assert.strictEqual(query.get("searchCriteria[sortOrders][0][field]"), "entity_id")
        assert.strictEqual(query.get("searchCriteria[sortOrders][0][direction]"), "ASC")
        assert.strictEqual(query.get("searchCriteria[pageSize]"), "4")
      }
    })
  )

  it.effect("is asked for again in the size that the shop allows, and so are all that follow", () =>
    Effect.gen(function* () {
      const answer = listOf(items(7))
      const { pages, seen } = yield* read((request) =>
        Number(request.query.get("searchCriteria[pageSize]") ?? 0) > 3
          ? {
              status: 400,
              body: { message: "Maximum SearchCriteria pageSize is %max", parameters: { max: 3 } }
            }
          : answer(request)
      )
      assert.deepEqual(outcome(pages).readable, [1, 2, 3, 4, 5, 6, 7])
      assert.deepEqual(
        seen.map(({ query }) => query.get("searchCriteria[pageSize]")),
        ["4", "3", "3", "3"]
      )
    })
  )
})

describe("A5 the daily sweep", () => {
  const sweep = { every: Duration.days(1), back: Duration.days(7) }
  const day = (number: number) => `2026-04-0${number}`
  const at = (number: number) => `Wed, 0${number} Apr 2026 12:00:00 GMT`

  it.effect("does not begin with the first reading, which reads everything anyway", () =>
    Effect.gen(function* () {
      const { pages } = yield* read(listOf(items(2)), { sweep })
      assert.deepEqual(outcome(pages).readable, [1, 2])
      assert.deepEqual(pages.at(-1)?.cursor, {
        watermark: "2026-04-01 11:59:00",
        swept: "2026-04-01 11:59:00"
      })
    })
  )

  it.effect("finds a document that was committed later than any overlap reaches back", () =>
    Effect.gen(function* () {
      const early = yield* read(listOf(items(2)), { sweep })
      // Written at 11:30 by a transaction that ended hours later.
      const late = [...items(2), { id: 3, time: `${day(1)} 11:30:00` }]
      const cursor = early.pages.at(-1)?.cursor ?? null
      const sameDay = yield* read(listOf(late, "Wed, 01 Apr 2026 20:00:00 GMT"), { sweep, cursor })
      assert.deepEqual(outcome(sameDay.pages).readable, [])
      const nextDay = yield* read(listOf(late, at(3)), {
        sweep,
        cursor: sameDay.pages.at(-1)?.cursor ?? null
      })
      assert.deepEqual(outcome(nextDay.pages).readable, [1, 2, 3])
      assert.deepEqual(nextDay.pages.at(-1)?.cursor, {
        watermark: `${day(3)} 11:59:00`,
        swept: `${day(3)} 11:59:00`
      })
    })
  )

  it.effect("goes back only as far as it is told, and over everything when it is not", () =>
    Effect.gen(function* () {
      const old = { id: 1, time: "2026-03-01 00:00:00" }
      const cursor = { watermark: `${day(3)} 11:00:00`, swept: `${day(1)} 11:00:00` }
      const answer = listOf([old, { id: 2, time: `${day(2)} 11:00:00` }], at(3))
      assert.deepEqual(outcome((yield* read(answer, { sweep, cursor })).pages).readable, [2])
      const whole = { every: Duration.days(1) }
      assert.deepEqual(outcome((yield* read(answer, { sweep: whole, cursor })).pages).readable, [1, 2])
    })
  )

  it.effect("goes on after a stop where it was, and what is new comes first", () =>
    Effect.gen(function* () {
      const many = items(9).map(({ id }) => ({ id, time: `${day(2)} 11:00:00` }))
      const cursor = { watermark: `${day(3)} 11:00:00`, swept: `${day(1)} 11:00:00` }
      // The window, and the first page of the sweep.
      const stopped = yield* read(listOf(many, at(3)), { sweep, cursor, take: 2 })
      assert.deepEqual(outcome(stopped.pages).readable, [1, 2, 3, 4])
      const fresh = [...many, { id: 10, time: `${day(3)} 12:30:00` }]
      const resumed = yield* read(listOf(fresh, "Fri, 03 Apr 2026 13:00:00 GMT"), {
        sweep,
        cursor: stopped.pages.at(-1)?.cursor ?? null
      })
      assert.deepEqual(outcome(resumed.pages).readable, [10, 5, 6, 7, 8, 9, 10])
      assert.deepEqual(resumed.pages.at(-1)?.cursor, {
        watermark: `${day(3)} 12:59:00`,
        swept: `${day(3)} 11:59:00`
      })
    })
  )

  it.effect("takes a few pages at each reading, so that what is new never waits for it", () =>
    Effect.gen(function* () {
      const many = items(50).map(({ id }) => ({ id, time: `${day(2)} 11:00:00` }))
      const cursor = { watermark: `${day(3)} 11:00:00`, swept: `${day(1)} 11:00:00` }
      const first = yield* read(listOf(many, at(3)), { sweep, cursor, pageSize: 1 })
      assert.strictEqual(outcome(first.pages).readable.length, 20)
      const second = yield* read(listOf(many, "Fri, 03 Apr 2026 12:10:00 GMT"), {
        sweep,
        cursor: first.pages.at(-1)?.cursor ?? null,
        pageSize: 1
      })
      assert.strictEqual(outcome(second.pages).readable[0], 21)
    })
  )

  it.effect("leaves the cursor of older releases as it is understood", () =>
    Effect.gen(function* () {
      const { pages } = yield* read(listOf([], at(3)), { sweep, cursor: { watermark: `${day(1)} 11:00:00` } })
      assert.deepEqual(pages.at(-1)?.cursor, { watermark: `${day(3)} 11:59:00`, swept: `${day(3)} 11:59:00` })
    })
  )
})

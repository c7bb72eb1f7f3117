import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Stream } from "effect"
import { makeCommerceClient } from "../../../src/connectors/adobe-commerce/CommerceClient.ts"
import { readPeriod } from "../../../src/connectors/adobe-commerce/readPeriod.ts"
import { textAt, unreadableRecord } from "../../../src/connectors/adobe-commerce/recordOf.ts"
import type { Cursor, Period } from "../../../src/pipeline/Source.ts"
import type { Json } from "../../../src/pipeline/SourceRecord.ts"
import { type Answer, connection, fakeShop, inFastTime, type Seen } from "./fakeShop.ts"

const valueOf = (request: Seen, group: number) =>
  request.query.get(`searchCriteria[filter_groups][${group}][filters][0][value]`) ?? ""

/** Seven items of three days; the times of some stand on the very edge. */
const items = [
  { id: 1, time: "2026-01-31 23:59:59" },
  { id: 2, time: "2026-02-01 00:00:00" },
  { id: 3, time: "2026-02-01 23:59:59" },
  { id: 4, time: "2026-02-02 00:00:00" },
  { id: 5, time: "2026-02-02 12:00:00" },
  { id: 6, time: "2026-02-03 23:59:59" },
  { id: 7, time: "2026-02-04 00:00:00" }
]

/** The first two conditions are those of time, the third is the key's. */
const answer = (request: Seen): Answer => {
  const matching = items.filter(
    ({ id, time }) =>
      time >= valueOf(request, 0) &&
      time <= valueOf(request, 1) &&
      (valueOf(request, 2) === "" || id > Number(valueOf(request, 2)))
  )
  const size = Number(request.query.get("searchCriteria[pageSize]"))
  return {
    body: {
      items: matching.slice(0, size).map(({ id, time }) => ({ entity_id: id, created_at: time })),
      total_count: matching.length
    }
  }
}

const february: Period = {
  from: DateTime.makeUnsafe("2026-02-01T00:00:00Z"),
  until: DateTime.makeUnsafe("2026-02-04T00:00:00Z")
}

const open = Effect.gen(function* () {
  const client = yield* makeCommerceClient("shop", connection())
  return readPeriod(
    {
      client,
      list: { resource: "things", key: { column: "entity_id", field: "entity_id" } },
      time: "created_at",
      filters: [],
      pageSize: 1,
      toRecords: (found: ReadonlyArray<Json>) =>
        Effect.succeed(
          found.map((item) => ({
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
    february
  )
})

const inShop = <A, E>(play: (reading: Effect.Success<typeof open>) => Effect.Effect<A, E>) => {
  const shop = fakeShop(answer)
  return inFastTime(Effect.flatMap(open, play).pipe(Effect.scoped, Effect.provide(shop.layer)))
}

describe("a past period of a shop", () => {
  it.effect("has what was created from its first second to its last, counted and read day by day", () =>
    inShop(({ count, read }) =>
      Effect.gen(function* () {
        const pages = yield* Stream.runCollect(read(undefined))
        assert.deepStrictEqual(
          pages.flatMap(({ records }) => records.map(({ origin }) => origin.id)),
          ["2", "3", "4", "5", "6"]
        )
        assert.strictEqual(yield* count ?? Effect.undefined, 5)
      })
    )
  )

  it.effect("goes on from any place where it was stopped, and comes to nothing from its end", () =>
    inShop(({ read }) =>
      Effect.gen(function* () {
        const pages = yield* Stream.runCollect(read(undefined))
        const idsFrom = (cursor: Cursor) =>
          Effect.map(Stream.runCollect(read(cursor)), (rest) =>
            rest.flatMap(({ records }) => records.map(({ origin }) => origin.id))
          )
        const all = pages.map(({ records }) => records.map(({ origin }) => origin.id))
        for (const [index, { cursor }] of pages.entries()) {
          assert.deepStrictEqual(yield* idsFrom(cursor), all.slice(index + 1).flat())
        }
      })
    )
  )

  it.effect("refuses a place that another source stored", () =>
    inShop(({ read }) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Stream.runCollect(read({ watermark: "2026-02-01 00:00:00" })))
        assert.include(error.message, "Begin the backfill again")
      })
    )
  )
})

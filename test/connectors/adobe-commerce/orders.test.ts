import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { orders } from "../../../src/connectors/adobe-commerce/orders.ts"
import type { Json } from "../../../src/pipeline/SourceRecord.ts"
import { connection, fakeShop, inFastTime } from "./fakeShop.ts"
import { placedOrder } from "./payloads.ts"

const child = placedOrder({
  increment_id: "000000004-1",
  relation_parent_id: "4",
  relation_parent_real_id: "000000004",
  updated_at: "2026-04-01 11:00:00"
})
const original = placedOrder({ entity_id: 4, increment_id: "000000004", state: "canceled" })

/** A shop with an edited order; the search for the one it was edited from gives `parents`. */
const shopWith = (parents: ReadonlyArray<Json>) =>
  fakeShop(({ path, query }) => {
    if (path.endsWith("/store/storeViews")) {
      return { body: [{ id: 1, code: "de", name: "Deutsch", website_id: 2 }] }
    }
    if (path.endsWith("/store/storeConfigs")) return { body: [] }
    if (path.endsWith("/store/websites")) return { body: [{ id: 2, code: "eu" }] }
    const isByKey = [...query].some(
      ([name, value]) =>
        name.endsWith("[condition_type]") &&
        value === "in" &&
        query.get(name.replace("[condition_type]", "[field]")) === "entity_id"
    )
    const items = isByKey ? parents : [child]
    return { body: { items, total_count: items.length } }
  })

const read = ({ layer }: ReturnType<typeof shopWith>, settings: { readonly [key: string]: Json } = {}) =>
  inFastTime(
    Effect.gen(function* () {
      const config = yield* Schema.decodeUnknownEffect(orders.config)(settings)
      const source = yield* orders.make({ name: "shop", connection: connection(), config }).open
      const pages = yield* Stream.runCollect(source.read(undefined))
      return pages.flatMap(({ records }) => records)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

describe("adobe-commerce/orders", () => {
  it.effect("reads the order that an edited one names, and keeps both as received", () =>
    Effect.gen(function* () {
      const [record] = yield* read(shopWith([original]))
      assert.strictEqual(record?.origin.resource, "order")
      assert.strictEqual(record?.origin.number, "000000004-1")
      assert.deepInclude(record?.normalised, { _tag: "Document" })
      assert.deepNestedInclude(record, {
        "normalised.document.replaces": { id: "4", number: "000000004" },
        "normalised.document.store": { id: "1", code: "de", name: "Deutsch", website: "eu" },
        "raw.order.entity_id": 4
      })
    })
  )

  it.effect("reads an order whose original is gone", () =>
    Effect.gen(function* () {
      const [record] = yield* read(shopWith([]))
      assert.strictEqual(record?.normalised._tag, "Document")
      assert.notNestedProperty(record, "normalised.document.replaces")
    })
  )

  it.effect.each([
    [{}, "new,processing,complete,closed,canceled,holded"],
    [{ states: ["pending", "cancelled"] }, "pending_payment,payment_review,canceled"]
  ] as const)("asks with %j for the states %s", ([settings, expected]) =>
    Effect.gen(function* () {
      const shop = shopWith([])
      yield* read(shop, settings)
      const [search] = shop.seen.filter(({ path }) => path.endsWith("/V1/orders"))
      const [name] = [...(search?.query ?? [])].find(([, value]) => value === "state") ?? [""]
      const asked = search?.query.get(name.replace("[field]", "[value]"))
      assert.sameMembers([...(asked?.split(",") ?? [])], expected.split(","))
    })
  )
})

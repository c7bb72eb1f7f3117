import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect, Schema, Stream } from "effect"
import { adobeCommerce } from "../../../src/connectors/adobe-commerce/adobeCommerce.ts"
import { creditMemos } from "../../../src/connectors/adobe-commerce/creditMemos.ts"
import { invoices } from "../../../src/connectors/adobe-commerce/invoices.ts"
import { orders } from "../../../src/connectors/adobe-commerce/orders.ts"
import { type EncodedSalesDocument, SalesDocument } from "../../../src/pipeline/SalesDocument.ts"
import { commerceServer, sandboxCredentials } from "../../../src/sandbox/commerce/commerceServer.ts"
import { generateShop } from "../../../src/sandbox/commerce/generateShop.ts"
import { isPayloadObject, payloadAt, type PayloadObject } from "../../../src/sandbox/commerce/Payload.ts"

import { connectionTo, inNovember, readAll, services } from "./sandboxReading.ts"

const money = BigDecimal.fromStringUnsafe
const moneyIn = (payload: PayloadObject, field: string) => {
  const value = payload[field]
  return BigDecimal.isBigDecimal(value) ? value : money(String(value ?? 0))
}
const total = (values: Iterable<BigDecimal.BigDecimal>) =>
  BigDecimal.format(BigDecimal.normalize(BigDecimal.sumAll(values)))

/** What the header's own figures leave of an invoice's total; a lost cent now and then is part of the shop. */
const unexplained = (invoice: PayloadObject) => {
  const settled = payloadAt(invoice, "extension_attributes")
  const settledBy = (field: string) =>
    isPayloadObject(settled) ? BigDecimal.negate(moneyIn(settled, field)) : money("0")
  const parts = [
    "base_subtotal",
    "base_shipping_amount",
    "base_tax_amount",
    "base_discount_amount",
    "base_discount_tax_compensation_amount",
    "base_shipping_discount_tax_compensation_amnt"
  ].map((field) => moneyIn(invoice, field))
  const explained = [...parts, settledBy("base_gift_cards_amount"), settledBy("base_customer_balance_amount")]
  return total([moneyIn(invoice, "base_grand_total"), ...explained.map(BigDecimal.negate)])
}

const documentsOf = (
  records: Effect.Success<ReturnType<typeof readAll>>
): ReadonlyArray<EncodedSalesDocument> =>
  records.flatMap(({ normalised }) => (normalised._tag === "Document" ? [normalised.document] : []))

const shop = generateShop({ seed: 7, documents: 200 })

describe("adobe-commerce against the sandbox", () => {
  it.live("reads every invoice once, and its totals are the shop's", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({ shop })
      const records = yield* readAll(invoices, server.url, { states: ["open", "paid"], pageSize: 13 })
      assert.deepEqual(
        records.map(({ origin }) => origin.id),
        shop.invoices.map(({ entity_id }) => String(entity_id))
      )
      const documents = documentsOf(records)
      assert.strictEqual(documents.length, records.length)
      for (const document of documents) yield* Schema.decodeEffect(SalesDocument)(document)
      for (const [field, part] of [
        ["base_grand_total", "grand"],
        ["base_tax_amount", "tax"]
      ] as const) {
        assert.strictEqual(
          total(documents.map(({ totals }) => money(totals.accounting[part]))),
          total(shop.invoices.map((invoice) => moneyIn(invoice, field)))
        )
      }
      assert.deepEqual(
        documents.map(({ totals }) => total([money(totals.accounting.residual)])),
        shop.invoices.map(unexplained)
      )
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )

  it.live("a reading that another process takes up in the middle of a window still names every store", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({ shop })
      const connection = yield* connectionTo(server.url, 13)
      const config = yield* Schema.decodeEffect(invoices.config)({ states: ["open", "paid"] })
      const source = invoices.make({ name: "shop", connection, config })
      const first = yield* Stream.runCollect(Stream.take((yield* source.open).read(undefined), 1))
      const rest = yield* Stream.runCollect((yield* source.open).read(first[0]?.cursor))
      const documents = documentsOf([...first, ...rest].flatMap(({ records }) => records))
      assert.strictEqual(documents.length, shop.invoices.length)
      assert.deepStrictEqual([...new Set(documents.map(({ store }) => store.code))].toSorted(), [
        "b2b",
        "default",
        "us"
      ])
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )

  it.live("reads every credit memo once, and nothing is left unexplained", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({ shop })
      const records = yield* readAll(creditMemos, server.url, { states: ["refunded"], pageSize: 4 })
      const documents = documentsOf(records)
      assert.strictEqual(documents.length, shop.creditmemos.length)
      assert.strictEqual(
        total(documents.map(({ totals }) => money(totals.grand))),
        total(shop.creditmemos.map((memo) => moneyIn(memo, "grand_total")))
      )
      assert.deepEqual(
        documents
          .filter(({ totals }) => !BigDecimal.isZero(money(totals.accounting.residual)))
          .map(({ id }) => id),
        []
      )
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )

  it.live("reads every order once, and follows edits but not re-orders", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({ shop })
      const records = yield* readAll(orders, server.url, {
        states: ["pending", "open", "processing", "on-hold", "complete", "closed", "cancelled"],
        pageSize: 13
      })
      assert.deepEqual(
        records.map(({ origin }) => origin.id),
        shop.orders.map(({ entity_id }) => String(entity_id))
      )
      const documents = documentsOf(records)
      assert.strictEqual(documents.length, records.length)
      for (const document of documents) {
        yield* Schema.decodeEffect(SalesDocument)(document)
        // A complete order is what its invoices came to, and one of those lost a cent.
        const most = money(document.state === "complete" ? "0.01" : "0")
        for (const { residual } of [document.totals, document.totals.accounting]) {
          assert.isTrue(BigDecimal.isLessThanOrEqualTo(money(residual), most), document.number)
          assert.isFalse(BigDecimal.isNegative(money(residual)), document.number)
        }
      }
      const field = (name: string) => (order: PayloadObject) => String(order[name] ?? "")
      assert.deepEqual(
        documents.map(({ replaces }) => replaces?.number ?? ""),
        shop.orders.map(field("relation_parent_real_id"))
      )
      assert.deepEqual(
        documents.map(({ replacedBy }) => replacedBy?.number ?? ""),
        shop.orders.map(field("relation_child_real_id"))
      )
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )

  it.live("ends on a shop that repeats its last page for ever", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({ shop, release: "2.3" })
      const records = yield* readAll(invoices, server.url, { states: ["open", "paid"], pageSize: 10 })
      assert.strictEqual(new Set(records.map(({ origin }) => origin.id)).size, records.length)
      assert.strictEqual(records.length, shop.invoices.length)
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )

  it.live("A5 learns from the refusal how many documents a page may have, and reads them all", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({ shop, maximumPageSize: 40 })
      const records = yield* readAll(invoices, server.url, { states: ["open", "paid"], pageSize: 50 })
      assert.strictEqual(new Set(records.map(({ origin }) => origin.id)).size, shop.invoices.length)
      assert.strictEqual(documentsOf(records).length, shop.invoices.length)
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )

  it.live("pings with what can be read", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({ shop })
      const lines = yield* adobeCommerce.probe({
        name: "shop",
        connection: yield* connectionTo(server.url, 50)
      })
      assert.include(lines[1], `${shop.orders.length} orders, ${shop.invoices.length} invoices`)
      assert.include(lines[3], "agrees")
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )

  it.live("is refused with wrong credentials, and told which", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({
        shop,
        credentials: { ...sandboxCredentials, accessTokenSecret: "another0000000000000000000000000" }
      })
      const error = yield* Effect.flip(readAll(invoices, server.url, { states: ["paid"], pageSize: 50 }))
      assert.include(error.message, "accessTokenSecret")
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )
})

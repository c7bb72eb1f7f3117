import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect } from "effect"
import { companies } from "../../../src/connectors/adobe-commerce/companies.ts"
import { companyCredits } from "../../../src/connectors/adobe-commerce/companyCredits.ts"
import { creditMemos } from "../../../src/connectors/adobe-commerce/creditMemos.ts"
import { customers } from "../../../src/connectors/adobe-commerce/customers.ts"
import { invoices } from "../../../src/connectors/adobe-commerce/invoices.ts"
import { orders } from "../../../src/connectors/adobe-commerce/orders.ts"
import { products } from "../../../src/connectors/adobe-commerce/products.ts"
import { transactions } from "../../../src/connectors/adobe-commerce/transactions.ts"
import { fingerprint } from "../../../src/engine/fingerprint.ts"
import type { EncodedSalesDocument } from "../../../src/pipeline/SalesDocument.ts"
import type { SourceRecord } from "../../../src/pipeline/SourceRecord.ts"
import { commerceServer } from "../../../src/sandbox/commerce/commerceServer.ts"
import { generateShop } from "../../../src/sandbox/commerce/generateShop.ts"
import { releases } from "../../../src/sandbox/commerce/Release.ts"
import { inNovember, readAll, services } from "./sandboxReading.ts"

const shop = generateShop({ seed: 3, documents: 50 })

const documentsOf = (records: ReadonlyArray<SourceRecord>): ReadonlyArray<EncodedSalesDocument> =>
  records.flatMap(({ normalised }) => (normalised._tag === "Document" ? [normalised.document] : []))

const fieldsIn = (records: ReadonlyArray<SourceRecord>) =>
  records.flatMap(({ normalised }) => (normalised._tag === "Record" ? [normalised.record] : []))

/** Where the names of the tax codes are lost, a tax is still known by its rate. */
const byRate = (document: EncodedSalesDocument) => ({
  ...document,
  taxes: document.taxes
    .map(({ accounting, amount, rate }) => ({ accounting, amount, rate }))
    .toSorted((left, right) => String(left.rate).localeCompare(String(right.rate)))
})

const readShop = Effect.fnUntraced(function* (url: string) {
  const read = (source: typeof invoices, states: ReadonlyArray<string>) =>
    readAll(source, url, { states, pageSize: 100 })
  const all = [
    ...(yield* read(orders, ["pending", "open", "processing", "on-hold", "complete", "closed", "cancelled"])),
    ...(yield* read(invoices, ["open", "paid", "cancelled"])),
    ...(yield* read(creditMemos, ["open", "refunded", "cancelled"]))
  ]
  return documentsOf(all)
})

describe("A4 the same shop on every release", () => {
  const losesCodes = new Set(["2.4.6", "2.4.7"])

  it.live.each(releases)(
    "%s: documents are the same, however order rows, tax details and pages are shown",
    (release) =>
      Effect.gen(function* () {
        const [newest, other] = yield* Effect.all(
          [commerceServer({ shop }), commerceServer({ shop, release })].map((server) =>
            Effect.flatMap(server, ({ url }) => readShop(url))
          )
        )
        assert.strictEqual(
          newest?.length,
          shop.orders.length + shop.invoices.length + shop.creditmemos.length
        )
        if (losesCodes.has(release)) {
          assert.deepEqual(other?.map(byRate), newest?.map(byRate))
          assert.isTrue(other?.some(({ taxes }) => taxes.some(({ code }) => code.startsWith("RATE-"))))
        } else {
          assert.deepEqual(other, newest)
        }
      }).pipe(inNovember, Effect.scoped, Effect.provide(services)),
    60_000
  )
})

describe("A4 sources against the sandbox", () => {
  it.live("customers, products, payments, companies and company credits are read once each", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({ shop })
      for (const [source, items] of [
        [customers, shop.customers],
        [products, shop.products],
        [transactions, shop.transactions],
        [companies, shop.companies],
        [companyCredits, shop.companyCreditHistory]
      ] as const) {
        const records = yield* readAll(source, server.url, { pageSize: 4 })
        assert.strictEqual(fieldsIn(records).length, items.length, source.type)
        assert.strictEqual(new Set(records.map(({ origin }) => origin.id)).size, items.length)
      }
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )

  it.live("captures add up to what the invoices that were paid online say", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({ shop })
      const captures = fieldsIn(
        yield* readAll(transactions, server.url, { types: ["capture"], pageSize: 20 })
      )
      const total = (amounts: ReadonlyArray<string>) =>
        BigDecimal.format(BigDecimal.sumAll(amounts.map(BigDecimal.fromStringUnsafe)))
      const online = shop.invoices.filter(({ transaction_id }) => transaction_id !== undefined)
      assert.strictEqual(
        total(captures.map(({ amount }) => String(amount))),
        total(
          online.map(({ grand_total }) =>
            BigDecimal.isBigDecimal(grand_total) ? BigDecimal.format(grand_total) : ""
          )
        )
      )
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )

  it.live("without the B2B module there are no companies, and the message says so", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({ shop, hasB2b: false })
      const error = yield* Effect.flip(readAll(companies, server.url, { pageSize: 10 }))
      assert.include(error.message, "/V1/company/")
      assert.include(error.message, "B2B")
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )

  it.live("a right that is missing is named", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({ shop, denied: ["Magento_Sales::transactions_fetch"] })
      const error = yield* Effect.flip(readAll(transactions, server.url, { pageSize: 10 }))
      assert.include(error.message, "Magento_Sales::transactions_fetch")
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )

  it.live("a transaction that is its own parent is isolated before 2.4.8, and read since", () =>
    Effect.gen(function* () {
      const looping = {
        ...shop,
        transactions: shop.transactions.map((each, index) =>
          index === 1 ? { ...each, parent_txn_id: each["txn_id"] } : each
        )
      }
      const before = yield* commerceServer({ shop: looping, release: "2.4.7" })
      const since = yield* commerceServer({ shop: looping, release: "2.4.8" })
      const settings = { types: ["capture"], pageSize: 10 }
      const parked = (yield* readAll(transactions, before.url, settings)).filter(
        ({ normalised }) => normalised._tag === "Problems"
      )
      assert.deepEqual(
        parked.map(({ origin }) => origin.id),
        ["2"]
      )
      assert.isTrue(
        (yield* readAll(transactions, since.url, settings)).every(
          ({ normalised }) => normalised._tag === "Record"
        )
      )
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )

  it.live("A5 a document that the shop cannot print is parked alone, and all others are read", () =>
    Effect.gen(function* () {
      const broken = {
        ...shop,
        invoices: shop.invoices.map((each, index) =>
          index === 6 ? { ...each, sandbox_unreadable: true } : each
        )
      }
      const server = yield* commerceServer({ shop: broken })
      const records = yield* readAll(invoices, server.url, { states: ["open", "paid"], pageSize: 16 })
      assert.strictEqual(records.length, shop.invoices.length)
      assert.deepEqual(
        records.flatMap(({ normalised, origin }) =>
          normalised._tag === "Problems" ? [[origin.id, normalised.problems[0]?.code]] : []
        ),
        [["7", "document-unreadable"]]
      )
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )
})

describe("A4 categories", () => {
  const settings = { states: ["open", "paid"], pageSize: 50 }

  it.live(
    "stand on the lines when asked for: the deepest of several, the bundle's where a child has none",
    () =>
      Effect.gen(function* () {
        const server = yield* commerceServer({ shop })
        const documents = documentsOf(yield* readAll(invoices, server.url, { ...settings, categories: {} }))
        const of = (productId: string) =>
          documents.flatMap(({ lines }) => lines).find((line) => line.productId === productId)
        // The shirt stands in Clothing and in Clothing/Shirts.
        assert.deepEqual(of("120")?.category, { id: "7", name: "Shirts", path: "Clothing/Shirts" })
        assert.deepEqual(
          of("120")?.categories?.map(({ id }) => id),
          ["7", "3"]
        )
        assert.strictEqual(of("101")?.category?.path, "Home")
      }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )

  it.live("change nothing of a document that was read before: its fingerprint is the same", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({ shop })
      const plain = yield* readAll(invoices, server.url, settings)
      const filed = yield* readAll(invoices, server.url, { ...settings, categories: { below: 3 } })
      yield* server.update((current) => ({
        ...current,
        categories: current.categories.map((each) => ({ ...each, name: `${String(each["name"])} 2` }))
      }))
      const moved = yield* readAll(invoices, server.url, { ...settings, categories: {} })
      assert.deepEqual(plain.map(fingerprint), filed.map(fingerprint))
      assert.deepEqual(plain.map(fingerprint), moved.map(fingerprint))
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )

  it.live("of a product that is gone are absent, or park the document, as the setting says", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({
        shop: { ...shop, products: shop.products.filter(({ id }) => id !== 120) }
      })
      const absent = documentsOf(yield* readAll(invoices, server.url, { ...settings, categories: {} }))
      const line = absent.flatMap(({ lines }) => lines).find(({ productId }) => productId === "120")
      assert.isDefined(line)
      assert.notProperty(line, "category")
      const parked = yield* readAll(invoices, server.url, { ...settings, categories: { missing: "park" } })
      const codes = parked.flatMap(({ normalised }) =>
        normalised._tag === "Problems" ? normalised.problems.map(({ code }) => code) : []
      )
      assert.isAbove(codes.length, 0)
      assert.deepEqual([...new Set(codes)], ["category-missing"])
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )

  it.live("are asked for once a product while the source is open", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({ shop })
      // A second look at a product, or at the tree, would meet the fault that answers after the first page.
      yield* server.faults.add({ match: "GET categories/list", kind: "delay", delayMillis: 1, times: 1 })
      yield* server.faults.add({ match: "GET categories/list", kind: "status", status: 401 })
      const records = yield* readAll(invoices, server.url, { ...settings, pageSize: 10, categories: {} })
      assert.strictEqual(documentsOf(records).length, shop.invoices.length)
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )
})

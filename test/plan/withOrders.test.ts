/**
 * What orders and invoices post together, on the documents of generated shops.
 */
import { assert, describe, it } from "@effect/vitest"
import { NodeServices } from "@effect/platform-node"
import { BigDecimal, Effect, FileSystem, Result } from "effect"
import type { JournalLine } from "../../src/accounting/JournalEntry.ts"
import { connectors } from "../../src/connectors/registry.ts"
import { parseExactJson } from "../../src/http/parseExactJson.ts"
import { makePlan } from "../../src/plan/makePlan.ts"
import { generateShop } from "../../src/sandbox/commerce/generateShop.ts"
import { payloadAt, printPayload, type PayloadObject } from "../../src/sandbox/commerce/Payload.ts"
import type { Shop } from "../../src/sandbox/commerce/Shop.ts"

const pipelines = new URL("../../pipelines", import.meta.url).pathname
const withOrders = `${pipelines}/with-orders`

const zero = BigDecimal.fromBigInt(0n)
const print = (amount: BigDecimal.BigDecimal) => BigDecimal.format(BigDecimal.normalize(amount))
const amountAt = (document: PayloadObject, ...path: readonly [string, ...ReadonlyArray<string>]) => {
  const value = payloadAt(document, ...path)
  return BigDecimal.isBigDecimal(value) ? value : zero
}

/** Goods, shipping and fees without tax, from the header alone. */
const valueOf = (document: PayloadObject) =>
  BigDecimal.sumAll([
    amountAt(document, "base_grand_total"),
    BigDecimal.negate(amountAt(document, "base_tax_amount")),
    amountAt(document, "extension_attributes", "base_gift_cards_amount"),
    amountAt(document, "extension_attributes", "base_customer_balance_amount")
  ])

/** What the pipeline `name` of `folder` posts for `document`: nothing for a cancelled one, as the engine has it. */
const linesOf = Effect.fnUntraced(function* (
  name: string,
  folder: string,
  shop: Shop,
  document: PayloadObject,
  beside: PayloadObject | undefined
): Effect.fn.Return<ReadonlyArray<JournalLine> | undefined, never, FileSystem.FileSystem> {
  const { plan } = yield* plans(folder)
  const pipeline = plan?.pipelines.find((candidate) => candidate.name === name)
  if (pipeline === undefined) return assert.fail(`there is no pipeline ${name}`)
  const payload = Result.getOrThrow(parseExactJson(printPayload({ document, order: beside })))
  const records = pipeline.source.fixture(payload)
  const record = "code" in records ? undefined : records[0]
  if (record?.normalised._tag !== "Document") return assert.fail(JSON.stringify(record ?? records))
  const read = record.normalised.document
  if (read.state === "cancelled") return []
  const code = String(shop.stores.find(({ id }) => id === document["store_id"])?.["code"])
  const outcome = yield* pipeline.process(
    { ...record, normalised: { _tag: "Document", document: { ...read, store: { ...read.store, code } } } },
    { idempotencyKey: (company) => `shop/${company}/1` }
  )
  if (outcome._tag === "NothingToPost") return []
  return outcome._tag === "Entry" ? outcome.entry.lines : undefined
})

const planned = new Map<string, Effect.Success<ReturnType<typeof makePlan>>>()
const plans = Effect.fnUntraced(function* (folder: string) {
  const known = planned.get(folder)
  if (known !== undefined) return known
  const result = yield* makePlan({ paths: [folder], connectors }).pipe(Effect.provide(NodeServices.layer))
  planned.set(folder, result)
  return result
})

const balanceOn = (account: string, lines: ReadonlyArray<JournalLine>) =>
  BigDecimal.sumAll(
    lines
      .filter((line) => line.account === account)
      .map(({ accountingAmount, side }) =>
        side === "debit" ? accountingAmount : BigDecimal.negate(accountingAmount)
      )
  )

const isOfOrders = ({ account }: JournalLine) => account === "1590" || account === "2990"

/** Nothing more of it will be invoiced. */
const isOver = (order: PayloadObject) => order["state"] !== "new" && order["state"] !== "processing"

describe("C1 orders and invoices together", () => {
  it.effect.each([1, 7, 42])(
    "leave on 1590 and 2990 what is not yet invoiced, to the cent (seed %i)",
    (seed) =>
      Effect.gen(function* () {
        const shop = generateShop({ seed, documents: 120, cancelsInvoices: true })
        let open = 0
        for (const order of shop.orders) {
          const parent = shop.orders.find(({ entity_id: id }) => String(id) === order["relation_parent_id"])
          const lines = [...((yield* linesOf("orders-to-gl", withOrders, shop, order, parent)) ?? [])]
          const invoices = shop.invoices.filter(({ order_id: id }) => id === order["entity_id"])
          let invoiced = zero
          for (const invoice of invoices) {
            const posted = yield* linesOf("invoices-to-gl", withOrders, shop, invoice, order)
            if (posted !== undefined && invoice["state"] !== 3)
              invoiced = BigDecimal.sum(invoiced, valueOf(invoice))
            lines.push(...(posted ?? []))
          }
          for (const memo of shop.creditmemos.filter(({ order_id: id }) => id === order["entity_id"])) {
            lines.push(...((yield* linesOf("credit-notes-to-gl", withOrders, shop, memo, order)) ?? []))
          }
          // The Danish invoice waits for its tax account, and its order with it.
          const isWaiting =
            invoices.length > 0 && BigDecimal.isZero(invoiced) && !BigDecimal.isZero(valueOf(order))
          const rest = isOver(order) && !isWaiting ? zero : BigDecimal.subtract(valueOf(order), invoiced)
          const what = `order ${String(order["increment_id"])} (${String(order["state"])})`
          assert.strictEqual(print(balanceOn("1590", lines)), print(rest), what)
          assert.strictEqual(print(balanceOn("2990", lines)), print(BigDecimal.negate(rest)), what)
          if (!BigDecimal.isZero(rest)) open += 1
        }
        assert.isAbove(open, 1)
        assert.isBelow(open, shop.orders.length / 2)
      }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("post revenue, tax and receivables of invoices as without orders, and orders none of them", () =>
    Effect.gen(function* () {
      const shop = generateShop({ seed: 7, documents: 120 })
      const orderOf = ({ order_id: id }: PayloadObject) =>
        shop.orders.find((order) => order["entity_id"] === id)
      for (const invoice of shop.invoices) {
        const order = orderOf(invoice)
        const alone = yield* linesOf("invoices-to-gl", pipelines, shop, invoice, order)
        const together = yield* linesOf("invoices-to-gl", withOrders, shop, invoice, order)
        assert.deepStrictEqual(
          together?.filter((line) => !isOfOrders(line)),
          alone
        )
      }
      for (const order of shop.orders) {
        const lines = yield* linesOf("orders-to-gl", withOrders, shop, order, undefined)
        assert.isTrue(lines?.every(isOfOrders))
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("name in the text of an edited order the one that it replaces", () =>
    Effect.gen(function* () {
      const shop = generateShop({ seed: 7, documents: 60 })
      const edited = shop.orders.find((order) => order["edit_increment"] === 1)
      const parent = shop.orders.find(({ entity_id: id }) => String(id) === edited?.["relation_parent_id"])
      const [line] = (yield* linesOf("orders-to-gl", withOrders, shop, edited ?? {}, parent)) ?? []
      assert.strictEqual(
        line?.text,
        `Order ${String(edited?.["increment_id"])}, instead of order ${String(parent?.["increment_id"])}`
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

describe("pipelines/with-orders", () => {
  it.effect("has no error and no warning", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* plans(withOrders)).issues, [])
    })
  )

  it.effect.each([
    "connections.yaml",
    "credit-notes-to-gl.yaml",
    "tables/fee.csv",
    "tables/revenue.csv",
    "tables/settlement.csv",
    "tables/vat.csv"
  ])("%s is the one that is used without orders", (name) =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const text = yield* files.readFileString(`${pipelines}/${name}`)
      const other = yield* files.readFileString(`${withOrders}/${name}`)
      assert.strictEqual(other.replace("../../schemas", "../schemas"), text)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

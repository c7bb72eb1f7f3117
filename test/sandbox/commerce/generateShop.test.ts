import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Option, Schema } from "effect"
import { generateShop } from "../../../src/sandbox/commerce/generateShop.ts"
import { printPayload, type Payload } from "../../../src/sandbox/commerce/Payload.ts"
import { shopFeatures } from "./shopFeatures.ts"

/*
 * The formulas here were written apart from the generator. They read the JSON text a client would get;
 * each number after a field name is turned into a string first, so no amount becomes a binary float.
 */
const Fields = Schema.Record(Schema.String, Schema.Unknown)
type Fields = typeof Fields.Type
const decodeList = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Array(Fields)))

const read = (payloads: ReadonlyArray<Payload>): ReadonlyArray<Fields> =>
  decodeList(printPayload(payloads).replaceAll(/":(-?\d[\d.]*)/gu, '":"$1"'))

const isFields = Schema.is(Fields)
const objects = (value: unknown): ReadonlyArray<Fields> =>
  Array.isArray(value) ? value.filter((each) => isFields(each)) : []

const at = (fields: Fields, ...path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>((value, name) => (isFields(value) ? value[name] : undefined), fields)

const zero = BigDecimal.fromBigInt(0n)
const cent = BigDecimal.make(1n, 2)

/** The amount of a field; a field that REST left out is zero. */
const amount = (fields: Fields, ...path: ReadonlyArray<string>): BigDecimal.BigDecimal => {
  const text = at(fields, ...path)
  return typeof text === "string" ? Option.getOrThrow(BigDecimal.fromString(text)) : zero
}

const sum = (...terms: ReadonlyArray<BigDecimal.BigDecimal>) => BigDecimal.sumAll(terms)
const minus = BigDecimal.negate
const total = (rows: ReadonlyArray<Fields>, field: string) => sum(...rows.map((row) => amount(row, field)))

const assertSame = (actual: BigDecimal.BigDecimal, expected: BigDecimal.BigDecimal, what: string) =>
  assert.strictEqual(BigDecimal.format(actual), BigDecimal.format(expected), what)

/** The two currencies of a document, and the one field whose base name is irregular. */
const currencies = [
  { prefix: "base_", shippingCompensation: "base_shipping_discount_tax_compensation_amnt" },
  { prefix: "", shippingCompensation: "shipping_discount_tax_compensation_amount" }
]

/** Grand total less its parts, as Commerce's total collectors add them. */
const residue = (
  document: Fields,
  kind: "order" | "invoice" | "credit memo",
  { prefix, shippingCompensation }: (typeof currencies)[number]
) => {
  const of = (field: string) => amount(document, `${prefix}${field}`)
  const settled = (field: string) => amount(document, "extension_attributes", `${prefix}${field}`)
  const parts = sum(
    of("subtotal"),
    of("shipping_amount"),
    of("tax_amount"),
    of("discount_tax_compensation_amount"),
    // A credit memo has the shipping part inside the field before.
    kind === "credit memo" ? zero : amount(document, shippingCompensation),
    of("discount_amount"),
    ...(kind === "credit memo" ? [of("adjustment_positive"), minus(of("adjustment_negative"))] : []),
    minus(settled("gift_cards_amount")),
    minus(settled("customer_balance_amount"))
  )
  return sum(of("grand_total"), minus(parts))
}

const seeds = [1, 7, 42, 20261123]
const shops = seeds.map((seed) => {
  const shop = generateShop({ seed, documents: 250 })
  return {
    orders: read(shop.orders),
    invoices: read(shop.invoices),
    creditMemos: read(shop.creditmemos)
  }
})
const orderOf = (orders: ReadonlyArray<Fields>, document: Fields): Fields =>
  orders.find((order) => order["entity_id"] === document["order_id"]) ?? {}

describe("generateShop", () => {
  it("makes as many documents as asked for", () => {
    const counts = shops.map(({ invoices, creditMemos }) => invoices.length + creditMemos.length)
    assert.deepStrictEqual(counts, [250, 250, 250, 250])
    for (const documents of [0, 1, 2, 3, 7]) {
      const shop = generateShop({ documents })
      assert.strictEqual(shop.invoices.length + shop.creditmemos.length, documents)
    }
  })

  it("gives the same shop for the same seed and another for another", () => {
    const text = (seed: number) => printPayload(generateShop({ seed }).invoices)
    assert.strictEqual(text(5), text(5))
    assert.notStrictEqual(text(5), text(6))
  })

  it("balances every order in both currencies", () => {
    for (const { orders } of shops) {
      for (const order of orders) {
        for (const currency of currencies) assertSame(residue(order, "order", currency), zero, "order")
      }
    }
  })

  it("balances every credit memo in both currencies", () => {
    for (const { creditMemos } of shops) {
      for (const memo of creditMemos) {
        for (const currency of currencies) assertSame(residue(memo, "credit memo", currency), zero, "memo")
        assertSame(
          sum(amount(memo, "base_adjustment_positive"), minus(amount(memo, "base_adjustment_negative"))),
          amount(memo, "base_adjustment"),
          "adjustment"
        )
      }
    }
  })

  it("balances every invoice but for a cent that its order compensates and its items do not", () => {
    for (const { orders, invoices } of shops) {
      for (const invoice of invoices) {
        for (const currency of currencies) {
          const left = residue(invoice, "invoice", currency)
          if (BigDecimal.isZero(left)) continue
          assertSame(left, cent, "residue")
          const field = `${currency.prefix}discount_tax_compensation_amount`
          const siblings = invoices.filter((other) => other["order_id"] === invoice["order_id"])
          const order = orderOf(orders, invoice)
          assertSame(sum(amount(order, field), minus(total(siblings, field))), cent, "lost compensation")
        }
      }
    }
  })

  it("adds up rows to the header of invoices and credit memos", () => {
    for (const { orders, invoices, creditMemos } of shops) {
      for (const document of [...invoices, ...creditMemos]) {
        const rows = objects(document["items"])
        const isMemo = document["adjustment"] !== undefined
        const order = orderOf(orders, document)
        for (const { prefix, shippingCompensation } of currencies) {
          const of = (field: string) => amount(document, `${prefix}${field}`)
          assertSame(total(rows, `${prefix}row_total`), of("subtotal"), "subtotal")
          assertSame(
            sum(total(rows, `${prefix}tax_amount`), of("shipping_tax_amount")),
            of("tax_amount"),
            "tax"
          )
          assertSame(
            sum(
              total(rows, `${prefix}discount_tax_compensation_amount`),
              isMemo ? amount(document, shippingCompensation) : zero
            ),
            of("discount_tax_compensation_amount"),
            "compensation"
          )
          const shippingDiscount = sum(
            minus(of("discount_amount")),
            minus(total(rows, `${prefix}discount_amount`))
          )
          if (!isMemo) {
            const expected = BigDecimal.isZero(of("shipping_amount"))
              ? zero
              : amount(order, `${prefix}shipping_discount_amount`)
            assertSame(shippingDiscount, expected, "shipping discount")
          }
          assert.isFalse(BigDecimal.isNegative(shippingDiscount))
          assert.isFalse(BigDecimal.isNegative(of("grand_total")))
        }
      }
    }
  })

  it("names taxes that add up to the tax of the order and of each item", () => {
    for (const { orders } of shops) {
      for (const order of orders) {
        const applied = objects(at(order, "extension_attributes", "applied_taxes"))
        const perItem = objects(at(order, "extension_attributes", "item_applied_taxes"))
        for (const prefix of ["base_", ""]) {
          assertSame(total(applied, `${prefix}amount`), amount(order, `${prefix}tax_amount`), "order tax")
          for (const item of objects(order["items"])) {
            const taxes = perItem
              .filter((each) => each["item_id"] === item["item_id"])
              .flatMap((each) => objects(each["applied_taxes"]))
            assertSame(total(taxes, `${prefix}amount`), amount(item, `${prefix}tax_amount`), "item tax")
          }
        }
      }
    }
  })

  it("lets exactly one of parent and children carry: prices add up to the subtotal once", () => {
    for (const { orders } of shops) {
      for (const order of orders) {
        const items = objects(order["items"])
        const isPriced = (item: Fields) => BigDecimal.isPositive(amount(item, "base_price"))
        const carriers = items.filter((item) => {
          const children = items.filter((other) => other["parent_item_id"] === item["item_id"])
          if (item["parent_item_id"] !== undefined) return isPriced(item)
          return !children.some(isPriced)
        })
        // An order item shows its row total less its discount.
        const rows = sum(total(carriers, "base_row_total"), total(carriers, "base_discount_amount"))
        assertSame(rows, amount(order, "base_subtotal"), "subtotal")
      }
    }
  })

  it("invoices no more than was ordered and refunds no more than was invoiced", () => {
    for (const { orders, invoices, creditMemos } of shops) {
      for (const order of orders) {
        const ofOrder = (documents: ReadonlyArray<Fields>) =>
          documents.filter((document) => document["order_id"] === order["entity_id"])
        const [invoiced, refunded] = [ofOrder(invoices), ofOrder(creditMemos)]
        for (const item of objects(order["items"])) {
          const pieces = (documents: ReadonlyArray<Fields>) =>
            total(
              documents
                .flatMap((document) => objects(document["items"]))
                .filter((row) => row["order_item_id"] === item["item_id"]),
              "qty"
            )
          assertSame(pieces(invoiced), amount(item, "qty_invoiced"), "invoiced pieces")
          assertSame(pieces(refunded), amount(item, "qty_refunded"), "refunded pieces")
          assert.isTrue(BigDecimal.isLessThanOrEqualTo(pieces(invoiced), amount(item, "qty_ordered")))
          assert.isTrue(BigDecimal.isLessThanOrEqualTo(pieces(refunded), pieces(invoiced)))
        }
        for (const document of [...invoiced, ...refunded]) {
          for (const field of ["base_gift_cards_amount", "base_customer_balance_amount"]) {
            assert.isFalse(BigDecimal.isNegative(amount(document, "extension_attributes", field)))
          }
        }
        const [first] = invoiced
        const shipping = first === undefined ? zero : amount(order, "base_shipping_amount")
        assertSame(amount(first ?? {}, "base_shipping_amount"), shipping, "shipping")
        assertSame(total(invoiced, "base_shipping_amount"), shipping, "shipping of all invoices")
        if (objects(order["items"]).every((item) => item["qty_invoiced"] === item["qty_ordered"])) {
          for (const { prefix } of currencies) {
            for (const field of ["subtotal", "tax_amount", "discount_amount", "grand_total"]) {
              assertSame(total(invoiced, `${prefix}${field}`), amount(order, `${prefix}${field}`), field)
            }
          }
        }
        for (const field of ["base_gift_cards_amount", "base_customer_balance_amount"]) {
          const used = (documents: ReadonlyArray<Fields>) =>
            sum(...documents.map((document) => amount(document, "extension_attributes", field)))
          assert.isTrue(
            BigDecimal.isLessThanOrEqualTo(used(invoiced), amount(order, "extension_attributes", field))
          )
          assert.isTrue(BigDecimal.isLessThanOrEqualTo(used(refunded), used(invoiced)))
        }
        assertSame(total(invoiced, "base_grand_total"), amount(order, "base_total_invoiced"), "invoiced")
        assertSame(total(refunded, "base_grand_total"), amount(order, "base_total_refunded"), "refunded")
        const paid = invoiced.filter((invoice) => invoice["state"] === "2")
        assertSame(
          sum(amount(order, "base_grand_total"), minus(total(paid, "base_grand_total"))),
          amount(order, "base_total_due"),
          "due"
        )
      }
    }
  })

  it("numbers documents in the order of their time, each once in its store view", () => {
    for (const { orders, invoices, creditMemos } of shops) {
      for (const documents of [orders, invoices, creditMemos]) {
        const ids = documents.map((document) => Number(document["entity_id"]))
        assert.deepStrictEqual(
          ids,
          Array.from({ length: ids.length }, (_, index) => index + 1)
        )
        const times = documents.map((document) => `${document["created_at"]}`)
        assert.deepStrictEqual(times, times.toSorted())
        for (const time of [...times, ...documents.map((document) => `${document["updated_at"]}`)]) {
          assert.match(time, /^2026-(?:09|10)-\d\d \d\d:\d\d:\d\d$/u)
        }
        const numbers = documents.map((document) => `${document["store_id"]}/${document["increment_id"]}`)
        assert.strictEqual(new Set(numbers).size, numbers.length)
      }
    }
  })

  it("shows no amount with a fraction of a cent", () => {
    for (const { invoices, creditMemos } of shops) {
      for (const document of [...invoices, ...creditMemos]) {
        for (const [field, value] of Object.entries(document)) {
          if (field !== "base_to_order_rate" && typeof value === "string") {
            assert.notMatch(value, /^-?\d+\.\d{3,}$/u, field)
          }
        }
      }
    }
  })

  it("cancels of an order what was not invoiced, and nothing else", () => {
    for (const { orders } of shops) {
      for (const order of orders) {
        if (order["base_total_canceled"] === undefined) continue
        for (const { prefix } of currencies) {
          for (const part of ["subtotal", "shipping", "tax"]) {
            const ordered = amount(order, `${prefix}${part}${part === "subtotal" ? "" : "_amount"}`)
            const invoiced = amount(order, `${prefix}${part}_invoiced`)
            assertSame(sum(ordered, minus(invoiced)), amount(order, `${prefix}${part}_canceled`), part)
          }
        }
      }
    }
  })

  it("puts cancelled invoices on top of what was asked for, and leaves all others as they are", () => {
    const amounts = (invoices: ReadonlyArray<Payload>) =>
      read(invoices)
        .filter(({ state }) => state !== "3")
        .map(({ base_grand_total: total, created_at: at }) => [at, total])
    const plain = generateShop({ seed: 3, documents: 60 })
    const shop = generateShop({ seed: 3, documents: 60, cancelsInvoices: true })
    const cancelled = shop.invoices.filter(({ state }) => state === 3)
    assert.isAbove(cancelled.length, 0)
    assert.strictEqual(shop.invoices.length, plain.invoices.length + cancelled.length)
    assert.deepStrictEqual(amounts(shop.invoices), amounts(plain.invoices))
    assert.deepStrictEqual(shop.creditmemos.length, plain.creditmemos.length)
  })

  it("posts the last document to Denmark", () => {
    for (const { orders } of shops) {
      const codes = orders.map((order) =>
        objects(at(order, "extension_attributes", "applied_taxes")).map((tax) => tax["code"])
      )
      assert.deepStrictEqual(codes.at(-1), ["DK-25"])
      assert.strictEqual(codes.flat().filter((code) => code === "DK-25").length, 1)
    }
  })

  for (const { name, holds } of shopFeatures) {
    it(`has, in sixty documents: ${name}`, () => {
      for (const seed of [undefined, 2, 3, 4, 5]) {
        assert.isTrue(holds(generateShop(seed === undefined ? {} : { seed })), `seed ${seed}`)
      }
    })

    it(`has, in no shop without documents: ${name}`, () => {
      assert.isFalse(holds(generateShop({ documents: 0 })))
    })
  }
})

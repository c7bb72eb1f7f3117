import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { normaliseInvoice } from "../../../src/connectors/adobe-commerce/normaliseInvoice.ts"
import { normaliseOrder } from "../../../src/connectors/adobe-commerce/normaliseOrder.ts"
import type { Normalised } from "../../../src/connectors/adobe-commerce/salesDocumentOf.ts"
import { type EncodedSalesDocument, SalesDocument } from "../../../src/pipeline/SalesDocument.ts"
import type { Json } from "../../../src/pipeline/SourceRecord.ts"
import { applied, invoice, order, placedItem, placedOrder, same } from "./payloads.ts"

const documentOf = (normalised: Normalised): EncodedSalesDocument => {
  if (normalised._tag === "Problems") return assert.fail(JSON.stringify(normalised.problems))
  Schema.decodeSync(SalesDocument)(normalised.document)
  return normalised.document
}

const codesOf = (normalised: Normalised) =>
  normalised._tag === "Problems" ? normalised.problems.map(({ code }) => code) : []

const read = (document: Json, original?: Json) =>
  documentOf(normaliseOrder({ document, ...(original === undefined ? {} : { order: original }) }))

/** Half of the order was invoiced, without shipping as Commerce would have charged it with the first invoice. */
const halfInvoiced = (fields: Parameters<typeof placedOrder>[0]) =>
  placedOrder({
    ...same("total_invoiced", "65.45"),
    ...same("subtotal_invoiced", 50),
    ...same("shipping_invoiced", 5),
    ...same("tax_invoiced", "10.45"),
    items: [placedItem({ qty_invoiced: 1, ...same("row_invoiced", 50), ...same("tax_invoiced", "9.5") })],
    ...fields
  })

describe("normaliseOrder", () => {
  it("puts an order into the words of the invoice that bills it", () => {
    const { id, kind, lines, number, state, totals, ...document } = read(placedOrder())
    assert.deepStrictEqual(
      { id, kind, number, state },
      { id: "5", kind: "order", number: "000000005", state: "processing" }
    )
    const billed = documentOf(normaliseInvoice({ document: invoice(), order: order() }))
    assert.deepStrictEqual(totals, billed.totals)
    assert.deepStrictEqual(document.taxes, billed.taxes)
    assert.deepStrictEqual(document.shipping, billed.shipping)
    assert.deepStrictEqual(document.customer, billed.customer)
    // The rows have keys of their own.
    const content = (rows: EncodedSalesDocument["lines"]) => rows.map((row) => ({ ...row, id: "" }))
    assert.deepStrictEqual(content(lines), content(billed.lines))
    assert.deepStrictEqual(document.order, { id: "5", number: "000000005" })
    assert.strictEqual(document.createdAt, "2026-03-31T22:00:00Z")
  })

  it.each([
    ["new", "open"],
    ["pending_payment", "pending"],
    ["payment_review", "pending"],
    ["processing", "processing"],
    ["holded", "on-hold"],
    ["complete", "complete"],
    ["canceled", "cancelled"],
    ["closed", "closed"]
  ] as const)("reads state %s, whatever its status, as %s", (given, expected) => {
    assert.strictEqual(read(placedOrder({ state: given, status: "canceled" })).state, expected)
  })

  it("refuses a state that Commerce does not have", () => {
    assert.deepStrictEqual(codesOf(normaliseOrder({ document: placedOrder({ state: "fraud" }) })), [
      "unreadable-field"
    ])
  })

  it.each([
    ["without tax in prices", { tax: "17.1", discount: "10", compensation: "0" }],
    ["with tax in prices", { tax: "17.1", discount: "11.9", compensation: "1.9" }]
  ])("takes the discount from unit price times quantity, %s", (_, { compensation, discount, tax }) => {
    const document = read(
      placedOrder({
        ...same("discount_amount", `-${discount}`),
        ...same("discount_tax_compensation_amount", compensation),
        ...same("tax_amount", "18.05"),
        ...same("grand_total", "113.05"),
        items: [
          placedItem({
            ...same("discount_amount", discount),
            ...same("discount_tax_compensation_amount", compensation),
            ...same("tax_amount", tax)
          })
        ]
      })
    )
    assert.strictEqual(document.lines[0]?.gross, "100.00")
    assert.strictEqual(document.lines[0]?.net, "90.00")
    assert.strictEqual(document.totals.residual, "0.00")
  })

  const bundle = (parent: string, children: ReadonlyArray<string>) => [
    placedItem({ item_id: 11, product_type: "bundle", base_price: parent, qty_ordered: 1 }),
    ...children.map((price, index) =>
      placedItem({ item_id: 12 + index, parent_item_id: 11, base_price: price, qty_ordered: 1, sku: price })
    )
  ]
  it.each([
    ["priced by its parts", bundle("100", ["60", "40"]), ["60", "40"]],
    ["at a fixed price", bundle("100", ["0", "0"]), ["BAG-1"]]
  ])("counts a bundle %s once", (_, items, skus) => {
    const taxes = applied("DE-19", 19, "19")
    const document = read(
      placedOrder(
        { items },
        {
          item_applied_taxes: [11, 12, 13].map((item_id) => ({
            type: "product",
            item_id,
            applied_taxes: [taxes]
          }))
        }
      )
    )
    assert.deepStrictEqual(
      document.lines.map(({ sku }) => sku),
      skus
    )
    assert.strictEqual(document.totals.net, "100.00")
  })

  it("spreads what rounding of the unit price lost, in both currencies", () => {
    const document = read(
      placedOrder({
        order_currency_code: "USD",
        subtotal: "110.07",
        base_subtotal: "100.04",
        grand_total: "135.02",
        base_grand_total: "124.99",
        items: [
          placedItem({ base_price: "14.29", qty_ordered: 7, sku: "A" }),
          placedItem({ item_id: 12, base_price: "0", qty_ordered: 1, ...same("tax_amount", 0), sku: "B" })
        ]
      })
    )
    assert.strictEqual(document.totals.net, "110.07")
    assert.strictEqual(document.totals.accounting.net, "100.04")
    assert.strictEqual(document.lines[0]?.accounting.gross, "100.04")
    assert.strictEqual(document.totals.residual, "0.00")
  })

  it("parks an order whose items do not come to its subtotal", () => {
    assert.deepStrictEqual(
      codesOf(normaliseOrder({ document: placedOrder({ items: [placedItem({ base_price: "49" })] }) })),
      ["rows-do-not-add-up"]
    )
  })

  it("names what was paid with points and charged as a fee, and leaves a surcharge unexplained", () => {
    const document = read(
      placedOrder(
        { ...same("grand_total", "107.95") },
        {
          ...same("gift_cards_amount", 10),
          ...same("customer_balance_amount", 5),
          ...same("reward_currency_amount", 12),
          gw_base_price: "2",
          gw_price: "2",
          custom_fees: [
            { custom_fee_code: "pallet", ...same("custom_fee_amount", 3), invoice_id: "1" },
            { custom_fee_code: "crane", ...same("custom_fee_amount", 4) }
          ]
        }
      )
    )
    assert.deepStrictEqual(
      document.settlements.map(({ amount, type }) => [type, amount]),
      [
        ["gift-card", "10.00"],
        ["store-credit", "5.00"],
        ["reward-points", "12.00"]
      ]
    )
    assert.deepStrictEqual(
      document.fees.map(({ amount, title }) => [title, amount]),
      [
        ["Gift wrapping of the order", "2.00"],
        ["pallet", "3.00"],
        ["crane", "4.00"]
      ]
    )
    assert.strictEqual(document.totals.residual, "1.00")
  })

  it("does not mistake a refund's adjustment for a part of the order", () => {
    const document = read(
      placedOrder({ ...same("adjustment_positive", 7), ...same("adjustment_negative", 3) })
    )
    assert.deepStrictEqual(document.fees, [])
  })
})

describe("an order that is partly invoiced", () => {
  it("stays what was ordered while the rest may still be invoiced", () => {
    const { updatedAt: _, ...before } = read(placedOrder())
    for (const state of ["processing", "complete"]) {
      const { updatedAt: _, ...after } = read(halfInvoiced({ state }))
      assert.deepStrictEqual(after, { ...before, state: after.state })
    }
  })

  it.each([
    [
      "the rest is cancelled and it goes on",
      { state: "processing", ...same("subtotal_canceled", 50) },
      "processing"
    ],
    [
      "the rest is cancelled and it is complete",
      { state: "complete", ...same("subtotal_canceled", 50) },
      "complete"
    ],
    ["it is closed", { state: "closed" }, "closed"],
    ["all of it was refunded and the rest cancelled", { state: "canceled" }, "closed"]
  ] as const)("is what was invoiced once %s", (_, fields, state) => {
    const document = read(halfInvoiced(fields))
    assert.strictEqual(document.state, state)
    const { grand, net, residual, shipping, tax } = document.totals
    assert.deepStrictEqual(
      { grand, net, residual, shipping, tax },
      { grand: "65.45", net: "50.00", residual: "0.00", shipping: "5.00", tax: "10.45" }
    )
    assert.strictEqual(document.lines[0]?.quantity, "1")
  })

  it("is nothing once it is closed without an invoice", () => {
    const document = read(placedOrder({ state: "closed" }))
    assert.deepStrictEqual([document.lines, document.totals.grand], [[], "0.00"])
  })

  it("is shown whole and cancelled when nothing of it was invoiced", () => {
    const document = read(placedOrder({ state: "canceled", ...same("subtotal_canceled", 100) }))
    assert.deepStrictEqual([document.state, document.totals.grand], ["cancelled", "124.95"])
  })
})

describe("an order and the one it was edited from", () => {
  const child = placedOrder({
    increment_id: "000000004-1",
    original_increment_id: "000000004",
    relation_parent_id: "4",
    relation_parent_real_id: "000000004",
    edit_increment: 1
  })
  const original = (fields: { readonly [key: string]: Json }) =>
    placedOrder({
      entity_id: 4,
      increment_id: "000000004",
      state: "canceled",
      relation_child_id: "5",
      ...fields
    })

  it("name each other", () => {
    assert.deepStrictEqual(read(child, original({})).replaces, { id: "4", number: "000000004" })
    assert.deepStrictEqual(read(original({ relation_child_real_id: "000000004-1" })).replacedBy, {
      id: "5",
      number: "000000004-1"
    })
  })

  it.each([
    ["has no relation", placedOrder({ increment_id: "000000004-1" }), original({})],
    ["names a live order", child, original({ state: "complete" })],
    ["names an order that was edited into another", child, original({ relation_child_id: "9" })],
    ["names an order that cannot be had", child, undefined]
  ] as const)("are none where a number with -1 %s", (_, document, parent) => {
    assert.isUndefined(read(document, parent).replaces)
  })

  it("are none where the order with a child was not cancelled", () => {
    assert.isUndefined(read(original({ state: "processing" })).replacedBy)
  })
})

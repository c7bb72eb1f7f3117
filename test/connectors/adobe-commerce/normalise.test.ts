import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { normaliseCreditMemo } from "../../../src/connectors/adobe-commerce/normaliseCreditMemo.ts"
import { normaliseInvoice } from "../../../src/connectors/adobe-commerce/normaliseInvoice.ts"
import { type EncodedSalesDocument, SalesDocument } from "../../../src/pipeline/SalesDocument.ts"
import type { Normalised } from "../../../src/connectors/adobe-commerce/salesDocumentOf.ts"
import { applied, creditMemo, invoice, order, orderItem, row, same } from "./payloads.ts"

const documentOf = (normalised: Normalised): EncodedSalesDocument => {
  if (normalised._tag === "Problems") return assert.fail(JSON.stringify(normalised.problems))
  Schema.decodeSync(SalesDocument)(normalised.document)
  return normalised.document
}

const problemsOf = (normalised: Normalised) => {
  if (normalised._tag === "Document") return assert.fail("a document where problems were expected")
  return normalised.problems
}

const codesOf = (normalised: Normalised) => problemsOf(normalised).map(({ code }) => code)

const taxes = (document: EncodedSalesDocument) => document.taxes.map(({ amount, code }) => [code, amount])

describe("normaliseInvoice", () => {
  it("puts an invoice and its order into our words", () => {
    const document = documentOf(
      normaliseInvoice({
        document: invoice(),
        order: order(),
        store: { code: "de", name: "Deutsch", website: "eu" }
      })
    )
    assert.deepInclude(document, {
      kind: "invoice",
      id: "7",
      number: "000000007",
      state: "paid",
      createdAt: "2026-03-31T22:30:00Z",
      updatedAt: "2026-03-31T22:30:01Z",
      currency: "EUR",
      accountingCurrency: "EUR",
      country: "DE"
    })
    assert.deepEqual(document.store, { id: "1", code: "de", name: "Deutsch", website: "eu" })
    assert.deepEqual(document.order, { id: "5", number: "000000005" })
    assert.deepEqual(document.payment, { method: "purchaseorder", purchaseOrderNumber: "PO-9" })
    assert.deepEqual(document.customer, {
      kind: "registered",
      id: "42",
      group: "1",
      email: "ada@example.com",
      name: "Ada Berg",
      company: "Berg GmbH",
      vatNumber: "ATU1"
    })
    const amounts = { gross: "100.00", discount: "0.00", net: "100.00", tax: "19.00" }
    assert.deepEqual(document.lines, [
      {
        id: "71",
        sku: "BAG-1",
        name: "Backpack",
        productId: "900",
        productType: "simple",
        quantity: "2",
        taxRate: "19",
        ...amounts,
        accounting: amounts
      }
    ])
    assert.deepEqual(taxes(document), [["DE-19", "19.95"]])
    assert.strictEqual(document.totals.grand, "124.95")
    assert.strictEqual(document.totals.residual, "0.00")
  })

  it("needs no order when there is no tax, and says what it does not know", () => {
    const document = documentOf(
      normaliseInvoice({
        document: invoice({
          ...same("tax_amount", 0),
          ...same("shipping_tax_amount", 0),
          ...same("grand_total", 105),
          items: [row({ ...same("tax_amount", 0) })]
        })
      })
    )
    assert.strictEqual(document.customer.kind, "unknown")
    assert.strictEqual(document.lines[0]?.productType, "unknown")
    assert.notProperty(document, "country")
  })

  it("asks for the order when there is tax, and says how to give it", () => {
    const problems = problemsOf(normaliseInvoice({ document: invoice() }))
    assert.deepEqual(
      problems.map(({ code, path }) => ({ code, path })),
      [{ code: "order-required", path: "tax_amount" }]
    )
    assert.include(problems[0]?.message, "GET /V1/orders/5")
  })

  it("refuses the order of another invoice", () => {
    assert.deepEqual(codesOf(normaliseInvoice({ document: invoice(), order: order({ entity_id: 6 }) })), [
      "order-mismatch"
    ])
  })

  it("reports all missing and unreadable fields at once, with their paths", () => {
    const problems = problemsOf(
      normaliseInvoice({
        document: invoice({
          grand_total: null,
          base_subtotal: "a lot",
          created_at: "31.03.2026",
          items: [row({ order_item_id: null })]
        })
      })
    )
    assert.deepEqual(problems.map(({ code, path }) => `${code} ${path}`).toSorted(), [
      "missing-field grand_total",
      "missing-field items[0].order_item_id",
      "unreadable-field base_subtotal",
      "unreadable-field created_at"
    ])
  })

  it.each([
    [1, "open"],
    ["2", "paid"],
    [3, "cancelled"]
  ] as const)("reads state %s as %s", (state, expected) => {
    assert.strictEqual(
      documentOf(normaliseInvoice({ document: invoice({ state }), order: order() })).state,
      expected
    )
  })

  it("refuses a state that invoices do not have", () => {
    const problems = problemsOf(
      normaliseInvoice({ document: invoice({ state: "complete" }), order: order() })
    )
    assert.deepEqual([problems[0]?.code, problems[0]?.path], ["unreadable-field", "state"])
  })

  it("takes the store from the order, and reports a deleted one", () => {
    assert.strictEqual(
      documentOf(normaliseInvoice({ document: invoice({ store_id: null }), order: order() })).store.id,
      "1"
    )
    assert.deepEqual(
      problemsOf(
        normaliseInvoice({ document: invoice({ store_id: null }), order: order({ store_id: null }) })
      ).map(({ code, path }) => [code, path]),
      [["missing-field", "store_id"]]
    )
  })

  it("reads numbers, texts and -0 alike, and null and [] as nothing", () => {
    const odd = invoice({
      entity_id: "7",
      ...same("grand_total", "124.9500"),
      ...same("subtotal", "100.0000"),
      ...same("discount_amount", -0),
      ...same("discount_tax_compensation_amount", null),
      extension_attributes: []
    })
    assert.deepEqual(
      documentOf(normaliseInvoice({ document: odd, order: order() })),
      documentOf(normaliseInvoice({ document: invoice(), order: order() }))
    )
  })

  it("reads empty gift wrapping fields as nothing", () => {
    const document = invoice({ extension_attributes: { gw_price: "", gw_base_price: "" } })
    assert.deepEqual(documentOf(normaliseInvoice({ document, order: order() })).fees, [])
  })
})

describe("rows that carry money", () => {
  const noTax = {
    ...same("tax_amount", 0),
    ...same("shipping_tax_amount", 0),
    ...same("shipping_amount", 0)
  }
  const bare = { ...same("row_total", null), ...same("tax_amount", null) }
  const total = (amount: number) => ({ ...same("subtotal", amount), ...same("grand_total", amount) })
  const untaxed = (items: ReadonlyArray<ReturnType<typeof orderItem>>) => order({ items })
  const child = (id: number, price: string) =>
    orderItem({ item_id: id, parent_item_id: 11, sku: `CHILD-${id}`, base_price: price })
  const skus = (document: EncodedSalesDocument) => document.lines.map(({ sku }) => sku)

  it("are the parent's for a configurable product", () => {
    const document = documentOf(
      normaliseInvoice({
        document: invoice({
          ...noTax,
          ...total(52),
          items: [
            row({ ...same("row_total", 52), ...same("tax_amount", 0), sku: "HOODIE-S" }),
            row({ ...bare, order_item_id: 12, base_price: 0, price: 52, sku: "HOODIE-S" })
          ]
        }),
        order: untaxed([orderItem({ product_type: "configurable" }), child(12, "0")])
      })
    )
    assert.strictEqual(document.totals.net, "52.00")
    assert.deepEqual(
      document.lines.map(({ productType }) => productType),
      ["configurable"]
    )
  })

  const bundle = [
    row({ ...bare, sku: "KIT", base_price: 68 }),
    row({ ...same("row_total", 27), ...same("tax_amount", 0), order_item_id: 12, sku: "BALL" }),
    row({ ...same("row_total", 41), ...same("tax_amount", 0), order_item_id: 13, sku: "ROLLER" })
  ]

  it("are the children's for a bundle with dynamic price, with and without the order", () => {
    const document = invoice({ ...noTax, ...total(68), items: bundle })
    const items = [orderItem({ product_type: "bundle", base_price: "68" }), child(12, "27"), child(13, "41")]
    assert.deepEqual(skus(documentOf(normaliseInvoice({ document }))), ["BALL", "ROLLER"])
    assert.deepEqual(skus(documentOf(normaliseInvoice({ document, order: untaxed(items) }))), [
      "BALL",
      "ROLLER"
    ])
  })

  it("are not the bundle parent's although it states a row total too", () => {
    const document = invoice({
      ...noTax,
      ...total(68),
      items: [row({ ...same("row_total", 68), ...same("tax_amount", 0), sku: "KIT" }), ...bundle.slice(1)]
    })
    const items = [orderItem({ product_type: "bundle", base_price: "68" }), child(12, "27"), child(13, "41")]
    assert.deepEqual(skus(documentOf(normaliseInvoice({ document, order: untaxed(items) }))), [
      "BALL",
      "ROLLER"
    ])
  })

  it("are the parent's for a bundle with fixed price, whose children show zero", () => {
    const zeroes = { ...same("row_total", 0), ...same("tax_amount", 0) }
    const document = invoice({
      ...noTax,
      ...total(68),
      items: [
        row({ ...same("row_total", 68), ...same("tax_amount", 0), sku: "KIT" }),
        row({ ...zeroes, order_item_id: 12, price: 68 }),
        row({ ...zeroes, order_item_id: 13, price: 68 })
      ]
    })
    const items = [orderItem({ product_type: "bundle", base_price: "68" }), child(12, "0"), child(13, "0")]
    assert.deepEqual(skus(documentOf(normaliseInvoice({ document, order: untaxed(items) }))), ["KIT"])
  })

  it("are taken from the other side when only that one makes the subtotal", () => {
    const money = (amount: number) => ({ ...same("row_total", amount), ...same("tax_amount", 0) })
    const document = invoice({
      ...noTax,
      ...total(60),
      items: [
        row({ ...money(60), sku: "KIT" }),
        row({ ...money(27), order_item_id: 12 }),
        row({ ...money(41), order_item_id: 13 })
      ]
    })
    const items = [orderItem({ product_type: "bundle", base_price: "60" }), child(12, "27"), child(13, "41")]
    assert.deepEqual(skus(documentOf(normaliseInvoice({ document, order: untaxed(items) }))), ["KIT"])
  })

  it("may miss the subtotal by a cent each, which is then the residual's", () => {
    const document = invoice({ ...noTax, ...total(100.01), items: [row({ ...same("tax_amount", 0) })] })
    assert.strictEqual(documentOf(normaliseInvoice({ document, order: order() })).totals.residual, "0.01")
  })

  it("are a problem when no choice makes the subtotal", () => {
    const document = invoice({ ...noTax, ...total(228), items: bundle })
    const problems = problemsOf(normaliseInvoice({ document }))
    assert.deepEqual(
      problems.map(({ code, path }) => [code, path]),
      [["rows-do-not-add-up", "items"]]
    )
    assert.include(problems[0]?.message, "68.00")
    assert.include(problems[0]?.message, "228")
  })

  it("make the subtotal also where the shop includes fixed product tax in it", () => {
    const document = invoice({
      ...noTax,
      ...total(107.5),
      items: [
        row({
          ...same("tax_amount", 0),
          ...same("weee_tax_applied_row_amount", "7.5", "base_weee_tax_applied_row_amnt")
        })
      ]
    })
    assert.deepInclude(documentOf(normaliseInvoice({ document, order: order() })).totals, {
      net: "100.00",
      fees: "7.50",
      residual: "0.00"
    })
  })

  it("make no line when they carry nothing", () => {
    const gift = row({ ...same("row_total", 0), ...same("tax_amount", 0), order_item_id: 12, sku: "GIFT" })
    const document = invoice({ items: [row(), gift] })
    assert.deepEqual(skus(documentOf(normaliseInvoice({ document, order: order() }))), ["BAG-1"])
  })
})

describe("discounts", () => {
  // 119.00 and 11.90 with tax in them, each less 10 %.
  const discounted = (extra: Parameters<typeof invoice>[0]) => ({
    ...same("subtotal", 100),
    ...same("shipping_amount", 10),
    ...same("discount_amount", "-13.09"),
    ...same("shipping_tax_amount", "1.71"),
    ...same("tax_amount", "18.81"),
    ...same("grand_total", "117.81"),
    items: [
      row({
        ...same("tax_amount", "17.10"),
        ...same("discount_amount", "11.90"),
        ...same("discount_tax_compensation_amount", "1.90")
      })
    ],
    ...extra
  })

  it("on prices with tax lose the tax inside them, on an invoice's rows and its shipping", () => {
    const document = documentOf(
      normaliseInvoice({
        document: invoice(
          discounted({
            ...same("discount_tax_compensation_amount", "1.90"),
            ...same(
              "shipping_discount_tax_compensation_amount",
              "0.19",
              "base_shipping_discount_tax_compensation_amnt"
            )
          })
        ),
        order: order()
      })
    )
    assert.deepInclude(document.lines[0], { gross: "100.00", discount: "10.00", net: "90.00", tax: "17.10" })
    assert.deepInclude(document.shipping, { gross: "10.00", discount: "1.00", net: "9.00", tax: "1.71" })
    assert.strictEqual(document.totals.residual, "0.00")
  })

  it("on a credit memo have the shipping part in the header's compensation already", () => {
    const document = documentOf(
      normaliseCreditMemo({
        document: creditMemo(
          discounted({
            ...same("discount_tax_compensation_amount", "2.09"),
            ...same(
              "shipping_discount_tax_compensation_amount",
              "0.19",
              "base_shipping_discount_tax_compensation_amnt"
            )
          })
        ),
        order: order()
      })
    )
    assert.deepInclude(document.shipping, { gross: "10.00", discount: "1.00", net: "9.00" })
    assert.strictEqual(document.totals.residual, "0.00")
  })
})

describe("what is not revenue", () => {
  it("gift card and store credit settle the invoice, and revenue stays whole", () => {
    const document = documentOf(
      normaliseInvoice({
        document: invoice({
          ...same("grand_total", "44.95"),
          extension_attributes: { ...same("gift_cards_amount", 50), ...same("customer_balance_amount", 30) }
        }),
        order: order()
      })
    )
    assert.deepEqual(
      document.settlements.map(({ amount, type }) => [type, amount]),
      [
        ["gift-card", "50.00"],
        ["store-credit", "30.00"]
      ]
    )
    assert.deepInclude(document.totals, { net: "100.00", settled: "80.00", residual: "0.00" })
  })

  it("reward points are what the total falls short by, up to what the order was paid with", () => {
    const document = documentOf(
      normaliseInvoice({
        document: invoice({ ...same("grand_total", "104.90") }),
        order: order({}, same("reward_currency_amount", 20))
      })
    )
    assert.deepEqual(
      document.settlements.map(({ amount, type }) => [type, amount]),
      [["reward-points", "20.00"]]
    )
    assert.strictEqual(document.totals.residual, "-0.05")
  })

  it("a sold gift card is marked by its product type", () => {
    const document = documentOf(
      normaliseInvoice({
        document: invoice(),
        order: order({ items: [orderItem({ product_type: "giftcard" })] })
      })
    )
    assert.strictEqual(document.lines[0]?.productType, "gift-card")
  })

  it("gift wrapping is a fee, and its tax goes to its own code", () => {
    const document = documentOf(
      normaliseInvoice({
        document: invoice({
          ...same("tax_amount", "20.30"),
          ...same("grand_total", "130.30"),
          extension_attributes: { gw_items_price: "5.0000", gw_items_base_price: "5.0000" }
        }),
        order: order(
          {},
          {
            item_applied_taxes: [
              { type: "product", item_id: 11, applied_taxes: [applied("DE-19", 19, 19)] },
              { type: "shipping", applied_taxes: [applied("DE-19", 19, "0.95")] },
              { type: "item_gw", associated_item_id: 11, applied_taxes: [applied("DE-7", 7, "0.35")] }
            ]
          }
        )
      })
    )
    assert.deepEqual(
      document.fees.map(({ amount, type }) => [type, amount]),
      [["gift-wrap", "5.00"]]
    )
    assert.deepEqual(taxes(document), [
      ["DE-19", "19.95"],
      ["DE-7", "0.35"]
    ])
    assert.strictEqual(document.totals.residual, "0.00")
  })

  it("custom fees are those charged on this invoice", () => {
    const fee = (label: string, invoiceId: string) => ({
      custom_fee_code: label,
      custom_fee_label: label,
      ...same("custom_fee_amount_invoiced", 3),
      ...same("custom_fee_amount_refunded", 0),
      invoice_id: invoiceId
    })
    const document = documentOf(
      normaliseInvoice({
        document: invoice({ ...same("grand_total", "127.95") }),
        order: order({}, { custom_fees: [fee("Packing", "7"), fee("Other invoice", "8")] })
      })
    )
    assert.deepEqual(
      document.fees.map(({ amount, title, type }) => [type, title, amount]),
      [["custom", "Packing", "3.00"]]
    )
  })

  it("fixed product tax of an invoice is the order item's share", () => {
    const document = documentOf(
      normaliseInvoice({
        document: invoice({ ...same("grand_total", "126.95") }),
        order: order({
          items: [
            orderItem({
              qty_ordered: 6,
              ...same("weee_tax_applied_row_amount", 6, "base_weee_tax_applied_row_amnt")
            })
          ]
        })
      })
    )
    assert.deepEqual(
      document.fees.map(({ amount, type }) => [type, amount]),
      [["product-tax", "2.00"]]
    )
    assert.strictEqual(document.totals.residual, "0.00")
  })

  it("adjustments and fixed product tax of a credit memo are fees", () => {
    const document = documentOf(
      normaliseCreditMemo({
        document: creditMemo({
          ...same("adjustment_positive", 10),
          ...same("adjustment_negative", 4),
          ...same("grand_total", "132.15"),
          items: [row(same("weee_tax_applied_row_amount", "1.20", "base_weee_tax_applied_row_amnt"))]
        }),
        order: order()
      })
    )
    assert.deepEqual(
      document.fees.map(({ amount, type }) => [type, amount]),
      [
        ["product-tax", "1.20"],
        ["adjustment-refund", "10.00"],
        ["adjustment-fee", "-4.00"]
      ]
    )
    assert.deepInclude(document, { kind: "credit-note", state: "refunded", invoiceId: "7" })
    assert.strictEqual(document.totals.residual, "0.00")
  })

  it("a surcharge that stands in no field is the residual, in each currency its own", () => {
    const document = documentOf(
      normaliseInvoice({
        document: invoice({
          order_currency_code: "SAR",
          base_currency_code: "USD",
          subtotal: "2996.25",
          base_subtotal: 799,
          grand_total: "3001.58",
          base_grand_total: "804.33",
          ...same("tax_amount", 0),
          ...same("shipping_amount", 0),
          ...same("shipping_tax_amount", 0),
          items: [row({ row_total: "2996.25", base_row_total: 799, ...same("tax_amount", 0) })]
        })
      })
    )
    assert.strictEqual(document.totals.residual, "5.33")
    assert.strictEqual(document.totals.accounting.residual, "5.33")
    assert.deepEqual([document.totals.net, document.totals.accounting.net], ["2996.25", "799.00"])
  })
})

describe("customers", () => {
  it.each([
    ["registered", { customer_id: 42, customer_is_guest: 0 }],
    ["guest", { customer_id: null, customer_is_guest: 1 }],
    ["guest", { customer_id: null, customer_is_guest: null, customer_group_id: null }],
    ["deleted", { customer_id: null, customer_is_guest: 0 }]
  ] as const)("are %s with %o", (kind, fields) => {
    const document = documentOf(normaliseInvoice({ document: invoice(), order: order(fields) }))
    assert.strictEqual(document.customer.kind, kind)
  })

  it("have no company and no VAT number where the order's are empty", () => {
    const address = { firstname: "Ada", lastname: "Berg", country_id: "AT", company: "", vat_id: "" }
    const { customer } = documentOf(
      normaliseInvoice({ document: invoice(), order: order({ billing_address: address }) })
    )
    assert.notProperty(customer, "company")
    assert.notProperty(customer, "vatNumber")
  })

  it("are in group 0 as guests, even where the order leaves it out", () => {
    const guest = order({ customer_id: null, customer_is_guest: 1, customer_group_id: null })
    assert.strictEqual(
      documentOf(normaliseInvoice({ document: invoice(), order: guest })).customer.group,
      "0"
    )
  })

  it("of virtual orders are taxed where they are billed", () => {
    const virtual = order({ is_virtual: 1 }, { shipping_assignments: [] })
    assert.strictEqual(documentOf(normaliseInvoice({ document: invoice(), order: virtual })).country, "AT")
  })
})

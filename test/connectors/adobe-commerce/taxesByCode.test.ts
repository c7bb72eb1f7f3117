import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect, Schema } from "effect"
import { normaliseInvoice } from "../../../src/connectors/adobe-commerce/normaliseInvoice.ts"
import { applied, invoice, order, orderItem, row, same } from "./payloads.ts"

const taxesOf = (document: ReturnType<typeof invoice>, of: ReturnType<typeof order>) => {
  const normalised = normaliseInvoice({ document, order: of })
  return normalised._tag === "Document"
    ? normalised.document.taxes.map(({ amount, code }) => [code, amount])
    : normalised.problems.map(({ code, path }) => [code, path])
}

const noDetails = { applied_taxes: [], item_applied_taxes: [] }

describe("taxesByCode", () => {
  it("prorates a partial invoice in the proportion of the order item's codes", () => {
    // The order item had 10.00 of CITY and 20.00 of STATE; a third is invoiced.
    const document = invoice({
      ...same("tax_amount", "10.01"),
      ...same("shipping_tax_amount", 0),
      ...same("grand_total", "115.01"),
      items: [row(same("tax_amount", "10.01"))]
    })
    const codes = [applied("CITY", 5, 10), applied("STATE", 5, 20)]
    const of = order({}, { item_applied_taxes: [{ type: "product", item_id: 11, applied_taxes: codes }] })
    assert.deepEqual(taxesOf(document, of), [
      ["CITY", "3.34"],
      ["STATE", "6.67"]
    ])
  })

  it("splits a combined entry by its rates", () => {
    const rates = [
      { code: "CITY", title: "City", percent: 1 },
      { code: "STATE", title: "State", percent: "7.25" }
    ]
    const combined = { ...applied("CITYSTATE", "8.25", "8.25"), extension_attributes: { rates } }
    const document = invoice({
      ...same("tax_amount", "8.25"),
      ...same("shipping_tax_amount", 0),
      ...same("grand_total", "113.25"),
      items: [row(same("tax_amount", "8.25"))]
    })
    const of = order(
      {},
      { item_applied_taxes: [{ type: "product", item_id: 11, applied_taxes: [combined] }] }
    )
    assert.deepEqual(taxesOf(document, of), [
      ["CITY", "1.00"],
      ["STATE", "7.25"]
    ])
  })

  it("makes a code of the item's percentage where the order lost its tax details", () => {
    assert.deepEqual(taxesOf(invoice(), order({}, noDetails)), [["RATE-19", "19.95"]])
  })

  it("gives shipping without a code the one whose rate makes exactly its tax", () => {
    const items = [row(), row({ order_item_id: 12, ...same("row_total", 10), ...same("tax_amount", "0.70") })]
    const document = invoice({
      ...same("subtotal", 110),
      ...same("shipping_tax_amount", "0.35"),
      ...same("tax_amount", "20.05"),
      ...same("grand_total", "135.05"),
      items
    })
    const of = order(
      { items: [orderItem(), orderItem({ item_id: 12, tax_percent: 7 })] },
      {
        applied_taxes: [],
        item_applied_taxes: [
          { type: "product", item_id: 11, applied_taxes: [applied("DE-19", 19, 19)] },
          { type: "product", item_id: 12, applied_taxes: [applied("DE-7", 7, "0.70")] }
        ]
      }
    )
    assert.deepEqual(taxesOf(document, of), [
      ["DE-19", "19.00"],
      ["DE-7", "1.05"]
    ])
  })

  it("gives a rounding cent to the largest code", () => {
    const document = invoice({ ...same("tax_amount", "19.96"), ...same("grand_total", "124.96") })
    const of = order(
      {},
      {
        item_applied_taxes: [
          { type: "product", item_id: 11, applied_taxes: [applied("DE-19", 19, 19)] },
          { type: "shipping", applied_taxes: [applied("DE-7", 7, "0.35")] }
        ]
      }
    )
    assert.deepEqual(taxesOf(document, of), [
      ["DE-19", "19.01"],
      ["DE-7", "0.95"]
    ])
  })

  it("reports tax on a row that has neither code nor percentage", () => {
    const of = order({ items: [orderItem({ tax_percent: null })] }, noDetails)
    assert.deepEqual(taxesOf(invoice({ ...same("shipping_tax_amount", 0) }), of), [
      ["tax-without-code", "items"]
    ])
  })

  it("reports more than rounding that no code explains", () => {
    const of = order(
      {},
      {
        applied_taxes: [applied("DE-19", 19, 19), applied("DE-7", 7, 1)],
        item_applied_taxes: [{ type: "product", item_id: 11, applied_taxes: [applied("DE-19", 19, 19)] }]
      }
    )
    const document = invoice({ ...same("tax_amount", 25), ...same("shipping_tax_amount", 0) })
    assert.deepEqual(taxesOf(document, of), [["tax-without-code", "tax_amount"]])
  })
})

const Cents = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 99_999 }))
const decimal = (cents: number) => `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, "0")}`
const money = (text: string) => BigDecimal.fromStringUnsafe(text)

describe("every invoice", () => {
  it.effect.prop(
    "splits its tax by code to the last cent, in both currencies",
    {
      tax: Cents,
      baseTax: Cents,
      shippingTax: Cents,
      weights: Schema.Array(Cents).check(Schema.isBetweenLength(1, 4))
    },
    ({ baseTax, shippingTax, tax, weights }) =>
      Effect.sync(() => {
        const codes = weights.map((weight, index) => applied(`T${index}`, index + 1, decimal(weight)))
        const normalised = normaliseInvoice({
          document: invoice({
            order_currency_code: "USD",
            tax_amount: decimal(tax + shippingTax),
            base_tax_amount: decimal(baseTax + shippingTax),
            ...same("shipping_tax_amount", decimal(shippingTax)),
            items: [row({ tax_amount: decimal(tax), base_tax_amount: decimal(baseTax) })]
          }),
          order: order(
            {},
            {
              item_applied_taxes: [
                { type: "product", item_id: 11, applied_taxes: codes },
                { type: "shipping", applied_taxes: codes.toReversed() }
              ]
            }
          )
        })
        if (normalised._tag === "Problems") return assert.fail(JSON.stringify(normalised.problems))
        const { taxes } = normalised.document
        const total = BigDecimal.sumAll(taxes.map(({ amount }) => money(amount)))
        const accounting = BigDecimal.sumAll(taxes.map((code) => money(code.accounting.amount)))
        assert.strictEqual(BigDecimal.format(total), BigDecimal.format(money(decimal(tax + shippingTax))))
        assert.strictEqual(
          BigDecimal.format(accounting),
          BigDecimal.format(money(decimal(baseTax + shippingTax)))
        )
        assert.isTrue(taxes.every(({ amount }) => !amount.startsWith("-")))
      }),
    { arbitrary: { runs: 300 } }
  )
})

import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect, Schema } from "effect"
import { normaliseCreditMemo } from "../../../src/connectors/adobe-commerce/normaliseCreditMemo.ts"
import { normaliseInvoice } from "../../../src/connectors/adobe-commerce/normaliseInvoice.ts"
import { applied, creditMemo, invoice, order, row } from "./payloads.ts"

const TenThousandths = Schema.Int.check(Schema.isBetween({ minimum: -5_000_000, maximum: 5_000_000 }))
const Positive = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5_000_000 }))

/** Four decimals, as Commerce's columns have. */
const text = (value: number) => BigDecimal.format(BigDecimal.make(BigInt(value), 4))
const sum = (...texts: ReadonlyArray<string>) => BigDecimal.sumAll(texts.map(BigDecimal.fromStringUnsafe))

const generated = {
  isCreditMemo: Schema.Boolean,
  gross: Positive,
  baseGross: Positive,
  discount: Positive,
  compensation: Positive,
  headerDiscount: Positive,
  shipping: Positive,
  shippingCompensation: Positive,
  tax: Positive,
  grand: TenThousandths,
  baseGrand: TenThousandths,
  giftCard: Positive,
  credit: Positive,
  rewards: Positive,
  wrap: Positive,
  adjustment: Positive
}

describe("every document", () => {
  it.effect.prop(
    "has a grand total and settlements that equal its parts and the residual, in both currencies",
    generated,
    (g) =>
      Effect.sync(() => {
        const document = (g.isCreditMemo ? creditMemo : invoice)({
          order_currency_code: "USD",
          subtotal: text(g.gross),
          base_subtotal: text(g.baseGross),
          grand_total: text(g.grand),
          base_grand_total: text(g.baseGrand),
          discount_amount: text(-g.headerDiscount),
          base_discount_amount: text(-g.headerDiscount),
          discount_tax_compensation_amount: text(g.compensation + g.shippingCompensation),
          shipping_discount_tax_compensation_amount: text(g.shippingCompensation),
          shipping_amount: text(g.shipping),
          base_shipping_amount: text(g.shipping),
          tax_amount: text(g.tax),
          base_tax_amount: text(g.tax),
          shipping_tax_amount: 0,
          base_shipping_tax_amount: 0,
          adjustment_positive: text(g.adjustment),
          base_adjustment_negative: text(g.adjustment),
          items: [
            row({
              row_total: text(g.gross),
              base_row_total: text(g.baseGross),
              tax_amount: text(g.tax),
              base_tax_amount: text(g.tax),
              discount_amount: text(g.discount),
              base_discount_amount: text(g.discount),
              discount_tax_compensation_amount: text(g.compensation)
            })
          ],
          extension_attributes: {
            gift_cards_amount: text(g.giftCard),
            base_gift_cards_amount: text(g.giftCard),
            base_customer_balance_amount: text(g.credit),
            gw_price: text(g.wrap)
          }
        })
        const given = {
          document,
          order: order(
            {},
            {
              applied_taxes: [applied("DE-19", 19, 1)],
              reward_currency_amount: text(g.rewards),
              base_reward_currency_amount: text(g.rewards)
            }
          )
        }
        const normalised = g.isCreditMemo ? normaliseCreditMemo(given) : normaliseInvoice(given)
        if (normalised._tag === "Problems") return assert.fail(JSON.stringify(normalised.problems))
        const { fees, lines, settlements, shipping, taxes, totals } = normalised.document
        for (const of of [
          {
            totals,
            lines: lines.map(({ net }) => net),
            shipping: shipping.net,
            taxes: taxes.map(({ amount }) => amount),
            fees: fees.map(({ amount }) => amount),
            settled: settlements.map(({ amount }) => amount),
            grand: g.grand
          },
          {
            totals: totals.accounting,
            lines: lines.map(({ accounting }) => accounting.net),
            shipping: shipping.accounting.net,
            taxes: taxes.map(({ accounting }) => accounting.amount),
            fees: fees.map(({ accounting }) => accounting.amount),
            settled: settlements.map(({ accounting }) => accounting.amount),
            grand: g.baseGrand
          }
        ]) {
          const left = sum(of.totals.grand, ...of.settled)
          const right = sum(...of.lines, of.shipping, ...of.taxes, ...of.fees, of.totals.residual)
          assert.strictEqual(BigDecimal.format(left), BigDecimal.format(right))
          assert.strictEqual(BigDecimal.format(sum(of.totals.grand)), BigDecimal.format(sum(text(of.grand))))
          assert.strictEqual(BigDecimal.format(sum(of.totals.net)), BigDecimal.format(sum(...of.lines)))
          assert.strictEqual(BigDecimal.format(sum(of.totals.settled)), BigDecimal.format(sum(...of.settled)))
          assert.strictEqual(BigDecimal.format(sum(of.totals.fees)), BigDecimal.format(sum(...of.fees)))
          assert.strictEqual(BigDecimal.format(sum(of.totals.tax)), BigDecimal.format(sum(...of.taxes)))
        }
      }),
    { arbitrary: { runs: 500 } }
  )
})

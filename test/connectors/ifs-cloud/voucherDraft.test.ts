import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Schema } from "effect"
import { roundTo } from "../../../src/accounting/Amount.ts"
import { formatDecimal } from "../../../src/accounting/Decimal.ts"
import { reverse } from "../../../src/accounting/reverse.ts"
import { rowCurrencies } from "../../../src/connectors/ifs-cloud/currencyRates.ts"
import { voucherDraft } from "../../../src/connectors/ifs-cloud/voucherDraft.ts"
import { VouchersConfig } from "../../../src/connectors/ifs-cloud/VouchersConfig.ts"
import { encodedInvoice, invoice } from "./entries.ts"

const decodeConfig = Schema.decodeUnknownSync(VouchersConfig)
const config = decodeConfig({ voucherType: "M", userGroup: "AC", codeParts: { costCenter: "B" } })
const Body = Schema.decodeUnknownSync(
  Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Boolean]))
)

const draftOf = (entry = invoice(), settings = config) => {
  const { header, rows } = voucherDraft(entry, rowCurrencies(entry, settings), {
    config: settings,
    fields: {},
    decimal: formatDecimal
  })
  return { header: Body(header), rows: rows.map((row) => Body(row.body)) }
}

/** 119.00 USD, converted by the shop to these amounts in EUR. */
const dollars = (...accountingAmounts: ReadonlyArray<string>) =>
  invoice({
    currency: "USD",
    lines: encodedInvoice.lines.map((line, index) => ({
      ...line,
      accountingAmount: accountingAmounts[index]
    }))
  })
const ratesOf = (entry: ReturnType<typeof dollars>) => draftOf(entry).rows.map((row) => row["CurrencyRate"])

describe("voucherDraft", () => {
  it("sends each line with its account, code part, side, tax code and reference", () => {
    const [receivable, revenue, vat] = draftOf().rows
    assert.strictEqual(receivable?.["DebetAmount"], "119.00")
    assert.notProperty(receivable, "CreditAmount")
    assert.strictEqual(revenue?.["CreditAmount"], "100.00")
    assert.strictEqual(revenue?.["CodeB"], "100")
    assert.strictEqual(vat?.["OptionalCode"], "DE-19")
    assert.match(`${vat?.["ReferenceNumber"]}`, /^I000000042\./u)
    assert.strictEqual(vat?.["ReferenceSerie"], "LEDGERLINE")
  })

  it("the rate of the accounting currency is 1", () => {
    assert.deepStrictEqual(
      draftOf().rows.map((row) => row["CurrencyRate"]),
      ["1", "1", "1"]
    )
  })

  it("the rate of another currency gives every accounting amount back to the cent", () => {
    const entry = dollars("103.94", "87.35", "16.59")
    for (const [index, line] of entry.lines.entries()) {
      const rate = BigDecimal.fromStringUnsafe(`${ratesOf(entry)[index]}`)
      const product = roundTo(BigDecimal.multiply(line.amount, rate), 2)
      assert.strictEqual(formatDecimal(product), formatDecimal(line.accountingAmount))
    }
  })

  it("lines share one rate, except those that took a rounding cent", () => {
    assert.strictEqual(new Set(ratesOf(dollars("103.94", "87.34", "16.60"))).size, 1)
    const [receivable, ...others] = ratesOf(dollars("103.94", "87.35", "16.59"))
    assert.strictEqual(receivable, "0.8734453782")
    assert.notInclude(others, receivable)
  })

  it("a storno has negative amounts on the same side and the correction flag", () => {
    const storno = reverse(invoice(), {
      style: "storno",
      idempotencyKey: "storno",
      postingDate: "2026-11-02"
    })
    const { header, rows } = draftOf(storno)
    assert.strictEqual(rows[0]?.["DebetAmount"], "-119.00")
    assert.strictEqual(rows[0]?.["CurrencyDebetAmount"], "-119.00")
    assert.isTrue(rows.every((row) => row["Correction"] === true))
    assert.match(`${header["VoucherText2"]}`, /invoice 000000042 \[42\] \(reverses LEDGERLINE I000000042\./u)
  })

  it("a reversal that swaps sides has positive amounts on the other side", () => {
    const swapped = reverse(invoice(), {
      style: "swap-sides",
      idempotencyKey: "swap",
      postingDate: "2026-11-02"
    })
    const [receivable] = draftOf(swapped).rows
    assert.strictEqual(receivable?.["CreditAmount"], "119.00")
    assert.strictEqual(receivable?.["Correction"], false)
  })

  it("a fiscal year from July names year and period", () => {
    const settings = decodeConfig({ voucherType: "M", userGroup: "AC", fiscalYearStartsInMonth: 7 })
    const { header } = draftOf(invoice(), settings)
    assert.strictEqual(header["AccountingYear"], "2027")
    assert.strictEqual(header["AccountingPeriod"], "4")
  })

  it("texts are cut to what IFS holds", () => {
    const long = "x".repeat(3000)
    const { header, rows } = draftOf(
      invoice({ text: long, lines: encodedInvoice.lines.map((line) => ({ ...line, text: long })) })
    )
    assert.strictEqual(`${header["VoucherText2"]}`.length, 2000)
    assert.strictEqual(`${rows[0]?.["Text"]}`.length, 200)
  })
})

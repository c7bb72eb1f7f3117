import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect, Schema } from "effect"
import { roundTo } from "../../../src/accounting/Amount.ts"
import { formatDecimal } from "../../../src/accounting/Decimal.ts"
import { JournalEntry } from "../../../src/accounting/JournalEntry.ts"
import { rowCurrencies } from "../../../src/connectors/ifs-cloud/currencyRates.ts"
import { VouchersConfig } from "../../../src/connectors/ifs-cloud/VouchersConfig.ts"
import { calendarPeriods, type CompanyData } from "../../../src/sandbox/ifs/CompanyData.ts"
import { defaultCompany } from "../../../src/sandbox/ifs/defaultCompany.ts"
import { ifsServer } from "../../../src/sandbox/ifs/ifsServer.ts"
import { encodedInvoice, invoice } from "./entries.ts"
import { inTestTime } from "./inTestTime.ts"
import { openSink } from "./openSink.ts"

const direct = { projections: { directVouchers: "VoucherIntegrationHandling.svc/VoucherSet" } }
const decimal = BigDecimal.fromStringUnsafe

const config = (change: Record<string, unknown> = {}) =>
  Schema.decodeUnknownSync(VouchersConfig)({ voucherType: "Q", userGroup: "AC", ...change })

const inCurrency = (currency: string, lines: ReadonlyArray<readonly [amount: string, accounting: string]>) =>
  invoice({
    currency,
    lines: encodedInvoice.lines.map((line, index) => ({
      ...line,
      amount: lines[index]?.[0],
      accountingAmount: lines[index]?.[1]
    }))
  })

const yen = inCurrency("JPY", [
  ["11900", "73.78"],
  ["10000", "62.00"],
  ["1900", "11.78"]
])
const dollars = inCurrency("USD", [
  ["119.00", "109.17"],
  ["100.00", "91.74"],
  ["19.00", "17.43"]
])

describe("B6 the rate of a row", () => {
  it("is quoted for as many units as the setting says", () => {
    for (const [settings, rate] of [
      [{}, "0.0062"],
      [{ conversionFactors: { JPY: 100 } }, "0.62"]
    ] as const) {
      assert.deepStrictEqual(
        rowCurrencies(yen, config(settings)).map((row) => formatDecimal(row.rate)),
        [rate, rate, rate]
      )
    }
  })

  it.live("is that of IFS on the posting date where a setting says so, with its factor", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      yield* server.updateCompanies((companies) =>
        companies.map((company) => ({
          ...company,
          currencyRates: [
            ...company.currencyRates,
            ...(["2026-10-01", "2026-11-15"] as const).map((validFrom, index) => ({
              currencyType: "1",
              currencyCode: "JPY",
              validFrom,
              rate: decimal(`0.6${index + 1}`),
              conversionFactor: decimal("100")
            }))
          ]
        }))
      )
      const sink = yield* openSink(server, {
        connection: direct,
        config: { strategy: "direct", rates: "from-ifs" }
      })
      yield* sink.post(yen)
      const [voucher] = (yield* server.books).vouchers
      assert.deepStrictEqual(
        voucher?.rows.map((row) => [
          formatDecimal(row.currencyRate),
          formatDecimal(row.conversionFactor),
          formatDecimal(row.debit ?? row.credit ?? row.currencyRate)
        ]),
        [
          ["0.61", "100", "73.78"],
          ["0.61", "100", "62.00"],
          ["0.61", "100", "11.78"]
        ]
      )
    })
  )

  it.live("that IFS does not have parks the entry", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server, { config: { rates: "from-ifs", currencyType: "9" } })
      const error = yield* Effect.flip(sink.post(dollars))
      assert.include(error.message, "company 10 has no rate of type 9 for USD that is valid on 2026-10-31")
      assert.deepStrictEqual(yield* server.books, { vouchers: [], temporary: 0 })
    })
  )
})

describe("B6 a company with a parallel currency", () => {
  const parallelIn = (parallelCurrency: string): CompanyData => ({ ...defaultCompany, parallelCurrency })

  it.live("wants its rate type on every row", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer({ companies: [parallelIn("USD")] })
      const sink = yield* openSink(server)
      const error = yield* Effect.flip(sink.post(invoice()))
      assert.match(error.message, /PARALLELRATETYPENULL/u)
    })
  )

  it.live.each([
    {
      what: "computed by the rate of IFS",
      currency: "USD",
      entry: invoice(),
      amounts: "129.71 109.00 20.71"
    },
    { what: "the document's own", currency: "USD", entry: dollars, amounts: "119.00 100.00 19.00" },
    { what: "the accounting currency's own", currency: "EUR", entry: dollars, amounts: "109.17 91.74 17.43" },
    { what: "in a currency without decimals", currency: "JPY", entry: invoice(), amounts: "19194 16129 3065" }
  ])("takes amounts that are $what, and they balance", ({ amounts, currency, entry }) =>
    Effect.gen(function* () {
      const server = yield* ifsServer({ companies: [parallelIn(currency)] })
      const sink = yield* openSink(server, { config: { parallelCurrency: { currency, rateType: "1" } } })
      yield* sink.post(entry)
      const [voucher] = (yield* server.books).vouchers
      assert.strictEqual(
        voucher?.rows
          .map((row) => formatDecimal(row.thirdDebit ?? row.thirdCredit ?? decimal("0")))
          .join(" "),
        amounts
      )
    })
  )
})

const Parts = Schema.Struct({
  currency: Schema.Literals(["EUR", "USD", "JPY", "KWD"]),
  parallel: Schema.Literals(["none", "USD", "JPY"]),
  isStorno: Schema.Boolean,
  isSwapped: Schema.Boolean,
  credits: Schema.Array(
    Schema.Struct({
      units: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9_999_999 })),
      accountingUnits: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9_999_999 }))
    })
  ).check(Schema.isMinLength(1), Schema.isMaxLength(6))
})
const decimalsOf = { EUR: 2, USD: 2, JPY: 0, KWD: 3 }
const decodeEntry = Schema.decodeUnknownSync(JournalEntry)

/** One line against several, in the currency given; the name tells one entry from all others. */
const entryOf = (parts: typeof Parts.Type, name: string) => {
  const amount = (units: number) => formatDecimal(BigDecimal.make(BigInt(units), decimalsOf[parts.currency]))
  const accounting = (units: number) => formatDecimal(BigDecimal.make(BigInt(units), 2))
  const credits = parts.credits.map(({ accountingUnits, units }) => ({
    units,
    accountingUnits: parts.currency === "EUR" ? units : accountingUnits
  }))
  const line = (side: "debit" | "credit", units: number, accountingUnits: number) => ({
    account: side === "debit" ? "1510" : "4000",
    side: parts.isSwapped ? (side === "debit" ? "credit" : "debit") : side,
    amount: amount(units),
    accountingAmount: accounting(accountingUnits),
    dimensions: side === "debit" ? {} : { costCenter: "100" },
    text: "",
    rule: side
  })
  const total = (of: "units" | "accountingUnits") => credits.reduce((sum, one) => sum + one[of], 0)
  return decodeEntry({
    ...encodedInvoice,
    idempotencyKey: name,
    currency: parts.currency,
    correction: parts.isStorno,
    lines: [
      line("debit", total("units"), total("accountingUnits")),
      ...credits.map((one) => line("credit", one.units, one.accountingUnits))
    ]
  })
}

describe("B6 any balanced entry", () => {
  it.effect.prop(
    "becomes rows that IFS accepts, and its books then equal the entry, in each currency",
    { parts: Parts },
    ({ parts }) =>
      Effect.gen(function* () {
        const { parallel } = parts
        const server = yield* ifsServer({
          companies: [
            {
              ...defaultCompany,
              periods: calendarPeriods([2026], "2026-01"),
              ...(parallel === "none" ? {} : { parallelCurrency: parallel })
            }
          ]
        })
        const sink = yield* openSink(server, {
          connection: direct,
          config: {
            strategy: "direct",
            conversionFactors: { JPY: 100 },
            ...(parallel === "none" ? {} : { parallelCurrency: { currency: parallel, rateType: "1" } })
          }
        })
        const entry = entryOf(parts, "any")
        yield* inTestTime(sink.post(entry))
        const [voucher] = (yield* server.books).vouchers
        const sign = (value: BigDecimal.BigDecimal) =>
          formatDecimal(entry.correction ? BigDecimal.negate(value) : value)
        assert.deepStrictEqual(
          voucher?.rows.map((row) => [
            row.account,
            row.codeParts["B"] ?? "",
            row.debit === null ? "credit" : "debit",
            formatDecimal(row.currencyDebit ?? row.currencyCredit ?? decimal("0")),
            formatDecimal(row.debit ?? row.credit ?? decimal("0"))
          ]),
          entry.lines.map((line) => [
            line.account,
            line.dimensions["costCenter"] ?? "",
            line.side,
            sign(line.amount),
            sign(line.accountingAmount)
          ])
        )
        // The rate of each row explains its amounts, to the minor unit.
        for (const row of voucher?.rows ?? []) {
          const amount = row.currencyDebit ?? row.currencyCredit ?? decimal("0")
          const worth = BigDecimal.divideUnsafe(
            BigDecimal.multiply(amount, row.currencyRate),
            row.conversionFactor
          )
          assert.strictEqual(
            formatDecimal(roundTo(worth, 2)),
            formatDecimal(BigDecimal.scale(row.debit ?? row.credit ?? decimal("0"), 2))
          )
        }
      }).pipe(Effect.scoped),
    { arbitrary: { runs: 60 } }
  )
})

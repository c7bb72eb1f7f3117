import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect, Schema } from "effect"
import { formatDecimal } from "../../src/accounting/Decimal.ts"
import { JournalEntry, type Side, sumOf } from "../../src/accounting/JournalEntry.ts"
import { reverse } from "../../src/accounting/reverse.ts"

const decode = Schema.decodeUnknownEffect(JournalEntry)

const line = (side: Side, amount: string, accountingAmount = amount) => ({
  account: side === "debit" ? "1510" : "3000",
  side,
  amount,
  accountingAmount,
  dimensions: { costCenter: "webshop" },
  text: "Invoice 1000042",
  rule: side === "debit" ? "receivable" : "revenue"
})

/** Invoice 1000042: 100.00 net, 19.00 tax. */
const invoice = {
  idempotencyKey: "erp/10/shop/invoice/42/1/post",
  document: { resource: "invoice", id: "42", number: "1000042" },
  company: "10",
  postingDate: "2026-03-31",
  currency: "EUR",
  accountingCurrency: "EUR",
  text: "Invoice 1000042",
  lines: [line("debit", "119.00"), line("credit", "100.00"), line("credit", "19.00")],
  correction: false
}

const refusal = (changes: object) =>
  Effect.map(Effect.flip(decode({ ...invoice, ...changes })), ({ message }) => message)

describe("JournalEntry", () => {
  it.effect("accepts an entry whose sides are equal, and gives both sums", () =>
    Effect.gen(function* () {
      const entry = yield* decode(invoice)
      assert.strictEqual(formatDecimal(sumOf(entry.lines, "debit")), "119.00")
      assert.strictEqual(formatDecimal(sumOf(entry.lines, "credit")), "119.00")
    })
  )

  it.effect("refuses an entry that is one cent out, and names both totals", () =>
    Effect.gen(function* () {
      const message = yield* refusal({ lines: [line("debit", "119.01"), ...invoice.lines.slice(1)] })
      assert.include(message, "debits 119.01 do not equal credits 119.00 EUR")
    })
  )

  it.effect("refuses an entry that balances in its own currency but not in the books' currency", () =>
    Effect.gen(function* () {
      const message = yield* refusal({
        accountingCurrency: "SEK",
        lines: [line("debit", "119.00", "1314.15"), line("credit", "119.00", "1314.14")]
      })
      assert.include(message, "debits 1314.15 do not equal credits 1314.14 SEK")
    })
  )

  it("cannot be constructed unbalanced either", () => {
    const entry = Schema.decodeSync(JournalEntry)(invoice)
    assert.deepStrictEqual(new JournalEntry({ ...entry }), entry)
    assert.throws(() => new JournalEntry({ ...entry, lines: entry.lines.slice(0, 2) }))
  })

  it.effect("refuses a fraction of a cent, even one that cancels out, and names the line", () =>
    Effect.gen(function* () {
      const message = yield* refusal({ lines: [line("debit", "119.005"), line("credit", "119.005")] })
      assert.include(message, "line receivable has a fraction of the minor unit: 119.005")
    })
  )

  it.effect("refuses a currency that ISO does not list", () =>
    Effect.gen(function* () {
      assert.include(yield* refusal({ currency: "XYZ" }), "XYZ is not an ISO 4217 currency")
      assert.include(yield* refusal({ accountingCurrency: "ABC" }), "ABC is not an ISO 4217 currency")
    })
  )

  it.effect("refuses an entry of a single line, and a line of nothing", () =>
    Effect.gen(function* () {
      yield* refusal({ lines: [line("debit", "119.00")] })
      yield* refusal({ lines: [line("debit", "0.00"), line("credit", "0.00")] })
    })
  )

  it.effect("holds yen without decimals", () =>
    Effect.gen(function* () {
      const yen = { currency: "JPY", accountingCurrency: "JPY" }
      yield* decode({ ...invoice, ...yen, lines: [line("debit", "119"), line("credit", "119.00")] })
      const message = yield* refusal({ ...yen, lines: [line("debit", "119.5"), line("credit", "119.5")] })
      assert.include(message, "line receivable has a fraction of the minor unit: 119.5")
    })
  )

  it.effect("holds dinars with three decimals, in an entry whose books are kept in euros", () =>
    Effect.gen(function* () {
      const dinars = { currency: "KWD", accountingCurrency: "EUR" }
      yield* decode({
        ...invoice,
        ...dinars,
        lines: [line("debit", "1.234", "3.70"), line("credit", "1.234", "3.70")]
      })
      const message = yield* refusal({
        ...dinars,
        lines: [line("debit", "1.2345", "3.70"), line("credit", "1.2345", "3.70")]
      })
      assert.include(message, "fraction of the minor unit: 1.2345")
    })
  )

  it.effect("keeps an amount whose accounting amount is less than a cent", () =>
    Effect.gen(function* () {
      const entry = yield* decode({
        ...invoice,
        currency: "VND",
        lines: [line("debit", "1", "0.00"), line("credit", "1", "0.00")]
      })
      assert.isTrue(BigDecimal.isZero(entry.lines[0]?.accountingAmount ?? BigDecimal.make(1n, 0)))
    })
  )
})

const amounts = Schema.Array(
  Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: 1n, maximum: 9_999_999n }))
).check(Schema.isMinLength(1), Schema.isMaxLength(8))

/** A balanced entry: the credits given, and one debit of their sum. */
const entryOf = (credits: ReadonlyArray<bigint>) => {
  const text = (cents: bigint) => formatDecimal(BigDecimal.make(cents, 2))
  return decode({
    ...invoice,
    lines: [
      line("debit", text(credits.reduce((all, cents) => all + cents, 0n))),
      ...credits.map((cents) => line("credit", text(cents)))
    ]
  })
}

const sums = (entry: JournalEntry) =>
  [sumOf(entry.lines, "debit"), sumOf(entry.lines, "credit")].map(formatDecimal)

describe("reverse", () => {
  const options = { idempotencyKey: "erp/10/shop/invoice/42/1/reversal", postingDate: "2026-04-01" } as const

  it.effect("swap-sides: every debit becomes a credit of the same amount, and back", () =>
    Effect.gen(function* () {
      const reversal = reverse(yield* decode(invoice), { ...options, style: "swap-sides" })
      assert.deepStrictEqual(
        reversal.lines.map(({ account, amount, side }) => [account, side, formatDecimal(amount)]),
        [
          ["1510", "credit", "119.00"],
          ["3000", "debit", "100.00"],
          ["3000", "debit", "19.00"]
        ]
      )
      assert.isFalse(reversal.correction)
    })
  )

  it.effect("storno: the sides stay, and the entry is marked as a correction", () =>
    Effect.gen(function* () {
      const entry = yield* decode(invoice)
      const reversal = reverse(entry, { ...options, style: "storno" })
      assert.deepStrictEqual(
        reversal.lines.map(({ side }) => side),
        ["debit", "credit", "credit"]
      )
      assert.deepStrictEqual(reversal.lines, entry.lines)
      assert.isTrue(reversal.correction)
    })
  )

  it.effect(
    "the reversal names what it cancels, has a key and a date of its own, and keeps the document",
    () =>
      Effect.gen(function* () {
        const reversal = reverse(yield* decode(invoice), { ...options, style: "storno" })
        assert.strictEqual(reversal.reverses, invoice.idempotencyKey)
        assert.strictEqual(reversal.idempotencyKey, options.idempotencyKey)
        assert.strictEqual(reversal.postingDate, "2026-04-01")
        assert.deepStrictEqual(reversal.document, invoice.document)
      })
  )

  it.effect.prop(
    "any style: the reversal balances whenever the original does",
    { credits: amounts, style: Schema.Literals(["swap-sides", "storno"]) },
    ({ credits, style }) =>
      Effect.gen(function* () {
        const entry = yield* entryOf(credits)
        const [debits, creditSum] = sums(reverse(entry, { ...options, style }))
        assert.strictEqual(debits, creditSum)
        assert.strictEqual(debits, sums(entry)[0])
      }),
    { arbitrary: { runs: 300 } }
  )

  it.effect.prop(
    "reversed twice, a document is back on its original sides",
    { credits: amounts },
    ({ credits }) =>
      Effect.gen(function* () {
        const entry = yield* entryOf(credits)
        const twice = reverse(reverse(entry, { ...options, style: "swap-sides" }), {
          ...options,
          idempotencyKey: "again",
          style: "swap-sides"
        })
        assert.deepStrictEqual(twice.lines, entry.lines)
      }),
    { arbitrary: { runs: 300 } }
  )
})

import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect, Schema } from "effect"
import { formatDecimal } from "../../src/accounting/Decimal.ts"
import { sumOf } from "../../src/accounting/JournalEntry.ts"
import { both, invoice, map } from "./fixtures.ts"

const cents = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const amount = (value: number) => formatDecimal(BigDecimal.make(BigInt(value), 2))
const sum = (values: ReadonlyArray<number>) => values.reduce((all, value) => all + value, 0)

/** Parts of a document, in cents; negative fees are adjustments. The accounting currency is a cent or two off, as rounding leaves it. */
const Parts = Schema.Struct({
  lines: Schema.Array(cents(0, 500_000)).check(Schema.isMinLength(1), Schema.isMaxLength(8)),
  shipping: cents(0, 5_000),
  taxes: Schema.Array(cents(0, 90_000)).check(Schema.isMaxLength(3)),
  fees: Schema.Array(cents(-200, 2_000)).check(Schema.isMaxLength(3)),
  settled: cents(0, 100),
  residual: cents(-2, 2),
  accountingOff: cents(-2, 2)
})

/** Each total of a document posted by one rule. */
const rules = {
  company: "10",
  postingDate: { from: "createdAt", timeZone: "UTC" },
  lines: [
    { name: "receivable", side: "debit", amount: "totals.grand", account: "1510" },
    { name: "gift card", side: "debit", each: "settlements", amount: "amount", account: "2400" },
    { name: "revenue", side: "credit", each: "lines", amount: "net", account: "3000" },
    { name: "shipping", side: "credit", amount: "shipping.net", account: "3500" },
    { name: "vat", side: "credit", each: "taxes", amount: "amount", account: "2610" },
    { name: "fees", side: "credit", each: "fees", amount: "amount", account: "3900" }
  ],
  rounding: { account: "7990", limit: "0.02" }
} as const

/** A document that obeys grand + settled = net + shipping + tax + fees + residual. */
const documentOf = (parts: typeof Parts.Type) => {
  const grand =
    sum(parts.lines) + parts.shipping + sum(parts.taxes) + sum(parts.fees) + parts.residual - parts.settled
  return {
    ...invoice,
    lines: parts.lines.map((net) => both({ net: amount(net) })),
    shipping: both({ net: amount(parts.shipping) }),
    taxes: parts.taxes.map((tax) => both({ amount: amount(tax) })),
    fees: parts.fees.map((fee) => both({ amount: amount(fee) })),
    settlements: [both({ amount: amount(parts.settled) })],
    totals: {
      grand: amount(grand),
      residual: amount(parts.residual),
      accounting: { grand: amount(grand + parts.accountingOff - parts.residual) }
    }
  }
}

describe("mapDocument", () => {
  it.effect.prop(
    "any document whose totals add up becomes an entry whose debits are what was paid, owed and taken back",
    { parts: Parts },
    ({ parts }) =>
      Effect.sync(() => {
        const grand =
          sum(parts.lines) +
          parts.shipping +
          sum(parts.taxes) +
          sum(parts.fees) +
          parts.residual -
          parts.settled
        // A receivable below a few cents may be smaller than what is off, or change its sign in one currency.
        if (grand < 1_000) return
        const result = map(documentOf(parts), rules)
        assert.strictEqual(
          result._tag,
          "Entry",
          JSON.stringify(result._tag === "Problems" ? result.problems : "")
        )
        if (result._tag !== "Entry") return
        const takenBack = sum(parts.fees.filter((fee) => fee < 0).map((fee) => -fee))
        // On a line of its own, or on the debit line that took it.
        const { entry, provenance } = result
        const own = entry.lines.some(({ rule, side }) => rule === "rounding" && side === "debit")
          ? -parts.residual
          : 0
        const taken = provenance.map(({ rounding }, index) =>
          entry.lines[index]?.side === "debit" && rounding !== undefined
            ? Math.round(Number(rounding) * 100)
            : 0
        )
        const debits = BigDecimal.make(BigInt(grand + parts.settled + takenBack + own + sum(taken)), 2)
        assert.isTrue(
          entry.lines.every(
            ({ accountingAmount, rule }) => rule !== "rounding" || BigDecimal.isPositive(accountingAmount)
          )
        )
        assert.isTrue(BigDecimal.equals(sumOf(result.entry.lines, "debit"), debits))
        assert.isTrue(BigDecimal.equals(sumOf(result.entry.lines, "credit"), debits))
      }),
    { arbitrary: { runs: 500 } }
  )

  it.effect.prop(
    "a document that is off by more than the limit becomes no entry",
    { parts: Parts, off: cents(3, 10_000) },
    ({ parts, off }) =>
      Effect.sync(() => {
        const document = documentOf({ ...parts, residual: off, accountingOff: 0 })
        assert.strictEqual(map(document, rules)._tag, "Problems")
      }),
    { arbitrary: { runs: 200 } }
  )
})

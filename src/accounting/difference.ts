/**
 * difference: the entry that turns what stands in the ledger into what should.
 */
import { BigDecimal } from "effect"
import { type Decimal, zero } from "./Decimal.ts"
import { JournalEntry, type JournalLine } from "./JournalEntry.ts"

interface Net {
  readonly line: JournalLine
  readonly amount: Decimal
  readonly accountingAmount: Decimal
}

const nameOf = (line: JournalLine) =>
  JSON.stringify([
    line.account,
    Object.entries(line.dimensions).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    line.taxCode ?? ""
  ])

/** Debits positive, credits negative; a storno's line counts against its own side. */
const signed = (entry: JournalEntry, line: JournalLine, value: Decimal) =>
  (line.side === "debit") === entry.correction ? BigDecimal.negate(value) : value

const add = (nets: Map<string, Net>, entry: JournalEntry, direction: "forth" | "back") => {
  for (const line of entry.lines) {
    const name = nameOf(line)
    const before = nets.get(name)
    const value = (amount: Decimal) => {
      const own = signed(entry, line, amount)
      return direction === "forth" ? own : BigDecimal.negate(own)
    }
    nets.set(name, {
      line: before?.line ?? line,
      amount: BigDecimal.sum(before?.amount ?? zero, value(line.amount)),
      accountingAmount: BigDecimal.sum(before?.accountingAmount ?? zero, value(line.accountingAmount))
    })
  }
}

/**
 * The lines of `wanted` less those of `standing`, netted by account, dimensions
 * and tax code: `same` when nothing is left; `impossible` when company or
 * currencies differ, or a net has amounts on opposite sides in its two
 * currencies, so that only a reversal can do.
 */
export const difference = (
  wanted: JournalEntry,
  standing: ReadonlyArray<JournalEntry>
): JournalEntry | "same" | "impossible" => {
  const isComparable = standing.every(
    (entry) =>
      entry.company === wanted.company &&
      entry.currency === wanted.currency &&
      entry.accountingCurrency === wanted.accountingCurrency
  )
  if (!isComparable) return "impossible"
  const nets = new Map<string, Net>()
  add(nets, wanted, "forth")
  for (const entry of standing) add(nets, entry, "back")
  const left = [...nets.values()].filter(
    ({ accountingAmount, amount }) => !BigDecimal.isZero(amount) || !BigDecimal.isZero(accountingAmount)
  )
  if (left.length === 0) return "same"
  const isOneSided = left.every(
    ({ accountingAmount, amount }) => BigDecimal.sign(amount) * BigDecimal.sign(accountingAmount) > 0
  )
  if (!isOneSided) return "impossible"
  return new JournalEntry({
    ...wanted,
    lines: left.map(({ accountingAmount, amount, line }) => ({
      ...line,
      side: BigDecimal.isPositive(amount) ? ("debit" as const) : ("credit" as const),
      amount: BigDecimal.abs(amount),
      accountingAmount: BigDecimal.abs(accountingAmount)
    }))
  })
}

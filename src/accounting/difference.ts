/**
 * difference: the entry that turns what stands in the ledger into what should.
 */
import { BigDecimal } from "effect"
import { balances } from "./balances.ts"
import { JournalEntry } from "./JournalEntry.ts"

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
  const left = [...balances([wanted], standing).values()]
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

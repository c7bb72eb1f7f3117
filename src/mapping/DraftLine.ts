/**
 * DraftLine: a journal line before the entry is known to balance, and the rounding that makes it balance.
 */
import { BigDecimal } from "effect"
import { type Decimal, formatDecimal } from "../accounting/Decimal.ts"
import { opposite, type Side } from "../accounting/JournalEntry.ts"
import type { Provenance } from "./CompiledMapping.ts"

/** Amounts are rounded to their minor units; `amount` is positive, `accountingAmount` not negative. */
export interface DraftLine {
  readonly account: string
  readonly side: Side
  readonly amount: Decimal
  readonly accountingAmount: Decimal
  readonly dimensions: Readonly<Record<string, string>>
  readonly taxCode?: string
  readonly text: string
  readonly provenance: Provenance
}

/** Debits minus credits, in both currencies. */
export interface Difference {
  readonly amount: Decimal
  readonly accountingAmount: Decimal
}

const signed = (side: Side, value: Decimal) => (side === "debit" ? value : BigDecimal.negate(value))

/** What a set of lines is out of balance by. */
export const differenceOf = (lines: ReadonlyArray<DraftLine>): Difference => ({
  amount: BigDecimal.sumAll(lines.map((line) => signed(line.side, line.amount))),
  accountingAmount: BigDecimal.sumAll(lines.map((line) => signed(line.side, line.accountingAmount)))
})

/**
 * Brings one currency into balance without a new line.
 *
 * A line needs an amount in the document's currency and, in the ledger, a worth
 * in the accounting currency, so a difference in only one of them cannot stand
 * on a line of its own. It goes to the largest line on the side across from the
 * largest line of all: that one is as a rule what the customer owes, which the
 * sub-ledger must find unchanged, and across from it stand revenue and tax.
 * First wins a tie. Gives nothing when the line is too small to take it.
 */
const adjust = (
  lines: ReadonlyArray<DraftLine>,
  of: "amount" | "accountingAmount",
  off: Decimal
): ReadonlyArray<DraftLine> | undefined => {
  const largest = (among: ReadonlyArray<DraftLine>) =>
    among.reduce<DraftLine | undefined>(
      (most, line) =>
        most === undefined || BigDecimal.isGreaterThan(line.accountingAmount, most.accountingAmount)
          ? line
          : most,
      undefined
    )
  const first = largest(lines)
  const chosen = first === undefined ? undefined : largest(lines.filter((line) => line.side !== first.side))
  if (chosen === undefined) return undefined
  const change = signed(opposite(chosen.side), off)
  const changed = BigDecimal.sum(chosen[of], change)
  if (BigDecimal.isNegative(changed) || (of === "amount" && BigDecimal.isZero(changed))) return undefined
  return lines.map((line) =>
    line === chosen
      ? {
          ...line,
          [of]: changed,
          provenance: {
            ...line.provenance,
            [of === "amount" ? "rounding" : "accountingRounding"]: formatDecimal(change)
          }
        }
      : line
  )
}

/**
 * The lines with a difference settled: in the document's currency by a line on
 * the rounding account, which takes the accounting difference along, or, where
 * it has none to take and would be a line of no worth, by changing the amount of
 * one line; what is then still off in the accounting currency, by changing the
 * accounting amount of one line. Gives nothing when no line can take it.
 */
export const settle = (
  lines: ReadonlyArray<DraftLine>,
  rounding: Pick<DraftLine, "account" | "dimensions" | "text">
): ReadonlyArray<DraftLine> | undefined => {
  const off = differenceOf(lines)
  const side: Side = BigDecimal.isNegative(off.amount) ? "debit" : "credit"
  const along = signed(opposite(side), off.accountingAmount)
  const settled = BigDecimal.isZero(off.amount)
    ? lines
    : BigDecimal.isPositive(along)
      ? [
          ...lines,
          {
            ...rounding,
            side,
            amount: BigDecimal.abs(off.amount),
            accountingAmount: along,
            provenance: { rule: "rounding" }
          }
        ]
      : adjust(lines, "amount", off.amount)
  if (settled === undefined) return undefined
  const left = differenceOf(settled).accountingAmount
  return BigDecimal.isZero(left) ? settled : adjust(settled, "accountingAmount", left)
}

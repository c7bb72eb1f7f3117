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
 * Brings the accounting amounts into balance without a new line.
 *
 * A line needs an amount in the document's currency, so a difference in the
 * accounting currency alone cannot stand on a line of its own. It goes to the
 * largest line on the side across from the largest line of all: that one is as
 * a rule what the customer owes, which the sub-ledger must find unchanged, and
 * across from it stand revenue and tax. First wins a tie. Gives nothing when
 * the line is too small to take it.
 */
const adjust = (lines: ReadonlyArray<DraftLine>, off: Decimal): ReadonlyArray<DraftLine> | undefined => {
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
  const accountingAmount = BigDecimal.sum(chosen.accountingAmount, change)
  if (BigDecimal.isNegative(accountingAmount)) return undefined
  return lines.map((line) =>
    line === chosen
      ? {
          ...line,
          accountingAmount,
          provenance: { ...line.provenance, accountingRounding: formatDecimal(change) }
        }
      : line
  )
}

/**
 * The lines with a difference settled: in the document's currency by a line on
 * the rounding account, which takes the accounting difference along; what is
 * then still off in the accounting currency, by changing the accounting amount
 * of one line. Gives nothing when no line can take it.
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
    : [
        ...lines,
        {
          ...rounding,
          side,
          amount: BigDecimal.abs(off.amount),
          accountingAmount: BigDecimal.isNegative(along) ? BigDecimal.make(0n, along.scale) : along,
          provenance: { rule: "rounding" }
        }
      ]
  const left = differenceOf(settled).accountingAmount
  return BigDecimal.isZero(left) ? settled : adjust(settled, left)
}

/**
 * balances: what entries come to, by account, dimensions and tax code.
 *
 * Debits count positive and credits negative; the lines of a storno count
 * against their own side. Two lists of entries say the same to the books when
 * their balances are equal, however their lines are ordered or split.
 */
import { BigDecimal } from "effect"
import { type Decimal, zero } from "./Decimal.ts"
import type { Side } from "./JournalEntry.ts"

/** A line as it stands in books, ours or a ledger's. */
export interface BookedLine {
  readonly account: string
  readonly side: Side
  readonly amount: Decimal
  readonly accountingAmount: Decimal
  readonly dimensions: Readonly<Record<string, string>>
  readonly taxCode?: string
}

/** An entry as it stands in books. */
export interface Booked<Line extends BookedLine = BookedLine> {
  readonly correction: boolean
  readonly lines: ReadonlyArray<Line>
}

/** What is left of the lines that share account, dimensions and tax code; `line` is the first of them. */
export interface Balance<Line extends BookedLine = BookedLine> {
  readonly line: Line
  readonly amount: Decimal
  readonly accountingAmount: Decimal
}

/** Balances by a name that stands for account, dimensions and tax code. */
export type Balances<Line extends BookedLine = BookedLine> = ReadonlyMap<string, Balance<Line>>

const nameOf = (line: BookedLine) =>
  JSON.stringify([
    line.account,
    Object.entries(line.dimensions).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    line.taxCode ?? ""
  ])

/** Debits positive, credits negative; a storno's line counts against its own side. */
export const signedAmount = (entry: Pick<Booked, "correction">, line: BookedLine, value: Decimal): Decimal =>
  (line.side === "debit") === entry.correction ? BigDecimal.negate(value) : value

const isEven = ({ accountingAmount, amount }: Balance) =>
  BigDecimal.isZero(amount) && BigDecimal.isZero(accountingAmount)

/** The balances of `entries` less those of `others`, without those that are even. */
export const balances = <Line extends BookedLine>(
  entries: ReadonlyArray<Booked<Line>>,
  others: ReadonlyArray<Booked<Line>> = []
): Balances<Line> => {
  const found = new Map<string, Balance<Line>>()
  const add = (entry: Booked<Line>, direction: "forth" | "back") => {
    for (const line of entry.lines) {
      const name = nameOf(line)
      const before = found.get(name)
      const value = (amount: Decimal) => {
        const own = signedAmount(entry, line, amount)
        return direction === "forth" ? own : BigDecimal.negate(own)
      }
      found.set(name, {
        line: before?.line ?? line,
        amount: BigDecimal.sum(before?.amount ?? zero, value(line.amount)),
        accountingAmount: BigDecimal.sum(before?.accountingAmount ?? zero, value(line.accountingAmount))
      })
    }
  }
  for (const entry of entries) add(entry, "forth")
  for (const entry of others) add(entry, "back")
  return new Map([...found].filter(([, balance]) => !isEven(balance)))
}

/** The sum of the debit balances: what the entries move, in the currency of the document or of the books. */
export const turnover = (of: Balances, measure: "amount" | "accountingAmount"): Decimal =>
  BigDecimal.sumAll(
    [...of.values()].map((balance) => balance[measure]).filter((value) => BigDecimal.isPositive(value))
  )

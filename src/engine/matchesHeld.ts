/**
 * matchesHeld: whether the ledger holds what an entry says.
 */
import { BigDecimal } from "effect"
import { formatDecimal } from "../accounting/Decimal.ts"
import type { JournalEntry } from "../accounting/JournalEntry.ts"
import type { HeldEntry, HeldLine } from "../pipeline/Sink.ts"

const print = (value: BigDecimal.BigDecimal) => formatDecimal(BigDecimal.normalize(value))

const textOf = (line: Omit<HeldLine, "text">) =>
  JSON.stringify([
    line.account,
    line.side,
    print(line.amount),
    print(line.accountingAmount),
    Object.entries(line.dimensions).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    line.taxCode ?? ""
  ])

/** The rule of every line of an entry that was put back in the ledger's own words. */
export const restoredRule = "restored"

/** Same company, day, currency and lines, in whichever order; texts and the rules behind the lines do not count. */
export const matchesHeld = (
  entry: JournalEntry,
  held: Pick<HeldEntry, "company" | "postingDate" | "currency" | "correction" | "lines">
): boolean =>
  entry.company === held.company &&
  entry.postingDate === held.postingDate &&
  entry.currency === held.currency &&
  entry.correction === held.correction &&
  entry.lines.map(textOf).toSorted().join() === held.lines.map(textOf).toSorted().join()

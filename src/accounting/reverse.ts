/**
 * reverse: the entry that cancels another.
 *
 * Made from the lines that were posted, never from a new mapping, so that it
 * cancels what the ledger holds and not what we would post today.
 */
import type { CalendarDate } from "./AccountingPeriod.ts"
import { JournalEntry, JournalLine, opposite } from "./JournalEntry.ts"

/**
 * `swap-sides` exchanges debit and credit, so turnover grows; `storno` keeps
 * the sides and marks the entry as a correction, so turnover shrinks.
 */
export type ReversalStyle = "swap-sides" | "storno"

/** The reversal of `entry`; its idempotency key is the caller's, and it balances because `entry` does. */
export const reverse = (
  entry: JournalEntry,
  options: {
    readonly style: ReversalStyle
    readonly idempotencyKey: string
    readonly postingDate: CalendarDate
  }
): JournalEntry =>
  new JournalEntry({
    ...entry,
    idempotencyKey: options.idempotencyKey,
    postingDate: options.postingDate,
    text: `Reversal: ${entry.text}`,
    correction: options.style === "storno",
    reverses: entry.idempotencyKey,
    lines:
      options.style === "storno"
        ? entry.lines
        : entry.lines.map((line) => new JournalLine({ ...line, side: opposite(line.side) }))
  })

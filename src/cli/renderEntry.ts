/**
 * renderEntry: an entry as an accountant reads it.
 */
import type { JournalEntry, JournalLine } from "../accounting/JournalEntry.ts"
import { columns, indented } from "./columns.ts"
import { readable } from "./readable.ts"
import { styled } from "./styled.ts"

const dimensionsOf = (line: JournalLine) =>
  Object.entries(line.dimensions)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ")

/** An entry as an accountant reads it: debit and credit columns, then a line of totals. */
export const renderEntry = (entry: JournalEntry): string => {
  const isForeign = entry.currency !== entry.accountingCurrency
  const amountIn = (line: JournalLine, side: "debit" | "credit") =>
    line.side === side ? readable(line.amount, entry.currency) : ""
  const rows = entry.lines.map((line) => [
    line.account,
    line.rule,
    amountIn(line, "debit"),
    amountIn(line, "credit"),
    ...(isForeign ? [readable(line.accountingAmount, entry.accountingCurrency)] : []),
    dimensionsOf(line)
  ])
  const head = [
    "account",
    "rule",
    "debit",
    "credit",
    ...(isForeign ? [`in ${entry.accountingCurrency}`] : []),
    "dimensions"
  ]
  const title = `${styled("bold", `${entry.document.resource} ${entry.document.number}`)}  ${entry.postingDate}  company ${entry.company}  ${entry.currency}`
  return `${title}\n${indented(columns(head, rows, isForeign ? [2, 3, 4] : [2, 3]))}`
}

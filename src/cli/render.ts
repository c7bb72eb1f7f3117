/**
 * render: what people read on a terminal.
 *
 * Amounts line up at the decimal point, colours appear only on a terminal, and
 * `NO_COLOR` is respected.
 */
import { styleText } from "node:util"
import Table from "cli-table3"
import { BigDecimal } from "effect"
import { minorUnitDecimals } from "../accounting/Currency.ts"
import { type Decimal, formatDecimal, zero } from "../accounting/Decimal.ts"
import { roundTo } from "../accounting/Amount.ts"
import type { JournalEntry, JournalLine } from "../accounting/JournalEntry.ts"
import type { ConfigIssue } from "../config/ConfigIssue.ts"

/** Text in a colour or weight, where the terminal shows it. */
export const styled = (style: "bold" | "dim" | "red" | "yellow" | "green" | "cyan", text: string) =>
  styleText(style, text, { stream: process.stdout })

/** `1,204.00`: grouped for reading; for machines use `formatDecimal`. */
export const readable = (value: Decimal, currency: string): string =>
  formatDecimal(roundTo(value, minorUnitDecimals(currency))).replace(/\B(?=(\d{3})+(?!\d)(\.|$))/gu, ",")

const plain = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  "
}

/** Aligned columns without lines; `right` names the columns of figures. An empty `head` leaves the heading out. */
export const columns = (
  head: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  right: ReadonlyArray<number> = []
): string => {
  const width = Math.max(head.length, ...rows.map((row) => row.length))
  const table = new Table({
    chars: plain,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
    colAligns: Array.from({ length: width }, (_, index) => (right.includes(index) ? "right" : "left"))
  })
  if (head.length > 0) table.push(head.map((title) => styled("dim", title)))
  for (const row of rows) table.push([...row])
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
}

/** Each line moved two blanks to the right. */
export const indented = (text: string) =>
  text
    .split("\n")
    .map((line) => (line === "" ? "" : `  ${line}`))
    .join("\n")

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

/** Sum of decimals, for footers. */
export const sum = (values: Iterable<Decimal>): Decimal =>
  [...values].reduce((a, b) => BigDecimal.sum(a, b), zero)

/** `file:line:column`, the reason, and what to write instead. */
export const renderIssue = (issue: ConfigIssue): string => {
  const place = styled("bold", `${issue.file}:${issue.line}:${issue.column}`)
  const severity = styled(issue.severity === "error" ? "red" : "yellow", issue.severity)
  const suggestion =
    issue.suggestion === undefined ? "" : `\n    did you mean: ${styled("green", issue.suggestion)}`
  return `${place}  ${severity} ${styled("dim", issue.code)}\n    ${issue.message}${suggestion}`
}

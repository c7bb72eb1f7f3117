/**
 * explainLines: which lines of an entry a refusal of IFS is about.
 *
 * IFS checks all rows at once and says no row number, but names the account or
 * the value that it does not like.
 */
import type { JournalLine } from "../../accounting/JournalEntry.ts"
import { ConnectorError, Rejected } from "../../pipeline/ConnectorError.ts"

/** A line as its refusal names it. */
export const describeLine = (line: JournalLine) => {
  const dimensions = Object.entries(line.dimensions).map(([name, value]) => `, ${name} ${value}`)
  return `line ${line.rule} (account ${line.account}${dimensions.join("")})`
}

const withLines = (rejected: Rejected, lines: ReadonlyArray<JournalLine>) => {
  const words = new Set(rejected.message.split(/[^\w-]+/u))
  const mentioned = lines.filter((line) =>
    [line.account, ...Object.values(line.dimensions)].some((word) => words.has(word))
  )
  const byAccount = mentioned.filter((line) => words.has(line.account))
  const named = new Set((byAccount.length > 0 ? byAccount : mentioned).map(describeLine))
  return named.size === 0
    ? rejected
    : new Rejected({ code: rejected.code, message: `${[...named].join(" and ")}: ${rejected.message}` })
}

/** Puts the lines that a refusal mentions before it; other failures stay as they are. */
export const explainLines =
  (lines: ReadonlyArray<JournalLine>) =>
  (error: ConnectorError): ConnectorError =>
    error.reason._tag === "Rejected"
      ? new ConnectorError({ connection: error.connection, reason: withLines(error.reason, lines) })
      : error

/**
 * preview: the four ways to print entries that have not been posted.
 */
import { Schema } from "effect"
import { formatDecimal } from "../accounting/Decimal.ts"
import { JournalEntry } from "../accounting/JournalEntry.ts"
import { minorUnitDecimals } from "../accounting/CurrencyCode.ts"
import { roundTo } from "../accounting/Amount.ts"
import { type Origin, Problem } from "../pipeline/SourceRecord.ts"
import type { LocatedProblem } from "../plan/Plan.ts"
import { indented } from "./columns.ts"
import { renderEntry } from "./renderEntry.ts"
import { styled } from "./styled.ts"

/** Which document it is, in the output of `dry-run --format json`. */
export const PreviewedOrigin = Schema.Struct({
  resource: Schema.String,
  id: Schema.String,
  number: Schema.String,
  revision: Schema.String.annotate({ description: "The source's own mark of the version." })
})

/** What `dry-run --format json` prints for one document; a contract with other programs. */
export const PreviewedDocument = Schema.Struct({
  document: PreviewedOrigin,
  entries: Schema.Array(
    Schema.Struct({
      company: Schema.String,
      postingDate: Schema.String,
      currency: Schema.String,
      lines: Schema.Array(
        Schema.Struct({
          account: Schema.String,
          side: Schema.Literals(["debit", "credit"]),
          amount: Schema.String.annotate({ description: "Decimal string in the entry's currency." }),
          dimensions: Schema.Record(Schema.String, Schema.String),
          text: Schema.String,
          rule: Schema.String
        })
      )
    })
  ),
  problems: Schema.Array(Problem)
})

/** The whole output of `dry-run --format json`. */
export const DryRunOutput = Schema.Struct({ documents: Schema.Array(PreviewedDocument) })

/** A document and what it would become. */
export interface Preview {
  readonly origin: Origin
  readonly entries: ReadonlyArray<JournalEntry>
  readonly problems: ReadonlyArray<LocatedProblem>
}

const inMinorUnits = (entry: JournalEntry, amount: JournalEntry["lines"][number]["amount"]) =>
  formatDecimal(roundTo(amount, minorUnitDecimals(entry.currency)))

/** What names the document. */
export const documentOf = ({ id, number, resource, revision }: Origin): typeof PreviewedOrigin.Encoded => ({
  resource,
  id,
  number,
  revision
})

/** Whether a document waits for nothing but customers, and goes on by itself. */
export const onlyWaits = (problems: ReadonlyArray<LocatedProblem>): boolean =>
  problems.length > 0 && problems.every(({ awaits }) => awaits !== undefined)

/** For people: that a document would be parked, why, and which line asked for what was missing. */
export const problemText = (origin: Origin, problems: ReadonlyArray<LocatedProblem>): string =>
  [
    `${styled("bold", `${origin.resource} ${origin.number}`)}  ${styled("yellow", onlyWaits(problems) ? "would wait for its customer" : "would be parked")}`,
    ...problems.map((problem) =>
      indented(
        `${styled("dim", problem.code)}  ${problem.message}${problem.at === undefined ? "" : `\n  ${problem.at.file}:${problem.at.line}`}`
      )
    )
  ].join("\n")

/** The machine-readable form of one document. */
export const toJson = ({ entries, origin, problems }: Preview): typeof PreviewedDocument.Encoded => ({
  document: documentOf(origin),
  entries: entries.map((entry) => ({
    company: entry.company,
    postingDate: entry.postingDate,
    currency: entry.currency,
    lines: entry.lines.map((line) => ({
      account: line.account,
      side: line.side,
      amount: inMinorUnits(entry, line.amount),
      dimensions: line.dimensions,
      text: line.text,
      rule: line.rule
    }))
  })),
  problems: problems.map(({ code, message, path }) => ({ code, message, path }))
})

/** For people: each entry, or what stands in its way and where. */
export const toTable = ({ entries, origin, problems }: Preview): string =>
  [
    ...entries.map(renderEntry),
    ...(entries.length === 0 && problems.length === 0
      ? [`${styled("bold", `${origin.resource} ${origin.number}`)}  all amounts are zero: nothing to post`]
      : []),
    ...(problems.length === 0 ? [] : [problemText(origin, problems)])
  ].join("\n")

const csvHead = [
  "resource",
  "number",
  "company",
  "postingDate",
  "currency",
  "account",
  "side",
  "amount",
  "dimensions",
  "text",
  "rule"
]

/** A cell of a CSV file, quoted where it must be. */
export const quoted = (cell: string) => (/[",\r\n]/u.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

/** One row a line, with a heading; RFC 4180. */
export const toCsv = (previews: ReadonlyArray<Preview>): string =>
  [
    csvHead,
    ...previews.flatMap(({ entries }) =>
      entries.flatMap((entry) =>
        entry.lines.map((line) => [
          entry.document.resource,
          entry.document.number,
          entry.company,
          entry.postingDate,
          entry.currency,
          line.account,
          line.side,
          inMinorUnits(entry, line.amount),
          Object.entries(line.dimensions)
            .map(([name, value]) => `${name}=${value}`)
            .join(";"),
          line.text,
          line.rule
        ])
      )
    )
  ]
    .map((row) => row.map(quoted).join(","))
    .join("\n")

/** A plain-text journal that hledger reads; credits are negative, dimensions are tags. */
export const toHledger = (previews: ReadonlyArray<Preview>): string =>
  previews
    .flatMap(({ entries }) =>
      entries.map((entry) =>
        [
          `${entry.postingDate} ${entry.text}  ; company:${entry.company}`,
          ...entry.lines.map((line) => {
            const amount = `${line.side === "credit" ? "-" : ""}${inMinorUnits(entry, line.amount)}`
            const tags = Object.entries(line.dimensions).map(([name, value]) => `${name}:${value}`)
            return `    ${line.account}  ${entry.currency} ${amount}${tags.length === 0 ? "" : `  ; ${tags.join(", ")}`}`
          })
        ].join("\n")
      )
    )
    .join("\n\n")

/**
 * renderReconciliation: three books side by side, as an accountant reads them, and as CSV.
 */
import { BigDecimal } from "effect"
import { type Columns, type Finding, type FindingKind } from "../engine/reconciliation/Finding.ts"
import { agrees, type Reconciliation } from "../engine/reconciliation/reconcile.ts"
import type { TotalRow } from "../engine/reconciliation/Totals.ts"
import { columns, indented } from "./columns.ts"
import { counted } from "./loadPlan.ts"
import { quoted } from "./preview.ts"
import { readable } from "./readable.ts"
import { exactAmount, findingOf, rowOf } from "./ReconciliationOutput.ts"
import { styled } from "./styled.ts"

const titles: Readonly<Record<Reconciliation["by"], string>> = {
  pipeline: "pipeline",
  day: "day",
  store: "store",
  currency: "currency",
  "tax-code": "tax code",
  account: "account",
  document: "document"
}

const differenceOf = ({ ledger, source }: Columns) => BigDecimal.subtract(source, ledger)

const cells = (group: string, row: TotalRow) => [
  group,
  `${row.documents}`,
  row.currency,
  ...[row.source, row.journal, row.ledger, differenceOf(row)].map((value) => readable(value, row.currency))
]

const summary = (
  { by, range, total }: Reconciliation,
  groups: ReadonlyArray<TotalRow>
): ReadonlyArray<string> => [
  styled("bold", `${range.from} to ${range.to}`),
  "",
  groups.length + total.length === 0
    ? "nothing to compare"
    : columns(
        [titles[by], "documents", "", "Commerce", "journal", "IFS", "difference"],
        [
          ...groups.map((row) => cells(row.group, row)),
          ...total.map((row) => cells(styled("bold", "total"), row))
        ],
        [1, 3, 4, 5, 6]
      )
]

const wordsOf = (kind: FindingKind) => kind.replaceAll("-", " ")

const named = (finding: Finding) =>
  [
    styled("bold", `${finding.resource} ${finding.number}`),
    finding.day,
    styled(finding.isDifference ? "yellow" : "dim", wordsOf(finding.kind)),
    `${readable(finding.kind === "clearing" ? finding.ledger : finding.difference, finding.currency)} ${finding.currency}`,
    ...(finding.codes.length === 0 ? [] : [styled("dim", finding.codes.join(", "))])
  ].join("  ")

const listed = (title: string, findings: ReadonlyArray<Finding>): ReadonlyArray<string> =>
  findings.length === 0
    ? []
    : [
        "",
        styled("bold", title),
        "",
        ...findings.map((finding) => indented(`${named(finding)}\n${indented(finding.message)}`))
      ]

const clearingOf = ({ clearing }: Reconciliation): ReadonlyArray<string> =>
  clearing.length === 0
    ? []
    : [
        "",
        columns(
          ["account to be cleared", "", "balance", "orders not finished", "difference"],
          clearing.map(({ account, balance, currency, stillOpen }) => [
            account,
            currency,
            ...[balance, stillOpen, BigDecimal.subtract(balance, stillOpen)].map((value) =>
              readable(value, currency)
            )
          ]),
          [2, 3, 4]
        )
      ]

/** One sentence: whether the three agree, and if not, by how much and why. */
export const verdictOf = (reconciliation: Reconciliation): string => {
  const documents = reconciliation.total.reduce((all, row) => all + row.documents, 0)
  const differences = reconciliation.findings.filter(({ isDifference }) => isDifference)
  const isOpen = ({ kind }: Finding) => kind === "clearing"
  const uncleared = differences.filter(isOpen)
  const others = reconciliation.differences - uncleared.length
  const accounts = [...new Set(reconciliation.clearing.map(({ account }) => account))].join(", ")
  const left =
    uncleared.length === 0
      ? ""
      : ` ${counted(uncleared.length, "document")} ${uncleared.length === 1 ? "leaves" : "leave"} a balance on ${accounts}, which should return to zero.`
  if (documents === 0) return `No document of these days is in Commerce, the journal or IFS.${left}`
  const about = `${counted(documents, "document")}: Commerce, the journal and IFS`
  if (others === 0) return `${about} agree to the cent.${left}`
  const kinds = [
    ...Map.groupBy(
      differences.filter((finding) => !isOpen(finding)),
      ({ kind }) => kind
    )
  ].map(([kind, all]) => `${all.length} ${wordsOf(kind)}`)
  const amounts = reconciliation.total
    .filter((row) => !BigDecimal.isZero(differenceOf(row)))
    .map((row) => `${readable(differenceOf(row), row.currency)} ${row.currency}`)
  return `${about} differ in ${counted(others, "case")}${
    amounts.length === 0 ? "" : `, by ${amounts.join(" and ")} in all`
  }: ${kinds.join(", ")}.${left}`
}

/** For people. */
export const renderReconciliation = (
  reconciliation: Reconciliation,
  groups: ReadonlyArray<TotalRow>
): string => {
  const { blind, findings, findingsLeftOut } = reconciliation
  return [
    ...summary(reconciliation, groups),
    ...clearingOf(reconciliation),
    ...listed(
      "Differences",
      findings.filter(({ isDifference }) => isDifference)
    ),
    ...listed(
      "Notes, no differences",
      findings.filter(({ isDifference }) => !isDifference)
    ),
    ...(findingsLeftOut === 0
      ? []
      : ["", `and ${findingsLeftOut} more; ask for fewer days to see them all.`]),
    ...(blind.length === 0
      ? []
      : [
          "",
          `The source of ${blind.join(", ")} cannot be asked for a day: what was never read is not found there.`
        ]),
    "",
    styled(agrees(reconciliation) ? "green" : "yellow", verdictOf(reconciliation))
  ].join("\n")
}

const csvColumns = [
  "row",
  "group",
  "pipeline",
  "resource",
  "number",
  "id",
  "day",
  "kind",
  "documents",
  "currency",
  "source",
  "journal",
  "ledger",
  "difference",
  "codes",
  "references",
  "message"
] as const

const csvRow = (values: Partial<Readonly<Record<(typeof csvColumns)[number], string>>>) =>
  csvColumns.map((column) => quoted(values[column] ?? "")).join(",")

/** The heading of the CSV. */
export const csvHead = csvColumns.join(",")

/** A row of totals as CSV. */
export const groupCsv = (row: TotalRow, kind: "group" | "total" = "group"): string => {
  const { documents, ...amounts } = rowOf(row)
  return csvRow({ row: kind, ...amounts, documents: `${documents}` })
}

/** What follows the groups as CSV: totals, accounts to be cleared, differences and notes. */
export const restCsv = ({ clearing, findings, total }: Reconciliation): ReadonlyArray<string> => [
  ...total.map((row) => groupCsv(row, "total")),
  ...clearing.map(({ account, balance, currency, stillOpen }) =>
    csvRow({
      row: "clearing",
      group: account,
      currency,
      ledger: exactAmount(balance, currency),
      difference: exactAmount(BigDecimal.subtract(balance, stillOpen), currency)
    })
  ),
  ...findings.map((finding) =>
    csvRow({
      row: finding.isDifference ? "difference" : "note",
      ...findingOf(finding),
      codes: finding.codes.join(" "),
      references: finding.references.join(" ")
    })
  )
]

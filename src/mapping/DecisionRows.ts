/**
 * DecisionRows: finds the row of a table that decides.
 */
import type { MappingIssue } from "./MappingIssue.ts"
import { positionIn, type Table, type TableRow } from "./Table.ts"

/** What an input cell accepts: anything, or one of some texts. */
type Accepts = "any" | ReadonlyArray<string>

/** A row with its input cells read. */
export interface DecisionRow {
  readonly row: TableRow
  readonly accepts: ReadonlyArray<Accepts>
}

/** A table split into what it matches (`inputs`) and what it decides (`outputs`), both as column numbers. */
export interface DecisionRows {
  readonly table: Table
  readonly inputs: ReadonlyArray<number>
  readonly rows: ReadonlyArray<DecisionRow>
  /**
   * Rows that may match, by the text of the column that tells most rows apart,
   * so that a table of thousands of products is not read from end to end.
   */
  readonly candidates: (values: ReadonlyArray<string | undefined>) => ReadonlyArray<DecisionRow>
}

const readCell = (cell: string): Accepts =>
  cell === "*" ? "any" : cell.split("|").map((text) => text.trim())

const isExact = (accepts: Accepts | undefined): accepts is ReadonlyArray<string> =>
  accepts !== undefined && accepts !== "any"

const indexRows = (
  rows: ReadonlyArray<DecisionRow>,
  inputs: ReadonlyArray<number>
): DecisionRows["candidates"] => {
  const exactIn = (index: number) => rows.filter(({ accepts }) => isExact(accepts[index])).length
  const key = inputs.map((_, index) => index).toSorted((a, b) => exactIn(b) - exactIn(a))[0]
  if (key === undefined) return () => rows
  const open = rows.filter(({ accepts }) => !isExact(accepts[key]))
  const byText = new Map<string, Array<DecisionRow>>()
  for (const row of rows) {
    const accepts = row.accepts[key]
    for (const text of isExact(accepts) ? new Set(accepts) : []) {
      const sameText = byText.get(text)
      if (sameText === undefined) byText.set(text, [row])
      else sameText.push(row)
    }
  }
  const merged = new Map(
    [...byText].map(([text, exact]) => [
      text,
      open.length === 0 ? exact : [...exact, ...open].toSorted((a, b) => a.row.line - b.row.line)
    ])
  )
  return (values) => merged.get(values[key] ?? "") ?? open
}

/** Splits a table by the columns that rules ask for. Empty input cells and bad alternatives are issues. */
export const decisionRows = (
  table: Table,
  outputs: ReadonlySet<string>
): { readonly decision: DecisionRows; readonly issues: ReadonlyArray<MappingIssue> } => {
  const inputs = table.columns.flatMap((column, index) => (outputs.has(column) ? [] : [index]))
  const rows = table.rows.map((row) => ({
    row,
    accepts: inputs.map((index) => readCell(row.cells[index] ?? ""))
  }))
  const empty = rows.flatMap(({ row, accepts }) =>
    accepts.flatMap((cell, index): ReadonlyArray<MappingIssue> =>
      isExact(cell) && cell.includes("")
        ? [
            {
              path: ["tables", table.name],
              code: "mapping/empty-cell",
              severity: "error",
              message: `Row ${row.line} of table ${table.label} leaves ${table.columns[inputs[index] ?? 0]} empty. Write * to match anything, or the text to match.`,
              ...positionIn(table, row.line)
            }
          ]
        : []
    )
  )
  return {
    decision: { table, inputs, rows, candidates: indexRows(rows, inputs) },
    issues: [...empty, ...unreachable(table, rows)]
  }
}

const covers = (wide: DecisionRow, narrow: DecisionRow): boolean =>
  wide.accepts.every((accepts, index) => {
    const inner = narrow.accepts[index]
    return accepts === "any" || (isExact(inner) && inner.every((text) => accepts.includes(text)))
  })

/** Rows that never decide: with `first` behind a row that matches as much, with `unique` beside one. */
const unreachable = (table: Table, rows: ReadonlyArray<DecisionRow>): ReadonlyArray<MappingIssue> => {
  const isPlain = (row: DecisionRow) =>
    row.accepts.every((accepts) => isExact(accepts) && accepts.length === 1)
  // Rows of plain texts cover each other only when equal, so only the others need comparing with all.
  const seen = new Map<string, DecisionRow>()
  const broad: Array<DecisionRow> = []
  const issues: Array<MappingIssue> = []
  const warn = (dead: DecisionRow, by: DecisionRow) =>
    issues.push({
      path: ["tables", table.name],
      code: "mapping/unreachable-row",
      severity: "warning",
      message:
        table.hitPolicy === "first"
          ? `Row ${dead.row.line} of table ${table.label} never decides: row ${by.row.line} above it matches all it matches. Move it up or remove it.`
          : `Row ${dead.row.line} of table ${table.label} never decides alone: row ${by.row.line} matches all it matches. Remove one, or set hitPolicy: first.`,
      ...positionIn(table, dead.row.line)
    })
  for (const row of rows) {
    const key = JSON.stringify(row.accepts)
    const by = seen.get(key) ?? broad.find((earlier) => covers(earlier, row))
    if (by !== undefined) warn(row, by)
    else if (table.hitPolicy === "unique" && !isPlain(row)) {
      const narrow = [...seen.values()].find((earlier) => covers(row, earlier))
      if (narrow !== undefined) warn(narrow, row)
    }
    seen.set(key, row)
    if (!isPlain(row)) broad.push(row)
  }
  return issues
}

/** The rows that match these inputs, in the order of the table; at most the first with hit policy `first`. */
export const matching = (
  decision: DecisionRows,
  values: ReadonlyArray<string | undefined>
): ReadonlyArray<TableRow> => {
  const matches = ({ accepts }: DecisionRow) =>
    accepts.every((cell, index) => cell === "any" || cell.includes(values[index] ?? ""))
  const candidates = decision.candidates(values)
  if (decision.table.hitPolicy === "first") {
    const first = candidates.find(matches)
    return first === undefined ? [] : [first.row]
  }
  return candidates.filter(matches).map(({ row }) => row)
}

/**
 * Table: the rows of a decision table, read and checked cell by cell.
 */
import { Result } from "effect"
import { CsvError, parse } from "csv-parse/sync"
import { unreadableText } from "../pipeline/unreadableText.ts"
import type { DecisionTable } from "./Mapping.ts"
import type { MappingIssue, TablePosition } from "./MappingIssue.ts"

/** One row; `line` is its line in the CSV file, or counts inline rows from 1. `cells` stand in the order of the columns. */
export interface TableRow {
  readonly line: number
  readonly cells: ReadonlyArray<string>
  /** Where each cell begins in its line of a file, counted from 1. */
  readonly starts?: ReadonlyArray<number>
}

/** A table as text. `label` is what a message calls it: its name, and its file if it has one. */
export interface Table {
  readonly name: string
  readonly label: string
  readonly file?: string
  readonly hitPolicy: "first" | "unique"
  readonly columns: ReadonlyArray<string>
  /** Where each column's heading begins in the first line, counted from 1. */
  readonly headings: ReadonlyArray<number>
  readonly rows: ReadonlyArray<TableRow>
}

/** Where line `line` of the table stands, when it is a file. */
export const positionIn = (
  table: Pick<Table, "file">,
  line: number,
  column?: number
): { readonly at?: TablePosition } =>
  table.file === undefined
    ? {}
    : { at: { file: table.file, line, ...(column === undefined ? {} : { column }) } }

type Read = Result.Result<Table, ReadonlyArray<MappingIssue>>

interface CsvRecord {
  readonly cells: ReadonlyArray<string>
  readonly line: number
}

/** Largest table; 100,000 products with an account each take half of it. */
const charactersMaximum = 8_000_000

/** Most columns of a table: each is a field that decides, or what is decided. */
const columnsMaximum = 200

const parseCsv = (text: string): Result.Result<ReadonlyArray<CsvRecord>, { message: string; line: number }> =>
  Result.try({
    try: () => {
      const records: Array<CsvRecord> = []
      parse(text, {
        bom: true,
        trim: true,
        skip_empty_lines: true,
        relax_column_count: true,
        max_record_size: 100_000,
        on_record: (cells: ReadonlyArray<string>, { lines }) => {
          records.push({ cells, line: lines })
          return null
        }
      })
      return records
    },
    catch: (cause) => ({
      message: cause instanceof CsvError ? cause.message : String(cause),
      line: cause instanceof CsvError && typeof cause["lines"] === "number" ? cause["lines"] : 1
    })
  })

const error = (
  name: string,
  code: string,
  message: string,
  at: { readonly at?: TablePosition }
): MappingIssue => ({
  path: ["tables", name],
  code,
  severity: "error",
  message,
  ...at
})

const checkColumns = (
  name: string,
  columns: ReadonlyArray<string>,
  at: { readonly at?: TablePosition }
): ReadonlyArray<MappingIssue> =>
  columns.flatMap((column, index) => {
    if (column === "") {
      return [
        error(
          name,
          "mapping/unreadable-table",
          `Column ${index + 1} has no heading. Name the field it matches.`,
          at
        )
      ]
    }
    return columns.indexOf(column) === index
      ? []
      : [error(name, "mapping/unreadable-table", `Column ${column} stands twice. Remove one of them.`, at)]
  })

/** Where cells begin in a line, one after the other; 1 for one that is written otherwise, such as with doubled quotes. */
const startsOf = (line: string, cells: ReadonlyArray<string>): ReadonlyArray<number> => {
  let from = 0
  return cells.map((cell) => {
    const found = line.indexOf(cell, from)
    if (found < 0) return 1
    from = found + cell.length
    return found + 1
  })
}

/**
 * Reads a CSV table: comma separated, the first line names the columns, empty
 * lines and a byte order mark are passed over. All faults are reported, each
 * with its line.
 */
export const readCsv = (options: {
  readonly name: string
  readonly file: string
  readonly text: string
  readonly hitPolicy: Table["hitPolicy"]
}): Read => {
  const { name, file, hitPolicy } = options
  const fault = (line: number, message: string) =>
    error(name, "mapping/unreadable-table", message, { at: { file, line } })
  const unreadable = unreadableText(options.text, charactersMaximum)
  if (unreadable !== undefined) {
    const line = options.text.slice(0, unreadable.offset).split("\n").length
    return Result.fail([fault(line, unreadable.message)])
  }
  const parsed = parseCsv(options.text)
  if (Result.isFailure(parsed)) {
    return Result.fail([
      fault(
        parsed.failure.line,
        `The file is not readable as CSV: ${parsed.failure.message}. Correct the quotes.`
      )
    ])
  }
  const [header, ...records] = parsed.success
  if (header === undefined) {
    return Result.fail([
      fault(1, "The file is empty. Its first line names the columns, for example code,account.")
    ])
  }
  const columns = header.cells
  if (columns.length === 1 && columns[0]?.includes(";") === true) {
    return Result.fail([fault(1, "The columns are separated by semicolons. Save the file with commas.")])
  }
  if (columns.length > columnsMaximum) {
    return Result.fail([
      fault(1, `The table has ${columns.length} columns, more than ${columnsMaximum}. Split it.`)
    ])
  }
  const issues = [
    ...checkColumns(name, columns, { at: { file, line: header.line } }),
    ...records.flatMap(({ cells, line }) =>
      cells.length === columns.length
        ? []
        : [
            fault(
              line,
              `The row has ${cells.length} cells, the heading ${columns.length}. Quote a cell that contains a comma.`
            )
          ]
    )
  ]
  if (issues.length > 0) return Result.fail(issues)
  const lines = options.text.replace(/^\uFEFF/u, "").split(/\r?\n/u)
  const firstLine = lines[header.line - 1] ?? ""
  return Result.succeed({
    name,
    label: `${name} (${file})`,
    file,
    hitPolicy,
    columns,
    headings: columns.map((column) => firstLine.indexOf(column) + 1),
    rows: records.map((record) => ({
      ...record,
      starts: startsOf(lines[record.line - 1] ?? "", record.cells)
    }))
  })
}

/** Reads rows written in place; each must have the columns of the first. */
export const readRows = (
  name: string,
  rows: ReadonlyArray<{ readonly [column: string]: string }>,
  hitPolicy: Table["hitPolicy"]
): Read => {
  const columns = Object.keys(rows[0] ?? {})
  const issues = [
    ...(columns.length === 0
      ? [error(name, "mapping/unreadable-table", `Table ${name} has no rows. Write at least one.`, {})]
      : []),
    ...checkColumns(name, columns, {}),
    ...rows.flatMap((row, index): ReadonlyArray<MappingIssue> => {
      const given = Object.keys(row)
      const missing = columns.filter((column) => !given.includes(column))
      const extra = given.filter((column) => !columns.includes(column))
      return missing.length + extra.length === 0
        ? []
        : [
            {
              path: ["tables", name, "rows", index],
              code: "mapping/unreadable-table",
              severity: "error",
              message: `Row ${index + 1} has other columns than the first row: ${[
                ...missing.map((column) => `${column} is missing`),
                ...extra.map((column) => `${column} is extra`)
              ].join(", ")}. Give every row the same columns.`
            }
          ]
    })
  ]
  return issues.length > 0
    ? Result.fail(issues)
    : Result.succeed({
        name,
        label: name,
        hitPolicy,
        columns,
        headings: columns.map(() => 1),
        rows: rows.map((row, index) => ({
          line: index + 1,
          cells: columns.map((column) => (row[column] ?? "").trim())
        }))
      })
}

/** Reads a table from its declaration and, for a file, its text. */
export const readTable = (
  name: string,
  table: DecisionTable,
  file: { readonly file: string; readonly text: string } | undefined
): Read => {
  const hitPolicy = table.hitPolicy ?? "unique"
  if ("rows" in table) return readRows(name, table.rows, hitPolicy)
  return file === undefined
    ? Result.fail([
        {
          path: ["tables", name, "file"],
          code: "mapping/unreadable-table",
          severity: "error",
          message: `File ${table.file} cannot be read. Create it, or correct the path; it is relative to the pipeline.`
        }
      ])
    : readCsv({ name, ...file, hitPolicy })
}

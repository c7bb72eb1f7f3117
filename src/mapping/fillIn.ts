/**
 * fillIn: the values of one line: its account, dimensions and texts.
 */
import type { Json, Problem } from "../pipeline/SourceRecord.ts"
import { readField } from "../transform/readField.ts"
import type { CompiledDimensions, CompiledSelector, CompiledTemplate, Path } from "./CompiledRule.ts"
import { type DecisionRows, matching } from "./DecisionRows.ts"
import type { TableRow } from "./Table.ts"
import { textOf } from "./TextTemplate.ts"

/** What a line is made from. `where` is the path that its problems carry, such as `lines.revenue`. */
export interface LineScope {
  readonly element?: Json
  readonly document: Json
  readonly where: string
  /** Rows already decided for this line, so that a table is searched once and its gap reported once. */
  readonly decided: Map<string, TableRow | undefined>
  readonly report: (code: string, message: string) => void
}

/** A value, and the row that decided it. */
export interface Selected {
  readonly value: string
  readonly table?: string
  readonly row?: number
}

const valueAt = (scope: LineScope, path: Path): string | undefined => {
  const own = scope.element === undefined ? undefined : textOf(readField(scope.element, path))
  const text = own ?? textOf(readField(scope.document, path))
  return text === "" ? undefined : text
}

/** A text with its fields filled in; an absent field leaves nothing behind. */
export const fillIn = (template: CompiledTemplate, scope: LineScope): string =>
  template
    .map((part) => (typeof part === "string" ? part : (valueAt(scope, part) ?? "")))
    .join("")
    .trim()

/** A cell as it would stand in a CSV file. */
const asCell = (text: string) => (/[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** The row to add, as a line of CSV with the outputs left to the reader. */
const rowToAdd = ({ table, inputs }: DecisionRows, values: ReadonlyArray<string | undefined>) =>
  table.columns
    .map((column, index) => {
      const input = inputs.indexOf(index)
      return input === -1 ? `<${column}>` : asCell(values[input] ?? "*")
    })
    .join(",")

const decide = (selector: CompiledSelector & { _tag: "Table" }, scope: LineScope): TableRow | undefined => {
  const { decision, inputs } = selector
  const { table } = decision
  if (scope.decided.has(table.name)) return scope.decided.get(table.name)
  const values = inputs.map((path) => valueAt(scope, path))
  const [row, second] = matching(decision, values)
  const given = inputs.map((path, index) => `${path.join(".")} = ${values[index] ?? "(absent)"}`).join(", ")
  // Invariant I5: without a row there is no account; none is guessed.
  if (row === undefined) {
    scope.report(
      "mapping/no-row",
      `Table ${table.label} has no row for ${given}. Add one with the heading ${table.columns.join(",")}: ${rowToAdd(decision, values)}`
    )
  } else if (second !== undefined) {
    scope.report(
      "mapping/several-rows",
      `Table ${table.label} has two rows for ${given}: rows ${row.line} and ${second.line}. Make them differ, or set hitPolicy: first.`
    )
  }
  const decided = second === undefined ? row : undefined
  scope.decided.set(table.name, decided)
  return decided
}

/** The value a selector gives; nothing when it has none, and then the problem has been reported unless a table cell is empty. */
export const select = (selector: CompiledSelector, scope: LineScope): Selected | undefined => {
  if (selector._tag === "Table") {
    const row = decide(selector, scope)
    return row === undefined
      ? undefined
      : { value: row.cells[selector.column] ?? "", table: selector.decision.table.name, row: row.line }
  }
  const absent = selector.template.filter(
    (part) => typeof part !== "string" && valueAt(scope, part) === undefined
  )
  for (const part of absent) {
    if (typeof part === "string") continue
    scope.report(
      "mapping/missing-field",
      `The document has no ${part.join(".")}, which ${scope.where} is made from. Correct the document, or the rule.`
    )
  }
  return absent.length > 0 ? undefined : { value: fillIn(selector.template, scope) }
}

/** A selector whose empty cell is a problem: an account or a company. */
export const selectRequired = (
  selector: CompiledSelector,
  scope: LineScope,
  what: "account" | "company"
): Selected | undefined => {
  const selected = select(selector, scope)
  if (selected?.value !== "") return selected
  const label =
    selector._tag === "Table" ? `Row ${selected.row} of table ${selector.decision.table.label}` : "The rule"
  scope.report("mapping/empty-cell", `${label} names no ${what}. Fill it in.`)
  return undefined
}

/** The dimensions of a line; an empty cell means that the line does not carry that dimension. */
export const dimensionsOf = (
  dimensions: CompiledDimensions,
  scope: LineScope
): Readonly<Record<string, string>> => {
  const given: Record<string, string> = {}
  for (const [name, selector] of dimensions) {
    const selected = select(selector, scope)
    if (selected !== undefined && selected.value !== "") given[name] = selected.value
  }
  return given
}

/** The scope of one line, or of the document when no element is given. Problems go to `problems`, each once. */
export const scopeOf = (
  document: Json,
  where: string,
  problems: Map<string, Problem>,
  element?: Json
): LineScope => ({
  document,
  where,
  decided: new Map(),
  report: (code, message) => void problems.set(`${code} ${where} ${message}`, { code, message, path: where }),
  ...(element === undefined ? {} : { element })
})

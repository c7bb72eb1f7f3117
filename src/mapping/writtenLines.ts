/**
 * writtenLines: the lines that a mapping may make, as far as its file says.
 *
 * Every account stands in a rule or in a row of a table, so all of them can be
 * checked against a ledger before any document comes. What a table decides about
 * one line in one row belongs together; what another table adds to it is not
 * known until a document chooses the row, and is listed by itself.
 */
import type { CompiledDimensions, CompiledRules, CompiledSelector } from "./CompiledRule.ts"
import type { DecisionRows } from "./DecisionRows.ts"
import type { MappingIssue } from "./MappingIssue.ts"
import { positionIn, type TableRow } from "./Table.ts"

/** A value that is written down, and where: `at` in a CSV file, else `path` in the mapping. */
export interface WrittenValue extends Pick<MappingIssue, "path" | "at"> {
  readonly value: string
}

/** One line; a dimension whose value only a document knows is undefined. */
export interface WrittenLine {
  /** Leads from the mapping to the rule. */
  readonly path: MappingIssue["path"]
  readonly account?: WrittenValue
  readonly dimensions: Readonly<Record<string, WrittenValue | undefined>>
  readonly hasTaxCode: boolean
}

/** What a mapping writes down. `companies` is empty where a document decides. */
export interface WrittenMapping {
  readonly companies: ReadonlyArray<WrittenValue>
  readonly lines: ReadonlyArray<WrittenLine>
}

type Path = MappingIssue["path"]

const cellOf = (decision: DecisionRows, row: TableRow, column: number): WrittenValue => {
  const { table } = decision
  return {
    value: row.cells[column] ?? "",
    path: ["tables", table.name, "rows", row.line - 1, table.columns[column] ?? ""],
    ...positionIn(table, row.line, row.starts?.[column])
  }
}

const cellsOf = (selector: CompiledSelector): ReadonlyArray<WrittenValue> =>
  selector._tag === "Table"
    ? selector.decision.rows.map(({ row }) => cellOf(selector.decision, row, selector.column))
    : []

/** The fixed text, or undefined where fields are filled in. */
const textOf = (selector: CompiledSelector, path: Path): WrittenValue | undefined => {
  if (selector._tag === "Table") return undefined
  const parts = selector.template.map((part) => (typeof part === "string" ? part : undefined))
  return parts.includes(undefined) ? undefined : { value: parts.join(""), path }
}

const decisionOf = (selector: CompiledSelector) => (selector._tag === "Table" ? selector.decision : undefined)

const linesOf = (
  path: Path,
  account: CompiledSelector,
  dimensions: CompiledDimensions,
  hasTaxCode: boolean
): ReadonlyArray<WrittenLine> => {
  const decision =
    decisionOf(account) ??
    dimensions.map(([, selector]) => decisionOf(selector)).find((one) => one !== undefined)
  const valueIn = (selector: CompiledSelector, at: Path, row: TableRow | undefined) =>
    selector._tag === "Table" && selector.decision === decision && row !== undefined
      ? cellOf(decision, row, selector.column)
      : textOf(selector, at)
  const lineOf = (row: TableRow | undefined): WrittenLine => {
    const found = valueIn(account, [...path, "account"], row)
    return {
      path,
      hasTaxCode,
      ...(found === undefined ? {} : { account: found }),
      dimensions: Object.fromEntries(
        dimensions.map(([name, selector]) => [name, valueIn(selector, [...path, "dimensions", name], row)])
      )
    }
  }
  const others = dimensions.filter(
    ([, selector]) => selector._tag === "Table" && selector.decision !== decision
  )
  return [
    ...(decision === undefined ? [lineOf(undefined)] : decision.rows.map(({ row }) => lineOf(row))),
    ...others.flatMap(([name, selector]) =>
      cellsOf(selector).map((cell): WrittenLine => ({ path, hasTaxCode, dimensions: { [name]: cell } }))
    )
  ]
}

/** Everything that compiled rules write down. */
export const writtenLines = (rules: CompiledRules): WrittenMapping => {
  const company = textOf(rules.company, ["company"])
  const distinct = new Map(
    (company === undefined ? cellsOf(rules.company) : [company]).map((one) => [one.value, one])
  )
  const rounding: CompiledSelector | undefined =
    rules.rounding === undefined ? undefined : { _tag: "Text", template: [rules.rounding.account] }
  return {
    companies: [...distinct.values()],
    lines: [
      ...rules.lines.flatMap((rule, index) =>
        linesOf(["lines", index], rule.account, rule.dimensions, rule.taxCode !== undefined)
      ),
      ...(rounding === undefined
        ? []
        : linesOf(["rounding"], rounding, rules.rounding?.dimensions ?? [], false))
    ]
  }
}

/**
 * compileMapping: checks a mapping against the fields there are and the tables given.
 *
 * Everything that can be known before the first document is reported here, and
 * all of it at once. Whether an entry balances depends on the document and is
 * for `mapDocument` to say.
 */
import { DateTime, Option, Result } from "effect"
import { lookUp, type MissingField, type Shape, suggest, unknownShape } from "../pipeline/Shape.ts"
import type { CompiledMapping } from "./CompiledMapping.ts"
import type {
  CompiledDimensions,
  CompiledRule,
  CompiledRules,
  CompiledSelector,
  CompiledTemplate,
  Path
} from "./CompiledRule.ts"
import { type DecisionRows, decisionRows } from "./DecisionRows.ts"
import { mapDocument } from "./mapDocument.ts"
import type { Mapping, PostingRule, Selector } from "./Mapping.ts"
import type { MappingIssue } from "./MappingIssue.ts"
import { requiredFields } from "./requiredFields.ts"
import { positionIn, readTable } from "./Table.ts"
import { fieldsOf, parseTemplate } from "./TextTemplate.ts"
import { writtenLines } from "./writtenLines.ts"

type IssuePath = MappingIssue["path"]

/** What fields a rule sees: those of the element, if it makes a line per element, and those of the document. */
interface Scope {
  readonly element?: Shape
  readonly document: Shape
}

const pathOf = (field: string): Path => field.split(".")

const twinOf = (path: Path): Path => [...path.slice(0, -1), "accounting", ...path.slice(-1)]

/** Output columns that the mapping asks of each table. */
const outputsOf = (mapping: Mapping): ReadonlyMap<string, ReadonlySet<string>> => {
  const selectors: ReadonlyArray<Selector | undefined> = [
    mapping.company,
    ...mapping.lines.flatMap((rule) => [rule.account, rule.taxCode, ...Object.values(rule.dimensions ?? {})]),
    ...Object.values(mapping.rounding?.dimensions ?? {})
  ]
  const outputs = new Map<string, Set<string>>()
  for (const selector of selectors) {
    if (typeof selector !== "object") continue
    const columns = outputs.get(selector.table) ?? new Set()
    outputs.set(selector.table, columns.add(selector.column ?? "account"))
  }
  return outputs
}

/** Field of the element first, then of the document. */
const find = (scope: Scope, field: string): Shape | MissingField => {
  const inElement = scope.element === undefined ? undefined : lookUp(scope.element, field)
  if (inElement !== undefined && inElement._tag !== "Missing") return inElement
  const inDocument = lookUp(scope.document, field)
  if (inDocument._tag !== "Missing" || inElement === undefined) return inDocument
  return inElement.suggestion === undefined
    ? { ...inDocument, known: [...inElement.known, ...inDocument.known] }
    : inElement
}

const unknownField = (
  path: IssuePath,
  field: string,
  missing: MissingField,
  at: Pick<MappingIssue, "at"> = {}
): MappingIssue => ({
  path,
  code: "mapping/unknown-field",
  severity: "error",
  message: `There is no field ${field}: ${missing.missing} is not known. ${
    missing.suggestion === undefined
      ? missing.known.length === 0
        ? "Only an object has fields; use each to go through a list."
        : `Known here: ${missing.known.join(", ")}.`
      : ""
  }`.trim(),
  ...(missing.suggestion === undefined ? {} : { suggestion: missing.suggestion }),
  ...at
})

/** Minutes after midnight of a checked "22:00". */
const minutesOf = (timeOfDay: string | undefined): number | undefined =>
  timeOfDay === undefined ? undefined : Number(timeOfDay.slice(0, 2)) * 60 + Number(timeOfDay.slice(3))

/**
 * Compiles a mapping. `tables` holds the text of each table file by the name of
 * the table, `shape` the fields of the document, `dimensions` those the sink
 * takes. Fails with all issues when one of them is an error.
 */
export const compileMapping = (options: {
  readonly mapping: Mapping
  readonly tables: ReadonlyMap<string, { readonly file: string; readonly text: string }>
  readonly shape: Shape
  readonly dimensions: ReadonlyArray<string>
}): Result.Result<CompiledMapping, ReadonlyArray<MappingIssue>> => {
  const { mapping, shape } = options
  const issues: Array<MappingIssue> = [...requiredFields(shape)]
  const report = (path: IssuePath, code: string, message: string, suggestion?: string) =>
    void issues.push({
      path,
      code: `mapping/${code}`,
      severity: "error",
      message: message.trim(),
      ...(suggestion === undefined ? {} : { suggestion })
    })

  const outputs = outputsOf(mapping)
  const decisions = new Map<string, DecisionRows>()
  for (const [name, declaration] of Object.entries(mapping.tables ?? {})) {
    const asked = outputs.get(name)
    if (asked === undefined) {
      issues.push({
        path: ["tables", name],
        code: "mapping/unused-table",
        severity: "warning",
        message: `No rule uses table ${name}. Use it, or remove it.`
      })
    }
    const table = readTable(name, declaration, options.tables.get(name))
    if (Result.isFailure(table)) issues.push(...table.failure)
    // Without a rule that asks for a column there is no telling inputs from outputs.
    else if (asked !== undefined) {
      const { decision, issues: found } = decisionRows(table.success, asked)
      issues.push(...found)
      decisions.set(name, decision)
    }
  }

  const template = (path: IssuePath, text: string, scope: Scope): CompiledTemplate => {
    const parsed = parseTemplate(text)
    if (Result.isFailure(parsed)) {
      report(path, "bad-placeholder", parsed.failure)
      return []
    }
    for (const field of fieldsOf(parsed.success)) {
      const found = find(scope, field)
      if (found._tag === "Missing") issues.push(unknownField(path, field, found))
      else if (found._tag === "Object" || found._tag === "List") {
        report(
          path,
          "not-a-text",
          `{${field}} is ${found._tag === "List" ? "a list" : "an object"} and has no text. Name one of its fields.`
        )
      }
    }
    return parsed.success.map((part) => (typeof part === "string" ? part : pathOf(part.field)))
  }

  // A table used by several rules would report the same heading once for each.
  const checkedHeadings = new Set<string>()
  const checkHeadings = (decision: DecisionRows, scope: Scope) => {
    for (const index of decision.inputs) {
      const { table } = decision
      const heading = table.columns[index] ?? ""
      const at = positionIn(table, 1, table.headings[index])
      const found = find(scope, heading)
      const seen = `${table.name}/${heading}/${found._tag}`
      if (checkedHeadings.has(seen)) continue
      checkedHeadings.add(seen)
      if (found._tag === "Missing") {
        const issue = unknownField(["tables", table.name], heading, found, at)
        issues.push({
          ...issue,
          message: `Column ${heading} of table ${table.label} is neither asked for by a rule nor a field. ${issue.message}`
        })
      } else if (found._tag === "Object" || found._tag === "List") {
        issues.push({
          path: ["tables", table.name],
          code: "mapping/not-a-text",
          severity: "error",
          message: `Column ${heading} of table ${table.label} is ${found._tag === "List" ? "a list" : "an object"}, which no cell can match. Name one of its fields.`,
          ...at
        })
      }
    }
  }

  const select = (path: IssuePath, selector: Selector, scope: Scope): CompiledSelector => {
    if (typeof selector === "string") return { _tag: "Text", template: template(path, selector, scope) }
    const decision = decisions.get(selector.table)
    const wanted = selector.column ?? "account"
    const column = decision?.table.columns.indexOf(wanted) ?? -1
    if (decision === undefined) {
      const names = Object.keys(mapping.tables ?? {})
      // A table that is there but unreadable has been reported already.
      if (!names.includes(selector.table)) {
        const suggestion = suggest(selector.table, names)
        report(
          [...path, "table"],
          "unknown-table",
          `There is no table ${selector.table} under tables. ${suggestion === undefined ? "Add it." : ""}`,
          suggestion
        )
      }
      return { _tag: "Text", template: [] }
    }
    if (column === -1) {
      const suggestion = suggest(wanted, decision.table.columns)
      report(
        selector.column === undefined ? [...path, "table"] : [...path, "column"],
        "unknown-column",
        `Table ${decision.table.label} has no column ${wanted}. ${
          suggestion === undefined ? `It has ${decision.table.columns.join(", ")}.` : ""
        }`,
        suggestion
      )
    }
    checkHeadings(decision, scope)
    return {
      _tag: "Table",
      decision,
      inputs: decision.inputs.map((index) => pathOf(decision.table.columns[index] ?? "")),
      column
    }
  }

  const dimensionsOf = (
    path: IssuePath,
    dimensions: { readonly [name: string]: Selector } | undefined,
    scope: Scope
  ): CompiledDimensions =>
    Object.entries(dimensions ?? {}).map(([name, selector]) => {
      if (!options.dimensions.includes(name)) {
        const suggestion = suggest(name, options.dimensions)
        report(
          [...path, "dimensions", name],
          "unknown-dimension",
          `The sink takes no dimension ${name}. ${
            suggestion === undefined
              ? options.dimensions.length === 0
                ? "It is set up without dimensions."
                : `It takes ${options.dimensions.join(", ")}.`
              : ""
          }`,
          suggestion
        )
      }
      return [name, select([...path, "dimensions", name], selector, scope)]
    })

  const accountOf = (path: IssuePath, selector: Selector, scope: Scope): CompiledSelector => {
    // Invariant I5: an account is written down, in a rule or in a row; it is never built from a document.
    if (typeof selector === "string" && /[{}]/u.test(selector)) {
      report(
        path,
        "bad-account",
        `Account ${selector} holds a placeholder. Write the account, or decide it by a table.`
      )
    }
    return select(path, selector, scope)
  }

  const scopeOf = (path: IssuePath, rule: PostingRule): Scope => {
    if (rule.each === undefined) return { document: shape }
    const list = lookUp(shape, rule.each)
    if (list._tag === "List") return { element: list.item, document: shape }
    if (list._tag === "Missing") issues.push(unknownField([...path, "each"], rule.each, list))
    else if (list._tag !== "Unknown") {
      report(
        [...path, "each"],
        "not-a-list",
        `${rule.each} is not a list. Remove each, or name a list such as lines or taxes.`
      )
    }
    return { element: unknownShape, document: shape }
  }

  const ruleOf = (rule: PostingRule, index: number): CompiledRule => {
    const path: IssuePath = ["lines", index]
    const scope = scopeOf(path, rule)
    if (mapping.lines.findIndex((other) => other.name === rule.name) !== index) {
      report(
        [...path, "name"],
        "duplicate-name",
        `Two rules are called ${rule.name}. Give each its own name.`
      )
    }
    const amount = lookUp(scope.element ?? shape, rule.amount)
    if (amount._tag === "Missing") issues.push(unknownField([...path, "amount"], rule.amount, amount))
    else if (amount._tag !== "Decimal" && amount._tag !== "Unknown") {
      report(
        [...path, "amount"],
        "not-an-amount",
        `${rule.amount} is not an amount. Name an amount such as totals.grand.`
      )
    }
    return {
      name: rule.name,
      side: rule.side,
      ...(rule.each === undefined ? {} : { each: pathOf(rule.each) }),
      amount: pathOf(rule.amount),
      accountingAmount: twinOf(pathOf(rule.amount)),
      account: accountOf([...path, "account"], rule.account, scope),
      dimensions: dimensionsOf(path, rule.dimensions, scope),
      ...(rule.taxCode === undefined ? {} : { taxCode: select([...path, "taxCode"], rule.taxCode, scope) }),
      ...(rule.text === undefined ? {} : { text: template([...path, "text"], rule.text, scope) })
    }
  }

  const { from } = mapping.postingDate
  const instant = lookUp(shape, from)
  if (instant._tag === "Missing") issues.push(unknownField(["postingDate", "from"], from, instant))
  else if (instant._tag !== "Text" && instant._tag !== "Unknown") {
    report(
      ["postingDate", "from"],
      "not-an-instant",
      `${from} is not an instant. Name a field such as createdAt.`
    )
  }
  const zone = DateTime.zoneMakeNamed(mapping.postingDate.timeZone)
  if (Option.isNone(zone)) {
    report(
      ["postingDate", "timeZone"],
      "unknown-time-zone",
      `${mapping.postingDate.timeZone} is not an IANA time zone.`
    )
  }
  const { rounding } = mapping
  const document: Scope = { document: shape }
  const rules: CompiledRules = {
    company: select(["company"], mapping.company, document),
    postingDate: {
      from: pathOf(from),
      zone: Option.getOrElse(zone, () => DateTime.zoneMakeOffset(0)),
      cutOffMinutes: minutesOf(mapping.postingDate.cutOff)
    },
    ...(mapping.text === undefined ? {} : { text: template(["text"], mapping.text, document) }),
    lines: mapping.lines.map(ruleOf),
    ...(rounding === undefined
      ? {}
      : {
          rounding: {
            account: rounding.account,
            limit: rounding.limit,
            dimensions: dimensionsOf(["rounding"], rounding.dimensions, document)
          }
        })
  }
  return issues.some(({ severity }) => severity === "error")
    ? Result.fail(issues)
    : Result.succeed({
        warnings: issues,
        written: writtenLines(rules),
        map: (json, about) => mapDocument(rules, json, about)
      })
}

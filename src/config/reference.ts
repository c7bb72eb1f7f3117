/**
 * reference: every setting there is, and every field of a document, as Markdown.
 *
 * Read off the schemas: kind, default and description cannot go out of date.
 */
import { Option, Schema, SchemaAST } from "effect"
import type { Connector } from "../pipeline/Connector.ts"
import { SalesDocument } from "../pipeline/SalesDocument.ts"
import { descriptionOf, fieldsOf, identifierOf, kindOf, literalsOf } from "./kindOf.ts"
import { pipelineSchema } from "./pipelineSchema.ts"

interface Row {
  readonly name: string
  readonly kind: string
  /** The default as written in YAML; "required" or empty where there is none. */
  readonly standard: string
  readonly description: string
}

const kind = (ast: SchemaAST.AST): string => {
  const identifier = identifierOf(ast)
  if (identifier === "SecretReference") return "{ env } or { file }"
  if (identifier === "Decimal" || identifier === "Amount") return "decimal as text"
  const literals = literalsOf(ast)
  if (literals !== undefined) return literals.map(String).join(", ")
  const encoded = SchemaAST.toEncoded(ast)
  const item = encoded._tag === "Arrays" ? encoded.rest[0] : undefined
  return item === undefined ? kindOf(ast).join(" or ") : `list: ${kind(item)}`
}

/** A length of time is encoded in milliseconds; people write 5 minutes. */
const inLargestUnit = (text: string): string => {
  const millis = Number(/^(\d+) millis$/u.exec(text)?.[1] ?? Number.NaN)
  const units = [
    ["days", 86_400_000],
    ["hours", 3_600_000],
    ["minutes", 60_000],
    ["seconds", 1000]
  ] as const
  const [unit, size] = units.find(([, most]) => millis >= most && millis % most === 0) ?? ["millis", 1]
  const count = millis / size
  return Number.isNaN(count) ? text : `${count} ${count === 1 ? unit.slice(0, -1) : unit}`
}

/** What the file says when the key is left out, found by leaving it out. */
const standardOf = (field: SchemaAST.PropertySignature): string => {
  if (!SchemaAST.isOptional(SchemaAST.toEncoded(field.type))) return "required"
  const alone: Schema.Codec<unknown, unknown> = Schema.make(new SchemaAST.Objects([field], []))
  const encoded = Schema.decodeOption(alone)({}).pipe(Option.flatMap(Schema.encodeOption(alone)))
  const value: unknown =
    Option.isSome(encoded) && typeof encoded.value === "object" && encoded.value !== null
      ? Reflect.get(encoded.value, field.name)
      : undefined
  // The default of a block is the defaults of its keys, which have rows of their own.
  if (value === undefined || (typeof value === "object" && !Array.isArray(value))) return ""
  return `\`${typeof value === "string" ? inLargestUnit(value) : JSON.stringify(value)}\``
}

const decodedFields = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.PropertySignature> =>
  ast._tag === "Objects" ? ast.propertySignatures : fieldsOf(ast)

const rowsOf = (ast: SchemaAST.AST, prefix: string): ReadonlyArray<Row> =>
  decodedFields(ast).flatMap((field) => {
    const { type } = field
    const name = `${prefix}${String(field.name)}`
    const row = {
      name,
      kind: kind(type),
      standard: standardOf(field),
      description: descriptionOf(type) ?? ""
    }
    const encoded = SchemaAST.toEncoded(type)
    if (encoded._tag === "Arrays") {
      const item = encoded.rest[0]
      return [row, ...(item === undefined ? [] : rowsOf(item, `${name}[].`))]
    }
    const record = encoded._tag === "Objects" ? encoded.indexSignatures[0] : undefined
    if (record !== undefined) return [row, ...rowsOf(record.type, `${name}.<name>.`)]
    return [row, ...rowsOf(type, `${name}.`)]
  })

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ")

const table = (rows: ReadonlyArray<Row>): string =>
  [
    "| key | value | default | meaning |",
    "| --- | --- | --- | --- |",
    ...rows.map(
      (row) => `| \`${row.name}\` | ${cell(row.kind)} | ${cell(row.standard)} | ${cell(row.description)} |`
    )
  ].join("\n")

const section = (title: string, summary: string, ast: SchemaAST.AST): string => {
  // What stands under `accounting` repeats its neighbours in another currency.
  const rows = rowsOf(ast, "").filter(({ name }) => !name.includes("accounting."))
  return `## ${title}\n\n${summary}\n\n${rows.length === 0 ? "No settings." : table(rows)}\n`
}

/** The page, as Markdown. */
export const reference = (connectors: ReadonlyArray<Connector>): string =>
  [
    "# Reference\n\nGenerated from the schemas by `ledgerline schema --write schemas`. Every setting of every file, and every field that a pipeline can name.\n",
    section(
      "A pipeline",
      "The keys of a pipeline file. Those of `source.with` and `sink.with` depend on the type, below.",
      pipelineSchema(connectors).ast
    ),
    ...connectors.flatMap(({ sources }) =>
      sources.map(({ config, summary, type }) =>
        section(`Source ${type}`, `${summary} Settings under \`with\`:`, config.ast)
      )
    ),
    ...connectors.flatMap(({ sinks }) =>
      sinks.map(({ config, summary, type }) =>
        section(`Sink ${type}`, `${summary} Settings under \`with\`:`, config.ast)
      )
    ),
    ...connectors.map(({ connection, name, summary }) =>
      section(
        `Connection ${name}`,
        `${summary} Settings in connections.yaml, beside \`type: ${name}\`:`,
        connection.ast
      )
    ),
    section(
      "The document",
      "What sources emit, and what transforms and posting rules name. Amounts stand in the document's currency, and under `accounting` in the currency of the books.",
      SalesDocument.ast
    )
  ].join("\n")

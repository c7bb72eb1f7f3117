/**
 * reference: every setting there is, and every field of a document, as Markdown.
 *
 * Read off the schemas: kind, default and description cannot go out of date.
 */
import { Option, Schema, SchemaAST } from "effect"
import type { Connector } from "../pipeline/Connector.ts"
import type { SourceDefinition } from "../pipeline/Source.ts"
import { SalesDocument } from "../pipeline/SalesDocument.ts"
import { descriptionOf, factSourceOf, fieldsOf, identifierOf, kindOf, literalsOf } from "./kindOf.ts"
import { lookUpFields } from "./lookUpFields.ts"
import { pipelineSchema } from "./pipelineSchema.ts"

interface Row {
  readonly name: string
  readonly kind: string
  /** The default as written in YAML; "required" or empty where there is none. */
  readonly standard: string
  readonly description: string
  /** Where the fact behind the default or the limit is from; empty where it is our own choice. */
  readonly factSource: string
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
      description: descriptionOf(type) ?? "",
      factSource: factSourceOf(type) ?? ""
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

const lines = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const [head = [], ...others] = rows
  return [head, head.map(() => "---"), ...others].map((row) => `| ${row.map(cell).join(" | ")} |`).join("\n")
}

/** Where no setting has a source of its fact, there is no column for it. */
const table = (rows: ReadonlyArray<Row>): string => {
  const hasFacts = rows.some(({ factSource }) => factSource !== "")
  return lines([
    ["key", "value", "default", "meaning", ...(hasFacts ? ["where the fact is from"] : [])],
    ...rows.map((row) => [
      `\`${row.name}\``,
      row.kind,
      row.standard,
      row.description,
      ...(hasFacts ? [row.factSource] : [])
    ])
  ])
}

const link = (title: string) =>
  `[${title}](#${title
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/gu, "")
    .replaceAll(" ", "-")})`

const documentTitle = "The document"

/** Every source and sink of every connector, on one page. */
const overview = (connectors: ReadonlyArray<Connector>): string =>
  lines([
    ["stage", "settings", "connection", "emits or takes", "can be looked up by"],
    ...connectors.flatMap(({ name, sources }) =>
      sources.map((source) => [
        `source \`${source.type}\``,
        link(`Source ${source.type}`),
        link(`Connection ${name}`),
        source.record.ast === SalesDocument.ast ? link(documentTitle) : link(`Record of ${source.type}`),
        (source.lookUpBy ?? []).map((field) => `\`${field}\``).join(", ")
      ])
    ),
    ...connectors.flatMap(({ customerSinks, name, sinks }) =>
      [
        ...sinks.map((sink) => ({ ...sink, takes: "journal entries" })),
        ...customerSinks.map((sink) => ({ ...sink, takes: "customers" }))
      ].map(({ takes, type }) => [
        `sink \`${type}\``,
        link(`Sink ${type}`),
        link(`Connection ${name}`),
        takes,
        ""
      ])
    )
  ])

const section = (title: string, summary: string, ast: SchemaAST.AST): string => {
  // What stands under `accounting` repeats its neighbours in another currency.
  const rows = rowsOf(ast, "").filter(({ name }) => !name.includes("accounting."))
  return `## ${title}\n\n${summary}\n\n${rows.length === 0 ? "None." : table(rows)}\n`
}

const lookUps = ({ lookUpBy = [] }: SourceDefinition<unknown>): string =>
  lookUpBy.length === 0
    ? ""
    : `\nOther pipelines can look its records up by ${lookUpBy.map((field) => `\`${field}\``).join(", ")}: see \`lookups\`.\n`

/** The settings of a source, then its record; sales documents have a section of their own. */
const sourceSections = (source: SourceDefinition<unknown>): ReadonlyArray<string> => [
  section(`Source ${source.type}`, `${source.summary} Settings under \`with\`:`, source.config.ast) +
    lookUps(source),
  ...(source.record.ast === SalesDocument.ast
    ? []
    : [
        section(
          `Record of ${source.type}`,
          "The fields that transforms, posting rules and look-ups name.",
          source.record.ast
        )
      ])
]

/** The page, as Markdown. */
export const reference = (connectors: ReadonlyArray<Connector>): string =>
  [
    "# Reference\n\nGenerated from the schemas by `ledgerline schema --write schemas`. Every setting of every file, and every field that a pipeline can name. A default that is a fact about the other system says where the fact is from; all others are our own choice.\n",
    `## Sources and sinks\n\n${overview(connectors)}\n`,
    section(
      "A pipeline",
      "The keys of a pipeline file. Those of `source.with` and `sink.with` depend on the type, below.",
      pipelineSchema(connectors).ast
    ),
    section(
      "A look-up",
      "The keys of each item of `lookups`, beside `type`, `connection` and `with` as of a source. What is found is stored with the record, under `looked.<name>`: mapping the same record again gives the same. It is not part of what makes a record changed, so a customer that changes in the ledger posts nothing by itself. A retry asks again only where there was no answer; a record that waits for a customer is retried by itself once he is linked.",
      Schema.Struct(lookUpFields).ast
    ),
    ...connectors.flatMap(({ sources }) => sources.flatMap(sourceSections)),
    ...connectors.flatMap(({ customerSinks, sinks }) =>
      [...sinks, ...customerSinks].map(({ config, summary, type }) =>
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
      documentTitle,
      "What sources emit, and what transforms and posting rules name. Amounts stand in the document's currency, and under `accounting` in the currency of the books.",
      SalesDocument.ast
    )
  ].join("\n")

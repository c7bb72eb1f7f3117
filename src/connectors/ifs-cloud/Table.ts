/**
 * Table: one entity set of IFS as a source of records.
 *
 * A declaration says which properties are read, which of them are the key, and
 * how a row reads in our own words. Everything else is the same for all.
 */
import { Option, Schema } from "effect"
import type { Json, Problem, SourceRecord } from "../../pipeline/SourceRecord.ts"
import type { RawRow } from "./IfsClient.ts"
import { type KeyType, type Literal, odata, PropertyName } from "./odata.ts"
import { type OrderColumn, textOf } from "./seekRows.ts"
import type { TableConfig } from "./TableConfig.ts"

/** A text that may be missing. */
export const Text = Schema.NullOr(Schema.String)

/** What is declared of an entity set. */
export interface Table<Row, Encoded, Config = TableConfig> {
  /** What one row is, in our words: account. */
  readonly resource: string
  /** Properties that are read, by our names. */
  readonly row: Schema.Codec<Row, Encoded> & { readonly fields: Readonly<Record<string, Schema.Top>> }
  /** The full key by our names, in its order. */
  readonly key: Readonly<Record<string, KeyType>>
  /** What people call a row; its id where it has no such name. */
  readonly number?: (row: Row) => string
  /** The row in our words. `beside` is what was read beside it, if anything is. */
  readonly normalise: (row: Row, beside: Json, config: Config) => Readonly<Record<string, Json>>
}

const property = Schema.decodeSync(PropertyName)

/** The columns of a table that are asked for, by our names. */
export const columnsOf = <Row, Encoded, Config>(
  table: Table<Row, Encoded, Config>,
  config: Pick<TableConfig, "without">
): { readonly key: ReadonlyArray<OrderColumn>; readonly select: ReadonlyArray<string> } => ({
  key: Object.entries(table.key).map(([name, type]) => ({ property: property(name), type })),
  // The key is part of it, whatever is left out.
  select: Object.keys(table.row.fields).filter((name) => name in table.key || !config.without.includes(name))
})

/** The id of a row: its key; of several values, each escaped and joined by "/". */
export const idOf = (values: ReadonlyArray<string>): string =>
  values.length === 1 ? (values[0] ?? "") : values.map(encodeURIComponent).join("/")

/** The literals of the key that an id stands for; none when it is no such id. */
export const keyOfId = (
  key: ReadonlyArray<OrderColumn>,
  id: string
): Option.Option<ReadonlyArray<Literal>> => {
  const unescaped = Option.liftThrowable((parts: ReadonlyArray<string>) => parts.map(decodeURIComponent))
  const parts = key.length === 1 ? Option.some([id]) : unescaped(id.split("/"))
  return Option.filter(parts, (values) => values.length === key.length).pipe(
    Option.flatMap((values) =>
      Option.all(key.map(({ type }, index) => odata.literalOf(type, values[index] ?? "")))
    )
  )
}

/** The fields that say something: no nulls and no empty texts. */
export const present = (fields: Readonly<Record<string, Json | undefined>>): Readonly<Record<string, Json>> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      value === undefined || value === null || value === "" ? [] : [[name, value] as const]
    )
  )

/** A row as a source record; its ETag is the revision. A row that is not as declared is a problem. */
export const tableRecord = <Row, Encoded, Config>(
  table: Table<Row, Encoded, Config>,
  config: Config,
  given: { readonly row: RawRow; readonly etag: string; readonly beside: Json }
): SourceRecord => {
  const id = idOf(Object.keys(table.key).map((name) => textOf(given.row, name) ?? ""))
  // What the tenant does not have is read as empty.
  const nothing = Object.fromEntries(Object.keys(table.row.fields).map((name) => [name, null]))
  const decoded = Schema.decodeUnknownResult(table.row)({ ...nothing, ...given.row })
  const problem = (message: string): Problem => ({
    code: "ifs-cloud/row",
    message: `${table.resource} ${id} is not as documented: ${message}. Compare $metadata of the entity set; set properties or without of the source.`,
    path: ""
  })
  return {
    origin: {
      system: "ifs-cloud",
      resource: table.resource,
      id,
      number: decoded._tag === "Success" ? (table.number?.(decoded.success) ?? id) : id,
      revision: given.etag
    },
    raw: given.beside === null ? given.row : { row: given.row, beside: given.beside },
    normalised:
      decoded._tag === "Success"
        ? { _tag: "Record", record: table.normalise(decoded.success, given.beside, config) }
        : { _tag: "Problems", problems: [problem(decoded.failure.message)] }
  }
}

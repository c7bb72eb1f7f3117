/**
 * RecordPreview: a record that is only read and kept, and the three ways to print it.
 */
import { Predicate, Schema } from "effect"
import { type Json, type Origin, Problem } from "../pipeline/SourceRecord.ts"
import type { LocatedProblem } from "../plan/Plan.ts"
import { columns, indented } from "./columns.ts"
import { documentOf, PreviewedOrigin, problemText, quoted } from "./preview.ts"
import { styled } from "./styled.ts"

/** What `dry-run --format json` prints of a pipeline that only reads; a contract with other programs. */
export const DryRunRecords = Schema.Struct({
  documents: Schema.Array(
    Schema.Struct({
      document: PreviewedOrigin,
      record: Schema.NullOr(Schema.Json).annotate({
        description: "The record after the transform; null where there are problems."
      }),
      problems: Schema.Array(Problem)
    })
  )
})

/** A record and what the transform makes of it. */
export interface RecordPreview {
  readonly origin: Origin
  readonly record: Json | null
  readonly problems: ReadonlyArray<LocatedProblem>
}

/** The machine-readable form of one record. */
export const recordToJson = ({ origin, problems, record }: RecordPreview) => ({
  document: documentOf(origin),
  record,
  problems: problems.map(({ code, message, path }) => ({ code, message, path }))
})

const textOf = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value))

/** Every field by its path, `address.city`; the items of a list by number, or the list as JSON. */
const fieldsOf = (value: Json, path: string, lists: "items" | "json"): ReadonlyArray<[string, string]> => {
  const below = (name: string) => (path === "" ? name : `${path}.${name}`)
  if (Array.isArray(value) && lists === "items" && value.length > 0) {
    return value.flatMap((item: Json, index) => fieldsOf(item, `${path}[${index + 1}]`, lists))
  }
  if (Predicate.isObject(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([name, inner]) => fieldsOf(inner, below(name), lists))
  }
  return [[path, textOf(value)]]
}

/** For people: each field on a line of its own, or what stands in the way. */
export const recordToTable = ({ origin, problems, record }: RecordPreview): string =>
  problems.length > 0
    ? problemText(origin, problems)
    : [
        styled("bold", `${origin.resource} ${origin.number}`),
        indented(columns([], fieldsOf(record, "", "items")))
      ].join("\n")

/** One row a record, with a column for every field that any of them has; a list is JSON. RFC 4180. */
export const recordsToCsv = (previews: ReadonlyArray<RecordPreview>): string => {
  const rows = previews
    .filter(({ problems }) => problems.length === 0)
    .map(({ origin, record }) => ({ origin, fields: new Map(fieldsOf(record, "", "json")) }))
  const names = [...new Set(rows.flatMap(({ fields }) => [...fields.keys()]))]
  return [
    ["document", ...names],
    ...rows.map(({ fields, origin }) => [
      `${origin.resource} ${origin.id}`,
      ...names.map((name) => fields.get(name) ?? "")
    ])
  ]
    .map((row) => row.map(quoted).join(","))
    .join("\n")
}

/**
 * previewCustomers: what would be written of customers, and the three ways to print it.
 */
import { Console, Effect, Schema } from "effect"
import { placeLine } from "../engine/customers/addressText.ts"
import { pairOf, sourceSide } from "../engine/customers/CustomerPair.ts"
import { openPair } from "../engine/customers/openPair.ts"
import { type CustomerPreview, newAddress, previewCustomer } from "../engine/customers/previewCustomer.ts"
import { Problem, type SourceRecord } from "../pipeline/SourceRecord.ts"
import type { CustomersPipeline } from "../plan/Plan.ts"
import { columns, indented } from "./columns.ts"
import { configuredStore } from "./configuredStore.ts"
import { contactOnStore } from "./contact.ts"
import { documentOf, PreviewedOrigin, problemText, quoted } from "./preview.ts"
import { styled } from "./styled.ts"

/** What `dry-run --format json` prints of a pipeline that keeps customers the same; a contract with other programs. */
export const DryRunCustomers = Schema.Struct({
  documents: Schema.Array(
    Schema.Struct({
      document: PreviewedOrigin,
      action: Schema.Literals(["create", "change", "nothing"]),
      connection: Schema.String.annotate({ description: "Where it would be written." }),
      linkedBy: Schema.NullOr(Schema.String).annotate({
        description: "What the two have in common, where they are not linked yet."
      }),
      values: Schema.Array(
        Schema.Struct({
          field: Schema.String,
          before: Schema.NullOr(Schema.String),
          after: Schema.NullOr(Schema.String)
        })
      ),
      problems: Schema.Array(Problem)
    })
  )
})

const toJson = ({ origin, problems, ...preview }: CustomerPreview) => ({
  document: documentOf(origin),
  ...preview,
  problems: problems.map(({ code, message, path }) => ({ code, message, path }))
})

const shown = (field: string, value: string | null) => {
  if (value === null) return "nothing"
  return field === newAddress || field.endsWith(":place") ? placeLine(value) : value
}

const toTable = (preview: CustomerPreview): string => {
  const { action, connection, linkedBy, origin, problems, values } = preview
  const found = linkedBy === null ? "" : `, found by ${linkedBy}`
  const does = {
    create: `is created in ${connection}`,
    change: `is changed in ${connection}${found}`,
    nothing: `nothing to write${found}`
  }[action]
  return [
    `${styled("bold", `${origin.resource} ${origin.number}`)}  ${does}`,
    ...(values.length === 0
      ? []
      : [
          indented(
            columns(
              [],
              values.map(({ after, before, field }) => [
                field,
                shown(field, before),
                "->",
                shown(field, after)
              ])
            )
          )
        ]),
    ...(problems.length === 0 ? [] : [problemText(origin, problems)])
  ].join("\n")
}

const toCsv = (previews: ReadonlyArray<CustomerPreview>): string =>
  [
    ["document", "action", "connection", "field", "before", "after"],
    ...previews.flatMap(({ action, connection, origin, values }) =>
      values.map(({ after, before, field }) => [
        `${origin.resource} ${origin.id}`,
        action,
        connection,
        field,
        before ?? "",
        after ?? ""
      ])
    )
  ]
    .map((row) => row.map(quoted).join(","))
    .join("\n")

/**
 * Previews the records, which must be of the pipeline's source; both systems and the store are only read.
 * `beside` are the pipelines that would run with it: the one the other way round has a say in what is kept the same.
 */
export const previewCustomers = Effect.fn("previewCustomers")(function* (
  pipeline: CustomersPipeline,
  beside: ReadonlyArray<CustomersPipeline>,
  records: ReadonlyArray<SourceRecord>
) {
  const { side } = sourceSide(pipeline)
  return yield* Effect.gen(function* () {
    const pair = pairOf({ customers: beside }, pipeline.name)
    if (pair === undefined) return []
    const open = yield* openPair(pair)
    return yield* Effect.forEach(records, ({ origin }) => previewCustomer(open, side, origin))
  }).pipe(Effect.scoped, Effect.provide([configuredStore, contactOnStore]))
})

/** Prints them. */
export const printCustomers = Effect.fn("printCustomers")(function* (
  previews: ReadonlyArray<CustomerPreview>,
  format: "table" | "json" | "csv" | "hledger"
) {
  if (format === "json") yield* Console.log(JSON.stringify({ documents: previews.map(toJson) }, null, 2))
  if (format === "csv") yield* Console.log(toCsv(previews))
  if (format === "table") {
    yield* Effect.forEach(previews, (preview) => Console.log(toTable(preview)))
    yield* Console.log(styled("dim", "nothing was written"))
  }
})

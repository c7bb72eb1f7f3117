/**
 * TransformStep: one expression of a pipeline's `transform` list.
 */
import { Schema } from "effect"

/** An expression over the document; its result replaces the document. The payload as received stays reachable as `raw`. */
export const TransformStep = Schema.Struct({
  jsonata: Schema.NonEmptyString.annotate({
    description:
      "JSONata 2 expression over the document; its result is the new document. Amounts are decimal strings: compute with $amountAdd, $amountSum and their kin, never with + or *.",
    examples: ['$merge([$, { "channel": store.code = "b2b" ? "wholesale" : "web" }])']
  })
}).annotate({ identifier: "TransformStep" })
export type TransformStep = typeof TransformStep.Type

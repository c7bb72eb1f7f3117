/**
 * SourceRecord: one document as a source delivered it.
 */
import { Schema } from "effect"
import { SalesDocument } from "./SalesDocument.ts"

/** Any JSON value. Amounts in it are decimal strings, never floats. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** Where a record comes from. `revision` is the source's own mark of the version, opaque to us. */
export const Origin = Schema.Struct({
  system: Schema.String.annotate({ description: "Connector, for example adobe-commerce." }),
  resource: Schema.String.annotate({ description: "What it is, for example invoice." }),
  id: Schema.String,
  number: Schema.String,
  revision: Schema.String
}).annotate({ identifier: "Origin" })
export type Origin = typeof Origin.Type

/** A customer on one side of a pair of connections, whom a document waits for until both sides have him. */
export const AwaitedCustomer = Schema.Struct({
  pair: Schema.String.annotate({ description: "The two connections, as in erp/shop, or erp/shop/guests." }),
  side: Schema.Literals(["left", "right"]).annotate({ description: "Whose key `id` is, of the two." }),
  id: Schema.String,
  create: Schema.Boolean.annotate({
    description: "Whether he is created for it, whatever his own pipeline says."
  })
}).annotate({ identifier: "AwaitedCustomer" })
export type AwaitedCustomer = typeof AwaitedCustomer.Type

/**
 * Why a payload cannot become a document, or an entry, in the accountant's
 * words. `code` is stable; `path` names the field, or the rule, it is about;
 * `at` is the line of the pipeline that asked for what was missing; `awaits`,
 * whose link lets the document go on by itself.
 */
export const Problem = Schema.Struct({
  code: Schema.String,
  message: Schema.String,
  path: Schema.String,
  at: Schema.optionalKey(Schema.Struct({ file: Schema.String, line: Schema.Int })),
  awaits: Schema.optionalKey(AwaitedCustomer)
}).annotate({ identifier: "Problem" })
export type Problem = typeof Problem.Type

/**
 * What was looked up for a record. `looked` has an answer by the name of each
 * look-up that got one, null where there is nothing and that is allowed;
 * `missed` says why others have none. Stored with the record, so that whatever
 * is made of it later is made of the same.
 */
const lookedUp = {
  looked: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.NullOr(Schema.Record(Schema.String, Schema.Json)))
  ),
  missed: Schema.optionalKey(Schema.Array(Problem))
}

/**
 * What a source made of a payload, as JSON: a sales document; any other record,
 * such as a payment, a customer or an account, in the shape of the source's
 * `record` schema; or why there is neither. Of a record, too, a `state` of
 * "cancelled" takes back what was posted.
 */
export const NormalisedRecord = Schema.Union([
  Schema.Struct({ _tag: Schema.Literal("Document"), document: Schema.toEncoded(SalesDocument), ...lookedUp }),
  Schema.Struct({
    _tag: Schema.Literal("Record"),
    record: Schema.Record(Schema.String, Schema.Json),
    ...lookedUp
  }),
  Schema.Struct({ _tag: Schema.Literal("Problems"), problems: Schema.Array(Problem) })
])
export type NormalisedRecord = typeof NormalisedRecord.Type

/** The fields of a normalised record, whatever it is; undefined where there is none. */
export const fieldsOf = (normalised: NormalisedRecord): { readonly [key: string]: Json } | undefined => {
  switch (normalised._tag) {
    case "Document":
      return normalised.document
    case "Record":
      return normalised.record
    case "Problems":
      return undefined
  }
}

/** The payload, and what the source made of it. */
export interface SourceRecord {
  readonly origin: Origin
  /** As received, as JSON; the document and whatever else was read for it. */
  readonly raw: Json
  readonly normalised: NormalisedRecord
}

/**
 * decodePayload: JSON from Commerce to typed values, or the list of what is wrong with it.
 *
 * Strict in the fields we use and blind to all others, since shops add their
 * own. Commerce leaves null fields out or sends them as null, writes an empty
 * map as `[]`, and mixes numbers with texts such as "200.0000": all of that is
 * settled here.
 */
import { BigDecimal, Effect, Option, Result, Schema, SchemaGetter, SchemaIssue } from "effect"
import type { Decimal } from "../../accounting/Decimal.ts"
import type { Json, Problem } from "../../pipeline/SourceRecord.ts"

const decimalOf = (value: unknown): Option.Option<Decimal> =>
  typeof value === "string" || (typeof value === "number" && Number.isFinite(value))
    ? BigDecimal.fromString(String(value).trim())
    : Option.none()

const expected = (what: string) => Effect.fail(new SchemaIssue.InvalidValue({ message: what }))

/** A decimal as number or text; exact, because the reader of JSON has kept the text of every fraction. */
export const Money = Schema.Unknown.pipe(
  Schema.decodeTo(Schema.BigDecimal, {
    decode: SchemaGetter.transformEffect((value: unknown) =>
      Option.match(decimalOf(value), {
        onNone: () => expected("expected a decimal number"),
        onSome: (decimal) => Effect.succeed(decimal)
      })
    ),
    encode: SchemaGetter.forbiddenEncoding
  })
)

/** A key, which Commerce writes as number or as text. */
export const Id = Schema.Unknown.pipe(
  Schema.decodeTo(Schema.String, {
    decode: SchemaGetter.transformEffect((value: unknown) =>
      Number.isSafeInteger(value) || (typeof value === "string" && value !== "")
        ? Effect.succeed(String(value))
        : expected("expected a key")
    ),
    encode: SchemaGetter.forbiddenEncoding
  })
)

/** "2026-01-31 23:59:58", in UTC, to the instant "2026-01-31T23:59:58Z". */
export const Instant = Schema.String.check(
  Schema.isPattern(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/u, {
    message: "expected a time such as 2026-01-31 23:59:58"
  })
).pipe(
  Schema.decodeTo(Schema.String, {
    decode: SchemaGetter.transform((text: string) => `${text.replace(" ", "T")}Z`),
    encode: SchemaGetter.forbiddenEncoding
  })
)

const isMap = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

// PHP cannot tell an empty map from an empty list; these are the maps we read.
const maps = new Set([
  "extension_attributes",
  "payment",
  "billing_address",
  "address",
  "company_order_attributes",
  "company_attributes",
  "region"
])

/** The payload without what means nothing: nulls, empty texts, and empty lists that stand for a map. */
const withoutNothing = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(withoutNothing)
  if (!isMap(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === null || inner === "" || (maps.has(key) && Array.isArray(inner) && inner.length === 0)
        ? []
        : [[key, withoutNothing(inner)] as const]
    )
  )
}

const missing = "missing"

const issues = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => (issue._tag === "MissingKey" ? missing : SchemaIssue.defaultLeafHook(issue))
})

const pathOf = (segments: ReadonlyArray<unknown>) =>
  segments.reduce<string>(
    (path, segment) =>
      typeof segment === "number"
        ? `${path}[${segment}]`
        : path === ""
          ? String(segment)
          : `${path}.${String(segment)}`,
    ""
  )

const problemOf = (what: string, path: string, message: string): Problem =>
  message === missing
    ? {
        code: "missing-field",
        message: `the ${what} has no ${path}. Check that the integration may read it and that the payload is complete.`,
        path
      }
    : {
        code: "unreadable-field",
        message: `${path === "" ? `the ${what}` : `${path} of the ${what}`} cannot be read: ${message.replace(/^Expected/u, "expected")}.`,
        path
      }

/** Decodes `payload`; `what` names it in the messages ("invoice"). All problems are reported at once, one a field. */
export const decodePayload = <Type, Encoded>(
  schema: Schema.Codec<Type, Encoded>,
  what: string,
  payload: Json
): Result.Result<Type, ReadonlyArray<Problem>> =>
  Schema.decodeUnknownResult(schema, { errors: "all" })(withoutNothing(payload)).pipe(
    Result.mapError((error) => {
      const found = issues(error.issue).issues.map((issue) => {
        const segments = (issue.path ?? []).map((segment) =>
          typeof segment === "object" ? segment.key : segment
        )
        return problemOf(what, pathOf(segments), issue.message)
      })
      // The last check of a field says most: no such currency, rather than its pattern.
      return [...new Map(found.map((problem) => [problem.path, problem] as const)).values()]
    })
  )

/**
 * Mapping: the `mapping` section of a pipeline, as written.
 *
 * Posting rules say which lines a document posts; decision tables say to which
 * accounts and dimensions. No account is ever guessed: what no rule and no row
 * names is not posted.
 */
import { DateTime, Effect, Option, Schema } from "effect"
import { Decimal, zero } from "../accounting/Decimal.ts"
import { Side } from "../accounting/JournalEntry.ts"

/** A field by its path: `totals.grand`, or within `each` a field of the element. */
export const FieldPath = Schema.String.annotate({
  identifier: "FieldPath",
  description: "Path of a field, for example totals.grand.",
  examples: ["totals.grand", "createdAt"]
}).check(Schema.isPattern(/^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*)*$/u))

const TableReference = Schema.Struct({
  table: Schema.NonEmptyString.annotate({ description: "Name of a table under `tables`." }),
  column: Schema.optionalKey(
    Schema.NonEmptyString.annotate({ description: "Output column of the table; without it, account." })
  )
}).annotate({ identifier: "TableReference", description: "A value decided by a table." })
export type TableReference = typeof TableReference.Type

/** The value itself, or the table that decides it. */
export const Selector = Schema.Union([Schema.NonEmptyString, TableReference]).annotate({
  identifier: "Selector",
  description: "A fixed text, or { table, column } to look it up."
})
export type Selector = typeof Selector.Type

const Dimensions = Schema.Record(Schema.String, Selector).annotate({
  description: "Dimension name to value. Texts may hold placeholders such as {store.code}."
})

const RuleName = Schema.NonEmptyString.annotate({
  description: "Unique in the mapping; entries, previews and errors name it."
})

/** One posting rule: a line, or with `each` one line per element of a list. */
export const PostingRule = Schema.Struct({
  name: RuleName,
  side: Side.annotate({ description: "Column of the ledger; a negative amount goes to the other one." }),
  each: Schema.optionalKey(
    FieldPath.annotate({ description: "List to make a line per element of, for example lines." })
  ),
  amount: FieldPath.annotate({
    description:
      "Amount in the document's currency; the same field under the sibling `accounting` is the amount in the accounting currency."
  }),
  account: Selector,
  dimensions: Schema.optionalKey(Dimensions),
  taxCode: Schema.optionalKey(Selector),
  text: Schema.optionalKey(
    Schema.String.annotate({
      description: "Text of the line; {field.path} is replaced by the field.",
      examples: ["{sku} {name}"]
    })
  )
}).annotate({ identifier: "PostingRule" })
export type PostingRule = typeof PostingRule.Type

const HitPolicy = Schema.Literals(["first", "unique"]).annotate({
  description: "first: the topmost matching row decides. unique (default): two matching rows are a problem."
})

/** A decision table: a CSV file beside the pipeline, or rows in place. */
export const DecisionTable = Schema.Union([
  Schema.Struct({
    file: Schema.NonEmptyString.annotate({ description: "CSV file, relative to the pipeline." }),
    hitPolicy: Schema.optionalKey(HitPolicy)
  }),
  Schema.Struct({
    rows: Schema.Array(Schema.Record(Schema.String, Schema.String)).annotate({
      description: "Rows in place: column name to cell."
    }),
    hitPolicy: Schema.optionalKey(HitPolicy)
  })
]).annotate({
  identifier: "DecisionTable",
  description:
    "Columns that a rule asks for are outputs, all others are fields to match. A cell is an exact text, a|b for alternatives, or * for anything."
})
export type DecisionTable = typeof DecisionTable.Type

/** An IANA time zone that this machine knows. */
export const TimeZone = Schema.String.annotate({
  identifier: "TimeZone",
  description: "IANA time zone whose calendar decides the posting date.",
  examples: ["Europe/Berlin"]
}).check(
  Schema.makeFilter(
    (name: string) =>
      Option.isSome(DateTime.zoneMakeNamed(name)) ||
      `${name} is not an IANA time zone. Write one such as Europe/Berlin or America/New_York.`
  )
)

/** The `mapping` section. */
export const Mapping = Schema.Struct({
  company: Selector.annotate({ description: "Legal entity in the ledger: fixed, or decided by a table." }),
  postingDate: Schema.Struct({
    from: FieldPath.annotate({
      description: "Instant that decides the date, for example createdAt; or a day, which is taken as it is."
    }),
    timeZone: TimeZone,
    cutOff: Schema.optionalKey(
      Schema.String.annotate({
        description:
          "Time of day in that zone from which an instant counts to the next day: the end of the business day.",
        examples: ["22:00"]
      }).check(Schema.isPattern(/^([01]\d|2[0-3]):[0-5]\d$/u))
    ),
    closedPeriod: Schema.Literals(["hold", "next-open"])
      .annotate({
        description:
          "When the ledger's period of the date is closed: hold parks the document until somebody opens the period and retries it (default); next-open posts on the first day of the next open period, with the original date in the text.",
        default: "hold"
      })
      .pipe(Schema.withDecodingDefaultKey(Effect.succeed("hold" as const)))
  }),
  text: Schema.optionalKey(
    Schema.String.annotate({ description: "Text of the entry; {field.path} is replaced by the field." })
  ),
  tables: Schema.optionalKey(Schema.Record(Schema.String, DecisionTable)),
  lines: Schema.Array(PostingRule).check(Schema.isMinLength(1)),
  rounding: Schema.optionalKey(
    Schema.Struct({
      account: Schema.NonEmptyString.annotate({ description: "Account that takes a rounding difference." }),
      limit: Decimal.annotate({ description: "Largest difference it may take, in either currency." }).check(
        Schema.isGreaterThanOrEqualToBigDecimal(zero)
      ),
      dimensions: Schema.optionalKey(Dimensions)
    }).annotate({ description: "Without it, a difference of one cent is a problem." })
  )
}).annotate({ identifier: "Mapping" })
export type Mapping = typeof Mapping.Type

/**
 * TableConfig: the settings under `with` that all sources of IFS share.
 *
 * Names of projections, entity sets and properties differ between releases and
 * tenants, and only few columns say when a row changed, so all of that is a
 * setting, with what is documented as its default.
 */
import { Effect, Schema } from "effect"
import { duration, entitySet } from "./Connection.ts"
import { PropertyName } from "./odata.ts"

const Changes = Schema.Union([
  Schema.Literal("scan"),
  Schema.Struct({
    modifiedColumn: PropertyName.annotateKey({
      description: "Property with the time, or the day, of the last change; every row must have it."
    })
  }),
  Schema.Struct({
    historyLog: Schema.String.annotate({
      description:
        "Logical unit in the history log, for example CustomerInfo. History logging must be switched on for it in IFS; changes of what hangs below, such as addresses, are not in it."
    }).check(Schema.isPattern(/^[A-Za-z]\w*$/u))
  })
])
  .annotate({
    description:
      "How changes are found. scan (default): every reading reads all rows, and what is unchanged is a no-op. { modifiedColumn: NAME }: only rows changed since; IFS has few such columns, often a custom field. { historyLog: UNIT }: what the history log names.",
    factSource:
      "no column of change in the $metadata of a live tenant in 2026 (recordings of keboola/component-ex-ifs)"
  })
  .pipe(Schema.withDecodingDefaultKey(Effect.succeed("scan" as const)))

/** Fields of the settings; `usual` is the entity set where none is given, `factSource` where that name is from. */
export const tableFields = (usual: string, factSource: string) => ({
  entitySet: entitySet("Where the rows are read from.", usual, factSource),
  properties: Schema.Record(Schema.String, PropertyName)
    .annotate({
      description:
        "Properties that your tenant calls otherwise: our name, as raw shows it, to its name; beside those under fields of the connection. Compare $metadata."
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed({}))),
  without: Schema.Array(Schema.String)
    .annotate({
      description: "Properties that your tenant does not have, by our name; they are read as empty.",
      examples: [["DueDate"]]
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed([]))),
  changes: Changes,
  overlap: duration(
    "How far a reading of changes goes back before the last one, in IFS's own times. They are local times, which repeat an hour in autumn: not less than one hour and the longest transaction.",
    "2 hours",
    "our own choice; that times are local: IFS techdocs 24R1, 310 time zone aware apis"
  )
})

/** The companies to read. */
export const companies = Schema.Array(Schema.NonEmptyString)
  .annotate({
    description: "Companies to read, each in a question of its own; our user must be allowed for each.",
    examples: [["10"]]
  })
  .check(Schema.isMinLength(1))

const Shared = Schema.Struct(tableFields("", ""))

/** What all of them decode to; `companies` is absent where rows belong to no company. */
export type TableConfig = typeof Shared.Type & { readonly companies?: ReadonlyArray<string> }

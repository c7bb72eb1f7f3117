/**
 * pipelineSchema: what a pipeline file may say, with the stages of the given connectors.
 *
 * The one description of the format: the parser, the published JSON Schema, the
 * reference and every error message come from it.
 */
import { Effect, Schema } from "effect"
import { Mapping } from "../mapping/Mapping.ts"
import type { Connector } from "../pipeline/Connector.ts"
import { TransformStep } from "../transform/TransformStep.ts"
import { CustomerRules } from "./CustomerRules.ts"
import { DurationText } from "./DurationText.ts"
import { lookUpDefinitions, lookUpFields } from "./lookUpFields.ts"

/** A source or sink as decoded: `with` is a value of the config schema of its type. */
export interface Stage {
  readonly type: string
  readonly connection: string
  readonly with: unknown
}

/** What a stage definition tells the schema. */
export interface StageDefinition {
  readonly type: string
  readonly summary: string
  readonly config: Schema.Codec<unknown, unknown>
}

/** True when the settings may be left out altogether, since each has a default. */
export const isOptionalConfig = (config: Schema.Codec<unknown, unknown>): boolean =>
  Schema.decodeOption(config)({})._tag === "Some"

const stage = <Fields extends Schema.Struct.Fields>(definition: StageDefinition, further: Fields) => {
  const common = {
    ...further,
    type: Schema.Literal(definition.type).annotate({ description: definition.summary }),
    connection: Schema.NonEmptyString.annotate({ description: "Name of a connection in connections.yaml." })
  }
  return isOptionalConfig(definition.config)
    ? Schema.Struct({
        ...common,
        with: definition.config.pipe(Schema.withDecodingDefaultKey(Effect.succeed({})))
      })
    : Schema.Struct({ ...common, with: definition.config })
}

const Poll = Schema.Struct({
  every: DurationText("How often the source is read.", "5 minutes").pipe(
    Schema.withDecodingDefaultKey(Effect.succeed("5 minutes"))
  ),
  overlap: Schema.optionalKey(
    DurationText(
      "How far each reading reaches back behind the last one, for records that were stored late. Overrides the source's own setting.",
      "10 minutes"
    )
  ),
  lag: Schema.optionalKey(
    DurationText(
      "How far a reading stays behind the present, for records that are still being stored. Overrides the source's own setting.",
      "1 minute"
    )
  )
}).annotate({ description: "Read at regular intervals." })

const Webhook = Schema.Struct({
  events: Schema.Array(
    Schema.String.annotate({
      description: "A resource of the source, and what was done to it.",
      examples: ["invoice.created", "invoice.updated"]
    })
  )
    .annotate({ description: "Which reported changes concern the pipeline." })
    .check(Schema.isMinLength(1)),
  settle: DurationText(
    "How long after a report the record is read: a shop reports before it has stored, and often several times.",
    "2 seconds"
  ).pipe(Schema.withDecodingDefaultKey(Effect.succeed("2 seconds")))
}).annotate({
  description:
    "Read a record as soon as the system reports that it changed, beside the polling, which brings whatever was not reported. Where the system sends its reports stands in connections.yaml under `events`."
})

const Reconcile = Schema.Struct({
  every: Schema.optionalKey(
    DurationText(
      "How often a running service reconciles by itself. Without it, only when somebody asks: ledgerline reconcile.",
      "1 day"
    )
  ),
  back: DurationText("How many of the last days, up to yesterday in UTC.", "7 days").pipe(
    Schema.withDecodingDefaultKey(Effect.succeed("7 days"))
  ),
  clearing: Schema.Array(
    Schema.NonEmptyString.annotate({ description: "Number in the chart of accounts.", examples: ["1590"] })
  )
    .annotate({
      description:
        "Accounts that should return to zero, such as one that orders are set down on and invoices release."
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed([])))
}).annotate({
  description:
    "Compare source, journal and ledger. What differs and needs a person is opened in the error queue, once, and settled by itself when they agree."
})

/** The schema of a pipeline file. */
export const pipelineSchema = (connectors: ReadonlyArray<Connector>) =>
  Schema.Struct({
    name: Schema.String.annotate({
      description:
        "Unique name in lower-case words joined by hyphens. It names the pipeline's cursor: do not change it later.",
      examples: ["invoices-to-gl"]
    }).check(
      Schema.isPattern(/^[a-z0-9]+(-[a-z0-9]+)*$/u, {
        expected: "lower-case letters, digits and single hyphens"
      })
    ),
    description: Schema.optionalKey(Schema.String.annotate({ description: "What it is for, for people." })),
    source: Schema.Union(connectors.flatMap(({ sources }) => sources.map((source) => stage(source, {})))),
    trigger: Schema.Struct({
      poll: Poll.pipe(Schema.withDecodingDefaultKey(Effect.succeed({}))),
      webhook: Schema.optionalKey(Webhook)
    })
      .annotate({ description: "What starts a reading." })
      .pipe(Schema.withDecodingDefaultKey(Effect.succeed({}))),
    lookups: Schema.Array(
      Schema.Union(lookUpDefinitions(connectors).map((definition) => stage(definition, lookUpFields)))
    )
      .annotate({
        description:
          "What to look up in a system for each record, before it is stored. A later change of what was found posts nothing by itself."
      })
      .pipe(Schema.withDecodingDefaultKey(Effect.succeed([]))),
    transform: Schema.Array(TransformStep)
      .annotate({ description: "Expressions that add to the document or change it, in order." })
      .pipe(Schema.withDecodingDefaultKey(Effect.succeed([]))),
    mapping: Schema.optionalKey(
      Mapping.annotateKey({
        description:
          "What a record posts. Without it, and without a sink, records are read and kept, and nothing is posted."
      })
    ),
    customers: Schema.optionalKey(
      CustomerRules.annotateKey({
        description:
          "Instead of a mapping: how customers are kept the same in the source's system and the sink's. What changes in the source goes to the sink; a second pipeline the other way round brings the sink's changes back."
      })
    ),
    onChange: Schema.Literals(["reverse-and-repost", "delta", "park"])
      .annotate({
        description:
          "When a document changes after posting: reverse the entry and post a new one (default), post only the difference, or park it for a person to decide.",
        default: "reverse-and-repost"
      })
      .pipe(Schema.withDecodingDefaultKey(Effect.succeed("reverse-and-repost" as const))),
    reversal: Schema.Literals(["swap-sides", "storno"])
      .annotate({
        description:
          "How an entry is reversed: debit and credit exchanged (default), or the same sides with negated amounts.",
        default: "swap-sides"
      })
      .pipe(Schema.withDecodingDefaultKey(Effect.succeed("swap-sides" as const))),
    reconcile: Schema.optionalKey(Reconcile),
    sink: Schema.optionalKey(
      Schema.Union(
        connectors.flatMap(({ customerSinks, sinks }) => [
          ...sinks.map((sink) => stage(sink, {})),
          ...customerSinks.map((sink) => stage(sink, {}))
        ])
      ).annotate({
        description:
          "The ledger that entries are posted to, or the system that customers are written to; there exactly if there is a mapping or customers."
      })
    )
  })

/** A pipeline file, decoded. */
export type PipelineConfig = ReturnType<typeof pipelineSchema>["Type"]

/** A pipeline file with both halves of posting. */
export type PostingConfig = PipelineConfig & { readonly mapping: Mapping; readonly sink: Stage }

/** A pipeline file that keeps customers the same. */
export type CustomersConfig = PipelineConfig & { readonly customers: CustomerRules; readonly sink: Stage }

/** Whether the pipeline keeps customers the same. */
export const isCustomers = (config: PipelineConfig): config is CustomersConfig =>
  config.customers !== undefined && config.sink !== undefined

/** Whether the pipeline posts. */
export const isPosting = (config: PipelineConfig): config is PostingConfig =>
  config.mapping !== undefined && config.sink !== undefined

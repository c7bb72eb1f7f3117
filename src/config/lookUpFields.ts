/**
 * lookUpFields: what a pipeline may look up in a system while it reads.
 */
import { Effect, Schema } from "effect"
import { FieldPath } from "../mapping/Mapping.ts"
import type { Connector } from "../pipeline/Connector.ts"
import type { StageDefinition } from "./pipelineSchema.ts"
import { DurationText } from "./DurationText.ts"

const oneField = Schema.makeFilter(
  (match: Readonly<Record<string, string>>) =>
    Object.keys(match).length === 1 ||
    "must have exactly one field. Write further ones as further items; they are tried in order."
)

/** The keys of a look-up beside those of its stage. */
export const lookUpFields = {
  name: Schema.String.annotate({
    description: "What is found stands under looked.<name> in transforms and posting rules.",
    examples: ["customer"]
  }).check(Schema.isPattern(/^[A-Za-z_][A-Za-z0-9_]*$/u, { expected: "letters, digits and underscores" })),
  match: Schema.Array(Schema.Record(Schema.String, FieldPath).check(oneField))
    .annotate({
      description:
        "Field of what is looked for, and the field of the record that it must equal. Several are tried in order, until one finds something; a field that the record lacks is passed over. `link: customer.id` finds the customer whom the customer pipelines of the two connections keep the same as that one; `guestLink: customer.guestId` does so for guests."
    })
    .check(Schema.isMinLength(1)),
  missing: Schema.Literals(["park", "continue", "wait", "create"])
    .annotate({
      description:
        "When nothing is found: park the record until it is there and somebody retries (default), or continue without it. With `link` also: wait until the customer is linked and go on by itself, or have him created first, even where the customer pipeline creates nobody.",
      default: "park"
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("park" as const))),
  guests: Schema.optionalKey(
    Schema.Literals(["park", "continue"]).annotate({
      description:
        "A record that names nobody to look for, such as the order of a guest who has no key; with `wait` and `create`, of a customer who was deleted or forgotten too: park it, or continue without. Default: as `missing` says, and park with `wait` and `create`."
    })
  ),
  several: Schema.Literals(["park", "first"])
    .annotate({
      description: "When several are found: park the record (default), or take the first.",
      default: "park"
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("park" as const))),
  cache: DurationText("How long an answer is used again within one reading.", "10 minutes").pipe(
    Schema.withDecodingDefaultKey(Effect.succeed("10 minutes"))
  )
}

/** The sources that can be asked. */
export const lookUpDefinitions = (connectors: ReadonlyArray<Connector>): ReadonlyArray<StageDefinition> =>
  connectors.flatMap(({ sources }) => sources.filter(({ lookUpBy }) => lookUpBy !== undefined))

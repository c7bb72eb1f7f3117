/**
 * CustomerRules: how a pipeline keeps customers the same in two systems, as it stands in YAML.
 */
import { Effect, Schema } from "effect"
import { customerFields } from "../pipeline/CustomerSink.ts"

/** What two customers must have in common to be the same one. */
export const matchRules = ["vatNumber", "email", "nameAndPostcode"] as const
export type MatchRule = (typeof matchRules)[number]

const Owner = Schema.Literals(["source", "sink"])
/** What one side may have the last word about; addresses are one thing. */
const owned = [...customerFields, "addresses"] as const

/** The `customers` section of a pipeline file. */
export const CustomerRules = Schema.Struct({
  match: Schema.Array(
    Schema.Literals(matchRules).annotate({ description: "vatNumber, email or nameAndPostcode." })
  )
    .annotate({
      description:
        "How a customer that is not linked yet is found in the other system, one rule after the other, exactly but for spaces and capital letters. Several that match are parked, for a person to decide.",
      default: ["vatNumber", "email"]
    })
    .check(Schema.isMinLength(1))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(["vatNumber", "email"] as const))),
  fields: Schema.optionalKey(
    Schema.Array(Schema.Literals(customerFields))
      .annotate({
        description: "Which fields are kept the same; without it, all that the systems have a place for.",
        examples: [["name", "email", "vatNumber"]]
      })
      .check(Schema.isMinLength(1))
  ),
  addresses: Schema.Boolean.annotate({
    description: "Whether addresses are kept the same too. An address is never deleted.",
    default: true
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(true))),
  owners: Schema.Struct(
    Object.fromEntries(
      owned.map((field) => [field, Schema.optionalKey(Owner.annotate({ description: "source or sink." }))])
    )
  )
    .annotate({
      description: "Whose word counts for a field that both sides changed; it goes before `conflicts`.",
      examples: [{ vatNumber: "sink" }]
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed({}))),
  conflicts: Schema.Literals(["source-wins", "sink-wins", "newest-wins", "park"])
    .annotate({
      description:
        "What becomes of a field that both sides changed to different values: one side's counts, that of the later change where both systems say when it was made, or both are kept and a person decides (default).",
      default: "park"
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("park" as const))),
  create: Schema.Boolean.annotate({
    description:
      "Whether a customer that the other system does not have is created there. Without it, only customers that both have are kept the same.",
    default: true
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(true))),
  writesPerHour: Schema.Int.annotate({
    description:
      "So many times within an hour values that a customer had before may be written again; then it is parked: two programs undo each other's changes.",
    default: 4
  })
    .check(Schema.isBetween({ minimum: 1, maximum: 1000 }))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(4)))
}).annotate({ identifier: "CustomerRules" })
export type CustomerRules = typeof CustomerRules.Type

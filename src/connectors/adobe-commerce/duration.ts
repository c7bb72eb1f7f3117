/**
 * duration: a length of time in connections.yaml and in the settings of a source.
 */
import { Duration, Effect, Schema } from "effect"

/** A time such as "10 minutes", longer than zero, with a default; `description` becomes the docs. */
export const duration = (description: string, usual: string, factSource?: string) =>
  Schema.String.annotate({ description, examples: [usual], default: usual, factSource }).pipe(
    Schema.decodeTo(Schema.DurationFromString),
    Schema.check(
      Schema.makeFilter(
        (value: Duration.Duration) =>
          (Duration.isGreaterThan(value, Duration.zero) && Duration.isFinite(value)) ||
          `a time longer than zero, such as ${usual}`
      )
    ),
    Schema.withDecodingDefaultKey(Effect.succeed(usual))
  )

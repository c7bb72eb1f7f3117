/**
 * DurationText: a length of time as people write it, such as "5 minutes".
 */
import { Schema } from "effect"

/** Encoded as text; `usual` is the example shown. */
export const DurationText = (description: string, usual: string) =>
  Schema.String.annotate({ description, examples: [usual] }).pipe(Schema.decodeTo(Schema.DurationFromString))

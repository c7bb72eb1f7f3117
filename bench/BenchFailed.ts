/**
 * BenchFailed: figures that must not be believed, because the two sides did not do the same.
 */
import { Schema } from "effect"

/** `message` says what differs. */
export class BenchFailed extends Schema.TaggedError<BenchFailed>()("BenchFailed", {
  message: Schema.String
}) {}

/**
 * Transform: the compiled expressions of a pipeline, from source record to document.
 */
import { type Effect, Schema } from "effect"
import type { Shape } from "../pipeline/Shape.ts"
import type { Json } from "../pipeline/SourceRecord.ts"

/**
 * An expression could not be carried out on one record. `code` is stable, such
 * as `transform/too-large`; `step` counts the expressions from 0.
 */
export class TransformFailed extends Schema.TaggedError<TransformFailed>()("TransformFailed", {
  code: Schema.String,
  step: Schema.Int,
  message: Schema.String
}) {}

/** Compiled and checked expressions. */
export interface Transform {
  /**
   * The document made from `record`, which is the normalised record with the
   * payload under `raw`. Bounded in time, memory, depth and size: a record that
   * exceeds a bound fails, and no record can stop the process.
   */
  run(record: Json): Effect.Effect<Json, TransformFailed>
  /** What the result looks like, as far as the expressions tell. */
  readonly shape: Shape
}

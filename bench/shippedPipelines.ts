/**
 * shippedPipelines: the folder of the shipped pipelines, and the expressions in it.
 */
import { Effect, FileSystem, Path, Schema } from "effect"
import { parse } from "yaml"

/** The folder. */
export const shippedPipelines = Effect.map(Path.Path, (path) =>
  path.join(import.meta.dirname, "..", "pipelines")
)

const WithExpression = Schema.Struct({
  transform: Schema.Tuple([Schema.Struct({ jsonata: Schema.String })])
})

const expressionIn = Effect.fnUntraced(function* (file: string) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const text = yield* files.readFileString(path.join(yield* shippedPipelines, file))
  const { transform } = yield* Schema.decodeUnknownEffect(WithExpression)(parse(text))
  return transform[0].jsonata
})

/** The one expression of each shipped pipeline, for the baseline to run as well. */
export const shippedExpressions = Effect.all({
  invoice: expressionIn("invoices-to-gl.yaml"),
  "credit-note": expressionIn("credit-notes-to-gl.yaml")
})

/**
 * SyntaxNode: one node of a parsed expression, as JSONata 2.2 builds it.
 *
 * Decoded one level at a time and strictly: a node with a field that is not
 * listed here is a construct nobody has looked at, and is refused.
 */
import { Predicate, Result, Schema } from "effect"

const Many = Schema.Array(Schema.Unknown)
const Filter = Schema.Struct({
  type: Schema.Literal("filter"),
  expr: Schema.Unknown,
  position: Schema.optionalKey(Schema.Finite)
})

/** Children are left undecoded: some expressions share parts so often that their tree does not end. */
export const SyntaxNode = Schema.Struct({
  type: Schema.String,
  value: Schema.optionalKey(Schema.Unknown),
  /** Where the token ends; absent on nodes that JSONata adds itself. */
  position: Schema.optional(Schema.Finite),
  name: Schema.optionalKey(Schema.Unknown),
  steps: Schema.optionalKey(Many),
  stages: Schema.optionalKey(Schema.Array(Filter)),
  predicate: Schema.optionalKey(Schema.Array(Filter)),
  expressions: Schema.optionalKey(Many),
  expression: Schema.optionalKey(Schema.Unknown),
  arguments: Schema.optionalKey(Many),
  procedure: Schema.optionalKey(Schema.Unknown),
  condition: Schema.optionalKey(Schema.Unknown),
  // oxlint-disable-next-line unicorn/no-thenable -- JSONata names it so, and nothing awaits a schema.
  then: Schema.optionalKey(Schema.Unknown),
  else: Schema.optionalKey(Schema.Unknown),
  lhs: Schema.optionalKey(Schema.Unknown),
  rhs: Schema.optionalKey(Schema.Unknown),
  // Marks of the parser that change how single results are listed, and nothing else.
  keepArray: Schema.optionalKey(Schema.Unknown),
  keepSingletonArray: Schema.optionalKey(Schema.Unknown),
  consarray: Schema.optionalKey(Schema.Unknown)
})
export type SyntaxNode = typeof SyntaxNode.Type

const decode = Schema.decodeUnknownResult(SyntaxNode, { onExcessProperty: "error" })

/** The node, or nothing when it is of a kind that is not listed. */
export const readNode = (node: unknown): Result.Result<SyntaxNode, unknown> => decode(node)

const decodePairs = Schema.decodeUnknownResult(Schema.Array(Schema.Tuple([Schema.Unknown, Schema.Unknown])))

/** Key and value nodes of an object constructor. */
export const readPairs = (node: SyntaxNode): ReadonlyArray<readonly [unknown, unknown]> =>
  Result.getOrElse(decodePairs(node.lhs), () => [])

/** What is left of a node that cannot be read: where it is. */
export const positionOf = (node: unknown): SyntaxNode =>
  Predicate.hasProperty(node, "position") && typeof node.position === "number"
    ? { type: "", position: node.position }
    : { type: "" }

/** Where a node begins in `source`. JSONata counts to the end of a token; people look for its beginning. */
export const offsetOf = (node: SyntaxNode, source: string): number => {
  const end = Math.max(0, Math.min(node.position ?? 0, source.length))
  const token = typeof node.value === "string" ? node.value : ""
  const written = [`$${token}`, `\`${token}\``, `"${token}"`, `'${token}'`, token]
  const found = written.find((text) => text !== "" && source.slice(0, end).endsWith(text))
  return found === undefined ? Math.max(0, end - 1) : end - found.length
}

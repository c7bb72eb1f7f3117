/**
 * handledWhole: the parts of an expression whose values are gone through from end to end.
 *
 * A path only points into a large value, and costs nothing; a comparison or a
 * function goes through all of it, each time anew. The budget counts the second
 * kind by the size of the value.
 */
import { Result } from "effect"
import { readNode, readPairs } from "./SyntaxNode.ts"

/** Functions that only look at the outside of their arguments. */
const glancing: ReadonlySet<unknown> = new Set(["count", "exists", "type", "lookup"])
const comparing: ReadonlySet<unknown> = new Set(["=", "!=", "in", "&"])

const isObject = (node: unknown): node is object => typeof node === "object" && node !== null

/** Operands of comparisons and arguments of functions, as the nodes of `tree` themselves. */
export const handledWhole = (tree: unknown): WeakSet<object> => {
  const found = new WeakSet<object>()
  const seen = new WeakSet<object>()
  const walk = (raw: unknown): void => {
    if (!isObject(raw) || seen.has(raw)) return
    seen.add(raw)
    const node = Result.getOrUndefined(readNode(raw))
    if (node === undefined) return
    const name = Result.getOrUndefined(readNode(node.procedure))?.value
    const whole =
      node.type === "function" && !glancing.has(name)
        ? (node.arguments ?? [])
        : node.type === "binary" && comparing.has(node.value)
          ? [node.lhs, node.rhs]
          : []
    for (const part of whole) if (isObject(part)) found.add(part)
    for (const part of [
      ...(node.steps ?? []),
      ...(node.expressions ?? []),
      ...(node.arguments ?? []),
      ...[...(node.stages ?? []), ...(node.predicate ?? [])].map(({ expr }) => expr),
      ...(node.value === "{" ? readPairs(node).flat() : [node.lhs]),
      node.rhs,
      node.expression,
      node.condition,
      node.then,
      node.else
    ]) {
      walk(part)
    }
  }
  walk(tree)
  return found
}

/**
 * isNumber: which parts of an expression are certainly numbers and no amounts.
 */
import { Result } from "effect"
import { allowedFunctions } from "./allowedFunctions.ts"
import { readNode } from "./SyntaxNode.ts"

/** Operators that compute with binary floats. */
export const arithmetic: ReadonlySet<unknown> = new Set(["+", "-", "*", "/", "%"])

/** The number written at a node; nothing when it is anything else. */
export const literalNumber = (raw: unknown): number | undefined => {
  const node = Result.getOrUndefined(readNode(raw))
  return node?.type === "number" && typeof node.value === "number" ? node.value : undefined
}

/** Whether a value is certainly a number that is no amount: written out, counted, or computed from such. */
export const isNumber = (raw: unknown): boolean => {
  const node = Result.getOrUndefined(readNode(raw))
  switch (node?.type) {
    case "number":
      return true
    case "function": {
      const procedure = Result.getOrUndefined(readNode(node.procedure))
      return allowedFunctions.get(String(procedure?.value))?.isCount === true
    }
    case "binary":
      return arithmetic.has(node.value) && isNumber(node.lhs) && isNumber(node.rhs)
    case "unary":
      return node.value === "-" && isNumber(node.expression)
    case "block":
      return node.expressions?.length === 1 && isNumber(node.expressions[0])
    default:
      return false
  }
}

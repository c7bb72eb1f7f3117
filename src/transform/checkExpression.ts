/**
 * checkExpression: which expressions are accepted, and what they give.
 *
 * A walk over the syntax tree with the shape of the record at hand. Only what is
 * listed here is accepted; whatever JSONata adds in a later version is refused
 * until somebody has looked at it.
 */
import { Result } from "effect"
import { fieldOf, type Shape, type ShapeField, suggest, unknownShape } from "../pipeline/Shape.ts"
import { eitherShape, itemOf, mergedShape } from "./mergedShape.ts"
import type { ExpressionIssue } from "./ExpressionIssue.ts"
import { allowedFunctions, refusedFunctions } from "./allowedFunctions.ts"
import { arithmetic, isNumber, literalNumber } from "./isNumber.ts"
import { compileRegex } from "./LinearRegex.ts"
import { refusalOf } from "./refusalOf.ts"
import { offsetOf, positionOf, readNode, readPairs, type SyntaxNode } from "./SyntaxNode.ts"

/** Nodes of one expression. `a ?: b` reads its left side twice, so a chain of them doubles. */
const nodesMax = 5_000

/** What names mean at a place in the expression. */
interface Names {
  /** `$` and plain names. */
  readonly here: Shape
  /** `$$`. */
  readonly root: Shape
  readonly variables: ReadonlyMap<string, Shape>
}

const comparisons: ReadonlySet<unknown> = new Set(["=", "!=", "<", "<=", ">", ">="])
const logic: ReadonlySet<unknown> = new Set(["and", "or", "in", "&"])
const prototypeNames: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"])

/** Items of a written range. */
const rangeMax = 1_000

const known = (shape: Shape) => (shape._tag === "Object" ? [...shape.fields.keys()] : [])

class Checker {
  readonly issues: Array<Omit<ExpressionIssue, "step">> = []
  private nodes = 0
  private readonly source: string

  constructor(source: string) {
    this.source = source
  }

  private report(node: SyntaxNode, code: string, message: string, suggestion?: string): Shape {
    const offset = offsetOf(node, this.source)
    // The tree holds some nodes twice, and others without their place; either way it is one mistake.
    const isKnown = this.issues.some(
      (issue) =>
        issue.code === `expression/${code}` &&
        (issue.offset === offset || (node.position === undefined && issue.message === message))
    )
    if (!isKnown) {
      this.issues.push({
        offset,
        code: `expression/${code}`,
        message: message.trim(),
        ...(suggestion === undefined ? {} : { suggestion })
      })
    }
    return unknownShape
  }

  /** The shape of the node's value; problems are reported on the way. */
  check(raw: unknown, names: Names): Shape {
    this.nodes += 1
    const read = readNode(raw)
    if (this.nodes > nodesMax) {
      if (this.nodes === nodesMax + 1) {
        const message = `The expression has more than ${nodesMax} parts. Split it into steps.`
        this.report({ type: "", position: 0 }, "too-large", message)
      }
      return unknownShape
    }
    if (Result.isFailure(read)) return this.report(positionOf(raw), "not-allowed", refusalOf(raw))
    const node = read.success
    const shape = this.checkKind(node, names)
    return (node.predicate ?? []).reduce((found, { expr }) => this.checkFilter(found, expr, names), shape)
  }

  private checkKind(node: SyntaxNode, names: Names): Shape {
    switch (node.type) {
      case "path":
        return this.checkPath(node, names)
      case "name":
        return this.checkName(node, names.here)
      case "string":
        return { _tag: "Literal", values: [String(node.value)] }
      case "number":
      case "value":
      case "wildcard":
        return unknownShape
      case "variable":
        return this.checkVariable(node, names)
      case "function":
        return this.checkCall(node, names)
      case "unary":
        return this.checkUnary(node, names)
      case "binary":
        return this.checkBinary(node, names)
      case "condition": {
        this.check(node.condition, names)
        const then = this.check(node.then, names)
        return node.else === undefined ? then : eitherShape(then, this.check(node.else, names))
      }
      case "block":
        return this.checkBlock(node, names)
      case "bind":
        // Outside a block nothing can read the variable; the value is the result.
        return this.checkBind(node, names).shape
      default:
        return this.report(node, "not-allowed", refusalOf(node))
    }
  }

  private checkName(node: SyntaxNode, shape: Shape): Shape {
    const name = String(node.value)
    if (prototypeNames.has(name))
      return this.report(node, "not-allowed", `${name} is not a field of a document. Remove it.`)
    const found = fieldOf(shape, name)
    if (found._tag !== "Missing") return found
    return this.report(
      node,
      "unknown-field",
      `There is no field ${name} here. ${
        found.suggestion === undefined
          ? known(shape).length === 0
            ? "The value has no fields."
            : `Known: ${known(shape).join(", ")}.`
          : ""
      }`,
      found.suggestion
    )
  }

  private checkFilter(shape: Shape, filter: unknown, names: Names): Shape {
    const read = readNode(filter)
    const isIndex = Result.isSuccess(read) && read.success.type === "number"
    this.check(filter, { ...names, here: itemOf(shape) })
    return isIndex ? itemOf(shape) : shape
  }

  private checkPath(node: SyntaxNode, names: Names): Shape {
    return (node.steps ?? []).reduce<Shape>((found, raw, index) => {
      const step = Result.getOrUndefined(readNode(raw))
      // A variable, a block or a constructor at the beginning stands for itself; all other steps are taken for each item.
      const isMapped = index > 0 || step?.type === "name"
      const value = this.check(raw, { ...names, here: isMapped ? itemOf(found) : found })
      const filtered = (step?.stages ?? []).reduce(
        (shape, { expr }) => this.checkFilter(shape, expr, names),
        value
      )
      return isMapped && found._tag === "List" ? { _tag: "List", item: itemOf(filtered) } : filtered
    }, names.here)
  }

  private checkVariable(node: SyntaxNode, names: Names): Shape {
    const name = String(node.value)
    if (name === "") return names.here
    if (name === "$") return names.root
    const bound = names.variables.get(name)
    if (bound !== undefined) return bound
    if (allowedFunctions.has(name) || refusedFunctions.has(name)) {
      return this.report(
        node,
        "not-allowed",
        `$${name} is a function and cannot be a value. Call it: $${name}( … ).`
      )
    }
    const suggestion = suggest(name, [...names.variables.keys()])
    return this.report(
      node,
      "unknown-variable",
      `$${name} is not bound here. ${suggestion === undefined ? `Bind it first: ( $${name} := …; … ).` : ""}`,
      suggestion
    )
  }

  private checkCall(node: SyntaxNode, names: Names): Shape {
    const procedure = Result.getOrUndefined(readNode(node.procedure))
    const name = procedure?.type === "variable" ? String(procedure.value) : ""
    const allowed = allowedFunctions.get(name)
    const given = node.arguments ?? []
    if (allowed !== undefined && procedure !== undefined) {
      if (given.length < allowed.least || given.length > allowed.most) {
        const wanted =
          allowed.least === allowed.most ? `${allowed.least}` : `${allowed.least} to ${allowed.most}`
        this.report(
          procedure,
          "arguments",
          `$${name} takes ${wanted} argument${wanted === "1" ? "" : "s"}, not ${given.length}.`
        )
      }
      if (name === "merge") return this.checkMerge(given[0], names)
      const shapes = given.map((argument, index) =>
        allowed.regexAt === index && this.checkRegex(argument) ? unknownShape : this.check(argument, names)
      )
      return name === "distinct" || name === "reverse" ? (shapes[0] ?? unknownShape) : allowed.result
    }
    for (const argument of given) this.check(argument, names)
    const refused = refusedFunctions.get(name)
    if (refused !== undefined && procedure !== undefined) {
      return this.report(procedure, refused.code.replace("expression/", ""), `$${name} ${refused.why}`)
    }
    const suggestion = suggest(name, [...allowedFunctions.keys()])
    return this.report(
      procedure ?? node,
      "unknown-function",
      `There is no function $${name}. ${suggestion === undefined ? `There are $${[...allowedFunctions.keys()].join(", $")}.` : ""}`,
      suggestion
    )
  }

  private checkMerge(argument: unknown, names: Names): Shape {
    const list = Result.getOrUndefined(readNode(argument))
    if (list?.type === "unary" && list.value === "[") {
      return mergedShape((list.expressions ?? []).map((part) => this.check(part, names)))
    }
    this.check(argument, names)
    return unknownShape
  }

  /** True when the argument is a regular expression, which is then checked here. */
  private checkRegex(argument: unknown): boolean {
    const node = Result.getOrUndefined(readNode(argument))
    if (node?.type !== "regex" || !(node.value instanceof RegExp)) return false
    const regex = compileRegex(node.value)
    if (Result.isFailure(regex)) {
      this.report(
        node,
        "regex",
        `The regular expression cannot be run in linear time: ${regex.failure}. Look-around, back references and large repetitions are not available.`
      )
    }
    return true
  }

  private checkUnary(node: SyntaxNode, names: Names): Shape {
    if (node.value === "{") {
      const fields = readPairs(node).flatMap(
        ([rawKey, value]): ReadonlyArray<readonly [string, ShapeField]> => {
          const key = Result.getOrUndefined(readNode(rawKey))
          const shape = this.check(value, names)
          if (key?.type !== "string" || typeof key.value !== "string") {
            this.report(
              key ?? node,
              "not-allowed",
              "The name of a field must be written in quotes. Use $lookup to choose by a value."
            )
            return []
          }
          if (prototypeNames.has(key.value)) {
            this.report(
              key,
              "not-allowed",
              `${key.value} cannot name a field of a document. Use another name.`
            )
            return []
          }
          // A value that turns out absent leaves its field out.
          return [[key.value, { shape, optional: shape._tag !== "Literal" }]]
        }
      )
      return { _tag: "Object", fields: new Map(fields), open: false }
    }
    if (node.value === "[") {
      const items = (node.expressions ?? []).map((part) => itemOf(this.checkItem(part, names)))
      const [first, ...others] = items
      return { _tag: "List", item: others.reduce(eitherShape, first ?? unknownShape) }
    }
    this.check(node.expression, names)
    return isNumber(node.expression) ? unknownShape : this.refuseArithmetic(node)
  }

  /** An item of a list constructor, where alone a range may stand. */
  private checkItem(raw: unknown, names: Names): Shape {
    const node = Result.getOrUndefined(readNode(raw))
    if (node?.type !== "binary" || node.value !== "..") return this.check(raw, names)
    const [from, to] = [literalNumber(node.lhs), literalNumber(node.rhs)]
    return from !== undefined && to !== undefined && to - from < rangeMax
      ? unknownShape
      : this.report(
          node,
          "not-allowed",
          `A range needs two written numbers and at most ${rangeMax} items. Use a path to go through a list.`
        )
  }

  private refuseArithmetic(node: SyntaxNode): Shape {
    return this.report(
      node,
      "float-arithmetic",
      `${String(node.value)} computes with binary floats, which lose cents. Use $amountAdd, $amountSubtract, $amountMultiply or $amountNegate.`
    )
  }

  private checkBinary(node: SyntaxNode, names: Names): Shape {
    const sides = [this.check(node.lhs, names), this.check(node.rhs, names)]
    if (node.value === "&") return { _tag: "Text" }
    if (logic.has(node.value)) return unknownShape
    if (arithmetic.has(node.value)) {
      return isNumber(node.lhs) && isNumber(node.rhs) ? unknownShape : this.refuseArithmetic(node)
    }
    if (!comparisons.has(node.value)) {
      return this.report(
        node,
        "not-allowed",
        `${String(node.value)} is not allowed here. Use comparisons, and, or, in and &.`
      )
    }
    return sides.some((side) => side._tag === "Decimal")
      ? this.report(
          node,
          "amount-comparison",
          `${String(node.value)} compares amounts as texts: "9.00" comes after "10.00" and is not "9.0". Write $amountCompare(a, b) ${String(node.value)} 0.`
        )
      : unknownShape
  }

  private checkBind(node: SyntaxNode, names: Names): { readonly name: string; readonly shape: Shape } {
    const name = String(Result.getOrUndefined(readNode(node.lhs))?.value ?? "")
    const shape = this.check(node.rhs, names)
    if (name === "" || name === "$" || allowedFunctions.has(name) || refusedFunctions.has(name)) {
      this.report(
        node,
        "not-allowed",
        `$${name} has a meaning of its own and cannot be bound. Choose another name.`
      )
    }
    return { name, shape }
  }

  private checkBlock(node: SyntaxNode, names: Names): Shape {
    const variables = new Map(names.variables)
    return (node.expressions ?? []).reduce<Shape>((_, raw) => {
      const part = Result.getOrUndefined(readNode(raw))
      if (part?.type !== "bind") return this.check(raw, { ...names, variables })
      const { name, shape } = this.checkBind(part, { ...names, variables })
      variables.set(name, shape)
      return shape
    }, unknownShape)
  }
}

/** Checks one parsed expression over a record of this shape. `source` is its text, for offsets. */
export const checkExpression = (options: {
  readonly source: string
  readonly tree: unknown
  readonly shape: Shape
}): { readonly shape: Shape; readonly issues: ReadonlyArray<Omit<ExpressionIssue, "step">> } => {
  const checker = new Checker(options.source)
  const { shape: here } = options
  const shape = checker.check(options.tree, { here, root: here, variables: new Map() })
  return { shape, issues: checker.issues.toSorted((a, b) => a.offset - b.offset) }
}

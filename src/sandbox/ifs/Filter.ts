/**
 * Filter: the `$filter` expressions the local IFS Cloud understands.
 *
 * Comparisons (eq ne gt ge lt le) joined by and, or, not and parentheses, and
 * startswith, endswith and contains on strings. Literals are strings with ''
 * for a quote, numbers, dates, timestamps, true, false, null and qualified
 * enum members. As in the OData library, an unknown property and operands of
 * different types are errors, not an empty answer. Other functions and
 * operators of OData answer 501.
 */
import { BigDecimal, Effect } from "effect"
import type { EntityType, Value, Values } from "./EntityType.ts"
import { qualifiedName } from "./EntityType.ts"
import { malformedRequest, notImplemented } from "./IfsError.ts"
import type { IfsError } from "./IfsError.ts"

/** A parsed expression. Every operand carries its type, so that comparisons can be checked before rows are read. */
export type Filter =
  | { readonly kind: "and" | "or"; readonly left: Filter; readonly right: Filter }
  | { readonly kind: "not"; readonly operand: Filter }
  | {
      readonly kind: "compare"
      readonly operator: Comparison
      readonly left: Operand
      readonly right: Operand
    }
  | {
      readonly kind: "match"
      readonly function: MatchFunction
      readonly text: Operand
      readonly part: Operand
    }
  | { readonly kind: "truth"; readonly operand: Operand }

type Comparison = "eq" | "ne" | "gt" | "ge" | "lt" | "le"
type MatchFunction = "startswith" | "endswith" | "contains"

/** A property or a literal; `type` is "null" for the literal null. */
export interface Operand {
  readonly property: string | undefined
  readonly literal: Value
  readonly type: string
}

const tokenPattern =
  /\s*(?:('(?:[^']|'')*')|(\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?)|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w.]*'(?:[^']|'')*')|([A-Za-z_][\w.]*)|([(),]))/uy

const comparisons: ReadonlyArray<Comparison> = ["eq", "ne", "gt", "ge", "lt", "le"]
const matchFunctions: ReadonlyArray<MatchFunction> = ["startswith", "endswith", "contains"]
const malformed = Effect.fail(malformedRequest("The URI is malformed."))

/** Parses `text` against the properties of `entityType`. */
export const parseFilter = Effect.fnUntraced(function* (
  text: string,
  entityType: EntityType
): Effect.fn.Return<Filter, IfsError> {
  const tokens = yield* tokenize(text)
  const parser = new Parser(tokens, entityType)
  const filter = yield* parser.or()
  return parser.isAtEnd() ? filter : yield* malformed
})

const tokenize = (text: string): Effect.Effect<ReadonlyArray<string>, IfsError> => {
  const tokens: Array<string> = []
  const pattern = new RegExp(tokenPattern)
  const end = text.trimEnd().length
  while (pattern.lastIndex < end) {
    const token = pattern.exec(text)
    if (token === null) return malformed
    tokens.push(token[0].trim())
  }
  return Effect.succeed(tokens)
}

class Parser {
  private position = 0
  private readonly tokens: ReadonlyArray<string>
  private readonly entityType: EntityType

  constructor(tokens: ReadonlyArray<string>, entityType: EntityType) {
    this.tokens = tokens
    this.entityType = entityType
  }

  isAtEnd() {
    return this.position >= this.tokens.length
  }

  private peek() {
    return this.tokens[this.position]
  }

  private accept(token: string) {
    if (this.peek() !== token) return false
    this.position++
    return true
  }

  private expect(token: string) {
    return this.accept(token) ? Effect.void : malformed
  }

  or(): Effect.Effect<Filter, IfsError> {
    return Effect.gen({ self: this }, function* () {
      let left = yield* this.and()
      while (this.accept("or")) left = { kind: "or", left, right: yield* this.and() }
      return left
    })
  }

  private and(): Effect.Effect<Filter, IfsError> {
    return Effect.gen({ self: this }, function* () {
      let left = yield* this.unary()
      while (this.accept("and")) left = { kind: "and", left, right: yield* this.unary() }
      return left
    })
  }

  private unary(): Effect.Effect<Filter, IfsError> {
    return Effect.gen({ self: this }, function* () {
      if (this.accept("not")) return { kind: "not" as const, operand: yield* this.unary() }
      if (this.accept("(")) {
        const inner = yield* this.or()
        yield* this.expect(")")
        return inner
      }
      return yield* this.comparison()
    })
  }

  private comparison(): Effect.Effect<Filter, IfsError> {
    return Effect.gen({ self: this }, function* () {
      const called = matchFunctions.find((name) => name === this.peek())
      if (called !== undefined) return yield* this.match(called)
      const left = yield* this.operand()
      const operator = comparisons.find((name) => name === this.peek())
      if (operator === undefined) {
        if (left.type === "boolean") return { kind: "truth" as const, operand: left }
        const next = this.peek()
        return yield* next === undefined || next === ")" ? malformed : notImplemented(next)
      }
      this.position++
      const right = yield* this.operand()
      yield* requireSameType(left, right)
      return { kind: "compare" as const, operator, left, right }
    })
  }

  private match(name: MatchFunction): Effect.Effect<Filter, IfsError> {
    return Effect.gen({ self: this }, function* () {
      this.position++
      yield* this.expect("(")
      const text = yield* this.operand()
      yield* this.expect(",")
      const part = yield* this.operand()
      yield* this.expect(")")
      if (text.type !== "string" || part.type !== "string") return yield* incompatible(text, part)
      return { kind: "match" as const, function: name, text, part }
    })
  }

  private operand(): Effect.Effect<Operand, IfsError> {
    const token = this.peek()
    if (token === undefined || /^[(),]$/u.test(token)) return malformed
    this.position++
    if (this.peek() === "(") return Effect.fail(notImplemented(token))
    return readOperand(token, this.entityType)
  }
}

const readOperand = (token: string, entityType: EntityType): Effect.Effect<Operand, IfsError> => {
  const literal = (type: string, value: Value) =>
    Effect.succeed({ property: undefined, literal: value, type })
  if (token === "null") return literal("null", null)
  if (token === "true" || token === "false") return literal("boolean", token === "true")
  if (token.startsWith("'")) return literal("string", unquote(token))
  // Timestamps have whole seconds.
  if (/T.*\./u.test(token) && /^\d{4}-/u.test(token)) return malformed
  if (/^\d{4}-\d{2}-\d{2}/u.test(token)) return literal(token.includes("T") ? "timestamp" : "date", token)
  if (/^[-\d]/u.test(token)) return literal("decimal", BigDecimal.fromStringUnsafe(token))
  const quote = token.indexOf("'")
  if (quote > 0) return literal(`enum ${token.slice(0, quote)}`, unquote(token.slice(quote)))
  const type = Object.hasOwn(entityType.properties, token) ? entityType.properties[token] : undefined
  if (type === undefined) {
    return Effect.fail(
      malformedRequest(
        `The property '${token}', used in a query expression, is not defined in type '${qualifiedName(entityType)}'.`
      )
    )
  }
  const typeName = type.type === "enum" ? `enum IfsApp.${entityType.projection}.${type.name}` : type.type
  return Effect.succeed({ property: token, literal: null, type: typeName })
}

const unquote = (token: string) => token.slice(1, -1).replaceAll("''", "'")

const requireSameType = (left: Operand, right: Operand) =>
  left.type === right.type || left.type === "null" || right.type === "null"
    ? Effect.void
    : incompatible(left, right)

const incompatible = (left: Operand, right: Operand) =>
  Effect.fail(
    malformedRequest(`The types '${edmName(left.type)}' and '${edmName(right.type)}' are not compatible.`)
  )

const edmName = (type: string) => {
  if (type.startsWith("enum ")) return type.slice("enum ".length)
  if (type === "timestamp") return "Edm.DateTimeOffset"
  return `Edm.${type.charAt(0).toUpperCase()}${type.slice(1)}`
}

/** Whether a row passes. A comparison of order with null is false; `ne` with null is true unless both are null. */
export const passes = (filter: Filter, values: Values): boolean => {
  switch (filter.kind) {
    case "and":
      return passes(filter.left, values) && passes(filter.right, values)
    case "or":
      return passes(filter.left, values) || passes(filter.right, values)
    case "not":
      return !passes(filter.operand, values)
    case "truth":
      return valueOf(filter.operand, values) === true
    case "match": {
      const text = valueOf(filter.text, values)
      const part = valueOf(filter.part, values)
      if (typeof text !== "string" || typeof part !== "string") return false
      if (filter.function === "startswith") return text.startsWith(part)
      return filter.function === "endswith" ? text.endsWith(part) : text.includes(part)
    }
    case "compare":
      return compares(filter.operator, valueOf(filter.left, values), valueOf(filter.right, values))
  }
}

const valueOf = (operand: Operand, values: Values): Value =>
  operand.property === undefined ? operand.literal : (values[operand.property] ?? null)

const compares = (operator: Comparison, left: Value, right: Value): boolean => {
  if (left === null || right === null)
    return operator === "eq" ? left === right : operator === "ne" && left !== right
  const order = compareValues(left, right)
  switch (operator) {
    case "eq":
      return order === 0
    case "ne":
      return order !== 0
    case "gt":
      return order > 0
    case "ge":
      return order >= 0
    case "lt":
      return order < 0
    case "le":
      return order <= 0
  }
}

/** Orders two values of one property; null is last, as in an Oracle database. */
export const compareValues = (left: Value, right: Value): number => {
  if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1
  if (BigDecimal.isBigDecimal(left) && BigDecimal.isBigDecimal(right)) return BigDecimal.Order(left, right)
  return `${left}` === `${right}` ? 0 : `${left}` < `${right}` ? -1 : 1
}

/** Under which `requiredValues` keeps the text that a property must start with. */
export const prefixOf = (property: string) => `${property}*`

/** By property, or by `prefixOf` it, the values of which a row must have one. */
export type RequiredValues = ReadonlyMap<string, ReadonlyArray<Value>>

/**
 * The values that properties must equal, or under `prefixOf` start with, for any
 * row to pass; a way to find rows without reading all.
 */
export const requiredValues = (filter: Filter | undefined): RequiredValues => {
  switch (filter?.kind) {
    case "and":
      return new Map([...requiredValues(filter.left), ...requiredValues(filter.right)])
    case "or": {
      const right = requiredValues(filter.right)
      return new Map(
        [...requiredValues(filter.left)].flatMap(([property, values]) => {
          const others = right.get(property)
          return others === undefined ? [] : [[property, [...values, ...others]] as const]
        })
      )
    }
    case "match":
      return filter.function === "startswith" && filter.text.property !== undefined
        ? new Map([[prefixOf(filter.text.property), [filter.part.literal]]])
        : new Map()
    case "compare": {
      const [property, literal] =
        filter.left.property === undefined ? [filter.right, filter.left] : [filter.left, filter.right]
      return filter.operator !== "eq" || property.property === undefined || literal.property !== undefined
        ? new Map()
        : new Map([[property.property, [literal.literal]]])
    }
    default:
      return new Map()
  }
}

/**
 * ResourcePath: the part of an address after the projection, `Set(Key='x',Year=2026)/Rest`.
 */
import { BigDecimal, Effect } from "effect"
import type { EntityType, PropertyType, Value } from "./EntityType.ts"
import { malformedRequest } from "./IfsError.ts"
import type { IfsError } from "./IfsError.ts"

/** A set, the text between its parentheses if there are any, and the segments after it. */
export interface ResourcePath {
  readonly set: string
  readonly keyText: string | undefined
  readonly rest: string | undefined
}

/** Takes a percent-decoded path apart; slashes and parentheses inside quotes belong to the key. */
export const parseResourcePath = (path: string): Effect.Effect<ResourcePath, IfsError> => {
  const match = /^([\w.$]+)(?:\(((?:[^'()]|'(?:[^']|'')*')*)\))?(?:\/(.*))?$/u.exec(path)
  const [, set, keyText, rest] = match ?? []
  return set === undefined
    ? Effect.fail(malformedRequest("The URI is malformed."))
    : Effect.succeed({ set, keyText, rest })
}

/** Reads the key of an entity: every key property by name once, strings quoted, enumerations qualified, numbers and dates not. */
export const parseKey = Effect.fnUntraced(function* (
  text: string,
  entityType: EntityType
): Effect.fn.Return<ReadonlyMap<string, Value>, IfsError> {
  const key = new Map<string, Value>()
  for (const part of text.match(/(?:[^',]|'(?:[^']|'')*')+/gu) ?? []) {
    const [, name = "", literal = ""] = /^\s*(\w+)\s*=\s*(.*?)\s*$/u.exec(part) ?? []
    const type = entityType.properties[name]
    if (!entityType.keys.includes(name) || type === undefined) {
      return yield* malformedRequest(`The key property '${name}' is invalid.`)
    }
    if (key.has(name)) return yield* malformedRequest(`The key property '${name}' has been specified twice.`)
    key.set(name, yield* readKeyValue(literal, type, entityType.projection))
  }
  if (key.size !== entityType.keys.length) {
    return yield* malformedRequest(
      `There are ${key.size} key properties instead of the expected ${entityType.keys.length}.`
    )
  }
  return key
})

const readKeyValue = (
  literal: string,
  type: PropertyType,
  projection: string
): Effect.Effect<Value, IfsError> => {
  if (type.type === "enum") {
    const member = type.members.find((one) => literal === `IfsApp.${projection}.${type.name}'${one}'`)
    if (member !== undefined) return Effect.succeed(member)
  }
  if (type.type === "string" && /^'(?:[^']|'')*'$/u.test(literal)) {
    return Effect.succeed(literal.slice(1, -1).replaceAll("''", "'"))
  }
  if (type.type === "decimal" && /^-?\d+(\.\d+)?$/u.test(literal)) {
    return Effect.succeed(BigDecimal.fromStringUnsafe(literal))
  }
  if (type.type === "date" && /^\d{4}-\d{2}-\d{2}$/u.test(literal)) return Effect.succeed(literal)
  return Effect.fail(malformedRequest(`The key value '${literal}' is invalid.`))
}

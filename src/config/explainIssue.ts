/**
 * explainIssue: what a schema found wrong, in the words of the person who wrote the file.
 *
 * The schema says what was expected; the value and the text as typed say what
 * the writer probably meant. Both are needed for a message that ends with what
 * to write.
 */
import type { SchemaAST, SchemaIssue } from "effect"
import type { Finding } from "./ConfigIssue.ts"
import { suggest as nearest } from "../pipeline/Shape.ts"
import { descriptionOf as describe, fieldsOf, identifierOf, kindOf, literalsOf, typesOf } from "./kindOf.ts"

type Path = ReadonlyArray<PropertyKey>

/** What was read, to explain against. */
export interface Explained {
  readonly value: unknown
  /** The scalar at a path as typed, where the text is known. */
  readonly written: (path: Path) => string | undefined
  /** What the empty path is called at the start of a sentence, for example "The file". */
  readonly root: string
  /** True keeps every value out of the messages: the file may hold a credential by mistake. */
  readonly isConfidential: boolean
}

/** A path as people write it: mapping.lines[2].account. */
export const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, segment) =>
      typeof segment === "number"
        ? `${text}[${segment}]`
        : text === ""
          ? String(segment)
          : `${text}.${String(segment)}`,
    ""
  )

/** The value at a path; undefined where there is none. */
const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (at, segment) => (typeof at === "object" && at !== null ? Reflect.get(at, segment) : undefined),
    value
  )

const keysOf = (value: unknown): ReadonlyArray<string> =>
  typeof value === "object" && value !== null ? Object.keys(value) : []

const sentence = (text: string | undefined): string =>
  text === undefined ? "" : ` ${text}${/[.!?]$/u.test(text) ? "" : "."}`

const anyOf = (words: ReadonlyArray<string>): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`

const suggest = (word: string | undefined) => (word === undefined ? {} : { suggestion: word })

/** Every finding of an issue, with paths from the root of the value. */
export const explainIssue = (root: SchemaIssue.Issue, input: Explained): ReadonlyArray<Finding> => {
  const label = (path: Path) => (path.length === 0 ? input.root : `"${pathText(path)}"`)
  const shown = (path: Path): string => {
    const value = valueAt(input.value, path)
    const text = input.written(path) ?? JSON.stringify(value) ?? ""
    return input.isConfidential || typeof value === "object"
      ? "this value"
      : text.length > 60
        ? `${text.slice(0, 57)}…`
        : text
  }

  const wrongType = (path: Path, ast: SchemaAST.AST): Finding => {
    const value = valueAt(input.value, path)
    const kinds = kindOf(ast)
    const finding = { path, at: "value", code: "config/wrong-type" } as const
    if (value === null || value === undefined) {
      return {
        ...finding,
        message: `${label(path)} has no value; it must be ${anyOf(kinds)}.${sentence(describe(ast))}`
      }
    }
    if (kinds.includes("text") && (typeof value === "number" || typeof value === "boolean")) {
      const kind = typeof value === "number" ? "a number" : "true or false"
      return {
        ...finding,
        message: `${label(path)} must be text, but ${shown(path)} without quotes is read as ${kind}. Put it in quotes.`,
        ...(input.isConfidential ? {} : { suggestion: JSON.stringify(shown(path)) })
      }
    }
    if (
      kinds.includes("true or false") &&
      typeof value === "string" &&
      /^(?:yes|no|on|off|y|n)$/iu.test(value)
    ) {
      return {
        ...finding,
        message: `${label(path)} must be true or false; ${shown(path)} is read as text.`,
        suggestion: /^(?:yes|on|y)$/iu.test(value) ? "true" : "false"
      }
    }
    if (kinds.includes("a number") && typeof value === "string" && /^-?\d+(?:\.\d+)?$/u.test(value)) {
      return {
        ...finding,
        message: `${label(path)} must be a number. Leave the quotes out.`,
        suggestion: value
      }
    }
    const found = Array.isArray(value)
      ? "a list"
      : typeof value === "object"
        ? "a block of keys"
        : shown(path)
    return {
      ...finding,
      message: `${label(path)} must be ${anyOf(kinds)}, not ${found}.${sentence(describe(ast))}`
    }
  }

  const notAllowed = (path: Path, message: string, suggestion?: string): Finding => ({
    path,
    at: "value",
    code: "config/not-allowed",
    message: `${label(path)} ${message}`,
    ...suggest(suggestion)
  })

  const secret = (path: Path): Finding =>
    typeof valueAt(input.value, path) === "object"
      ? notAllowed(
          path,
          "must be { env: NAME }, { file: path } or { secret: connection/field }, with exactly one of the three."
        )
      : {
          path,
          at: "value",
          code: "config/literal-secret",
          message: `${label(path)} is a credential, and credentials are never written in a file. Name an environment variable with { env: NAME }, a file with { file: path }, or a stored secret with { secret: connection/field }. If a real credential stood here, replace it where it was issued.`
        }

  const noMember = (path: Path, ast: SchemaAST.Union): Finding => {
    const value = valueAt(input.value, path)
    const literals = literalsOf(ast)
    if (literals !== undefined && typeof value !== "object" && value !== undefined) {
      const known = literals.map(String)
      return notAllowed(
        path,
        `must be ${anyOf(known)}, not ${shown(path)}.`,
        typeof value === "string" ? nearest(value, known) : undefined
      )
    }
    const types = typesOf(ast)
    if (types.length > 0 && typeof value === "object" && value !== null && !Array.isArray(value)) {
      const type = valueAt(value, ["type"])
      return typeof type === "string"
        ? {
            path: [...path, "type"],
            at: "value",
            code: "config/unknown-type",
            message: `There is no type ${JSON.stringify(type)} for ${label(path)}. Known types: ${types.join(", ")}.`,
            ...suggest(nearest(type, types))
          }
        : {
            path: [...path, "type"],
            at: "value",
            code: "config/missing-key",
            message: `${label(path)} needs the key "type". Known types: ${types.join(", ")}.`
          }
    }
    return wrongType(path, ast)
  }

  const composite = (issue: SchemaIssue.Composite, path: Path): ReadonlyArray<Finding> => {
    const known = fieldsOf(issue.ast)
    const present = keysOf(valueAt(input.value, path))
    const absent = known.map(({ name }) => String(name)).filter((name) => !present.includes(name))
    const unknown = new Map(
      issue.issues.flatMap((inner) =>
        inner._tag === "Pointer" && inner.issue._tag === "UnexpectedKey"
          ? inner.path.map((key) => [key, nearest(String(key), absent)] as const)
          : []
      )
    )
    // A misspelt key explains the one that is missing: one finding is enough.
    const misspelt = new Set(unknown.values())
    return issue.issues.flatMap((inner): ReadonlyArray<Finding> => {
      const key = inner._tag === "Pointer" ? inner.path[0] : undefined
      if (inner._tag !== "Pointer" || key === undefined) return walk(inner, path)
      if (inner.issue._tag === "UnexpectedKey") {
        const suggestion = unknown.get(key)
        const names = known.map(({ name }) => String(name)).join(", ")
        return [
          {
            path: [...path, key],
            at: "key",
            code: "config/unknown-key",
            message: `Unknown key "${String(key)}"${path.length === 0 ? "" : ` in ${label(path)}`}.${suggestion === undefined ? ` Known keys: ${names}.` : ""}`,
            ...suggest(suggestion)
          }
        ]
      }
      if (inner.issue._tag === "MissingKey") {
        const type = known.find(({ name }) => name === key)?.type
        return misspelt.has(String(key))
          ? []
          : [
              {
                path: [...path, key],
                at: "key",
                code: "config/missing-key",
                message: `${label(path)} needs the key "${String(key)}".${sentence(type === undefined ? undefined : describe(type))}`
              }
            ]
      }
      return walk(inner, path)
    })
  }

  const filtered = (
    issue: SchemaIssue.Filter,
    path: Path,
    ast: SchemaAST.AST | undefined
  ): ReadonlyArray<Finding> => {
    if (issue.issue._tag !== "InvalidValue") return walk(issue.issue, path)
    const said = issue.filter.annotations?.message ?? issue.issue.annotations?.message
    if (typeof said === "string")
      return [notAllowed(path, `is not right: ${said}${/[.!?]$/u.test(said) ? "" : "."}`)]
    const value = valueAt(input.value, path)
    if (value === "" || (Array.isArray(value) && value.length === 0)) {
      return [
        notAllowed(path, `must not be empty.${sentence(ast === undefined ? undefined : describe(ast))}`)
      ]
    }
    const expected = issue.filter.annotations?.expected
    return [
      notAllowed(
        path,
        `is ${shown(path)}, but must be ${typeof expected === "string" ? expected : "another value"}.${sentence(ast === undefined ? undefined : describe(ast))}`
      )
    ]
  }

  const walk = (issue: SchemaIssue.Issue, path: Path, ast?: SchemaAST.AST): ReadonlyArray<Finding> => {
    switch (issue._tag) {
      case "Pointer":
        return walk(issue.issue, [...path, ...issue.path])
      case "Composite":
        return issue.issues.some((inner) => inner._tag === "Pointer")
          ? composite(issue, path)
          : issue.issues.flatMap((inner) => walk(inner, path, issue.ast))
      case "Filter":
        return filtered(issue, path, ast)
      case "Encoding":
        return walk(issue.issue, path, issue.ast)
      case "AnyOf": {
        if (identifierOf(issue.ast) === "SecretReference") return [secret(path)]
        if (issue.issues.length === 0) return [noMember(path, issue.ast)]
        // Several members could have been meant: explain the one that comes closest.
        return issue.issues
          .map((inner) => walk(inner, path))
          .reduce((best, other) => (other.length < best.length ? other : best))
      }
      case "InvalidType":
        return [wrongType(path, issue.ast)]
      case "InvalidValue": {
        const expected = issue.annotations?.expected
        return [
          expected === "a valid Duration string"
            ? notAllowed(
                path,
                `must be a number and a unit, for example 5 minutes${input.isConfidential ? "" : `, not ${shown(path)}`}.`
              )
            : notAllowed(
                path,
                `is not right: ${String(issue.annotations?.message ?? `expected ${String(expected ?? "another value")}`)}.`
              )
        ]
      }
      case "MissingKey":
        return [{ path, at: "key", code: "config/missing-key", message: `${label(path)} is missing.` }]
      case "UnexpectedKey":
        return [{ path, at: "key", code: "config/unknown-key", message: `Unknown key ${label(path)}.` }]
      case "OneOf":
      case "Forbidden":
        return [notAllowed(path, "is not possible here.")]
    }
  }
  return walk(root, [])
}

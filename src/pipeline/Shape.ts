/**
 * Shape: which fields a record has, as far as is known before any record is read.
 *
 * Taken from the schema of a source, so that a misspelt field in a pipeline is
 * found when the pipeline is checked and not when the first invoice arrives.
 */
import type { Schema } from "effect"
import { SchemaAST } from "effect"
import { closest, distance } from "fastest-levenshtein"

/** One field of an object. `optional` means that a record may lack it. */
export interface ShapeField {
  readonly shape: Shape
  readonly optional: boolean
  readonly description?: string
}

/** An object; an `open` one may have fields beside those listed. */
export interface ObjectShape {
  readonly _tag: "Object"
  readonly fields: ReadonlyMap<string, ShapeField>
  readonly open: boolean
}

/**
 * What JSON stands at a place. `Decimal` is an amount or other exact number, a
 * string in JSON; `Unknown` may be anything and is never complained about.
 */
export type Shape =
  | ObjectShape
  | { readonly _tag: "List"; readonly item: Shape }
  | { readonly _tag: "Text" }
  | { readonly _tag: "Decimal" }
  | { readonly _tag: "Literal"; readonly values: ReadonlyArray<string> }
  | { readonly _tag: "Unknown" }

/** Nothing is known: every field is accepted. */
export const unknownShape: Shape = { _tag: "Unknown" }

/** `missing` is the first name of the path that is not there; `known` are the names that are. */
export interface MissingField {
  readonly _tag: "Missing"
  readonly missing: string
  readonly suggestion?: string
  readonly known: ReadonlyArray<string>
}

const decimals: ReadonlySet<unknown> = new Set(["Decimal", "Amount"])

const ofUnion = (types: ReadonlyArray<SchemaAST.AST>): Shape => {
  const present = types.filter((type) => !SchemaAST.isUndefined(type) && !SchemaAST.isNull(type))
  const [only, ...others] = present
  if (only !== undefined && others.length === 0) return ofAst(only)
  const values = present.flatMap((type) =>
    SchemaAST.isLiteral(type) && typeof type.literal === "string" ? [type.literal] : []
  )
  return values.length > 0 && values.length === present.length ? { _tag: "Literal", values } : unknownShape
}

const ofAst = (ast: SchemaAST.AST): Shape => {
  // Only a transformation is replaced by its encoded side: descriptions of fields stand on the decoded one.
  const encoded = ast.encoding === undefined ? ast : SchemaAST.toEncoded(ast)
  switch (encoded._tag) {
    case "Objects":
      return {
        _tag: "Object",
        open: encoded.indexSignatures.length > 0,
        fields: new Map(
          encoded.propertySignatures.map(({ name, type }) => {
            const description = SchemaAST.resolveDescription(type)
            return [
              String(name),
              {
                shape: ofAst(type),
                optional: SchemaAST.isOptional(type),
                ...(description === undefined ? {} : { description })
              }
            ]
          })
        )
      }
    case "Arrays": {
      const item = encoded.rest[0]
      return { _tag: "List", item: item === undefined ? unknownShape : ofAst(item) }
    }
    case "String":
      return decimals.has(encoded.annotations?.["identifier"]) ? { _tag: "Decimal" } : { _tag: "Text" }
    case "Literal":
      return ofUnion([encoded])
    case "Union":
      return ofUnion(encoded.types)
    default:
      return unknownShape
  }
}

/** The shape of a schema's JSON, that is of its encoded side. Numbers, flags and recursive parts are `Unknown`. */
export const shapeOf = (schema: Schema.Top): Shape => ofAst(schema.ast)

const sorted = (name: string) => [...name.toLowerCase()].toSorted().join("")

/**
 * The name of `known` that a person most likely meant by `name`: the same
 * letters in other case or order, or at most two letters in five away. None
 * when nothing is close.
 */
export const suggest = (name: string, known: ReadonlyArray<string>): string | undefined => {
  const sameLetters = known.find((other) => sorted(other) === sorted(name))
  if (sameLetters !== undefined || known.length === 0) return sameLetters
  const nearest = closest(name, [...known])
  return distance(name, nearest) <= Math.max(1, Math.floor(name.length * 0.4)) ? nearest : undefined
}

/** A field of `shape` by name. Lists are not looked into: name their items first. */
export const fieldOf = (shape: Shape, name: string): Shape | MissingField => {
  if (shape._tag === "Unknown") return shape
  const fields: ReadonlyMap<string, ShapeField> = shape._tag === "Object" ? shape.fields : new Map()
  const field = fields.get(name)
  if (field !== undefined) return field.shape
  if (shape._tag === "Object" && shape.open) return unknownShape
  const known = [...fields.keys()]
  const suggestion = suggest(name, known)
  return { _tag: "Missing", missing: name, known, ...(suggestion === undefined ? {} : { suggestion }) }
}

/** The shape at a path such as "totals.grand". */
export const lookUp = (shape: Shape, path: string): Shape | MissingField =>
  path
    .split(".")
    .reduce<Shape | MissingField>(
      (found, name) => (found._tag === "Missing" ? found : fieldOf(found, name)),
      shape
    )

/**
 * kindOf: what a schema expects, in the words of somebody who writes YAML.
 *
 * Everything here looks at the encoded side, which is what stands in a file.
 */
import { SchemaAST } from "effect"

/** The fields of a struct; none for anything else. */
export const fieldsOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.PropertySignature> => {
  const encoded = SchemaAST.toEncoded(ast)
  return encoded._tag === "Objects" ? encoded.propertySignatures : []
}

/** The values allowed, where they are listed one by one. */
export const literalsOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.LiteralValue> | undefined => {
  const encoded = SchemaAST.toEncoded(ast)
  if (encoded._tag === "Literal") return [encoded.literal]
  if (encoded._tag !== "Union") return undefined
  const members = encoded.types.map(literalsOf)
  return members.every((member) => member !== undefined) ? members.flat() : undefined
}

/** The values of `type` that tell the members of a union apart, if it has such members. */
export const typesOf = (ast: SchemaAST.Union): ReadonlyArray<string> =>
  ast.types.flatMap((member) =>
    fieldsOf(member)
      .filter(({ name }) => name === "type")
      .flatMap(({ type }) => literalsOf(type) ?? [])
      .map(String)
  )

// A check hides the annotations of what it checks, a transformation those of
// its encoded side, and a key may carry annotations of its own.
const annotation = (
  ast: SchemaAST.AST,
  key: "description" | "identifier" | "factSource"
): string | undefined =>
  [ast, SchemaAST.toEncoded(ast)]
    .flatMap((side) => [
      side.context?.annotations?.[key],
      ...(side.checks ?? []).map((check) => check.annotations?.[key]).toReversed(),
      side.annotations?.[key]
    ])
    .find((value) => typeof value === "string")

/** The description, from whichever side carries one. */
export const descriptionOf = (ast: SchemaAST.AST): string | undefined => annotation(ast, "description")

/** The name of a schema that has one, from whichever side carries it. */
export const identifierOf = (ast: SchemaAST.AST): string | undefined => annotation(ast, "identifier")

/** Where the fact behind a default or a limit is from, where a connector says so. */
export const factSourceOf = (ast: SchemaAST.AST): string | undefined => annotation(ast, "factSource")

/** The kinds of value that fit, each a phrase: text, a number, { table, column }. */
export const kindOf = (ast: SchemaAST.AST): ReadonlyArray<string> => {
  const encoded = SchemaAST.toEncoded(ast)
  switch (encoded._tag) {
    case "String":
    case "TemplateLiteral":
      return ["text"]
    case "Number":
      return ["a number"]
    case "Boolean":
      return ["true or false"]
    case "Objects": {
      const names = encoded.propertySignatures.map(({ name }) => String(name))
      return [names.length > 0 && names.length <= 3 ? `{ ${names.join(", ")} }` : "a block of keys"]
    }
    case "Arrays":
      return ["a list"]
    case "Null":
      return ["empty"]
    case "Literal":
      return [JSON.stringify(encoded.literal)]
    case "Union":
      return [...new Set(encoded.types.flatMap(kindOf))]
    default:
      return ["another kind of value"]
  }
}

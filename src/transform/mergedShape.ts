/**
 * mergedShape: the shape of a value that is made from several others.
 */
import { type ObjectShape, type Shape, type ShapeField, unknownShape } from "../pipeline/Shape.ts"

const isDecimalText = (value: string) => /^-?\d+(?:\.\d+)?$/u.test(value)

/** The shape of a value that is either `left` or `right`. */
export const eitherShape = (left: Shape, right: Shape): Shape => {
  if (left._tag === "Literal" && right._tag === "Literal") {
    return { _tag: "Literal", values: [...new Set([...left.values, ...right.values])] }
  }
  if (left._tag === "List" && right._tag === "List") {
    return { _tag: "List", item: eitherShape(left.item, right.item) }
  }
  if (left._tag === "Object" && right._tag === "Object") {
    const names = new Set([...left.fields.keys(), ...right.fields.keys()])
    const fields = [...names].map((name): readonly [string, ShapeField] => {
      const [mine, other] = [left.fields.get(name), right.fields.get(name)]
      return mine !== undefined && other !== undefined
        ? [name, { shape: eitherShape(mine.shape, other.shape), optional: mine.optional || other.optional }]
        : [name, { ...(mine ?? other ?? { shape: unknownShape }), optional: true }]
    })
    return { _tag: "Object", fields: new Map(fields), open: left.open || right.open }
  }
  const [text, literal] = left._tag === "Literal" ? [right, left] : [left, right]
  if (literal._tag === "Literal") {
    // A rule may say "0.00" where there is no amount.
    if (text._tag === "Decimal" && literal.values.every(isDecimalText)) return text
    if (text._tag === "Text" || text._tag === "Decimal") return { _tag: "Text" }
  }
  return left._tag === right._tag && (left._tag === "Text" || left._tag === "Decimal") ? left : unknownShape
}

/** The shape of `$merge([first, second, …])`: later fields replace earlier ones. */
export const mergedShape = (shapes: ReadonlyArray<Shape>): Shape => {
  const objects = shapes.filter((shape): shape is ObjectShape => shape._tag === "Object")
  if (objects.length !== shapes.length) return unknownShape
  const fields = new Map<string, ShapeField>()
  for (const { fields: given } of objects) {
    for (const [name, field] of given) {
      const before = fields.get(name)
      // A field that may be left out leaves the earlier one standing.
      fields.set(
        name,
        field.optional && before !== undefined
          ? { shape: eitherShape(before.shape, field.shape), optional: before.optional }
          : field
      )
    }
  }
  return { _tag: "Object", fields, open: objects.some(({ open }) => open) }
}

/** What one step of a path sees: the items of a list, else the value itself. */
export const itemOf = (shape: Shape): Shape => (shape._tag === "List" ? itemOf(shape.item) : shape)

/**
 * allowedFunctions: the functions an expression may call, and what is said about the others.
 */
import { type Shape, unknownShape } from "../pipeline/Shape.ts"

/** One allowed function: how many arguments it takes and what it gives. */
export interface AllowedFunction {
  readonly least: number
  readonly most: number
  readonly result: Shape
  /** Its result is a number that is not an amount, so that arithmetic with it is harmless. */
  readonly isCount?: true
  /** Place of the argument that may be a regular expression. */
  readonly regexAt?: number
}

const text: Shape = { _tag: "Text" }
const decimal: Shape = { _tag: "Decimal" }
const texts: Shape = { _tag: "List", item: text }

const gives = (result: Shape, least: number, most = least): AllowedFunction => ({ least, most, result })

/** Allowed functions by name, without the `$`. All take time in proportion to their arguments. */
export const allowedFunctions: ReadonlyMap<string, AllowedFunction> = new Map<string, AllowedFunction>([
  ["amountSum", gives(decimal, 1)],
  ["amountAdd", gives(decimal, 2)],
  ["amountSubtract", gives(decimal, 2)],
  ["amountMultiply", gives(decimal, 2, 3)],
  ["amountNegate", gives(decimal, 1)],
  ["amountAllocate", gives({ _tag: "List", item: decimal }, 2, 3)],
  ["amountCompare", { ...gives(unknownShape, 2), isCount: true }],
  ["string", gives(text, 1)],
  ["length", { ...gives(unknownShape, 1), isCount: true }],
  ["substring", gives(text, 2, 3)],
  ["substringBefore", gives(text, 2)],
  ["substringAfter", gives(text, 2)],
  ["lowercase", gives(text, 1)],
  ["uppercase", gives(text, 1)],
  ["trim", gives(text, 1)],
  ["join", gives(text, 1, 2)],
  ["split", { ...gives(texts, 2, 3), regexAt: 1 }],
  ["contains", { ...gives(unknownShape, 2), regexAt: 1 }],
  ["match", { ...gives(unknownShape, 2, 3), regexAt: 1 }],
  ["replace", { ...gives(text, 3, 4), regexAt: 1 }],
  ["count", { ...gives(unknownShape, 1), isCount: true }],
  ["append", gives(unknownShape, 2)],
  ["distinct", gives(unknownShape, 1)],
  ["reverse", gives(unknownShape, 1)],
  ["exists", gives(unknownShape, 1)],
  ["boolean", gives(unknownShape, 1)],
  ["not", gives(unknownShape, 1)],
  ["keys", gives(texts, 1)],
  ["lookup", gives(unknownShape, 2)],
  ["merge", gives(unknownShape, 1)],
  ["type", gives(text, 1)]
])

const exact = (instead: string) => ({
  code: "expression/float-arithmetic",
  why: `computes with binary floats, which lose cents. Use ${instead}.`
})

const refused = (why: string) => ({ code: "expression/not-allowed", why })

/** Functions of JSONata that are refused for a reason worth telling. */
export const refusedFunctions: ReadonlyMap<string, { readonly code: string; readonly why: string }> = new Map(
  [
    ["sum", exact("$amountSum")],
    ["average", exact("$amountSum and $amountMultiply")],
    ["max", exact("$amountCompare")],
    ["min", exact("$amountCompare")],
    ["round", exact("$amountMultiply(amount, 1, decimals)")],
    ["floor", exact("$amountMultiply(amount, 1, decimals)")],
    ["ceil", exact("$amountMultiply(amount, 1, decimals)")],
    ["abs", exact("$amountCompare and $amountNegate")],
    ["number", exact("the amount as it is: a text")],
    ["power", exact("$amountMultiply")],
    ["sqrt", exact("$amountMultiply")],
    ["formatNumber", exact("the amount as it is: a text")],
    ["pad", refused("can fill the memory. Join the text with &.")],
    ["eval", refused("runs text as a program. Write the expression itself.")],
    ["now", refused("gives another result each time. Use createdAt or updatedAt.")],
    ["millis", refused("gives another result each time. Use createdAt or updatedAt.")],
    ["random", refused("gives another result each time. Use a field of the document.")],
    ["shuffle", refused("gives another result each time. Leave the order as it is.")],
    ...["map", "filter", "reduce", "sift", "each", "single", "sort"].map(
      (name) =>
        [
          name,
          refused("calls a function for each item. Use a path, such as lines[productType = 'bundle'].sku.")
        ] as const
    )
  ]
)

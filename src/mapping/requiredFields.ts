/**
 * requiredFields: what an entry takes from the record beside what rules name.
 *
 * A sales document always has both currencies. Any other record, such as a
 * payment, may be without, and then the transform must say what they are.
 */
import { lookUp, type Shape } from "../pipeline/Shape.ts"
import type { MappingIssue } from "./MappingIssue.ts"

const remedies = [
  ["currency", "the currency of its amounts", '{ "currency": "EUR" }'],
  ["accountingCurrency", "the currency of the books", '{ "accountingCurrency": currency }']
] as const

/** An issue for each currency that the record, after the transform, does not have. */
export const requiredFields = (shape: Shape): ReadonlyArray<MappingIssue> =>
  remedies.flatMap(([field, meaning, example]): ReadonlyArray<MappingIssue> => {
    const found = lookUp(shape, field)
    return found._tag !== "Missing"
      ? []
      : [
          {
            path: [],
            code: "mapping/no-currency",
            severity: "error",
            message: `The record has no field ${field}, ${meaning}, and no entry can do without. Add it in the transform, for example: $merge([$, ${example}])`
          }
        ]
  })

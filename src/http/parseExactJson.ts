/**
 * parseExactJson: JSON text to values without a binary float in between.
 *
 * A number that is a safe integer stays a number; any other number becomes its
 * decimal text ("22.50"), taken from the source text before it could be
 * rounded. An exponent is written out.
 */
import { BigDecimal, Option, Result } from "effect"
import { formatDecimal } from "../accounting/Decimal.ts"
import type { Json } from "../pipeline/SourceRecord.ts"

/** Deepest nesting accepted: deeper is an attack or a mistake, and recursion must not meet it. */
const depthMaximum = 64

const exactNumber = (value: number, source: string): number | string =>
  Number.isSafeInteger(value) && /^-?\d+$/u.test(source)
    ? value === 0
      ? 0
      : value
    : Option.match(BigDecimal.fromString(source), { onNone: () => source, onSome: formatDecimal })

const depthOf = (text: string): number => {
  let depth = 0
  let deepest = 0
  let inText = false
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (inText) {
      if (character === "\\") index++
      else if (character === '"') inText = false
    } else if (character === '"') inText = true
    else if (character === "{" || character === "[") deepest = Math.max(deepest, ++depth)
    else if (character === "}" || character === "]") depth--
  }
  return deepest
}

/** The value, or why the text is not acceptable JSON, in one sentence. */
export const parseExactJson = (text: string): Result.Result<Json, string> => {
  if (depthOf(text) > depthMaximum) {
    return Result.fail(`is nested more than ${depthMaximum} levels deep`)
  }
  return Result.try({
    try: (): Json =>
      JSON.parse(text, (_key: string, value: Json, context?: { readonly source?: string }) =>
        typeof value === "number" && context?.source !== undefined
          ? exactNumber(value, context.source)
          : value
      ),
    catch: () => "is not JSON"
  })
}

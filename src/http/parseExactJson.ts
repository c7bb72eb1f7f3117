/**
 * parseExactJson: JSON text to values without a binary float in between.
 *
 * A number that is a safe integer stays a number; any other number becomes its
 * decimal text ("22.50"). It is put in quotes before the text is parsed, so that
 * no parser ever rounds it. An exponent is written out.
 */
import { BigDecimal, Option, Result } from "effect"
import { formatDecimal } from "../accounting/Decimal.ts"
import type { Json } from "../pipeline/SourceRecord.ts"

/** Deepest nesting accepted: deeper is an attack or a mistake, and recursion must not meet it. */
const depthMaximum = 64

/** Longest exponent written out: a number of a million digits is an attack. */
const exponentMaximum = 100

const quote = 0x22
const backslash = 0x5c

const isNumberStart = (code: number) => code === 0x2d || (code >= 0x30 && code <= 0x39)
const isNumberPart = (code: number) =>
  isNumberStart(code) || code === 0x2b || code === 0x2e || code === 0x45 || code === 0x65

/** The index after the closing quote of the text that begins at `start`. */
const endOfText = (json: string, start: number): number => {
  let end = start + 1
  while (end < json.length && json.charCodeAt(end) !== quote) {
    end += json.charCodeAt(end) === backslash ? 2 : 1
  }
  return end + 1
}

const isJsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,9})?$/u

/** What stands in the text instead of a number; a number that JSON does not know stays, for the parser to refuse. */
const exactNumber = (source: string): string => {
  if (!isJsonNumber.test(source)) return source
  const value = Number(source)
  if (Number.isSafeInteger(value) && /^-?\d+$/u.test(source)) return value === 0 ? "0" : source
  const exponent = /[eE]([+-]?\d+)$/u.exec(source)?.[1]
  if (exponent !== undefined && Math.abs(Number(exponent)) > exponentMaximum) return "?"
  return Option.match(BigDecimal.fromString(source), {
    onNone: () => source,
    onSome: (exact) => `"${formatDecimal(exact)}"`
  })
}

/** The text with every inexact number in quotes, or undefined when it is nested too deep. */
const withExactNumbers = (json: string): string | undefined => {
  let exact = ""
  let copied = 0
  let depth = 0
  for (let index = 0; index < json.length;) {
    const code = json.charCodeAt(index)
    if (code === quote) {
      index = endOfText(json, index)
      continue
    }
    if (isNumberStart(code)) {
      let end = index + 1
      while (end < json.length && isNumberPart(json.charCodeAt(end))) end++
      exact += json.slice(copied, index) + exactNumber(json.slice(index, end))
      copied = end
      index = end
      continue
    }
    if (code === 0x7b || code === 0x5b) {
      depth++
      if (depth > depthMaximum) return undefined
    } else if (code === 0x7d || code === 0x5d) depth--
    index++
  }
  return exact + json.slice(copied)
}

/** The database cannot store a NUL character in a text; it says nothing to an accountant either. */
const withoutNul = (_key: string, value: Json): Json =>
  typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "\uFFFD") : value

/** The value, or why the text is not acceptable JSON, in words that follow the name of its file. */
export const parseExactJson = (text: string): Result.Result<Json, string> => {
  const exact = withExactNumbers(text)
  if (exact === undefined) return Result.fail(`is nested more than ${depthMaximum} levels deep`)
  return Result.try({
    try: (): Json => (exact.includes("\\u0000") ? JSON.parse(exact, withoutNul) : JSON.parse(exact)),
    catch: () => "is not JSON"
  })
}

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

/** Longest number: no amount, rate or identifier has as many digits, and arithmetic with a million of them takes minutes. */
const numberCharactersMaximum = 200

/** Most values in one text. The largest page of orders has half of them; brackets alone would fill the memory. */
const valuesMaximum = 1_000_000

const quote = 0x22
const comma = 0x2c
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

/** A number that is its own decimal text; most are, and need no arithmetic. */
const isPlainDecimal = /^(?:0|[1-9]\d*)\.\d+$/u

/** What stands in the text instead of a number; a number that JSON does not know stays, for the parser to refuse. */
const exactNumber = (source: string): string => {
  if (source.length > numberCharactersMaximum) return "?"
  if (isPlainDecimal.test(source)) return `"${source}"`
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

/** The text with every inexact number in quotes, or why it is not read. */
const withExactNumbers = (json: string): Result.Result<string, string> => {
  let exact = ""
  let copied = 0
  let depth = 0
  let values = 1
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
      values++
      if (depth > depthMaximum) return Result.fail(`is nested more than ${depthMaximum} levels deep`)
    } else if (code === 0x7d || code === 0x5d) depth--
    else if (code === comma) values++
    if (values > valuesMaximum) return Result.fail(`holds more than ${valuesMaximum} values`)
    index++
  }
  return Result.succeed(exact + json.slice(copied))
}

/** An escape of JSON: a pair of surrogates, a NUL or half a pair, or any other. */
const escapes =
  /\\(?:u[dD][89aAbB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u0000|u[dD][89a-fA-F][\da-fA-F]{2}|.)/gsu

/** The database cannot store a NUL character or half a character, in a text or a name; they say nothing to an accountant either. */
const withoutHalves = (json: string): string =>
  /\\u(?:0000|[dD][89a-fA-F])/u.test(json)
    ? json.replace(escapes, (escape) => (escape.length === 6 ? "\\ufffd" : escape))
    : json

/** The value, or why the text is not acceptable JSON, in words that follow the name of its file. */
export const parseExactJson = (text: string): Result.Result<Json, string> =>
  Result.flatMap(withExactNumbers(text), (exact) =>
    Result.try({ try: (): Json => JSON.parse(withoutHalves(exact)), catch: () => "is not JSON" })
  )

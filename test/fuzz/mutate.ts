/**
 * mutate: texts that are nearly right, and now and then quite wrong.
 *
 * A parser meets what people and systems send: a field renamed, a number where a
 * text was, a line twice, a file cut off. Random bytes would be refused by the
 * first character and find nothing.
 */
import type { Draw } from "../simulation/Draw.ts"

/** Values that programs like this one have stumbled over. */
const awkward: readonly [string, ...ReadonlyArray<string>] = [
  "null",
  "true",
  "-1",
  "0",
  "-0",
  "1e5",
  "1E400",
  "0.1",
  "9007199254740993",
  "99999999999999999999999999.99",
  `0.${"1".repeat(50)}`,
  '""',
  '" "',
  '"\\u0000"',
  '"\\ud800"',
  '"NaN"',
  '"-1.005"',
  '"1,00"',
  '"2026-02-30 25:61:00"',
  '"0000-00-00 00:00:00"',
  '"__proto__"',
  '"\u202e١٢٣"',
  `"${"x".repeat(3_000)}"`,
  "[]",
  "{}",
  "[null]",
  "[[[[]]]]",
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"0":1}'
]

const names: readonly [string, ...ReadonlyArray<string>] = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "length",
  "then",
  "",
  "0"
]

const syntax: readonly [string, ...ReadonlyArray<string>] = [
  "{",
  "}",
  "[",
  "]",
  ":",
  ": ",
  ",",
  '"',
  "'",
  "\n",
  "\r\n",
  "\t",
  "- ",
  "? ",
  "| ",
  "> ",
  "|\n",
  "&a ",
  "*a",
  "<<: ",
  "!!js/function ",
  "!t ",
  "---\n",
  "...",
  "#",
  "%",
  "$",
  "$$",
  "`",
  "/",
  "(",
  ")",
  "..",
  "**",
  "~>",
  ":=",
  ";",
  "\\",
  "\0",
  "\ufeff",
  "\ufffd",
  "~",
  "yes",
  "0o7",
  ".inf",
  ".nan"
]

/** The text with one thing changed. `near` is another right text, to take parts from. */
const once = (text: string, near: string, draw: Draw): string => {
  const at = draw.between(0, text.length)
  const cut = (start: number, end: number, by: string) => text.slice(0, start) + by + text.slice(end)
  const tokens = [...text.matchAll(/"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?|\b\w+\b/gu)]
  const token = tokens[draw.between(0, Math.max(0, tokens.length - 1))]
  const [start, end] = token === undefined ? [at, at] : [token.index, token.index + token[0].length]
  const lines = text.split("\n")
  const line = draw.between(0, lines.length - 1)
  // JSON that no parser reads is soon tried enough: most of it stays JSON.
  const isJson = text.startsWith("{")
  const isValue = isJson && draw.chance(0.85)
  const isName = text[end] === ":"
  if (isValue && isName) return cut(start, end, draw.chance(0.5) ? '"gone"' : `"${draw.pick(names)}"`)
  if (isValue) {
    const other = tokens[draw.between(0, Math.max(0, tokens.length - 1))]
    return cut(start, end, draw.chance(0.3) ? (other?.[0] ?? "null") : draw.pick(awkward))
  }
  switch (draw.between(0, 11)) {
    case 0:
    case 1:
    case 2:
      return cut(start, end, draw.pick(awkward))
    case 3:
      return cut(start, end, isJson ? `"${draw.pick(names)}"` : draw.pick(names))
    case 4:
      return cut(start, end, "")
    case 5: {
      const other = tokens[draw.between(0, Math.max(0, tokens.length - 1))]
      return cut(start, end, other?.[0] ?? "")
    }
    case 6:
      return cut(at, at, draw.pick(syntax))
    case 7:
      return cut(at, at + draw.between(1, 4), draw.pick(syntax))
    case 8:
      return [...lines.slice(0, line), lines[line] ?? "", ...lines.slice(line)].join("\n")
    case 9:
      return lines.filter((_, index) => index !== line).join("\n")
    case 10: {
      const from = draw.between(0, near.length)
      return cut(at, at, near.slice(from, from + draw.between(1, 200)))
    }
    default:
      return draw.chance(0.1)
        ? text.slice(0, at)
        : cut(at, at + 1, String.fromCodePoint(draw.between(0, 0x2ff)))
  }
}

/** The text with one to five things changed; always the same for the same draw. */
export const mutate = (text: string, near: string, draw: Draw): string =>
  Array.from({ length: draw.between(1, draw.chance(0.7) ? 2 : 5) }).reduce<string>(
    (changed) => once(changed, near, draw),
    text
  )

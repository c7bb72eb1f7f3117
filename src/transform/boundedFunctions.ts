/**
 * boundedFunctions: replacements for functions of JSONata that could build a huge
 * value, or take long, before the budget sees their result.
 */
import { stop, textCharactersMax } from "./Budget.ts"

const tooLong = () =>
  stop(
    "transform/too-large",
    `A text is longer than ${textCharactersMax} characters. Take a part of it with $substring.`
  )

const within = (characters: number): void => {
  if (characters > textCharactersMax) tooLong()
}

/** A match as JSONata's regular expressions give it. */
interface RegexMatch {
  readonly match: string
  readonly start: number
  readonly groups: ReadonlyArray<string | undefined>
  readonly next: () => RegexMatch | undefined
}

/** `$1` is the first group and `$0` the whole match, as in JSONata; `$$` is a dollar. */
const substitute = (replacement: string, { match, groups }: RegexMatch) =>
  replacement.replace(/\$(\$|\d)/gu, (_, name: string) =>
    name === "$" ? "$" : name === "0" ? match : (groups[Number(name) - 1] ?? "")
  )

/** Asynchronous, since JSONata hands over a regular expression as an asynchronous function. */
const replace = async (
  text: string | undefined,
  pattern: string | ((text: string) => Promise<RegexMatch | undefined>),
  replacement: string,
  limit: number = Number.POSITIVE_INFINITY
): Promise<string | undefined> => {
  if (text === undefined) return undefined
  const parts: Array<string> = []
  let characters = text.length
  let from = 0
  const put = (start: number, length: number, by: string) => {
    characters += by.length - length
    within(characters)
    parts.push(text.slice(from, start), by)
    from = start + length
  }
  if (typeof pattern === "string") {
    if (pattern === "")
      return stop("transform/failed", "$replace cannot replace an empty text. Name what is to be replaced.")
    for (let count = 0; count < limit; count += 1) {
      const start = text.indexOf(pattern, from)
      if (start === -1) break
      put(start, pattern.length, replacement)
    }
  } else {
    let found = await pattern(text)
    for (let count = 0; found !== undefined && count < limit; count += 1) {
      put(found.start, found.match.length, substitute(replacement, found))
      found = found.next()
    }
  }
  return parts.join("") + text.slice(from)
}

const join = (texts: ReadonlyArray<string> | undefined, separator = ""): string | undefined => {
  if (texts === undefined) return undefined
  within(texts.reduce((sum, text) => sum + text.length + separator.length, 0))
  return texts.join(separator)
}

/** Equal values once, in the order of their first appearance; by their JSON, so that time grows with the list. */
const distinct = (values: unknown): unknown => {
  if (!Array.isArray(values)) return values
  const seen = new Set<string>()
  return values.filter((value: unknown) => {
    const key = JSON.stringify(value)
    return seen.has(key) ? false : seen.add(key)
  })
}

/** A field by a name that is computed; own fields only. */
const lookup = (object: unknown, name: string): unknown =>
  typeof object === "object" && object !== null && Object.hasOwn(object, name)
    ? Reflect.get(object, name)
    : undefined

/** Implementation and JSONata signature by name, without the `$`. */
export const boundedFunctions = {
  replace: { run: replace, signature: "<s-(sf)sn?:s>" },
  join: { run: join, signature: "<a<s>s?:s>" },
  distinct: { run: distinct, signature: "<x:x>" },
  lookup: { run: lookup, signature: "<x-s:x>" }
} as const

/**
 * LinearRegex: regular expressions whose time grows with the text and no faster.
 *
 * JavaScript's own engine backtracks: one pattern of nine characters runs for
 * minutes on a line of text, and nothing can interrupt it. RE2 cannot, at the
 * price of look-around and back references.
 */
import { Result } from "effect"
import { RE2JS } from "re2js"
import { stop } from "./Budget.ts"

/** Size of a compiled pattern; `a{1000}` is a thousand. */
const programMax = 500
/** Characters times size of the pattern, over all matches of one use. */
const workMax = 20_000_000

const compiled = new WeakMap<RegExp, RE2JS>()

/** Compiles a pattern, or says why RE2 does not take it. */
export const compileRegex = (pattern: RegExp): Result.Result<RE2JS, string> => {
  const known = compiled.get(pattern)
  if (known !== undefined) return Result.succeed(known)
  return Result.try({
    try: () =>
      RE2JS.compile(
        pattern.source,
        (pattern.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) | (pattern.multiline ? RE2JS.MULTILINE : 0)
      ),
    catch: String
  }).pipe(
    Result.flatMap((regex) => {
      if (regex.programSize() > programMax) {
        return Result.fail(`its size is ${regex.programSize()}, more than ${programMax}`)
      }
      compiled.set(pattern, regex)
      return Result.succeed(regex)
    })
  )
}

/** What a match looks like to JSONata. */
interface Match extends ReadonlyArray<string | undefined> {
  readonly index: number
}

/**
 * The part of `RegExp` that JSONata uses. One instance serves one evaluation of
 * a literal, so its work is bounded over all the matches in a text.
 */
export class LinearRegex {
  lastIndex = 0
  private work = 0
  private readonly regex: RE2JS

  constructor(pattern: RegExp) {
    this.regex = Result.getOrThrow(compileRegex(pattern))
  }

  exec(text: string): Match | null {
    this.work += (text.length - this.lastIndex + 1) * this.regex.programSize()
    if (this.work > workMax) {
      stop(
        "transform/too-long",
        "A regular expression has too much text to search. Take a part of it with $substring."
      )
    }
    const matcher = this.regex.matcher(text)
    if (!matcher.find(this.lastIndex)) return null
    this.lastIndex = matcher.end()
    const groups = Array.from(
      { length: matcher.groupCount() + 1 },
      (_, group) => matcher.group(group) ?? undefined
    )
    return Object.assign(groups, { index: matcher.start() })
  }
}

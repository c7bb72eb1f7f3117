/**
 * unreadableText: what makes the text of a file unfit to be read at all.
 *
 * Checked before any parser sees it: parsers take long over what is huge, and
 * characters that nobody sees on the screen must not decide about an account.
 */

/** The first thing that is wrong: its place, counted in characters from 0, and a sentence about it. */
export interface UnreadableText {
  readonly offset: number
  readonly message: string
}

const invisible = /(?![\t\n\r])[\p{Cc}\u2028-\u202e\u2066-\u2069\ufffd]/u

/** What is wrong with a text that may have `charactersMaximum`; undefined when nothing is. */
export const unreadableText = (text: string, charactersMaximum: number): UnreadableText | undefined => {
  if (text.length > charactersMaximum) {
    return {
      offset: charactersMaximum,
      message: `The file has more than ${charactersMaximum} characters. Split it.`
    }
  }
  const offset = text.search(invisible)
  if (offset < 0) return undefined
  return {
    offset,
    message:
      text[offset] === "\ufffd"
        ? "The file is not UTF-8 here. Save it as UTF-8."
        : "There is a character here that is not shown, such as NUL or one that turns the direction of reading. Remove it."
  }
}

/**
 * naturalOrder: the order in which Adobe Commerce sorts parameters it signs.
 *
 * Commerce sorts with PHP's strnatcmp, not by bytes as RFC 5849 asks: runs of
 * digits compare as numbers, so that `filters[2]` stands before `filters[10]`.
 */

const isDigit = (character: string | undefined): boolean =>
  character !== undefined && character >= "0" && character <= "9"

const digitsAt = (text: string, start: number): string => {
  let end = start
  while (isDigit(text[end])) end++
  return text.slice(start, end)
}

const byCharacter = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

// A run that starts with a zero is a fraction to strnatcmp and compares from
// the left; any other run compares by length, then by digits.
const byNumber = (left: string, right: string): number =>
  left.startsWith("0") || right.startsWith("0") || left.length === right.length
    ? byCharacter(left, right)
    : left.length - right.length

/** Negative when `left` stands before `right`; both are ASCII (percent-encoded) names. */
export const naturalOrder = (left: string, right: string): number => {
  let at = 0
  let against = 0
  while (at < left.length && against < right.length) {
    const mine = digitsAt(left, at)
    const other = digitsAt(right, against)
    const numeric = mine !== "" && other !== ""
    const order = numeric ? byNumber(mine, other) : byCharacter(left.charAt(at), right.charAt(against))
    if (order !== 0) return order
    at += numeric ? mine.length : 1
    against += numeric ? other.length : 1
  }
  return left.length - at - (right.length - against)
}

/**
 * naturalOrder: PHP's `strnatcmp`, by which Commerce sorts parameter names before it signs.
 *
 * Runs of digits compare as numbers, so `filters[2]` comes before `filters[10]`; RFC 5849 sorts the
 * other way. Written after the C source of PHP (ext/standard/strnatcmp.c).
 */
export const naturalOrder = (left: string, right: string): -1 | 0 | 1 => {
  if (left === "" || right === "") return left === right ? 0 : left === "" ? -1 : 1
  let [i, j] = [afterLeadingZeros(left), afterLeadingZeros(right)]
  while (true) {
    i = afterSpaces(left, i)
    j = afterSpaces(right, j)
    if (isDigit(left[i]) && isDigit(right[j])) {
      const [leftRun, rightRun] = [digitsFrom(left, i), digitsFrom(right, j)]
      // A run that starts with zero is read as the digits after a decimal point.
      const isFraction = leftRun.startsWith("0") || rightRun.startsWith("0")
      const order =
        isFraction || leftRun.length === rightRun.length
          ? compare(leftRun, rightRun)
          : compare(leftRun.length, rightRun.length)
      if (order !== 0) return order
      i += leftRun.length
      j += rightRun.length
    } else {
      const order = compare(left[i] ?? "", right[j] ?? "")
      if (order !== 0) return order
      i += 1
      j += 1
    }
    if (i >= left.length || j >= right.length) return compare(left.length - i, right.length - j)
  }
}

const compare = <A extends string | number>(left: A, right: A): -1 | 0 | 1 =>
  left < right ? -1 : left > right ? 1 : 0

const isDigit = (character: string | undefined) => character !== undefined && /^\d$/u.test(character)

const digitsFrom = (text: string, index: number) => /^\d+/u.exec(text.slice(index))?.[0] ?? ""

const afterLeadingZeros = (text: string) => /^(?:0(?=\d))*/u.exec(text)?.[0].length ?? 0

const afterSpaces = (text: string, index: number) =>
  index + (/^\s*/u.exec(text.slice(index))?.[0].length ?? 0)

/**
 * conflictProblem: a conflict in the words of who must decide.
 */
import type { Problem } from "../../pipeline/SourceRecord.ts"
import type { Conflict } from "./mergeContent.ts"
import type { CustomerPair } from "./CustomerPair.ts"

const saying = (value: string | null) => (value === null ? "nothing" : JSON.stringify(value))

const wordsOf = (key: string, value: string | null) =>
  key.endsWith(":place") ? (value ?? "nothing") : saying(value)

/** Both values, each with the system that says it. */
export const conflictProblem = (pair: CustomerPair, { isUnclear, key, left, right }: Conflict): Problem => ({
  code: isUnclear ? "customer/unclear" : "customer/conflict",
  path: key,
  message: `${key} was changed on both sides: ${pair.left.connection} says ${wordsOf(key, left)}, ${pair.right.connection} says ${wordsOf(key, right)}. ${
    isUnclear
      ? "Perhaps the one was typed over the other just now. Make both the same in either system; or retry, and the pipeline's rule decides."
      : "Make both the same in either system, or say under customers: conflicts whose counts; then retry."
  }`
})

/**
 * conflictProblem: a conflict in the words of who must decide.
 */
import type { Problem } from "../../pipeline/SourceRecord.ts"
import { placeLine } from "./addressText.ts"
import type { Conflict } from "./mergeContent.ts"
import type { CustomerPair } from "./CustomerPair.ts"

const saying = (value: string | null) => (value === null ? "nothing" : JSON.stringify(value))

const wordsOf = (key: string, value: string | null) =>
  saying(value !== null && key.endsWith(":place") ? placeLine(value) : value)

const nextStep = ({ policy }: CustomerPair, isUnclear: boolean) => {
  if (isUnclear) {
    return "Nobody knows whether our last write came through, or somebody typed over it. Make both the same in either system; or retry, and the pipeline's rule decides."
  }
  return policy.conflicts === "newest"
    ? "Which is the newer is not known: newest-wins needs the time of each change from its system. Make both the same in either system, or say under customers: owners whose counts; then retry."
    : "Make both the same in either system, or say under customers: conflicts whose counts; then retry."
}

/** Both values, each with the system that says it. */
export const conflictProblem = (pair: CustomerPair, conflict: Conflict): Problem => {
  const { hasAgreed, isUnclear, key, left, right } = conflict
  const what = isUnclear || !hasAgreed ? "differs" : "was changed on both sides"
  return {
    code: isUnclear ? "customer/unclear" : "customer/conflict",
    path: key,
    message: `${key} ${what}: ${pair.left.connection} says ${wordsOf(key, left)}, ${pair.right.connection} says ${wordsOf(key, right)}. ${nextStep(pair, isUnclear)}`
  }
}

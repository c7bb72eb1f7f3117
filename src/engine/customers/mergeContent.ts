/**
 * mergeContent: what each side has to be told of the other, value by value.
 *
 * A value that differs from its base was changed by somebody. Changed on one
 * side, it goes to the other; on both, and to the same, there is nothing to do;
 * on both, and to different ones, the field's owner decides, then the policy,
 * and where neither does, a person. A value equal to its base is an echo of our
 * own writing, however it came.
 */
import type { CustomerField } from "../../pipeline/CustomerSink.ts"
import { otherSide, type Bases, type Side, type Values } from "../../store/CustomerLink.ts"
import { saysTheSame } from "./comparable.ts"
import { isSamePlace } from "./addressText.ts"
import { partsOfKey } from "./contentOf.ts"

/** Who has the last word where both sides changed a value. */
export interface MergePolicy {
  /** Sides whose word counts for a field, whatever the rest says. */
  readonly owners: ReadonlyMap<CustomerField | "addresses", Side>
  readonly conflicts: Side | "newest" | "park"
  /** Sides that may be written to. */
  readonly writable: Readonly<Record<Side, boolean>>
}

/** A value that both sides changed and nobody may decide. `isUnclear`: perhaps somebody wrote over what we had just sent. */
export interface Conflict {
  readonly key: string
  readonly left: string | null
  readonly right: string | null
  readonly isUnclear: boolean
  /** Whether both sides once agreed on it; customers who were just found to be the same never did. */
  readonly hasAgreed: boolean
}

/** What follows from two contents. */
export interface Merged {
  /** New values for each side, by key. */
  readonly changes: Readonly<Record<Side, Values>>
  /** Values on which both sides agree as they are. */
  readonly agreed: ReadonlyArray<string>
  readonly conflicts: ReadonlyArray<Conflict>
}

const agrees = (key: string, a: string | null, b: string | null) =>
  key.endsWith(":place") && a !== null && b !== null ? isSamePlace(a, b) : saysTheSame(key, a, b)

/** Whether both sides once agreed on a value. */
const isKnown = (bases: Bases, key: string): boolean =>
  Object.hasOwn(bases.left, key) && Object.hasOwn(bases.right, key)

const ownerOf = (policy: MergePolicy, key: string): Side | undefined =>
  partsOfKey(key) !== undefined || key === "billing" || key === "shipping"
    ? policy.owners.get("addresses")
    : [...policy.owners].find(([field]) => field === key)?.[1]

/** Which side is to be believed: the one that changed, or whom the policy names. */
const winnerOf = (
  key: string,
  options: {
    readonly contents: Readonly<Record<Side, Values>>
    readonly bases: Bases
    readonly policy: MergePolicy
    readonly newest: Side | undefined
    readonly isUnclear: boolean
  }
): Side | "agree" | "conflict" => {
  const { bases, contents, policy } = options
  const left = contents.left[key] ?? null
  const right = contents.right[key] ?? null
  const hasBases = isKnown(bases, key)
  const isChanged = {
    left: hasBases ? left !== bases.left[key] : left !== null,
    right: hasBases ? right !== bases.right[key] : right !== null
  }
  if (!isChanged.left && !isChanged.right) return "agree"
  if (agrees(key, left, right)) return "agree"
  if (options.isUnclear) return "conflict"
  if (!isChanged.right) return "left"
  if (!isChanged.left) return "right"
  const owner = ownerOf(policy, key)
  if (owner !== undefined) return owner
  if (policy.conflicts === "newest") return options.newest ?? "conflict"
  return policy.conflicts === "park" ? "conflict" : policy.conflicts
}

/** Merges two contents. `newest` is the side that a person changed last, where that is known; `unclear` are keys in doubt. */
export const mergeContent = (options: {
  readonly contents: Readonly<Record<Side, Values>>
  readonly bases: Bases
  readonly policy: MergePolicy
  readonly newest: Side | undefined
  readonly unclear: ReadonlySet<string>
}): Merged => {
  const { contents, policy } = options
  const changes: Record<Side, Record<string, string | null>> = { left: {}, right: {} }
  const agreed: Array<string> = []
  const conflicts: Array<Conflict> = []
  for (const key of Object.keys({ ...contents.left, ...contents.right })) {
    // A role says nothing until both sides have the address that it names.
    if (!Object.hasOwn(contents.left, key) || !Object.hasOwn(contents.right, key)) continue
    const isUnclear = options.unclear.has(key)
    const winner = winnerOf(key, { ...options, isUnclear })
    const left = contents.left[key] ?? null
    const right = contents.right[key] ?? null
    if (winner === "agree") agreed.push(key)
    else if (winner === "conflict") {
      const hasAgreed = isKnown(options.bases, key)
      conflicts.push({ key, left, right, isUnclear: isUnclear && hasAgreed, hasAgreed })
    } else if (policy.writable[otherSide(winner)]) {
      changes[otherSide(winner)][key] = contents[winner][key] ?? null
    }
  }
  return { changes, agreed, conflicts }
}

/**
 * recentWrite: what was written to a customer within the hour, so that two
 * programs which undo each other's changes are stopped.
 *
 * A person's change brings a value that the customer did not have before. Where
 * nothing is written but values that were written within the hour already,
 * nobody has typed anything.
 */
import { createHash } from "node:crypto"
import type { RecentWrite, Side, Values } from "../../store/CustomerLink.ts"
import { comparable } from "./comparable.ts"

/** All writes to one customer within an hour, whatever they say, for each that the pipeline allows of old values. */
const writesOfAnyKind = 10

const hashOf = (key: string, value: string | null) =>
  createHash("sha256")
    .update(JSON.stringify([key, value === null ? null : comparable(key, value)]))
    .digest("hex")
    .slice(0, 16)

/** A write of these values, after those of the last hour. Only hashes are kept of what it says. */
export const recentWrite = (side: Side, values: Values, recent: ReadonlyArray<RecentWrite>): RecentWrite => {
  const hashes = Object.entries(values).map(([key, value]) => hashOf(key, value))
  const known = new Set(recent.flatMap((write) => write.hashes))
  return { side, hashes, isRepeated: hashes.length > 0 && hashes.every((hash) => known.has(hash)) }
}

/** Whether another write would be one too many: the same values again and again, or more of any than a person could mean. */
export const isTooOften = (recent: ReadonlyArray<RecentWrite>, writesPerHour: number): boolean => {
  return (
    recent.filter(({ isRepeated }) => isRepeated).length >= writesPerHour ||
    recent.length >= writesPerHour * writesOfAnyKind
  )
}

/**
 * basesWith: the bases of a link with what one side, and the other, was found to hold.
 */
import type { Bases, Side, Values } from "../../store/CustomerLink.ts"

/** `ours` are the values of `side`, `theirs` those of the other. */
export const basesWith = (bases: Bases, side: Side, ours: Values, theirs: Values): Bases =>
  side === "left"
    ? { left: { ...bases.left, ...ours }, right: { ...bases.right, ...theirs } }
    : { left: { ...bases.left, ...theirs }, right: { ...bases.right, ...ours } }

/** The bases with what both sides hold of the values that they agree on. */
export const withAgreed = (
  bases: Bases,
  contents: Readonly<Record<Side, Values>>,
  agreed: ReadonlyArray<string>
): Bases => basesWith(bases, "left", takenFrom(contents.left, agreed), takenFrom(contents.right, agreed))

/** The values of these keys; null where there is none. */
export const takenFrom = (values: Values, keys: ReadonlyArray<string>): Values =>
  Object.fromEntries(keys.map((key) => [key, values[key] ?? null]))

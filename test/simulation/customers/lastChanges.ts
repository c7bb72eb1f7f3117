/**
 * lastChanges: which of people's changes of one value nobody has answered for.
 *
 * A change is answered for when somebody changed the value again having seen it,
 * on whichever side.
 */
import { mayHold } from "../../../src/engine/customers/absorbIntent.ts"
import { comparable } from "../../../src/engine/customers/comparable.ts"
import type { Side } from "../../../src/store/CustomerLink.ts"
import type { LinkRow } from "./MemoryCustomers.ts"
import type { Edit } from "./SimulatedSystem.ts"

/** A change with the side that it was made on. */
export type Sided = Edit & { readonly side: Side }

/** Whether two texts are one value, perhaps as two systems keep it; none equals only none. */
export const isSame = (a: string | undefined, b: string | undefined) =>
  a === undefined || a === "" || b === undefined || b === ""
    ? (a ?? "") === (b ?? "")
    : comparable("name", a) === comparable("name", b) || mayHold("name", a, b) || mayHold("name", b, a)

/** Typed back as it was before: whoever looks only afterwards sees no change, and whoever looked in between does. */
export const isUndone = (edits: ReadonlyArray<Sided>, { at, side, text }: Sided) =>
  edits.some((earlier) => earlier.side === side && earlier.at < at && (earlier.saw ?? "") === text)

/**
 * Changes that nobody changed again having seen them. What was typed before the
 * two were one customer was typed without seeing the other's, and nothing that
 * was cleared then says anything.
 */
export const lastChanges = (
  edits: ReadonlyArray<Sided>,
  { agreedAt, comparedAt }: Pick<LinkRow, "agreedAt" | "comparedAt">
): ReadonlyArray<Sided> => {
  const inOrder = edits.toSorted((a, b) => a.at - b.at)
  return inOrder.filter(
    (edit, index) =>
      (edit.text !== "" || edit.at > agreedAt) &&
      !inOrder.some(
        (later, position) =>
          position > index &&
          (later.side === edit.side || (later.at > comparedAt && isSame(later.saw ?? "", edit.text)))
      )
  )
}

/**
 * writesProblem: too many writes to one customer, in the words of who must find out why.
 */
import type { Problem } from "../../pipeline/SourceRecord.ts"
import type { CustomerTask, RecentWrite } from "../../store/CustomerLink.ts"
import type { CustomerPair } from "./CustomerPair.ts"

/** Says of the customer of a task what was written again and again, `fields`, and what to look for. */
export const writesProblem = (
  pair: CustomerPair,
  { number, side }: Pick<CustomerTask, "number" | "side">,
  writes: { readonly recent: ReadonlyArray<RecentWrite>; readonly fields: ReadonlyArray<string> }
): Problem => {
  const { fields, recent } = writes
  const what = fields.length === 0 ? "addresses" : fields.join(", ")
  const again = recent.filter(({ isRepeated }) => isRepeated).length
  const times =
    again === 0
      ? `${recent.length} times within an hour, more than people change`
      : `${recent.length} times within an hour, ${again} of them with what it had held before: another program seems to undo our writing`
  return {
    code: "customer/too-many-writes",
    path: what,
    message: `customer ${number} of ${pair[side].connection} was written ${times}. It is left as it is, so ${what} may differ between the two systems. Find the program that changes ${what} in ${pair.left.connection} or ${pair.right.connection} and stop it; then retry.`
  }
}

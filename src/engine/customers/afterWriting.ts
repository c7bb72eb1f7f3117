/**
 * afterWriting: what is known of both sides once one of them was written to.
 */
import type { CustomerField, HeldCustomer } from "../../pipeline/CustomerSink.ts"
import { type Intent, type LinkContent, otherSide, type Side } from "../../store/CustomerLink.ts"
import { mayHold } from "./absorbIntent.ts"
import { basesWith, takenFrom } from "./basesWith.ts"
import { contentOf, partsOfKey } from "./contentOf.ts"
import { pairSent } from "./pairAddresses.ts"

/**
 * What a side held of a value once it was written: what was read back, if that
 * may be what became of it; else somebody has changed it since, and it was what
 * was sent. Of what stands in an address a system need not have a place for all.
 */
const heldOf = (key: string, sent: string | null, held: string | null, before: string | null) =>
  (held === null && partsOfKey(key) !== undefined) ||
  (sent === null && held === before) ||
  mayHold(key, sent, held)
    ? held
    : sent

/** The addresses and bases after `sent` and `addresses` were written to a side that then held `after`. */
export const afterWriting = (
  fields: ReadonlyArray<CustomerField>,
  link: Pick<LinkContent, "addresses" | "bases" | "unclear">,
  written: {
    readonly intent: Intent
    readonly before: HeldCustomer["customer"]
    readonly from: HeldCustomer["customer"]
    readonly after: HeldCustomer
  }
) => {
  const { after, before, from, intent } = written
  const { side } = intent
  const addresses = pairSent({
    side,
    pairs: link.addresses,
    sent: intent.addresses,
    before,
    after: after.customer
  })
  const live = addresses.flatMap((address) => {
    const find = (which: Side) =>
      (which === side ? after.customer : from).addresses.find(({ id }) => id === address[which])
    const [left, right] = [find("left"), find("right")]
    return left === undefined || right === undefined || left.id === undefined || right.id === undefined
      ? []
      : [{ key: address.key, left: { ...left, id: left.id }, right: { ...right, id: right.id } }]
  })
  const ours = contentOf(after.customer, { side, fields, live })
  const theirs = contentOf(from, { side: otherSide(side), fields, live })
  const known = new Set(link.addresses.map(({ key }) => key))
  const ofNew = Object.keys(ours).filter((key) => {
    const [kind, address = ""] = key.split(":")
    return kind === "address" && !known.has(address)
  })
  const sentHeld = Object.fromEntries(
    Object.entries(intent.sent).map(([key, sent]) => [
      key,
      heldOf(key, sent, ours[key] ?? null, intent.before[key] ?? null)
    ])
  )
  return {
    addresses,
    // Cleared by somebody, or never taken by the system: clearing it on the other side too must not be a guess.
    unclear: [
      ...link.unclear,
      ...Object.entries(sentHeld).flatMap(([key, base]) =>
        base !== null && (ours[key] ?? null) === null ? [key] : []
      )
    ],
    bases: basesWith(
      link.bases,
      side,
      { ...sentHeld, ...takenFrom(ours, ofNew) },
      { ...intent.sent, ...takenFrom(theirs, ofNew) }
    )
  }
}

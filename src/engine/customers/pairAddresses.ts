/**
 * pairAddresses: which address of one customer is which of the other.
 *
 * An address is known by its id in both systems. One that is new in a system is
 * held to be one of the other that is at the same place, or else is missing
 * there. Nothing is ever concluded from an address that is gone.
 */
import type { Customer, PostalAddress } from "../../pipeline/Customer.ts"
import type { AddressPair, Intent, Side } from "../../store/CustomerLink.ts"
import { addressText, isSamePlace, mayBePlace } from "./addressText.ts"

/** An address that has an id; one without cannot be told from another. */
export type KnownAddress = PostalAddress & { readonly id: string }

/** An address that both systems have. */
export interface LivePair {
  readonly key: string
  readonly left: KnownAddress
  readonly right: KnownAddress
}

/** How the addresses of two customers belong together. */
export interface PairedAddresses {
  /** All that were ever paired, for the link. */
  readonly pairs: ReadonlyArray<AddressPair>
  readonly live: ReadonlyArray<LivePair>
  /** Those that only one side has. */
  readonly only: Readonly<Record<Side, ReadonlyArray<KnownAddress>>>
}

const known = (customer: Customer): ReadonlyArray<KnownAddress> =>
  customer.addresses.flatMap((address) => (address.id === undefined ? [] : [{ ...address, id: address.id }]))

/** Pairs the addresses of two customers, on what was paired before and what may have been sent since. */
export const pairAddresses = (
  customers: Readonly<Record<Side, Customer>>,
  before: ReadonlyArray<AddressPair>,
  intent: Intent | null
): PairedAddresses => {
  const left = known(customers.left)
  const right = known(customers.right)
  const paired = {
    left: new Set(before.map((pair) => pair.left)),
    right: new Set(before.map((pair) => pair.right))
  }
  const pairs = [...before]
  let next = Math.max(0, ...before.map(({ key }) => Number(key))) + 1
  const join = (one: KnownAddress | undefined, other: KnownAddress | undefined) => {
    if (one === undefined || other === undefined) return
    paired.left.add(one.id)
    paired.right.add(other.id)
    pairs.push({ key: String(next), left: one.id, right: other.id })
    next += 1
  }
  const free = (side: Side) => (side === "left" ? left : right).filter(({ id }) => !paired[side].has(id))

  for (const one of free("left")) {
    const place = addressText(one)
    join(
      one,
      free("right").find((other) => isSamePlace(place, addressText(other)))
    )
  }
  // What may have arrived without our hearing of it, and may have been cut off there.
  for (const { from, place } of intent?.addresses ?? []) {
    const isToRight = intent?.side === "right"
    const origin = free(isToRight ? "left" : "right").find(({ id }) => id === from)
    const arrived = free(isToRight ? "right" : "left").find((other) => mayBePlace(place, addressText(other)))
    if (isToRight) join(origin, arrived)
    else join(arrived, origin)
  }

  return {
    pairs,
    live: pairs.flatMap((pair) => {
      const one = left.find(({ id }) => id === pair.left)
      const other = right.find(({ id }) => id === pair.right)
      return one === undefined || other === undefined ? [] : [{ key: pair.key, left: one, right: other }]
    }),
    only: { left: free("left"), right: free("right") }
  }
}

/**
 * The pairs after new addresses were sent to `side`: what is there now and was
 * not there before, held to be what was sent in the same order where the places
 * do not say it. An address that the system would not take is remembered too, so
 * that it is not sent for ever.
 */
export const pairSent = (options: {
  readonly side: Side
  readonly pairs: ReadonlyArray<AddressPair>
  readonly sent: Intent["addresses"]
  readonly before: Customer
  readonly after: Customer
}): ReadonlyArray<AddressPair> => {
  const { after, before, pairs, sent, side } = options
  const old = new Set([...known(before).map(({ id }) => id), ...pairs.map((pair) => pair[side] ?? "")])
  const arrived = known(after).filter(({ id }) => !old.has(id))
  const taken = new Set<string>()
  const take = (address: KnownAddress | undefined) => {
    if (address !== undefined) taken.add(address.id)
    return address?.id
  }
  const byPlace = sent.map((one) =>
    take(arrived.find(({ id, ...there }) => !taken.has(id) && mayBePlace(one.place, addressText(there))))
  )
  let next = Math.max(0, ...pairs.map(({ key }) => Number(key))) + 1
  return [
    ...pairs,
    ...sent.map(({ from }, index): AddressPair => {
      const id = byPlace[index] ?? take(arrived.find((one) => !taken.has(one.id))) ?? null
      const key = String(next)
      next += 1
      return side === "right" ? { key, left: from, right: id } : { key, left: id, right: from }
    })
  ]
}

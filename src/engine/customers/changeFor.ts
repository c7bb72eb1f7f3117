/**
 * changeFor: values by key to what a sink of customers takes.
 */
import { Struct } from "effect"
import type { Customer, PostalAddress } from "../../pipeline/Customer.ts"
import { type AddressChange, customerFields, type CustomerChange } from "../../pipeline/CustomerSink.ts"
import type { Side, Values } from "../../store/CustomerLink.ts"
import { placeOf } from "./addressText.ts"
import { addressDetails, addressRoles, partsOfKey } from "./contentOf.ts"
import type { KnownAddress, LivePair } from "./pairAddresses.ts"

type Written = Omit<PostalAddress, "id">

/** The address as it is to be, without what is to be cleared. */
const overlaid = (address: Written, values: ReadonlyMap<string, string | null>): Written => {
  const { name, company, phone, vatNumber, ...place } = address
  const now = { name, company, phone, vatNumber }
  const text = values.get("place")
  return {
    ...(text === undefined || text === null ? place : placeOf(text)),
    ...Object.fromEntries(
      addressDetails.flatMap((detail) => {
        const value = values.has(detail) ? values.get(detail) : now[detail]
        return value === undefined || value === null ? [] : [[detail, value]]
      })
    )
  }
}

const withoutId = (address: KnownAddress): Written => Struct.omit(address, ["id"])

const isFor = (customer: Customer | undefined, id: string) => ({
  isBilling: customer?.billingAddress?.id === id,
  isShipping: customer?.shippingAddress?.id === id
})

/**
 * The change that brings `values` and `added`, addresses of the other side's
 * customer `from`, to a side's customer; all of it where it has none yet.
 */
export const changeFor = (options: {
  readonly side: Side
  readonly values: Values
  readonly added: ReadonlyArray<KnownAddress>
  readonly from: Customer
  readonly live: ReadonlyArray<LivePair>
  /** The customer that is changed; absent when it is created. */
  readonly to: Customer | undefined
  readonly externalId: string | undefined
}): CustomerChange => {
  const { added, externalId, from, live, side, to, values } = options
  const ofAddresses = new Map<string, Map<string, string | null>>()
  const valuesOf = (key: string) => {
    const found = ofAddresses.get(key) ?? new Map<string, string | null>()
    ofAddresses.set(key, found)
    return found
  }
  for (const [key, value] of Object.entries(values)) {
    const parts = partsOfKey(key)
    if (parts !== undefined) valuesOf(parts.address).set(parts.part, value)
    // Written for the sake of what it is for, if for nothing else.
    else if ((key === "billing" || key === "shipping") && value !== null) valuesOf(value)
  }
  const changed = [...ofAddresses].flatMap(([key, parts]): ReadonlyArray<AddressChange> => {
    const address = live.find((pair) => pair.key === key)?.[side]
    if (address === undefined) return []
    const roles = isFor(to, address.id)
    const becomes = (role: (typeof addressRoles)[number]) => values[role] === key
    return [
      {
        id: address.id,
        address: overlaid(withoutId(address), parts),
        isBilling: roles.isBilling || becomes("billing"),
        isShipping: roles.isShipping || becomes("shipping")
      }
    ]
  })
  return {
    fields: Object.fromEntries(
      customerFields.flatMap((field) =>
        Object.hasOwn(values, field) ? [[field, values[field] ?? null]] : []
      )
    ),
    addresses: [
      ...changed,
      ...added.map((address) => ({ id: undefined, address: withoutId(address), ...isFor(from, address.id) }))
    ],
    ...(externalId === undefined ? {} : { externalId })
  }
}

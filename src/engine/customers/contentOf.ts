/**
 * contentOf: what is kept the same of a customer, as values by key.
 *
 * Keys are the fields of a customer, `address:1:place`, `address:1:phone` and
 * the like for what stands in the paired address 1, and `billing` and
 * `shipping`, whose value is the key of an address.
 */
import { createHash } from "node:crypto"
import type { Customer } from "../../pipeline/Customer.ts"
import { customerFields, type CustomerField } from "../../pipeline/CustomerSink.ts"
import type { Intent, LinkContent, Side, Values } from "../../store/CustomerLink.ts"
import { addressText } from "./addressText.ts"
import type { KnownAddress, LivePair } from "./pairAddresses.ts"

/** What stands in an address beside the place. */
export const addressDetails = ["name", "company", "phone", "vatNumber"] as const
/** What an address can be for. */
export const addressRoles = ["billing", "shipping"] as const

const given = (text: string | undefined): string | null =>
  text === undefined || text.trim() === "" ? null : text

const roleOf = (customer: Customer, role: (typeof addressRoles)[number]) =>
  (role === "billing" ? customer.billingAddress : customer.shippingAddress)?.id

/** The values of one side; a role whose address the other side does not have says nothing and is left out. */
export const contentOf = (
  customer: Customer,
  options: {
    readonly side: Side
    readonly fields: ReadonlyArray<CustomerField>
    readonly live: ReadonlyArray<LivePair>
  }
): Values => {
  const { fields, live, side } = options
  return Object.fromEntries([
    ...fields.map((field): [string, string | null] => [field, given(customer[field])]),
    ...live.flatMap((pair) => [
      [`address:${pair.key}:place`, addressText(pair[side])] as const,
      ...addressDetails.map((detail) => [`address:${pair.key}:${detail}`, given(pair[side][detail])] as const)
    ]),
    ...addressRoles.flatMap((role) => {
      const id = roleOf(customer, role)
      const pair = live.find((one) => id !== undefined && one[side].id === id)
      return pair === undefined ? [] : [[role, pair.key] as const]
    })
  ])
}

/** What an address key is about: `address:1:place` gives the address 1 and its place. */
export const partsOfKey = (key: string): { readonly address: string; readonly part: string } | undefined => {
  const [first, address, part] = key.split(":")
  return first === "address" && address !== undefined && part !== undefined ? { address, part } : undefined
}

/** New addresses as an intent notes that they are sent. */
export const sentAddresses = (
  added: ReadonlyArray<KnownAddress>
): ReadonlyArray<Intent["addresses"][number]> =>
  added.map((address) => ({
    from: address.id,
    place: addressText(address),
    details: Object.fromEntries(addressDetails.map((detail) => [detail, given(address[detail])]))
  }))

/** What a look at both sides showed, by which a later reading is known to say something else. */
export const seenOf = (
  held: Readonly<Record<Side, { readonly customer: Customer }>>
): LinkContent["seen"] => {
  const one = ({ customer }: { readonly customer: Customer }) => ({
    fingerprint: customerFingerprint(customer),
    updatedAt: customer.updatedAt ?? null
  })
  return { left: one(held.left), right: one(held.right) }
}

/** SHA-256, in hex, of all that could be kept the same of a customer. */
export const customerFingerprint = (customer: Customer): string => {
  const addresses = customer.addresses.map(({ id, ...address }) => [
    id ?? null,
    addressText(address),
    ...addressDetails.map((detail) => given(address[detail]))
  ])
  const roles = addressRoles.map((role) => roleOf(customer, role) ?? null)
  const fields = customerFields.map((field) => given(customer[field]))
  return createHash("sha256")
    .update(
      JSON.stringify([fields, roles, addresses.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))])
    )
    .digest("hex")
}

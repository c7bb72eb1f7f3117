/**
 * personOf: the names by which the person behind a record is known again.
 *
 * The key of the customer in his system, and every e-mail address. They are
 * compared as hashes with those of people who were forgotten, and stored nowhere.
 */
import { Predicate } from "effect"
import type { People } from "../pipeline/Source.ts"
import { fieldsOf, type Json, type SourceRecord } from "../pipeline/SourceRecord.ts"

/** The resource of customers themselves, in whichever system, and of guests. */
export const resourceOf = (people: People): string => (people === "guests" ? "guest" : "customer")

/** Whether a record is somebody, and not only about him. */
export const isPersonItself = ({ resource }: { readonly resource: string }): boolean =>
  resource === resourceOf("registered") || resource === resourceOf("guests")

const isAddress = /^[^\s@"<>]+@[^\s@"<>]+$/u

/** How an e-mail address is called here. */
export const addressName = (address: string) => `email ${address.trim().toLowerCase()}`

/** How a customer of a system is called here; with a connection, only the one of that shop or ledger. */
export const customerName = (system: string, id: string, connection?: string) =>
  `customer ${system} ${id}${connection === undefined ? "" : ` of ${connection}`}`

/** Every e-mail address that stands somewhere in `json`, in lower case. */
export const addressesIn = (json: Json): ReadonlyArray<string> => {
  if (typeof json === "string") return isAddress.test(json.trim()) ? [json.trim().toLowerCase()] : []
  if (Array.isArray(json)) return json.flatMap(addressesIn)
  return Predicate.isObject(json) ? Object.values(json).flatMap(addressesIn) : []
}

/** Key and e-mail addresses of the person behind a record; the key is that of the record's own system. */
export const identityOf = ({
  normalised,
  origin,
  raw
}: Pick<SourceRecord, "origin" | "normalised" | "raw">): {
  readonly id: string | undefined
  readonly addresses: ReadonlyArray<string>
} => {
  const fields = fieldsOf(normalised)
  if (fields === undefined) return { id: undefined, addresses: addressesIn(raw) }
  if (isPersonItself(origin)) return { id: origin.id, addresses: addressesIn(fields) }
  const customer = fields["customer"]
  // A ledger names its customer by key alone.
  if (typeof customer === "string") return { id: customer, addresses: addressesIn(fields) }
  const [id] = ["id", "guestId"].flatMap((key) =>
    Predicate.hasProperty(customer, key) && typeof customer[key] === "string" ? [customer[key]] : []
  )
  return { id, addresses: addressesIn(customer === undefined ? fields : [customer]) }
}

/** The names of the person behind a record of this connection, to be looked for among those who were forgotten. */
export const personOf = (record: SourceRecord, connection: string): ReadonlyArray<string> => {
  const { addresses, id } = identityOf(record)
  const { system } = record.origin
  return [
    ...(id === undefined ? [] : [customerName(system, id), customerName(system, id, connection)]),
    ...addresses.map(addressName)
  ]
}

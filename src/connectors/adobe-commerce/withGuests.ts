/**
 * withGuests: documents that say which guest they are of, by the key under which
 * `adobe-commerce/guests` reads him.
 */
import { Effect } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { SourceRecord } from "../../pipeline/SourceRecord.ts"
import type { CommerceClient } from "./CommerceClient.ts"
import { guestPrefix, makeGuestOrders } from "./GuestOrders.ts"

/** The address of the guest whom a record is of; undefined where it is of nobody, or of somebody with an account. */
const guestAddress = ({ normalised }: SourceRecord): string | undefined => {
  if (normalised._tag !== "Document") return undefined
  const { email, kind } = normalised.document.customer
  const address = email?.trim().toLowerCase() ?? ""
  return kind === "guest" && address !== "" ? address : undefined
}

const ofGuest = (record: SourceRecord, first: string | undefined): SourceRecord => {
  const { normalised } = record
  if (normalised._tag !== "Document" || first === undefined) return record
  const { customer } = normalised.document
  const document = { ...normalised.document, customer: { ...customer, guestId: `${guestPrefix}${first}` } }
  return { ...record, normalised: { ...normalised, document } }
}

/** Makes what gives documents of guests their key; each address is asked for once while the source is open. */
export const withGuests = Effect.fn("withGuests.make")(function* (client: CommerceClient) {
  const placed = yield* makeGuestOrders(client)
  return Effect.fn("withGuests")(function* (
    records: ReadonlyArray<SourceRecord>
  ): Effect.fn.Return<ReadonlyArray<SourceRecord>, ConnectorError> {
    const addresses = [...new Set(records.map(guestAddress))].filter((address) => address !== undefined)
    const firsts = yield* Effect.forEach(
      addresses,
      (address) => Effect.map(placed.first(address), (first) => [address, first] as const),
      { concurrency: 4 }
    )
    const firstOf = new Map(firsts)
    return records.map((record) => ofGuest(record, firstOf.get(guestAddress(record) ?? "")))
  })
})

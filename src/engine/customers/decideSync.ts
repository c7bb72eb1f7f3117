/**
 * decideSync: what is to be done about one customer, on both systems as they are now.
 *
 * It only reads. What it says holds until somebody changes the customer; a sink
 * that finds one changed writes nothing, and the question is asked anew.
 */
import { Effect, Option } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { Customer } from "../../pipeline/Customer.ts"
import { customerFields, type HeldCustomer } from "../../pipeline/CustomerSink.ts"
import type { Problem } from "../../pipeline/SourceRecord.ts"
import {
  type Bases,
  type CustomerLink,
  type CustomerTask,
  idOn,
  type Intent,
  otherSide,
  type Side,
  type Values
} from "../../store/CustomerLink.ts"
import type { StoreError } from "../../store/StoreError.ts"
import { absorbIntent } from "./absorbIntent.ts"
import { placeOf } from "./addressText.ts"
import { contentOf } from "./contentOf.ts"
import { matchCustomer, namesakesOf } from "./matchCustomer.ts"
import { type Merged, mergeContent } from "./mergeContent.ts"
import type { OpenPair } from "./openPair.ts"
import { type KnownAddress, type LivePair, pairAddresses, type PairedAddresses } from "./pairAddresses.ts"

/** Both customers, and what follows. */
export interface BothSides {
  readonly _tag: "Both"
  readonly held: Readonly<Record<Side, HeldCustomer>>
  readonly contents: Readonly<Record<Side, Values>>
  readonly paired: PairedAddresses
  /** With what was sent and has arrived. */
  readonly bases: Bases
  readonly merged: Merged
  /** Addresses that a side lacks, as the other has them. */
  readonly added: Readonly<Record<Side, ReadonlyArray<KnownAddress>>>
}

/** A customer that the other side does not have. */
export interface MissingCustomer {
  readonly _tag: "Create"
  /** Where it is to be created. */
  readonly side: Side
  readonly own: HeldCustomer
  readonly values: Values
  readonly added: ReadonlyArray<KnownAddress>
}

/** What is to be done. */
export type Decision =
  | BothSides
  | MissingCustomer
  /** Nothing: it is gone on `side`, or was before. */
  | { readonly _tag: "Gone"; readonly side: Side }
  | { readonly _tag: "Closed" }
  /** Nothing: the other side does not have it, and the pipeline does not create it there. */
  | { readonly _tag: "LeftAlone" }
  /** Nothing yet: the same person is being created on the other side, as one of the other kind of people. */
  | { readonly _tag: "Later" }
  /** The two are the same customer. `isOurs`: that it is the one we created; undefined where nothing tells. */
  | {
      readonly _tag: "Link"
      readonly otherId: string
      readonly by: string
      readonly isOurs: boolean | undefined
      /** Both as they were found, compared as customers that never were linked. */
      readonly both: BothSides
    }
  | { readonly _tag: "Park"; readonly stage: "map" | "post"; readonly problems: ReadonlyArray<Problem> }

const park = (code: string, path: string, message: string): Decision => ({
  _tag: "Park",
  stage: "map",
  problems: [{ code, path, message }]
})

const knownAddresses = ({ addresses }: Customer) =>
  addresses.flatMap(({ id, ...address }): ReadonlyArray<KnownAddress> =>
    id === undefined ? [] : [{ ...address, id }]
  )

const isSynced = ({ pair, systems }: OpenPair) =>
  pair.first.settings.addresses &&
  (["left", "right"] as const).every((side) => systems[side].writes?.sink.hasAddresses ?? true)

/** The customer as it was sent to be created, for finding it again. */
const asSent = (own: HeldCustomer, intent: Intent | null): HeldCustomer => {
  if (intent === null) return own
  const fields = Object.fromEntries(
    customerFields.flatMap((field) => {
      const value = intent.sent[field]
      return value === undefined || value === null ? [] : [[field, value]]
    })
  )
  const { customer } = own
  const addresses = intent.addresses.map(({ place }) => placeOf(place))
  return { ...own, customer: { ...customer, ...fields, addresses: [...customer.addresses, ...addresses] } }
}

/** Which side a person changed last; undefined where a system does not say when it was changed. */
const newestOf = (link: Pick<CustomerLink, "seen">, held: BothSides["held"]): Side | undefined => {
  const changedAt = (side: Side) => {
    const { updatedAt } = held[side].customer
    return updatedAt === undefined || updatedAt === link.seen[side]?.updatedAt ? undefined : updatedAt
  }
  const left = changedAt("left")
  const right = changedAt("right")
  if (left === undefined || right === undefined || left === right) return undefined
  return left > right ? "left" : "right"
}

const neverLinked: Pick<CustomerLink, "bases" | "addresses" | "intent" | "seen" | "unclear"> = {
  bases: { left: {}, right: {} },
  addresses: [],
  intent: null,
  seen: { left: null, right: null },
  unclear: []
}

/** Compares both; nothing is said of addresses where one system has none. */
export const compareSides = (
  open: OpenPair,
  link: Pick<CustomerLink, "bases" | "addresses" | "intent" | "seen" | "unclear">,
  held: BothSides["held"]
): BothSides => {
  const { fields, policy } = open.pair
  const customers = { left: held.left.customer, right: held.right.customer }
  const paired: PairedAddresses = isSynced(open)
    ? pairAddresses(customers, link.addresses, link.intent)
    : { pairs: link.addresses, live: [], only: { left: [], right: [] } }
  const contentsOf = (live: ReadonlyArray<LivePair>) => ({
    left: contentOf(customers.left, { side: "left", fields, live }),
    right: contentOf(customers.right, { side: "right", fields, live })
  })
  const contents = contentsOf(paired.live)
  const { intent } = link
  const absorbed = absorbIntent(
    intent,
    link.bases,
    intent === null
      ? undefined
      : {
          held: held[intent.side],
          content: contents[intent.side],
          arrived: paired.pairs.flatMap((pair) => {
            const from = pair[otherSide(intent.side)]
            const sent = intent.addresses.find((address) => address.from === from)
            return sent === undefined || link.addresses.includes(pair) ? [] : [{ key: pair.key, sent }]
          })
        }
  )
  const merged = mergeContent({
    contents,
    bases: absorbed.bases,
    policy,
    newest: policy.conflicts === "newest" ? newestOf(link, held) : undefined,
    unclear: new Set([...link.unclear, ...absorbed.unclear])
  })
  return {
    _tag: "Both",
    held,
    contents,
    paired,
    bases: absorbed.bases,
    merged,
    added: {
      left: policy.writable.left ? paired.only.right : [],
      right: policy.writable.right ? paired.only.left : []
    }
  }
}

/**
 * The keys that stay with a person although one side may come to look unchanged:
 * nobody knows whether what we had sent was written over, or the two never agreed
 * on the value, so that clearing it on one side would pass for having none.
 */
export const unclearOf = ({ merged }: BothSides): ReadonlyArray<string> =>
  merged.conflicts.filter(({ hasAgreed, isUnclear }) => isUnclear || !hasAgreed).map(({ key }) => key)

const describe = (customer: Customer) => `${customer.number} (${customer.name})`

const missing = (open: OpenPair, side: Side, own: HeldCustomer, isAwaited: boolean): Decision => {
  const { pair, systems } = open
  const { writes } = systems[side]
  const writer = pair[side].writer
  if (writes === undefined || writer === undefined || !(writer.settings.create || isAwaited)) {
    return { _tag: "LeftAlone" }
  }
  const { customer } = own
  const lacking = writes.sink.required.filter((field) =>
    field === "address" ? customer.addresses.length === 0 : (customer[field] ?? "").trim() === ""
  )
  if (lacking.length > 0) {
    const there = pair[side].connection
    return park(
      "customer/incomplete",
      lacking.join(", "),
      `${there} creates no customer without ${lacking.join(", ")}, and ${describe(customer)} has none. Add it in ${pair[otherSide(side)].connection}; the customer is then created by itself.`
    )
  }
  const all = contentOf(customer, { side: otherSide(side), fields: pair.fields, live: [] })
  return {
    _tag: "Create",
    side,
    own,
    values: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)),
    added: isSynced(open) ? knownAddresses(customer) : []
  }
}

/** Who is looked at. */
export interface LookedAt extends Pick<CustomerTask, "side" | "externalId" | "isByPerson"> {
  /** A document waits to have the customer created on the other side, whatever the pipeline says. */
  readonly isAwaited: boolean
  /** Ids of the same person on the other side by what else is known of him; null while he is being created there. */
  readonly knownAs: (customer: Customer) => Effect.Effect<ReadonlyArray<string | null>, StoreError>
}

/** Says what is to be done about a customer whose link, if it has one, is `stored`. */
export const decideSync = Effect.fn("decideSync")(function* (
  open: OpenPair,
  task: LookedAt,
  stored: CustomerLink | undefined
): Effect.fn.Return<Decision, ConnectorError | StoreError> {
  const { pair, systems } = open
  const { side } = task
  const other = otherSide(side)
  if (stored?.state === "closed") return { _tag: "Closed" }
  const own = yield* systems[side].fetch(task.externalId)
  if (Option.isNone(own)) return { _tag: "Gone", side }
  const otherId = stored === undefined ? null : idOn(stored, other)
  if (stored !== undefined && otherId !== null) {
    const theirs = yield* systems[other].fetch(otherId)
    if (Option.isNone(theirs)) return { _tag: "Gone", side: other }
    const held =
      side === "left" ? { left: own.value, right: theirs.value } : { left: theirs.value, right: own.value }
    // A person who has seen both values and asks again leaves it to the pipeline's rule.
    return compareSides(open, task.isByPerson ? { ...stored, unclear: [] } : stored, held)
  }

  // Of one that is being created, what was sent is looked for: it may have been changed since.
  const wanted = asSent(own.value, stored?.intent ?? null)
  const known = yield* task.knownAs(own.value.customer)
  if (known.includes(null)) return { _tag: "Later" }
  const match = yield* matchCustomer(wanted, systems[other], {
    rules: pair[other].writer?.settings.match ?? [],
    known: known.filter((id) => id !== null)
  })
  if (match._tag === "One") {
    const { customer, externalId } = match.held
    const isKept = systems[other].writes?.sink.searches.has("externalId") ?? false
    const isOurs = isKept ? externalId === own.value.customer.id : undefined
    const held =
      side === "left" ? { left: own.value, right: match.held } : { left: match.held, right: own.value }
    return {
      _tag: "Link",
      otherId: customer.id,
      by: match.by,
      isOurs,
      both: compareSides(open, neverLinked, held)
    }
  }
  const name = describe(own.value.customer)
  const there = pair[other].connection
  if (match._tag === "Several") {
    return park(
      "customer/ambiguous",
      match.by,
      `${name} could be any of these customers of ${there}, which have ${match.by}: ${match.held.map(({ customer }) => describe(customer)).join(", ")}. Make them differ there, or merge them; then retry.`
    )
  }
  if (stored !== undefined && !match.isSure) {
    return park(
      "customer/creation-unknown",
      "email",
      `${name} was sent to ${there}, which did not answer, and neither a key, an e-mail address nor a VAT number tells whether it is there. Look there: if it is there, give both the same e-mail address; if it is not, give this one an e-mail address or a VAT number. Then retry.`
    )
  }
  // Somebody may have changed there by what he would be found: a person looks before a second one is created.
  const namesakes = stored === undefined || task.isByPerson ? [] : yield* namesakesOf(wanted, systems[other])
  if (namesakes.length > 0) {
    return park(
      "customer/creation-unknown",
      "name",
      `${name} was sent to ${there}, which did not answer, and is not found there by e-mail address or VAT number; but ${namesakes.map(({ customer }) => describe(customer)).join(", ")} has the name. If that is the same customer, give both the same e-mail address. Then retry: who is still not found is created.`
    )
  }
  return missing(open, other, own.value, task.isAwaited)
})

/**
 * decideBeside: what is to be done about one customer, seeing that a person can be there twice, as a guest and under
 * an account.
 *
 * Elsewhere he is one customer: an e-mail address that is known there under the other kind of people names him.
 * Whoever buys as a guest can give any address, so that what he says changes nothing of a customer who is linked to
 * an account, and what he has said is held against an account by a person. And nobody gets an account because he was
 * a guest.
 */
import { Effect, Option } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { Customer } from "../../pipeline/Customer.ts"
import type { HeldCustomer } from "../../pipeline/CustomerSink.ts"
import { type CustomerLink, otherSide, type Side } from "../../store/CustomerLink.ts"
import type { CustomerLinks } from "../../store/CustomerLinks.ts"
import type { StoreError } from "../../store/StoreError.ts"
import { pairName } from "./CustomerPair.ts"
import { type BothSides, type Decision, decideSync, type LookedAt } from "./decideSync.ts"
import { mergeContent, type MergePolicy } from "./mergeContent.ts"
import type { OpenPair } from "./openPair.ts"

const isLive = (link: Option.Option<CustomerLink>) => Option.isSome(link) && link.value.state !== "closed"

/** Both as they are. */
const leftAsTheyAre = (both: BothSides): BothSides => ({
  ...both,
  merged: { ...both.merged, changes: { left: {}, right: {} }, conflicts: [] },
  added: { left: [], right: [] }
})

/** Both, with what they say differently left to a person, whatever the pipelines say of conflicts. */
const leftToPerson = (both: BothSides, policy: MergePolicy): BothSides => ({
  ...both,
  merged: mergeContent({
    contents: both.contents,
    bases: both.bases,
    policy: { ...policy, owners: new Map(), conflicts: "park" },
    newest: undefined,
    unclear: new Set()
  })
})

/** Says what is to be done about a customer whose link, if it has one, is `stored`. */
export const decideBeside = Effect.fn("decideBeside")(function* (
  open: OpenPair,
  links: CustomerLinks["Service"],
  task: Omit<LookedAt, "knownAs">,
  stored: CustomerLink | undefined
): Effect.fn.Return<Decision, ConnectorError | StoreError> {
  const { name, people, policy, systems } = open.pair
  const { side } = task
  const other = otherSide(side)
  const beside = pairName(systems, people === "guests" ? "registered" : "guests")

  const knownAs = Effect.fnUntraced(function* ({ email = "" }: Customer) {
    if (email.trim() === "") return []
    const found = yield* links.ofAddress(beside, side, email)
    // Of several accounts with one address, as two websites may have them, the first has it.
    return yield* Effect.filter(found, (id) =>
      id === null ? Effect.succeed(true) : Effect.map(links.find(name, other, id), (link) => !isLive(link))
    )
  })
  const decision = yield* decideSync(open, { ...task, knownAs }, stored)

  const hasAccount = (both: BothSides) =>
    people === "guests"
      ? Effect.map(links.find(beside, other, both.held[other].customer.id), isLive)
      : Effect.succeed(false)
  /** Whether the customer is one who was created for a guest, or was found to be one. */
  const isGuest = Effect.fnUntraced(function* ({ customer, externalId }: HeldCustomer, at: Side) {
    if (people === "guests") return false
    if (Option.isSome(yield* links.find(beside, at, customer.id))) return true
    return externalId !== undefined && Option.isSome(yield* links.find(beside, otherSide(at), externalId))
  })
  switch (decision._tag) {
    case "Both":
      return (yield* hasAccount(decision)) ? leftAsTheyAre(decision) : decision
    case "Link": {
      const { both } = decision
      if (yield* hasAccount(both)) return { ...decision, both: leftAsTheyAre(both) }
      return (yield* isGuest(both.held[side], side)) || (yield* isGuest(both.held[other], other))
        ? { ...decision, both: leftToPerson(both, policy) }
        : decision
    }
    case "Create":
      return (yield* isGuest(decision.own, side)) ? { _tag: "LeftAlone" } : decision
    default:
      return decision
  }
})

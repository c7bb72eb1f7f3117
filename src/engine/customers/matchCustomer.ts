/**
 * matchCustomer: the customer of another system that one is.
 *
 * By the key that one system keeps of the other first, then by what else is known of him, then by one rule after
 * the other; the first that anybody matches decides, and of several the one that
 * carries our key, where a system has a place for it but cannot search by it. What a system finds is
 * compared once more, exactly but for what makes no difference.
 */
import { Effect, Option } from "effect"
import type { MatchRule } from "../../config/CustomerRules.ts"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { Customer } from "../../pipeline/Customer.ts"
import type { CustomerSearch, HeldCustomer } from "../../pipeline/CustomerSink.ts"
import { comparable, saysTheSame } from "./comparable.ts"
import type { OpenSystem } from "./openPair.ts"

/**
 * What was found: nobody, one, or several among which a person must choose. `by`
 * says in words what they have in common; `isSure`, that what is there could not
 * have been overlooked because the system cut off or rewrote it.
 */
export type Match =
  | { readonly _tag: "None"; readonly isSure: boolean }
  | { readonly _tag: "One"; readonly held: HeldCustomer; readonly by: string }
  | { readonly _tag: "Several"; readonly held: ReadonlyArray<HeldCustomer>; readonly by: string }

const postcodesOf = ({ addresses }: Customer) =>
  addresses.flatMap(({ postcode }) =>
    postcode === undefined || postcode.trim() === "" ? [] : [comparable("postcode", postcode)]
  )

interface Question {
  readonly field: CustomerSearch
  readonly value: string
  readonly by: string
  readonly isMatch: (held: HeldCustomer) => boolean
}

/** How a system that compares letter by letter may hold a value: as it is written here, and a VAT number without its spaces. */
const spellingsOf = (field: CustomerSearch, value: string): ReadonlyArray<string> =>
  field === "vatNumber" ? [...new Set([value, comparable(field, value)])] : [value]

const questionOf = (rule: MatchRule, customer: Customer): Question | undefined => {
  if (rule === "nameAndPostcode") {
    const postcodes = new Set(postcodesOf(customer))
    if (customer.name.trim() === "" || postcodes.size === 0) return undefined
    const name = comparable("search", customer.name)
    return {
      field: "name",
      value: customer.name,
      by: "the same name and postal code",
      isMatch: (held) =>
        comparable("search", held.customer.name) === name &&
        postcodesOf(held.customer).some((postcode) => postcodes.has(postcode))
    }
  }
  const value = customer[rule]
  if (value === undefined || comparable(rule, value) === "") return undefined
  return {
    field: rule,
    value,
    by: rule === "email" ? "the same e-mail address" : "the same VAT number",
    isMatch: (held) => saysTheSame(rule, held.customer[rule] ?? null, value)
  }
}

/** Looks for `own` in a system that may be written to. */
export const matchCustomer = Effect.fn("matchCustomer")(function* (
  own: HeldCustomer,
  system: OpenSystem,
  hints: {
    readonly rules: ReadonlyArray<MatchRule>
    /** Ids there under which the same e-mail address is known. */
    readonly known: ReadonlyArray<string>
  }
): Effect.fn.Return<Match, ConnectorError> {
  const { customer, externalId } = own
  if (system.writes === undefined) return { _tag: "None", isSure: false }
  const { open, sink } = system.writes
  if (externalId !== undefined) {
    const named = yield* open.fetch(externalId)
    if (Option.isSome(named)) return { _tag: "One", held: named.value, by: "its key there" }
  }
  const byKey: Question = {
    field: "externalId",
    value: customer.id,
    by: "the same key",
    isMatch: (held) => held.externalId === customer.id
  }
  const canAsk = (question: Question | undefined): question is Question =>
    question !== undefined && sink.searches.has(question.field)
  const ofKey = [byKey].filter(canAsk)
  const ofRules = hints.rules.map((rule) => questionOf(rule, customer)).filter(canAsk)
  const ask = ({ by, field, isMatch, value }: Question) => ({
    by,
    find: Effect.map(
      Effect.forEach(spellingsOf(field, value), (spelling) => open.search(field, spelling)),
      (found) => found.flat().filter(isMatch)
    )
  })
  const known = {
    by: "the same e-mail address",
    find: Effect.map(Effect.forEach(hints.known, open.fetch), (found) => found.flatMap(Option.toArray))
  }
  for (const { by, find } of [...ofKey.map(ask), known, ...ofRules.map(ask)]) {
    const found = yield* find
    const distinct = [...new Map(found.map((held) => [held.customer.id, held])).values()]
    const named = distinct.filter(byKey.isMatch)
    const [first, second] = named.length === 1 ? named : distinct
    if (first === undefined) continue
    return second === undefined ? { _tag: "One", held: first, by } : { _tag: "Several", held: distinct, by }
  }
  return { _tag: "None", isSure: [...ofKey, ...ofRules].some(({ field }) => field !== "name") }
})

/** Customers who have the name of one that may have been created, where the system keeps no key of ours that would say. */
export const namesakesOf = Effect.fn("namesakesOf")(function* (
  { customer }: HeldCustomer,
  { writes }: OpenSystem
): Effect.fn.Return<ReadonlyArray<HeldCustomer>, ConnectorError> {
  if (writes === undefined || writes.sink.searches.has("externalId") || !writes.sink.searches.has("name")) {
    return []
  }
  const name = comparable("search", customer.name)
  const found = name === "" ? [] : yield* writes.open.search("name", customer.name)
  return found.filter((held) => comparable("search", held.customer.name) === name)
})

/** Values by which two customers could be taken for the same one, for who works on several at a time. */
export const matchValues = (customer: Customer, rules: ReadonlyArray<MatchRule>): ReadonlyArray<string> =>
  rules.flatMap((rule) => {
    const question = questionOf(rule, customer)
    return question === undefined
      ? []
      : [`${rule} ${comparable(rule === "nameAndPostcode" ? "search" : rule, question.value)}`]
  })

/**
 * perhapsOurs: whether a customer whom nobody linked is one that we are creating there ourselves.
 *
 * Between a request to create a customer and the answer to it, or the look that
 * takes its place, the new customer is read like any other. To create him on the
 * side that he came from would be to double him there.
 */
import { Effect } from "effect"
import type { Customer } from "../../pipeline/Customer.ts"
import { type CustomerLink, idOn, otherSide } from "../../store/CustomerLink.ts"
import type { StoreError } from "../../store/StoreError.ts"
import { mayHold } from "./absorbIntent.ts"
import { ambiguityMillis, type StepResult, type SyncSession } from "./SyncSession.ts"

const telling = ["email", "vatNumber", "name"] as const

const isLike = ({ intent }: CustomerLink, customer: Customer) =>
  telling.some((field) => {
    const sent = intent?.sent[field] ?? null
    return sent !== null && mayHold(field, sent, customer[field] ?? null)
  })

/** How to leave the customer of the session's task, if he may be one of ours; undefined where he is none. */
export const perhapsOurs = Effect.fn("perhapsOurs")(function* (
  { done, links, pair, task }: SyncSession,
  customer: Customer
): Effect.fn.Return<StepResult | undefined, StoreError> {
  const creating = yield* links.creating(pair.name, task.side)
  const like = creating.find((link) => isLike(link, customer))
  if (like === undefined) return undefined
  if (like.parked === null) {
    return { _tag: "Waits", millis: Math.max(1_000, ambiguityMillis - (like.markedMillisAgo ?? 0)) }
  }
  const other = otherSide(task.side)
  const there = pair[other].connection
  return yield* done({
    parked: {
      stage: "map",
      problems: [
        {
          code: "customer/creation-unknown",
          path: "customer",
          message: `${customer.number} (${customer.name}) may be the customer that was created for ${idOn(like, other)} of ${there}, who waits for a person himself. Settle that one first; then retry.`
        }
      ]
    }
  })
})

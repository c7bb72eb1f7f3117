/**
 * createCustomer: creates on one side the customer that the other has.
 *
 * The link stands before the request is sent. After one that was not answered
 * the customer is looked for by what was sent; it is created again only once it
 * is known not to be there.
 */
import { Clock, Effect, Option, Result } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { CustomerLink, Intent, LinkContent } from "../../store/CustomerLink.ts"
import type { StoreError } from "../../store/StoreError.ts"
import { sendGuardMillis } from "../Ledger.ts"
import { afterWriting } from "./afterWriting.ts"
import { changeFor } from "./changeFor.ts"
import { sentAddresses } from "./contentOf.ts"
import type { MissingCustomer } from "./decideSync.ts"
import { nothingSeen } from "./joinCustomers.ts"
import { ambiguityMillis, type StepResult, type SyncSession } from "./SyncSession.ts"
import { reasonsThatWroteNothing } from "./writeChange.ts"

/** Creates the customer; `stored` is the link of an earlier try that is known to have come to nothing. */
export const createCustomer = Effect.fn("createCustomer")(function* (
  session: SyncSession,
  stored: CustomerLink | undefined,
  { added, own: origin, side, values }: MissingCustomer
): Effect.fn.Return<StepResult, ConnectorError | StoreError> {
  const { context, done, fenced, links, marked, pair, settle, step } = session
  const { open, writer } = context
  const { writes } = open.systems[side]
  if (writes === undefined) return yield* Effect.die("nothing is created where nobody writes")
  const intent: Intent = {
    side,
    version: null,
    before: {},
    sent: values,
    addresses: sentAddresses(added)
  }
  const { id } = origin.customer
  const content: LinkContent = {
    leftId: side === "right" ? id : null,
    rightId: side === "right" ? null : id,
    state: "creating",
    bases: { left: {}, right: {} },
    unclear: [],
    addresses: [],
    seen: nothingSeen,
    intent,
    parked: stored?.parked ?? null
  }
  let link = stored
  if (link === undefined) {
    const before = yield* Clock.monotonicTimeNanos
    link = Option.getOrUndefined(yield* links.start(writer, pair.name, content, []))
    // Linked by somebody else meanwhile, or we are no longer the writer; the next look says which.
    if (link === undefined) return { _tag: "Waits", millis: 1_000 }
    if ((yield* Clock.monotonicTimeNanos) - before > BigInt(sendGuardMillis) * 1_000_000n) {
      return { _tag: "Waits", millis: ambiguityMillis }
    }
  } else if (!(yield* marked(link, intent))) return fenced
  const change = changeFor({
    side,
    values,
    added,
    from: origin.customer,
    live: [],
    to: undefined,
    externalId: id
  })
  const result = yield* Effect.result(writes.open.create(change))
  if (Result.isFailure(result)) {
    const { reason } = result.failure
    if (!reasonsThatWroteNothing.has(reason._tag)) return yield* result.failure
    if (!(yield* settle({ id: link.id, content: null }))) return fenced
    const code = reason._tag === "Rejected" ? reason.code : "not-found"
    return yield* done({
      parked: { stage: "post", problems: [{ code, path: "customer", message: reason.message }] }
    })
  }
  context.onWritten("created")
  const created = result.success
  const written = afterWriting(pair.fields, content, {
    intent,
    before: { ...created.customer, addresses: [] },
    from: origin.customer,
    after: created
  })
  const isSettled = yield* settle(
    {
      id: link.id,
      content: {
        ...content,
        ...written,
        ...(side === "right" ? { rightId: created.customer.id } : { leftId: created.customer.id }),
        state: "linked",
        intent: null
      }
    },
    {
      audit: [step("created", { link: link.id, connection: pair[side].connection, id: created.customer.id })]
    }
  )
  return isSettled ? "again" : fenced
})

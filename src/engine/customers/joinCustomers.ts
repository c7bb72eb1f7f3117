/**
 * joinCustomers: links two customers that were found to be the same one.
 */
import { Effect, Option } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import { type CustomerLink, idOn, type LinkContent, otherSide } from "../../store/CustomerLink.ts"
import type { StoreError } from "../../store/StoreError.ts"
import { unknownVersion } from "./absorbIntent.ts"
import { withAgreed } from "./basesWith.ts"
import { type Decision, unclearOf } from "./decideSync.ts"
import { ambiguityMillis, contentOfLink, type StepResult, type SyncSession } from "./SyncSession.ts"

/** Of a link that nobody has looked at yet. */
export const nothingSeen: LinkContent["seen"] = { left: null, right: null }

/** Links the two, unless one of them is linked already; `stored` is the link of one that was being created. */
export const joinCustomers = Effect.fn("joinCustomers")(function* (
  session: SyncSession,
  stored: CustomerLink | undefined,
  { both, by, isOurs, otherId }: Extract<Decision, { readonly _tag: "Link" }>
): Effect.fn.Return<StepResult, ConnectorError | StoreError> {
  const { context, done, fenced, links, pair, settle, step, task } = session
  const { writer } = context
  const other = otherSide(task.side)
  const taken = yield* links.find(pair.name, other, otherId)
  if (Option.isSome(taken) && taken.value.state !== "closed" && taken.value.id !== stored?.id) {
    // Perhaps the very one that is being created and whose answer was lost: the look at the other side says.
    if (taken.value.state === "creating" && taken.value.parked === null) {
      return { _tag: "Waits", millis: Math.max(1_000, ambiguityMillis - (taken.value.markedMillisAgo ?? 0)) }
    }
    const partner = idOn(taken.value, task.side)
    return yield* done({
      ...(stored === undefined ? {} : { link: { id: stored.id, content: contentOfLink(stored) } }),
      parked: {
        stage: "map",
        problems: [
          {
            code: "customer/already-linked",
            path: by,
            message: `${task.number} has ${by} as customer ${otherId} of ${pair[other].connection}, which ${partner === null ? `waits itself to be created in ${pair[task.side].connection}` : `is kept the same with customer ${partner} of ${pair[task.side].connection} already`}. Merge the two, or make them differ; then retry.`
          }
        ]
      }
    })
  }
  const ids =
    task.side === "left"
      ? { leftId: task.externalId, rightId: otherId }
      : { leftId: otherId, rightId: task.externalId }
  const audit = [step("linked", { connection: pair[other].connection, id: otherId, by })]
  if (stored !== undefined) {
    const { intent } = stored
    const content: LinkContent = {
      ...contentOfLink(stored),
      ...ids,
      state: "linked",
      // Somebody else's is compared as any other; of one that may be either, value by value.
      intent:
        intent === null || isOurs === false
          ? null
          : { ...intent, version: isOurs === undefined ? unknownVersion : null }
    }
    return (yield* settle({ id: stored.id, content }, { audit })) ? "again" : fenced
  }
  const started = yield* links.start(
    writer,
    pair.name,
    {
      ...ids,
      state: "linked",
      // At once: what one side changes before the next look was agreed on, and is a change.
      bases: withAgreed(both.bases, both.contents, both.merged.agreed),
      unclear: unclearOf(both),
      addresses: both.paired.pairs,
      seen: nothingSeen,
      intent: null,
      parked: null
    },
    audit
  )
  return Option.isSome(started) ? "again" : { _tag: "Waits", millis: 1_000 }
})

/**
 * writeChange: brings to one side what the other has and it has not.
 */
import { Effect, Result } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import {
  type CustomerLink,
  idOn,
  type Intent,
  type LinkContent,
  otherSide,
  type Side
} from "../../store/CustomerLink.ts"
import type { StoreError } from "../../store/StoreError.ts"
import { versionOf } from "./absorbIntent.ts"
import { afterWriting } from "./afterWriting.ts"
import { takenFrom, withAgreed } from "./basesWith.ts"
import { changeFor } from "./changeFor.ts"
import { seenOf, sentAddresses } from "./contentOf.ts"
import { type BothSides, unclearOf } from "./decideSync.ts"
import { isTooOften, recentWrite } from "./recentWrite.ts"
import { contentOfLink, type StepResult, type SyncSession } from "./SyncSession.ts"
import { writesProblem } from "./writesProblem.ts"

/** Failures after which nothing was written for sure. Whatever else went wrong may have been written. */
export const reasonsThatWroteNothing: ReadonlySet<string> = new Set(["Rejected", "NotFound"])

/** Writes what `side` lacks, unless too much was written already. */
export const writeChange = Effect.fn("writeChange")(function* (
  session: SyncSession,
  link: CustomerLink,
  both: BothSides,
  side: Side
): Effect.fn.Return<StepResult, ConnectorError | StoreError> {
  const { context, done, fenced, marked, pair, settle, step, task } = session
  const { open } = context
  const { writes } = open.systems[side]
  if (writes === undefined) return yield* Effect.die("nothing is written where nobody writes")
  const other = otherSide(side)
  const values = both.merged.changes[side]
  const intent: Intent = {
    side,
    version: versionOf(both.held[side]),
    before: takenFrom(both.contents[side], Object.keys(values)),
    sent: values,
    addresses: sentAddresses(both.added[side])
  }
  const content: LinkContent = {
    ...contentOfLink(link),
    addresses: both.paired.pairs,
    bases: withAgreed(both.bases, both.contents, both.merged.agreed),
    unclear: unclearOf(both),
    intent: null
  }
  if (isTooOften(link.recent, pair.first.settings.writesPerHour)) {
    return yield* done({
      link: { id: link.id, content: { ...content, seen: seenOf(both.held) } },
      parked: {
        stage: "map",
        problems: [writesProblem(pair, task, { recent: link.recent, fields: Object.keys(values) })]
      }
    })
  }
  // What was agreed, paired and absorbed is stored first: the mark is all that stands between a crash and the next look.
  const isNew = both.merged.agreed.some((key) => !Object.hasOwn(link.bases.left, key))
  if (isNew || link.intent !== null || both.paired.pairs.length > link.addresses.length) {
    if (!(yield* settle({ id: link.id, content }))) return fenced
  }
  const held = both.held[side]
  const change = changeFor({
    side,
    values,
    added: both.added[side],
    from: both.held[other].customer,
    live: both.paired.live,
    to: held.customer,
    externalId: held.externalId === undefined ? (idOn(link, other) ?? undefined) : undefined
  })
  if (!(yield* marked(link, intent))) return fenced
  const result = yield* Effect.result(writes.open.update(held, change))
  if (Result.isFailure(result)) {
    const { reason } = result.failure
    // Whatever else went wrong may have been written: the mark stays, and the next look says.
    if (!reasonsThatWroteNothing.has(reason._tag)) return yield* result.failure
    if (reason._tag === "Rejected" && reason.code !== "changed-meanwhile") {
      return yield* done({
        link: { id: link.id, content: { ...content, seen: seenOf(both.held) } },
        parked: {
          stage: "post",
          problems: [{ code: reason.code, path: Object.keys(values).join(", "), message: reason.message }]
        }
      })
    }
    return (yield* settle({ id: link.id, content })) ? "again" : fenced
  }
  context.onWritten("changed")
  const written = afterWriting(pair.fields, content, {
    intent,
    before: held.customer,
    from: both.held[other].customer,
    after: result.success
  })
  const isSettled = yield* settle(
    { id: link.id, content: { ...content, ...written }, write: recentWrite(side, values, link.recent) },
    {
      audit: [
        step("changed", {
          link: link.id,
          connection: pair[side].connection,
          id: held.customer.id,
          fields: Object.keys(values),
          newAddresses: intent.addresses.length
        })
      ]
    }
  )
  return isSettled ? "again" : fenced
})

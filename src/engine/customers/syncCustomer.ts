/**
 * syncCustomer: brings one customer to the same content in both systems.
 *
 * Both are read, one thing is done, and both are read again, until nothing is
 * left to do. What is about to be sent is noted before, under our number as the
 * pair's writer; what a system holds afterwards is read back and becomes its
 * base, so that our own writing is never taken for a person's.
 */
import { Effect, Option } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import {
  type CustomerLink,
  type CustomerTask,
  type LinkContent,
  otherSide
} from "../../store/CustomerLink.ts"
import type { CustomerLinks } from "../../store/CustomerLinks.ts"
import type { StoreError } from "../../store/StoreError.ts"
import { withAgreed } from "./basesWith.ts"
import { conflictProblem } from "./conflictProblem.ts"
import { seenOf } from "./contentOf.ts"
import { createCustomer } from "./createCustomer.ts"
import { decideBeside } from "./decideBeside.ts"
import { type BothSides, type Decision, unclearOf } from "./decideSync.ts"
import { joinCustomers } from "./joinCustomers.ts"
import { perhapsOurs } from "./perhapsOurs.ts"
import {
  ambiguityMillis,
  contentOfLink,
  type StepResult,
  type SyncContext,
  type SyncResult,
  syncSession,
  type SyncSession
} from "./SyncSession.ts"
import { writeChange } from "./writeChange.ts"

/** Writes for one customer in one go, after which others have their turn. */
const roundsMaximum = 8

/** Nothing is left to write: both sides agree, or a person must say. */
const finish = ({ done, pair }: SyncSession, link: CustomerLink, both: BothSides) => {
  const { agreed, conflicts } = both.merged
  const content: LinkContent = {
    ...contentOfLink(link),
    addresses: both.paired.pairs,
    bases: withAgreed(both.bases, both.contents, agreed),
    unclear: unclearOf(both),
    seen: seenOf(both.held),
    intent: null
  }
  return done({
    link: { id: link.id, content },
    ...(conflicts.length === 0
      ? {}
      : {
          parked: {
            stage: "map" as const,
            problems: conflicts.map((conflict) => conflictProblem(pair, conflict))
          }
        })
  })
}

const carryOut = Effect.fnUntraced(function* (
  session: SyncSession,
  link: CustomerLink | undefined,
  decision: Decision
): Effect.fn.Return<StepResult, ConnectorError | StoreError> {
  const { done, pair, step, task } = session
  switch (decision._tag) {
    case "Closed":
    case "LeftAlone":
      return yield* done({})
    case "Later":
      return { _tag: "Waits", millis: ambiguityMillis }
    case "Gone": {
      if (link === undefined) return yield* done({})
      const content: LinkContent = {
        ...contentOfLink(link),
        state: "closed",
        bases: { left: {}, right: {} },
        intent: null
      }
      const detail = { link: link.id, goneFrom: pair[decision.side].connection }
      return yield* done({ link: { id: link.id, content }, audit: [step("closed", detail)] })
    }
    case "Park": {
      const stored = link === undefined ? {} : { link: { id: link.id, content: contentOfLink(link) } }
      return yield* done({ ...stored, parked: decision })
    }
    case "Link":
      return yield* joinCustomers(session, link, decision)
    case "Create": {
      const ours = link === undefined ? yield* perhapsOurs(session, decision.own.customer) : undefined
      return ours ?? (yield* createCustomer(session, link, decision))
    }
    case "Both": {
      if (link === undefined) return yield* Effect.die("both sides of no link")
      const side = ([otherSide(task.side), task.side] as const).find(
        (one) => Object.keys(decision.merged.changes[one]).length > 0 || decision.added[one].length > 0
      )
      return yield* side === undefined
        ? finish(session, link, decision)
        : writeChange(session, link, decision, side)
    }
  }
})

/** Carries out what is to be done about one customer. */
export const syncCustomer = Effect.fn("syncCustomer")(function* (
  context: SyncContext,
  task: CustomerTask
): Effect.fn.Return<SyncResult, ConnectorError | StoreError, CustomerLinks> {
  const session = yield* syncSession(context, task)
  const { links, pair } = session
  const { open } = context
  const first = Option.getOrUndefined(yield* links.find(pair.name, task.side, task.externalId))
  if (task.isByPerson && first !== undefined) yield* links.forgive(first.id)
  const isAwaited = yield* links.isAwaited(pair.name, task.side, task.externalId)
  for (let round = 0; round < roundsMaximum; round++) {
    const link = Option.getOrUndefined(yield* links.find(pair.name, task.side, task.externalId))
    if (link !== undefined && link.intent !== null && (link.markedMillisAgo ?? 0) < ambiguityMillis) {
      return { _tag: "Waits", millis: ambiguityMillis - (link.markedMillisAgo ?? 0) }
    }
    const decision = yield* decideBeside(open, links, { ...task, isAwaited }, link)
    const result = yield* carryOut(session, link, decision)
    if (result !== "again") return result
  }
  return { _tag: "Waits", millis: 5_000 }
})

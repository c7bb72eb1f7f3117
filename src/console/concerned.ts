/**
 * concerned: which pipelines a hint is for.
 */
import { Duration } from "effect"
import type { Hint } from "../pipeline/EventDoor.ts"
import { type Plan, pipelinesOf } from "../plan/Plan.ts"
import type { ReportedHint } from "../store/HintStore.ts"

/** Text that every database takes and a person can read: no control characters, no half of a character. */
const readable = /^\P{C}{1,300}$/u

const names = (hint: Hint): ReadonlyArray<string> =>
  (hint.change === undefined ? ["created", "updated"] : [hint.change]).map(
    (change) => `${hint.resource}.${change}`
  )

/**
 * The hints of a connection, once for each pipeline that asks for such a change.
 * A hint that does not say what was done to the record concerns both.
 */
export const concerned = (
  plan: Plan,
  connection: string,
  hints: ReadonlyArray<Hint>
): ReadonlyArray<ReportedHint> =>
  hints
    .filter(({ id }) => readable.test(id))
    .flatMap((hint) =>
      pipelinesOf(plan).flatMap(({ name, sourceConnection, webhook }): ReadonlyArray<ReportedHint> => {
        if (webhook === undefined || sourceConnection !== connection) return []
        if (!names(hint).some((event) => webhook.events.includes(event))) return []
        return [
          {
            connection,
            pipeline: name,
            resource: hint.resource,
            externalId: hint.id,
            settleMillis: Math.round(Duration.toMillis(webhook.settle)),
            ...(hint.eventId !== undefined && readable.test(hint.eventId) ? { eventId: hint.eventId } : {})
          }
        ]
      })
    )

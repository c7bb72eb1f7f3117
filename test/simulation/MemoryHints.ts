/**
 * MemoryHints: the hint store on a map instead of a database.
 *
 * Many reports of a record are one hint, which goes once the record was read and
 * stays when it was reported again meanwhile; that it does what the real one does
 * is shown by `storePromises.test.ts`.
 */
import { Duration, Effect } from "effect"
import { type DueHint, HintStore, type ReportedHint } from "../../src/store/HintStore.ts"
import { documentName } from "../../src/store/IntakeStore.ts"
import type { DocumentKey } from "../../src/store/rows.ts"

interface Hint extends DocumentKey {
  readonly receivedAt: number
  readonly reports: number
  readonly attempts: number
  readonly notBefore: number
}

const nameOf = (document: DocumentKey) => `${document.pipeline}/${documentName(document)}`

/** A hint store whose present is `now`, in milliseconds. Reports have no names here: each one counts. */
export const makeMemoryHints = (now: () => number) => {
  const hints = new Map<string, Hint>()

  const addOne = ({ externalId, pipeline, resource, settleMillis }: ReportedHint) => {
    const key = { pipeline, resource, externalId }
    const before = hints.get(nameOf(key))
    const settled = now() + settleMillis
    hints.set(nameOf(key), {
      ...key,
      receivedAt: before?.receivedAt ?? now(),
      reports: (before?.reports ?? 0) + 1,
      attempts: 0,
      notBefore:
        before === undefined || before.attempts > 0
          ? settled
          : Math.min(settled, before.receivedAt + 5 * settleMillis)
    })
  }
  const present = (hint: DueHint) => {
    const own = hints.get(nameOf(hint))
    return own?.reports === hint.reports ? own : undefined
  }

  return HintStore.of({
    add: (reported) => Effect.sync(() => reported.forEach(addOne)),
    due: (pipeline, limit) =>
      Effect.sync(() =>
        [...hints.values()]
          .filter((hint) => hint.pipeline === pipeline && hint.notBefore <= now())
          .toSorted((a, b) => a.notBefore - b.notBefore)
          .slice(0, limit)
          .map(({ attempts, externalId, receivedAt, reports, resource }): DueHint => ({
            pipeline,
            resource,
            externalId,
            reports,
            attempts,
            eventId: null,
            waitedMillis: now() - receivedAt
          }))
      ),
    settle: (hint) =>
      Effect.sync(() => {
        if (present(hint) !== undefined) hints.delete(nameOf(hint))
      }),
    postpone: (hint, { isAttempt, wait }) =>
      Effect.sync(() => {
        const own = present(hint)
        if (own === undefined) return
        const attempts = own.attempts + (isAttempt ? 1 : 0)
        hints.set(nameOf(hint), { ...own, attempts, notBefore: now() + Duration.toMillis(wait) })
      }),
    postponeAll: (pipeline, wait) =>
      Effect.sync(() => {
        for (const [name, hint] of hints) {
          if (hint.pipeline !== pipeline || hint.notBefore > now()) continue
          hints.set(name, { ...hint, notBefore: now() + Duration.toMillis(wait) })
        }
      }),
    waiting: Effect.sync(
      () =>
        new Map(
          [...Map.groupBy(hints.values(), ({ pipeline }) => pipeline)].map(([pipeline, own]) => [
            pipeline,
            {
              hints: own.length,
              oldestMillis: now() - Math.min(...own.map(({ receivedAt }) => receivedAt))
            }
          ])
        )
    ),
    forget: Effect.void
  })
}

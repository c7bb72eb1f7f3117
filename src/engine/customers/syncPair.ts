/**
 * syncPair: brings the customers of one pair of connections to the same content.
 *
 * One process at a time does, under its number as the pair's writer. A few
 * customers are taken at a time: of those that are linked each link by itself,
 * of the others those that could be taken for one another one after the other.
 */
import { Effect, Option, Result } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../../pipeline/Secrets.ts"
import type { StageServices } from "../../pipeline/Source.ts"
import type { CustomerTask } from "../../store/CustomerLink.ts"
import { CustomerLinks } from "../../store/CustomerLinks.ts"
import type { IntakeStore } from "../../store/IntakeStore.ts"
import { LedgerWriter } from "../../store/LedgerWriter.ts"
import type { StoreError } from "../../store/StoreError.ts"
import { resourceOf } from "../personOf.ts"
import { toTheEnd } from "../toTheEnd.ts"
import { type CustomerPair, writerName } from "./CustomerPair.ts"
import { openPair } from "./openPair.ts"
import { syncCustomer } from "./syncCustomer.ts"
import { ambiguityMillis, type SyncContext } from "./SyncSession.ts"
import { unlinkedRows } from "./unlinkedRows.ts"

/** What one pass over a pair did. */
export interface PairSummary {
  readonly pair: string
  readonly created: number
  readonly changed: number
  readonly parked: number
  /** Customers that are still to be looked at. */
  readonly waiting: number
  /** Why the pair was halted, if it was. */
  readonly halted?: ConnectorError
}

const batch = 50
/** So many customers are worked on at a time. */
const usualAtOnce = 4
/** Longest rest that a pass waits for before it leaves the customer to a later one. */
const patienceMillis = 60_000
const restMaximumMillis = 600_000
/** Batches in a row in which a system answered nothing at all, after which it is taken to be down. */
const silentBatchesMaximum = 2
/** Answers of one customer that cannot be understood, after which it is parked. */
const unreadableMaximum = 3

const restMillis = (attempts: number) => Math.min(restMaximumMillis, 1_000 * 2 ** attempts)

/** How a task ended, for the pass. */
type Ending =
  | { readonly _tag: "Done"; readonly parked: boolean }
  | { readonly _tag: "Rests"; readonly error?: ConnectorError }
  | { readonly _tag: "Halts"; readonly error: ConnectorError }
  | { readonly _tag: "Fenced" }

const one = Effect.fnUntraced(function* (
  context: SyncContext,
  task: CustomerTask
): Effect.fn.Return<Ending, StoreError, CustomerLinks> {
  const links = yield* CustomerLinks
  const rest = (millis: number, error?: ConnectorError) =>
    Effect.as(links.postpone(task, { millis, isAttempt: true }), {
      _tag: "Rests" as const,
      ...(error === undefined ? {} : { error })
    })
  const result = yield* syncCustomer(context, task).pipe(
    Effect.map((result) => Result.succeed(result)),
    Effect.catchTag("ConnectorError", (error) => Effect.succeed(Result.fail(error)))
  )
  if (Result.isSuccess(result)) {
    const { success } = result
    return success._tag === "Waits"
      ? yield* rest(Math.max(success.millis, task.attempts < 3 ? 0 : restMillis(task.attempts)))
      : success
  }
  const error = result.failure
  const { reason } = error
  const park = Effect.fnUntraced(function* () {
    const { externalId, number, pipeline, resource, revision } = task
    const key = { pipeline, resource, externalId }
    const problem = {
      code: reason._tag === "Rejected" ? reason.code : "unreadable",
      path: "customer",
      message: reason.message
    }
    const planRevision = context.open.pair[task.side].reader?.contentHash ?? ""
    const isSettled = yield* links.settle(context.writer, {
      task,
      errors: [{ ...key, number, revision, stage: "read", planRevision, problems: [problem] }],
      settled: [],
      audit: [
        {
          ...key,
          actor: context.actor,
          action: "parked",
          detail: { pair: context.open.pair.name, problems: [{ code: problem.code, path: problem.path }] }
        }
      ]
    })
    return isSettled ? ({ _tag: "Done", parked: true } as const) : ({ _tag: "Fenced" } as const)
  })
  switch (reason._tag) {
    case "RateLimited":
      return yield* rest(reason.retryAfterMillis, error)
    case "Unreachable":
    case "NotSent":
      return yield* rest(restMillis(task.attempts), error)
    case "OutcomeUnknown":
      return yield* rest(ambiguityMillis, error)
    case "Unauthorized":
      return { _tag: "Halts", error }
    case "Rejected":
    case "NotFound":
      return yield* park()
    case "UnexpectedResponse":
      return task.attempts + 1 < unreadableMaximum
        ? yield* rest(restMillis(task.attempts + 4), error)
        : yield* park()
  }
})

/** Who is asked for on either side: only those whom a pipeline reads there. */
const readersOf = (pair: CustomerPair) =>
  (["left", "right"] as const).flatMap((side) => {
    const { reader } = pair[side]
    return reader === undefined ? [] : [{ side, pipeline: reader.name, resource: resourceOf(pair.people) }]
  })

/** Works until nothing is due, or the pair is halted, or another process has become its writer. */
export const syncPair = Effect.fn("syncPair")(function* (
  pair: CustomerPair,
  actor: string,
  customersAtOnce = usualAtOnce
): Effect.fn.Return<
  PairSummary,
  ConnectorError | SecretMissing | StoreError,
  StageServices | CustomerLinks | IntakeStore | LedgerWriter
> {
  const links = yield* CustomerLinks
  const writers = yield* LedgerWriter
  const summary = { pair: pair.name, created: 0, changed: 0, parked: 0 }
  yield* links.askAwaited(pair.name, readersOf(pair))
  const waiting = Effect.map(links.counts(pair.name), ({ due }) => due)
  if (Option.isNone(yield* links.nextDueMillis(pair.name))) return { ...summary, waiting: 0 }

  const open = yield* openPair(pair)
  const name = writerName(pair.name)
  const writer = yield* writers.take(name)
  const context: SyncContext = {
    open,
    writer,
    actor,
    onWritten: (what) => {
      summary[what] += 1
    }
  }
  const rules = [pair.left, pair.right].flatMap(({ writer }) => writer?.settings.match ?? [])
  /** Those of one link in a row; those without one before the others, in rows of those who are alike. */
  const inRows = Effect.fnUntraced(function* (tasks: ReadonlyArray<CustomerTask>) {
    const found = yield* Effect.forEach(tasks, (task) =>
      Effect.map(links.find(pair.name, task.side, task.externalId), (link) => ({
        task,
        link: Option.getOrUndefined(link)?.id
      }))
    )
    const rows = Map.groupBy(found, ({ link }) => link)
    const tasksOf = (row: typeof found) => row.map(({ task }) => task)
    return {
      unlinked: yield* unlinkedRows(rules, tasksOf(rows.get(undefined) ?? [])),
      linked: [...rows].flatMap(([link, row]) => (link === undefined ? [] : [tasksOf(row)]))
    }
  })
  const inOrder = (row: ReadonlyArray<CustomerTask>) => Effect.forEach(row, (task) => one(context, task))
  const atOnce = (rows: ReadonlyArray<ReadonlyArray<CustomerTask>>) =>
    Effect.forEach(rows, inOrder, { concurrency: customersAtOnce })

  let halted: ConnectorError | undefined
  let silent = 0
  while (halted === undefined && (yield* writers.isCurrent(writer))) {
    const tasks = yield* links.due(pair.name, batch)
    if (tasks.length === 0) {
      const next = yield* links.nextDueMillis(pair.name)
      if (Option.isNone(next) || next.value > patienceMillis) break
      yield* Effect.sleep(Math.max(20, next.value))
      continue
    }
    const { linked, unlinked } = yield* inRows(tasks)
    const endings = yield* toTheEnd(
      Effect.gen(function* () {
        const first = yield* atOnce(unlinked)
        const others = yield* atOnce(linked)
        return [...first.flat(), ...others.flat()]
      })
    )
    summary.parked += endings.filter((ending) => ending._tag === "Done" && ending.parked).length
    const errors = endings.flatMap((ending) =>
      "error" in ending && ending.error !== undefined ? [ending.error] : []
    )
    const isSilent =
      errors.length === endings.length && errors.every(({ reason }) => reason._tag === "Unreachable")
    silent = isSilent ? silent + 1 : 0
    halted =
      endings.find((ending) => ending._tag === "Halts")?.error ??
      (silent >= silentBatchesMaximum ? errors[0] : undefined)
    if (endings.some(({ _tag }) => _tag === "Fenced")) break
  }
  if (halted !== undefined) {
    yield* writers.pause(name)
    return { ...summary, waiting: yield* waiting, halted }
  }
  yield* writers.resume(name)
  return { ...summary, waiting: yield* waiting }
}, Effect.scoped)

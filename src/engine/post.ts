/**
 * post: drains the postings of one ledger connection.
 *
 * Each entry is marked as being sent, looked up in the ledger, and posted only
 * if it is not there. An attempt whose outcome is unknown is looked up again
 * once the ledger can no longer be working on it; it is never repeated blindly.
 */
import { Effect, Option, Result } from "effect"
import { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secret.ts"
import type { OpenSink, Sink } from "../pipeline/Sink.ts"
import type { StageServices } from "../pipeline/Source.ts"
import { Journal, type JournalRecord, type PostingOutcome, type SettledPosting } from "../store/Journal.ts"
import type { StoreError } from "../store/StoreError.ts"
import { decide } from "./decide.ts"
import { Progress } from "./Progress.ts"

/** What one drain did. `adopted` were found in the ledger; `waiting` rest until they are due again. */
export interface PostSummary {
  readonly connection: string
  readonly posted: number
  readonly adopted: number
  readonly rejected: number
  readonly waiting: number
  /** Why the connection was halted, if it was: nothing more was tried. */
  readonly halted?: ConnectorError
}

/** Attempts at one posting before its connection is taken to be down. */
const attemptLimit = 5

/** Longest rest that a drain waits for before it leaves the posting to a later run. */
const patienceMillis = 60_000

const restMillis = (error: ConnectorError, attempt: number) =>
  error.reason._tag === "RateLimited" ? error.reason.retryAfterMillis : Math.min(30_000, 500 * 2 ** attempt)

const outcomeOf = (error: ConnectorError, record: JournalRecord, sink: Sink): PostingOutcome => {
  const { message } = error.reason
  switch (decide({ disposition: error.disposition, number: record.attempts, limit: attemptLimit })) {
    case "park":
      return {
        _tag: "Rejected",
        code: error.reason._tag === "Rejected" ? error.reason.code : "not-found",
        message
      }
    case "look-up":
      return { _tag: "Unknown", retryAfterMillis: sink.ambiguityMillis, message }
    case "retry":
    case "halt":
      return { _tag: "Retry", retryAfterMillis: restMillis(error, record.attempts), message }
  }
}

/** Posts until nothing is due, or the connection is halted. */
export const post = Effect.fn("post")(function* (
  connection: string,
  sink: Sink,
  actor: string
): Effect.fn.Return<PostSummary, ConnectorError | SecretMissing | StoreError, StageServices | Journal> {
  const journal = yield* Journal
  const progress = yield* Progress
  const idle = yield* journal.progress(connection)
  const summary = { connection, posted: 0, adopted: 0, rejected: 0 }
  if (idle.nextDueMillis === undefined) return { ...summary, waiting: 0 }
  const open = yield* sink.open

  const attempt = Effect.fn("post.attempt")(function* (ledger: OpenSink, record: JournalRecord) {
    const result = yield* Effect.result(
      Effect.gen(function* () {
        const found = yield* ledger.find(record.entry)
        // Invariant I3: an entry that the ledger already holds is adopted, never posted again.
        return Option.isSome(found)
          ? { receipt: found.value, adopted: true }
          : { receipt: yield* ledger.post(record.entry), adopted: false }
      })
    )
    const error = Result.getFailure(result)
    const settled: SettledPosting = {
      record,
      outcome: Result.isSuccess(result)
        ? { _tag: "Posted", ...result.success }
        : outcomeOf(result.failure, record, sink)
    }
    const halts = Option.filter(
      error,
      (failure) =>
        decide({ disposition: failure.disposition, number: record.attempts, limit: attemptLimit }) === "halt"
    )
    return { settled, halts }
  })

  while (true) {
    const batch = yield* journal.claim({
      connection,
      limit: sink.concurrency * 4,
      ambiguityMillis: sink.ambiguityMillis
    })
    if (batch.length === 0) {
      const { nextDueMillis } = yield* journal.progress(connection)
      if (nextDueMillis === undefined) return { ...summary, waiting: 0 }
      if (nextDueMillis > patienceMillis) break
      if (nextDueMillis > 1_000) {
        yield* progress({
          _tag: "Waiting",
          connection,
          millis: nextDueMillis,
          why: "an outcome is not known yet"
        })
      }
      yield* Effect.sleep(Math.max(20, nextDueMillis))
      continue
    }
    const attempts = yield* Effect.forEach(batch, (record) => attempt(open, record), {
      concurrency: sink.concurrency
    })
    yield* journal.settle(
      attempts.map(({ settled }) => settled),
      actor
    )
    for (const { settled } of attempts) {
      if (settled.outcome._tag === "Posted") {
        if (settled.outcome.adopted) summary.adopted += 1
        else summary.posted += 1
      }
      if (settled.outcome._tag === "Rejected") summary.rejected += 1
    }
    const left = yield* journal.progress(connection)
    const waiting = (["pending", "sending", "unknown"] as const).reduce(
      (all, state) => all + (left.states.get(state) ?? 0),
      0
    )
    yield* progress({ _tag: "PostingsSettled", connection, settled: attempts.length, open: waiting })
    const halted = attempts.map(({ halts }) => halts).find(Option.isSome)
    if (halted !== undefined) return { ...summary, waiting, halted: halted.value }
  }
  const { states } = yield* journal.progress(connection)
  const waiting = (["pending", "sending", "unknown"] as const).reduce(
    (all, state) => all + (states.get(state) ?? 0),
    0
  )
  return { ...summary, waiting }
}, Effect.scoped)

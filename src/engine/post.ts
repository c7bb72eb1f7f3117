/**
 * post: drains the postings of one ledger connection.
 *
 * Each entry is marked as being sent, looked up in the ledger, and posted only
 * if it is not there. An attempt whose outcome is unknown is looked up again
 * once the ledger can no longer be working on it; it is never repeated blindly.
 */
import { Clock, Effect, Option } from "effect"
import { ConnectorError, NotSent, Unauthorized } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { OpenSink } from "../pipeline/Sink.ts"
import type { StageServices } from "../pipeline/Source.ts"
import type { CustomerLinks } from "../store/CustomerLinks.ts"
import type { HeldEntries } from "../store/HeldEntries.ts"
import type { IntakeStore } from "../store/IntakeStore.ts"
import { Journal } from "../store/Journal.ts"
import type { JournalRecord, PostingOutcome, PostingState } from "../store/JournalRecord.ts"
import { LedgerGate } from "../store/LedgerGate.ts"
import { LedgerWriter } from "../store/LedgerWriter.ts"
import type { StoreError } from "../store/StoreError.ts"
import { checkLedger } from "./checkLedger.ts"
import { type Action, decide } from "./decide.ts"
import { ambiguityMillisOf, type Ledger, sendGuardMillis, sinkFor, sinksOf } from "./Ledger.ts"
import { Progress } from "./Progress.ts"
import { redate } from "./redate.ts"
import { toTheEnd } from "./toTheEnd.ts"

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

// A ledger that asks us to slow down is up, however often it asks.
const actionOf = (error: ConnectorError, record: JournalRecord): Action =>
  error.reason._tag === "RateLimited"
    ? "retry"
    : decide({ disposition: error.disposition, number: record.attempts, limit: attemptLimit })

const outcomeOf = (error: ConnectorError, record: JournalRecord, ambiguityMillis: number): PostingOutcome => {
  const { message } = error.reason
  switch (actionOf(error, record)) {
    case "park":
      return {
        _tag: "Rejected",
        code: error.reason._tag === "Rejected" ? error.reason.code : "not-found",
        message
      }
    case "look-up":
      return { _tag: "Unknown", retryAfterMillis: ambiguityMillis, message }
    case "retry":
    case "halt":
      return { _tag: "Retry", retryAfterMillis: restMillis(error, record.attempts), message }
  }
}

/** A sink whose settings break what its strategy promises is not used. */
const refused = (connection: string, message: string) =>
  new ConnectorError({ connection, reason: new Unauthorized({ message }) })

/** What became of one claimed record; `error` is why it failed, if it did. */
interface Attempted {
  readonly record: JournalRecord
  readonly outcome: PostingOutcome
  readonly error: ConnectorError | undefined
}

/** Rounds in a row in which the ledger answered nothing at all, after which it is taken to be down. */
const silentRoundsMaximum = 2

/** Why the connection must stop after these attempts, if it must. */
const haltAfter = (attempts: ReadonlyArray<Attempted>, silentRounds: number): ConnectorError | undefined => {
  const failures = attempts.flatMap(({ error, record }) => (error === undefined ? [] : [{ error, record }]))
  const halting = failures.find(({ error, record }) => actionOf(error, record) === "halt")
  return (halting ?? (silentRounds >= silentRoundsMaximum ? failures[0] : undefined))?.error
}

const isSilent = (attempts: ReadonlyArray<Attempted>) =>
  attempts.every(({ error }) => error?.reason._tag === "Unreachable")

/**
 * Run when the one request that can post is ready to go. The mark is made fresh
 * under our number; if that cannot be done, because the posting is no longer
 * ours, or took so long that somebody may have taken over since, nothing is sent. Measured on the monotonic clock: a wall
 * clock that is set back must not make an old mark look fresh.
 */
const guardSending = (
  connection: string,
  renewal: Effect.Effect<boolean, StoreError>
): Effect.Effect<void, ConnectorError> =>
  Effect.gen(function* () {
    const before = yield* Clock.monotonicTimeNanos
    const isOurs = yield* Effect.orElseSucceed(renewal, () => false)
    const after = yield* Clock.monotonicTimeNanos
    if (!isOurs || after - before > BigInt(sendGuardMillis) * 1_000_000n) {
      const message = "the posting was taken over by another process, or the database did not answer in time."
      return yield* new ConnectorError({ connection, reason: new NotSent({ message }) })
    }
  })

const attempt = Effect.fn("post.attempt")(function* (options: {
  readonly open: OpenSink | undefined
  readonly record: JournalRecord
  readonly renewal: Effect.Effect<boolean, StoreError>
  readonly ambiguityMillis: number
}): Effect.fn.Return<Attempted> {
  const { open, record } = options
  if (open === undefined) {
    const message = `the pipeline ${record.pipeline} is no longer in the plan, and its connection has several sinks. Give the pipeline its name back.`
    return { record, outcome: { _tag: "Rejected", code: "pipeline-gone", message }, error: undefined }
  }
  const posting = Effect.gen(function* (): Effect.fn.Return<PostingOutcome, ConnectorError> {
    const found = yield* open.find(record.entry)
    // Invariant I3: an entry that the ledger already holds is adopted, never posted again.
    if (Option.isSome(found)) return { _tag: "Posted", receipt: found.value, adopted: true }
    const receipt = yield* open.post(record.entry, guardSending(record.sinkConnection, options.renewal))
    return { _tag: "Posted", receipt, adopted: false }
  }).pipe(
    Effect.catchIf(
      ({ reason }) => reason._tag === "NotSent",
      () => Effect.succeed<PostingOutcome>({ _tag: "Released" })
    )
  )
  return yield* posting.pipe(
    Effect.match({
      onSuccess: (outcome): Attempted => ({ record, outcome, error: undefined }),
      onFailure: (error): Attempted => ({
        record,
        outcome: outcomeOf(error, record, options.ambiguityMillis),
        error
      })
    })
  )
})

const openOf = (states: ReadonlyMap<PostingState, number>) =>
  (["pending", "sending", "unknown"] as const).reduce((all, state) => all + (states.get(state) ?? 0), 0)

/**
 * Posts until nothing is due, or the connection is halted, or another process
 * has become its writer.
 */
export const post = Effect.fn("post")(function* (
  ledger: Ledger,
  actor: string
): Effect.fn.Return<
  PostSummary,
  ConnectorError | SecretMissing | StoreError,
  StageServices | IntakeStore | Journal | LedgerWriter | LedgerGate | HeldEntries | CustomerLinks
> {
  const { connection } = ledger
  const gates = yield* LedgerGate
  const journal = yield* Journal
  const writers = yield* LedgerWriter
  const progress = yield* Progress
  const summary = { connection, posted: 0, adopted: 0, rejected: 0 }
  const atStart = yield* journal.progress(connection)
  if (atStart.nextDueMillis === undefined) return { ...summary, waiting: openOf(atStart.states) }
  const waiting = Effect.map(journal.progress(connection), ({ states }) => openOf(states))
  // Counted down for those who watch; the truth is asked for at the end.
  let left = openOf(atStart.states)

  const opened = new Map<string, OpenSink>()
  for (const [hash, sink] of sinksOf(ledger)) {
    const [problem] = sink.problems
    if (problem !== undefined) return yield* refused(connection, problem)
    opened.set(hash, yield* sink.open)
  }
  const [{ sink }] = ledger.pipelines
  const writer = yield* writers.take(connection)
  const ambiguityMillis = ambiguityMillisOf(ledger)
  const verdict = yield* checkLedger(ledger, ambiguityMillis, actor).pipe(
    Effect.catchTag("ConnectorError", (error) =>
      Effect.as(writers.pause(connection), { _tag: "Closed", error } as const)
    )
  )
  if (verdict._tag === "Closed") {
    const halted = "error" in verdict ? verdict.error : refused(connection, verdict.message)
    return { ...summary, waiting: left, halted }
  }
  let halted: ConnectorError | undefined
  let silentRounds = 0

  while (halted === undefined) {
    // The database may have been replaced by an earlier one while we were at work.
    if ((yield* gates.look(connection)).state !== "open") break
    const batch = yield* journal.claim({ writer, limit: sink.concurrency, ambiguityMillis })
    if (batch.length === 0) {
      const { nextDueMillis } = yield* journal.progress(connection)
      if (nextDueMillis === undefined || nextDueMillis > patienceMillis) break
      if (!(yield* writers.isCurrent(writer))) break
      if (nextDueMillis > 1_000) {
        yield* progress({
          _tag: "Waiting",
          connection,
          millis: nextDueMillis,
          why: "an outcome is not known yet, or the ledger asked for a rest"
        })
      }
      yield* Effect.sleep(Math.max(20, nextDueMillis))
      continue
    }
    const attempts = yield* toTheEnd(
      Effect.forEach(
        batch,
        (record) =>
          attempt({
            open: opened.get(sinkFor(ledger, record.pipeline) ?? ""),
            record,
            renewal: journal.renew({ writer, record, ambiguityMillis }),
            ambiguityMillis
          }),
        { concurrency: sink.concurrency }
      ).pipe(Effect.tap((attempts) => journal.settle(attempts, actor)))
    )
    yield* Effect.forEach(attempts, (settled) => redate(settled, opened, ledger, actor), { discard: true })
    for (const { outcome } of attempts) {
      if (outcome._tag === "Rejected") summary.rejected += 1
      if (outcome._tag !== "Posted") continue
      if (outcome.adopted) summary.adopted += 1
      else summary.posted += 1
    }
    left -= attempts.filter(({ outcome }) => outcome._tag === "Posted" || outcome._tag === "Rejected").length
    yield* progress({
      _tag: "PostingsSettled",
      connection,
      settled: attempts.length,
      open: left < 0 ? undefined : left
    })
    silentRounds = isSilent(attempts) ? silentRounds + 1 : 0
    halted = haltAfter(attempts, silentRounds)
  }

  if (halted === undefined) {
    if (summary.posted + summary.adopted > 0) yield* writers.resume(connection)
    return { ...summary, waiting: yield* waiting }
  }
  yield* writers.pause(connection)
  return { ...summary, waiting: yield* waiting, halted }
}, Effect.scoped)

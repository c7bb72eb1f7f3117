/**
 * backfill: reads a past period of a pipeline and does what it leads to, beside the live flow.
 *
 * Records go in by the same way as live ones, so what is known is a no-op and
 * nothing is posted twice. The place is the backfill's own: it moves in the
 * transaction of its records, and the live cursor never does. It takes half of
 * the source's pace, and reads on only while few entries wait for the ledger, so
 * that a live document never queues behind a past year.
 */
import { randomUUID } from "node:crypto"
import { Clock, Deferred, Effect, Option, Schedule, Schema, Stream } from "effect"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { Cursor, Period, PeriodReading, StageServices } from "../pipeline/Source.ts"
import type { Plan, PlannedPipeline } from "../plan/Plan.ts"
import { type Backfill, Backfills, heldSeconds } from "../store/Backfills.ts"
import { IntakeStore } from "../store/IntakeStore.ts"
import type { StoreError } from "../store/StoreError.ts"
import { WorkQueue, type WorkUnit } from "../store/WorkQueue.ts"
import { PaceShare, Paces } from "../http/RateLimit.ts"
import { awaitGate } from "./awaitGate.ts"
import { backlogOf, workOff } from "./backlogOf.ts"
import { ledgersOf } from "./Ledger.ts"
import { openLookUps } from "./openLookUps.ts"
import { Progress } from "./Progress.ts"
import { freshPaces, type RunServices } from "./runOnce.ts"
import { sealAudit } from "./sealAudit.ts"
import { takeIn } from "./takeIn.ts"

/** The source keeps no time to ask by, so that there is no such thing as a period of it. */
export class NoPeriod extends Schema.TaggedError<NoPeriod>()("NoPeriod", { message: Schema.String }) {}

/** Another process is at the same backfill. */
export class BackfillHeld extends Schema.TaggedError<BackfillHeld>()("BackfillHeld", {
  message: Schema.String
}) {}

/** What a backfill came to; `waiting` are entries of the connection, or customers of the pair, that had no outcome yet when it ended. */
export interface BackfillSummary {
  readonly backfill: Backfill
  readonly waiting: number
}

/** Of the pace of the source's connection. */
const share = 0.5

/** So many entries or customers may wait while more is read: what a live one queues behind, at most. */
const backlogMaximum = 50

/** Readings of one page that the live flow may come between. */
const refusalsMaximum = 20

/** So many new entries change what the database should expect of its tables. */
const firstCount = 100

/** What is due later than this is left to a later run. */
const patienceMillis = 60_000

/** The period of the pipeline's source, or why there is none. */
export const openPeriod = Effect.fn("openPeriod")(function* (
  pipeline: PlannedPipeline,
  period: Period
): Effect.fn.Return<PeriodReading, ConnectorError | SecretMissing | NoPeriod, StageServices> {
  const source = yield* pipeline.source.open.pipe(Effect.provideService(PaceShare, share))
  return (
    source.period?.(period) ??
    (yield* new NoPeriod({
      message: `${pipeline.name} reads ${pipeline.sourceType}, which keeps no time that a period could be asked for by. Every reading of it reads everything: use ledgerline run --once.`
    }))
  )
})

/** Holds the backfill for as long as the scope lasts; waits for a dead process to be given up, refuses beside a living one. */
const takeHold = Effect.fn("backfill.takeHold")(function* (
  pipeline: PlannedPipeline,
  period: Period,
  again: boolean
) {
  const backfills = yield* Backfills
  const progress = yield* Progress
  const holder = randomUUID()
  const begin = backfills.begin(pipeline.name, period, { again, holder })
  let begun = yield* begin
  for (let waited = 0; Option.isNone(begun) && waited <= heldSeconds; waited++) {
    if (waited === 0) {
      yield* progress({
        _tag: "Waiting",
        connection: pipeline.name,
        millis: heldSeconds * 1000,
        why: "another process was at this backfill until a moment ago"
      })
    }
    yield* Effect.sleep("1 second")
    begun = yield* begin
  }
  if (Option.isNone(begun)) {
    return yield* new BackfillHeld({
      message: `another process is at this backfill of ${pipeline.name}. Let it go on, or stop it first; see: ledgerline backfill list`
    })
  }
  const { id } = begun.value
  yield* Effect.addFinalizer(() => Effect.ignore(backfills.release(id, holder)))
  // Only the step of a page decides who may store: a failed renewal is noticed there.
  yield* Effect.ignore(backfills.hold(id, holder)).pipe(
    Effect.repeat(Schedule.spaced(`${heldSeconds / 3} seconds`)),
    Effect.forkScoped
  )
  return { backfill: begun.value, holder }
})

/** Works whenever the queue gives a unit to this process: where a service runs, it takes its turn like any other. */
const serve = Effect.fn("backfill.serve")(function* (
  plan: Plan,
  own: WorkUnit,
  actor: string,
  halted: Deferred.Deferred<never, ConnectorError | SecretMissing | StoreError>
) {
  const queue = yield* WorkQueue
  const stopping = yield* Deferred.make<void>()
  yield* queue.serve(
    (unit) =>
      workOff(plan, unit, actor).pipe(
        Effect.scoped,
        Effect.flatMap((why) => (why === undefined ? Effect.void : Effect.fail(why))),
        Effect.catch((error) => (unit.name === own.name ? Deferred.fail(halted, error) : Effect.void)),
        Effect.raceFirst(Effect.andThen(Deferred.await(stopping), Effect.interrupt)),
        Effect.asVoid
      ),
    { kinds: [own.kind] }
  )
  // The queue waits for the unit it has begun: it ends after the work that is under way.
  yield* Effect.addFinalizer(() => Deferred.succeed(stopping, undefined))
})

/**
 * Reads the period from where an earlier call stopped, whatever stopped it, to
 * its end, and waits until what came of it is posted, or looked at: by a running service, or
 * by this process where the queue gives the work to it. `again` starts from the
 * beginning of a period that was read before.
 */
export const backfill = Effect.fn("backfill")(
  function* (
    plan: Plan,
    pipeline: PlannedPipeline,
    { actor, again, period }: { readonly period: Period; readonly again: boolean; readonly actor: string }
  ): Effect.fn.Return<
    BackfillSummary,
    ConnectorError | SecretMissing | StoreError | NoPeriod | BackfillHeld,
    RunServices | StageServices | WorkQueue | Backfills
  > {
    const backfills = yield* Backfills
    const store = yield* IntakeStore
    const queue = yield* WorkQueue
    const progress = yield* Progress
    const backlog = yield* backlogOf(plan, pipeline)

    const reading = yield* openPeriod(pipeline, period)
    const { backfill: begun, holder } = yield* takeHold(pipeline, period, again)
    const { id } = begun
    const ledger = ledgersOf(plan).find(
      ({ connection }) => pipeline._tag === "Posting" && connection === pipeline.sinkConnection
    )
    if (ledger !== undefined) yield* Effect.scoped(awaitGate(ledger, actor))
    const lookUps = yield* openLookUps(pipeline.lookUps)

    /** Until at most `most` of it waits. With `isLast`, of what waits now, and patience has an end. Returns how much is left. */
    const awaitWork = Effect.fnUntraced(function* (most: number, { isLast }: { readonly isLast: boolean }) {
      if (backlog === undefined) return 0
      const last = isLast ? yield* backlog.last : undefined
      while (true) {
        const waiting = yield* backlog.waiting(last)
        if (waiting <= most) return waiting
        const dueMillis = yield* backlog.dueMillis
        if (isLast && dueMillis > patienceMillis) return waiting
        if (dueMillis > 1_000) {
          yield* progress({
            _tag: "Waiting",
            connection: backlog.unit.name,
            millis: dueMillis,
            why: "the other system was given a rest, or an outcome is not known yet"
          })
        }
        yield* queue.ask(backlog.unit)
        yield* Effect.sleep(Math.min(5_000, Math.max(250, dueMillis)))
      }
    })

    const startedAt = yield* Clock.currentTimeMillis
    let done = begun.read
    const tell = Effect.fnUntraced(function* (records: number) {
      done += records
      const elapsed = (yield* Clock.currentTimeMillis) - startedAt
      const ownPace = (done - begun.read) / Math.max(1, elapsed)
      yield* progress({
        _tag: "Backfilled",
        pipeline: pipeline.name,
        done,
        expected,
        leftMillis:
          expected === undefined || ownPace === 0 ? undefined : Math.max(0, expected - done) / ownPace
      })
    })
    // At each doubling, so that what is due is found fast in a database that was empty this morning.
    let [made, next] = [0, firstCount]
    const countAnew = Effect.fnUntraced(function* (entries: number) {
      made += entries
      if (made < next) return
      next = made * 2
      yield* store.analyze(made)
    })
    let refusals = 0
    const expected = begun.expected ?? (yield* reading.count ?? Effect.undefined)
    if (begun.expected === null && expected !== undefined) yield* backfills.expect(id, expected)

    const pass = Effect.gen(function* () {
      const place = yield* backfills.place(id)
      const readAt = yield* store.present
      yield* reading.read(place ?? undefined).pipe(
        Stream.runFoldEffect(
          (): { readonly before: Cursor | undefined; readonly readAt: string } => ({
            before: place ?? undefined,
            readAt
          }),
          ({ before, readAt }, page) =>
            Effect.gen(function* () {
              const step = { id, holder, before: before ?? null, after: page.cursor }
              const taken = yield* takeIn(
                pipeline,
                { records: page.records, backfill: step, lookUps, readAt },
                actor
              )
              refusals = 0
              yield* countAnew(taken.entries)
              yield* tell(taken.read)
              if (backlog !== undefined && taken.entries + taken.tasks > 0) yield* queue.ask(backlog.unit)
              yield* awaitWork(backlogMaximum, { isLast: false })
              return { before: page.cursor, readAt: yield* store.present }
            })
        )
      )
      yield* backfills.finish(id, holder)
    }).pipe(
      // A document of the page was read by the live flow in the same moment, or another process took over.
      Effect.retry({
        while: (error) => {
          refusals += 1
          return error._tag === "Overtaken" && refusals <= refusalsMaximum
            ? backfills.hold(id, holder)
            : Effect.succeed(false)
        },
        schedule: Schedule.spaced("1 second")
      }),
      Effect.catchTag("Overtaken", () =>
        Effect.fail(
          new BackfillHeld({
            message: `the backfill of ${pipeline.name} was taken over, or its documents change all the time. What was stored is kept: give the same command again to go on.`
          })
        )
      )
    )

    const halted = yield* Deferred.make<never, ConnectorError | SecretMissing | StoreError>()
    if (backlog !== undefined) yield* serve(plan, backlog.unit, actor, halted)
    const work = Effect.gen(function* () {
      if (begun.state === "reading" || again) yield* pass
      return yield* awaitWork(0, { isLast: true })
    })
    const waiting = yield* Effect.raceFirst(work, Deferred.await(halted))
    yield* sealAudit
    const found = yield* backfills.find(pipeline.name, period)
    return { backfill: Option.getOrElse(found, () => begun), waiting }
  },
  Effect.scoped,
  Effect.provideServiceEffect(Paces, freshPaces)
)

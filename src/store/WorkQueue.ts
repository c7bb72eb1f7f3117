/**
 * WorkQueue: which process does what next.
 *
 * Units of work are coarse: read a pipeline, or what was reported of it, drain a ledger connection, bring the customers of two connections to the same content. Each is
 * done by one process at a time, on whichever machine; asking for a unit that
 * already waits changes nothing, asking while it is being done has it done once
 * more. Nothing is lost with a queue: what is due stands in our own tables, and
 * the triggers ask again.
 */
import { Context, Duration, Effect, Layer, Queue, Redacted, Schema, type Scope, Semaphore } from "effect"
import { StoreError } from "./StoreError.ts"

/**
 * Read a pipeline; read what was reported of it; drain a ledger connection; look at customers of a pair; go on with
 * documents of a pipeline that waited for them; reconcile the books of a pipeline.
 */
export const workKinds = ["intake", "hints", "post", "customers", "resume", "reconcile"] as const

/** Something to do; `name` is a pipeline, a ledger connection or a pair of connections. */
export const WorkUnit = Schema.Struct({
  kind: Schema.Literals(workKinds),
  name: Schema.String
})
export type WorkUnit = typeof WorkUnit.Type
/** What a process does of the work: everything, unless it says less. */
export interface Serving {
  readonly kinds?: ReadonlyArray<WorkUnit["kind"]>
}

const keyOf = (unit: WorkUnit) => `${unit.kind}/${unit.name}`

/** Seconds without a sign of life after which a unit is given to another process. */
export const heartbeatSeconds = 15

/** Units of a kind that one process does at a time; each looks for work every second, also where there is none. */
const unitsAtOnce: Readonly<Record<WorkUnit["kind"], number>> = {
  intake: 8,
  hints: 4,
  post: 4,
  customers: 2,
  resume: 2,
  reconcile: 1
}

/** Asks for work and does it. */
export class WorkQueue extends Context.Service<
  WorkQueue,
  {
    /** Has a unit done soon. With `atMostEvery`, processes that ask for the same unit in one such span count as one. */
    ask(
      unit: WorkUnit,
      options?: { readonly atMostEvery?: Duration.Duration }
    ): Effect.Effect<void, StoreError>
    /** Does units, those of `kinds` only if they are given, until the scope closes. `handle` is interrupted when its unit was given to another process. */
    serve<R>(
      handle: (unit: WorkUnit) => Effect.Effect<void, never, R>,
      serving?: Serving
    ): Effect.Effect<void, StoreError, R | Scope.Scope>
  }
>()("ledgerline/store/WorkQueue") {
  /** For the embedded database, which has one process. */
  static readonly layerMemory = Layer.effect(
    WorkQueue,
    Effect.gen(function* () {
      const units = yield* Queue.unbounded<WorkUnit>()
      const waiting = new Set<string>()
      const turns = new Map<string, Semaphore.Semaphore>()

      const turnOf = (key: string) => {
        const turn = turns.get(key) ?? Semaphore.makeUnsafe(1)
        turns.set(key, turn)
        return turn
      }
      const ask = (unit: WorkUnit) =>
        Effect.suspend(() => {
          if (waiting.has(keyOf(unit))) return Effect.void
          waiting.add(keyOf(unit))
          return Effect.asVoid(Queue.offer(units, unit))
        })
      // There is no other process, so what this one does not do is not done.
      const serve = <R>(
        handle: (unit: WorkUnit) => Effect.Effect<void, never, R>,
        { kinds = workKinds }: Serving = {}
      ) =>
        Queue.take(units).pipe(
          Effect.flatMap((unit) =>
            Effect.suspend(() => {
              waiting.delete(keyOf(unit))
              return kinds.includes(unit.kind) ? handle(unit) : Effect.void
            }).pipe(turnOf(keyOf(unit)).withPermits(1), Effect.forkScoped)
          ),
          Effect.forever,
          Effect.forkScoped,
          Effect.asVoid
        )
      return WorkQueue.of({ ask, serve })
    })
  )

  /**
   * On the PostgreSQL server at `url`, by pg-boss, shared by every process that
   * uses it. It keeps connections and a schema (`pgboss`) of its own.
   */
  static readonly layerServer = (url: Redacted.Redacted) =>
    Layer.effect(
      WorkQueue,
      Effect.gen(function* () {
        // Loaded only when there is a server to distribute work on.
        const { PgBoss } = yield* Effect.promise(() => import("pg-boss"))
        const failed = (operation: string) => () =>
          new StoreError({
            operation,
            message:
              "the work queue on PostgreSQL failed. Check that the server is up, and that the user may create the schema pgboss or its owner has run `ledgerline database migrate`."
          })
        const boss = yield* Effect.acquireRelease(
          Effect.tryPromise({
            try: async () => {
              const starting = new PgBoss({
                connectionString: Redacted.value(url),
                application_name: "ledgerline queue",
                max: 4,
                superviseIntervalSeconds: 5,
                monitorIntervalSeconds: 5,
                openTelemetry: { enabled: false },
                schedule: false
              })
              // An outage of the server is noticed by whoever asks or serves, and mended by trying again.
              starting.on("error", () => {})
              await starting.start()
              for (const kind of workKinds) {
                await starting.createQueue(kind, {
                  policy: "stately",
                  heartbeatSeconds,
                  expireInSeconds: 23 * 3600,
                  retryLimit: 1_000_000,
                  retryDelay: 1,
                  deleteAfterSeconds: 3600
                })
              }
              return starting
            },
            catch: failed("WorkQueue.start")
          }),
          (running) => Effect.ignore(Effect.tryPromise(() => running.stop({ graceful: false })))
        )

        const ask = Effect.fn("WorkQueue.ask")(
          (unit: WorkUnit, options?: { readonly atMostEvery?: Duration.Duration }) =>
            Effect.tryPromise({
              try: () =>
                boss.send(unit.kind, unit, {
                  singletonKey: unit.name,
                  ...(options?.atMostEvery === undefined
                    ? {}
                    : { singletonSeconds: Math.max(1, Math.floor(Duration.toSeconds(options.atMostEvery))) })
                }),
              catch: failed("WorkQueue.ask")
            }).pipe(Effect.asVoid)
        )

        const serve = Effect.fn("WorkQueue.serve")(function* <R>(
          handle: (unit: WorkUnit) => Effect.Effect<void, never, R>,
          { kinds = workKinds }: Serving = {}
        ) {
          const context = yield* Effect.context<R>()
          const run = Effect.runPromiseWith(context)
          for (const kind of kinds) {
            yield* Effect.acquireRelease(
              Effect.tryPromise({
                try: () =>
                  boss.work<WorkUnit>(
                    kind,
                    {
                      pollingIntervalSeconds: 1,
                      localConcurrency: unitsAtOnce[kind],
                      heartbeatRefreshSeconds: heartbeatSeconds / 3
                    },
                    async (jobs) => {
                      for (const { data, signal } of jobs) await run(handle(data), { signal })
                    }
                  ),
                catch: failed("WorkQueue.serve")
              }),
              () => Effect.ignore(Effect.tryPromise(() => boss.offWork(kind, { wait: true })))
            )
          }
        })
        return WorkQueue.of({ ask, serve })
      })
    )
}

/**
 * worker: one run of one side in a process of its own, measured.
 *
 * `node --expose-gc bench/worker.ts JOB` runs the job against each target in
 * turn, each with an empty database, and prints the measurement of the last one.
 * The ones before warm the process up. Both sides use the same database driver;
 * what is compared is what stands above it.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { PgClient } from "@effect/sql-pg"
import { Console, Effect, Redacted, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { loadPlan } from "../src/cli/loadPlan.ts"
import { contact } from "../src/cli/contact.ts"
import { runOnce } from "../src/engine/runOnce.ts"
import { Progress } from "../src/engine/Progress.ts"
import { embeddedDatabase, serverDatabase } from "../src/store/Database.ts"
import { embeddedPostgres } from "../src/store/embedded/EmbeddedPostgres.ts"
import { storeLayerNoDeps } from "../src/store/Store.ts"
import { baseline, type Query } from "./baseline.ts"
import { type Job, JobJson, type Place } from "./Job.ts"
import { heapMegabytes, MeasurementJson, quarters, timed } from "./Measurement.ts"
import { shippedExpressions, shippedPipelines } from "./shippedPipelines.ts"
import type { Target } from "./Target.ts"

const ledgerline = Effect.fn("bench.ledgerline")(function* (
  target: Target,
  place: Place,
  onSteps: (steps: number) => void
) {
  const plan = yield* loadPlan({ paths: [yield* shippedPipelines], connections: target.connections })
  const database =
    "folder" in place ? embeddedDatabase(place.folder) : serverDatabase(Redacted.make(place.url))
  return yield* Effect.gen(function* () {
    // Opened before the clock starts: a service opens its database once.
    yield* SqlClient.SqlClient
    return yield* timed(
      runOnce(plan).pipe(
        Effect.map(({ connections, pipelines }) => ({
          posted: connections.reduce((all, { adopted, posted }) => all + posted + adopted, 0),
          parked: pipelines.reduce((all, { parked }) => all + parked, 0)
        })),
        Effect.provide(storeLayerNoDeps),
        Effect.provideService(Progress, (event) =>
          Effect.sync(() => {
            if (event._tag === "PageRead") onSteps(event.records)
            if (event._tag === "PostingsSettled") onSteps(event.settled)
          })
        )
      )
    )
  }).pipe(Effect.provide([database, contact]))
})

const byHand = Effect.fn("bench.byHand")(function* (
  target: Target,
  place: Place,
  onSteps: (steps: number) => void
) {
  const expressions = yield* shippedExpressions
  const database =
    "folder" in place
      ? embeddedPostgres(place.folder)
      : PgClient.layer({ url: Redacted.make(place.url), maxConnections: 1 })
  return yield* Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const run = Effect.runPromiseWith(yield* Effect.context<never>())
    const query: Query = <Row extends object>(
      statement: string,
      parameters: ReadonlyArray<string | number>
    ) => run(sql.unsafe<Row>(statement, [...parameters]))
    return yield* timed(
      Effect.promise(() => baseline({ target, query, expressions, onDocument: () => onSteps(2) }))
    )
  }).pipe(Effect.provide(database))
})

const runJob = Effect.fn("bench.runJob")(function* ({ passes, side }: Job) {
  const run = side === "ledgerline" ? ledgerline : byHand
  for (const { place, target } of passes.slice(0, -1)) yield* run(target, place, () => undefined)
  const { documents, place, target } = passes.at(-1) ?? passes[0]
  const atStart = { percent: 0, megabytes: heapMegabytes() }
  // Reading a document is a step and posting it is another.
  const heap = quarters(2 * documents)
  const { cpuSeconds, seconds, value } = yield* run(target, place, heap.advance)
  return {
    ...value,
    seconds,
    cpuSeconds,
    peakResidentMegabytes: process.resourceUsage().maxRSS / 1e3,
    heapMegabytes: [atStart, ...heap.taken, { percent: 100, megabytes: heapMegabytes() }]
  }
})

/** Does the job in the arguments. */
export const worker = Schema.decodeUnknownEffect(JobJson)(process.argv[2]).pipe(
  Effect.flatMap(runJob),
  Effect.flatMap(Schema.encodeEffect(MeasurementJson)),
  Effect.flatMap(Console.log)
)

NodeRuntime.runMain(worker.pipe(Effect.provide(NodeServices.layer)))

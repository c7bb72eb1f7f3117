/**
 * backfill: whether the memory of a backfill grows with its length.
 *
 * `node --expose-gc bench/backfill.ts [DOCUMENTS]` reads all invoices of a local
 * shop of so many documents as one past period and posts them to a local IFS,
 * on PostgreSQL, in one process, and prints the heap after a collection at each
 * twentieth of the reading. Vouchers are entered by the strategy `direct`, as in
 * bench/memory.ts. Fails where the heap at the end is a fifth larger than it was
 * at a quarter of the way, or where not every invoice is posted or parked.
 */
import { NodeHttpClient, NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, DateTime, Effect, FileSystem, Redacted } from "effect"
import { contact } from "../src/cli/contact.ts"
import { loadPlan } from "../src/cli/loadPlan.ts"
import { backfill } from "../src/engine/backfill.ts"
import { Progress } from "../src/engine/Progress.ts"
import { serverDatabase } from "../src/store/Database.ts"
import { Journal } from "../src/store/Journal.ts"
import { storeLayerNoDeps } from "../src/store/Store.ts"
import { WorkQueue } from "../src/store/WorkQueue.ts"
import { BenchFailed } from "./BenchFailed.ts"
import { directPipelines } from "./directPipelines.ts"
import { freshDatabase, startSandbox } from "./endToEnd.ts"
import { heapMegabytes, timed } from "./Measurement.ts"

const [documentsGiven = "100000"] = process.argv.slice(2)
const documents = Number(documentsGiven)
const parts = 20
const growthMaximum = 1.2

/** All that a local shop has. */
const period = {
  from: DateTime.makeUnsafe("2026-09-01T00:00:00Z"),
  until: DateTime.makeUnsafe("2026-11-02T00:00:00Z")
}

/** Runs, and prints. */
export const backfillMemory = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-backfill-" })
  const [target] = yield* startSandbox(folder, [documents])
  const plan = yield* loadPlan(yield* directPipelines(folder, target.connections))
  const url = Redacted.make(yield* freshDatabase(`ledgerline_backfill_${process.pid}`))
  const pipeline = plan.pipelines.find(({ name }) => name === "invoices-to-gl")
  if (pipeline === undefined)
    return yield* new BenchFailed({ message: "there is no pipeline invoices-to-gl." })

  const heap: Array<number> = []
  const onRead = (done: number, expected: number) =>
    Effect.suspend(() => {
      if (done < ((heap.length + 1) * expected) / parts) return Effect.void
      heap.push(heapMegabytes())
      return Console.error(`${heap.length * (100 / parts)} %: ${heap.at(-1)?.toFixed(1)} MB of heap`)
    })
  const { seconds, value } = yield* timed(
    Effect.gen(function* () {
      const done = yield* backfill(plan, pipeline, { period, again: false, actor: "bench" })
      const counts = yield* (yield* Journal).counts(pipeline.sinkConnection)
      return { ...done.backfill, posted: counts.get("posted") ?? 0 }
    }).pipe(
      Effect.provideService(Progress, (event) =>
        event._tag === "Backfilled" ? onRead(event.done, event.expected ?? documents) : Effect.void
      ),
      Effect.scoped,
      Effect.provide([storeLayerNoDeps, WorkQueue.layerServer(url)]),
      Effect.provide([serverDatabase(url), contact])
    )
  )
  const { entries, expected, parked, posted, read } = value
  const residentMegabytes = process.resourceUsage().maxRSS / 1e3
  yield* Console.log(
    JSON.stringify({ read, entries, parked, posted, seconds, residentMegabytes, heapMegabytes: heap })
  )
  const early = heap[parts / 4 - 1] ?? 0
  const late = heap.at(-1) ?? Infinity
  if (read !== expected || posted !== entries || entries + parked !== read || late > early * growthMaximum) {
    return yield* new BenchFailed({
      message: `${posted} of ${entries} entries of ${read} of ${expected} invoices posted, ${parked} parked; the heap went from ${early.toFixed(1)} MB at 25 % to ${late.toFixed(1)} MB.`
    })
  }
}).pipe(Effect.scoped)

NodeRuntime.runMain(
  backfillMemory.pipe(
    Effect.tapError((error) => Console.error(String(error.message))),
    Effect.provide([NodeServices.layer, NodeHttpClient.layerUndici])
  ),
  { disableErrorReporting: true }
)

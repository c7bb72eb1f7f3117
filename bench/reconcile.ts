/**
 * reconcile: whether the memory of a reconciliation grows with its length.
 *
 * `node --expose-gc bench/reconcile.ts [DOCUMENTS]` posts so many documents of a
 * local shop to a local IFS, on PostgreSQL, and compares the books of all of them
 * in one call, in one process; it prints the heap after a collection when a
 * quarter, a half, three quarters and all of the days are through, and at the
 * end. Vouchers are entered by the strategy `direct`, as in bench/memory.ts.
 * Fails where the heap grows by more than a fifth after a quarter of the days,
 * where documents are missing, or where anything differs but what is parked.
 */
import { NodeHttpClient, NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, FileSystem, Redacted } from "effect"
import { contact } from "../src/cli/contact.ts"
import { loadPlan } from "../src/cli/loadPlan.ts"
import { Progress } from "../src/engine/Progress.ts"
import { reconcile } from "../src/engine/reconciliation/reconcile.ts"
import { runOnce } from "../src/engine/runOnce.ts"
import { serverDatabase } from "../src/store/Database.ts"
import { storeLayerNoDeps } from "../src/store/Store.ts"
import { BenchFailed } from "./BenchFailed.ts"
import { directPipelines } from "./directPipelines.ts"
import { freshDatabase, startSandbox } from "./endToEnd.ts"
import { heapMegabytes, timed } from "./Measurement.ts"

const [documentsGiven = "20000"] = process.argv.slice(2)
const documents = Number(documentsGiven)
const parts = 4
const growthMaximum = 1.2

/** All that a local shop has. */
const range = { from: "2026-09-01", to: "2026-11-02" }

/** Runs, and prints. */
export const reconcileMemory = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-reconcile-" })
  const [target] = yield* startSandbox(folder, [documents])
  const plan = yield* loadPlan(yield* directPipelines(folder, target.connections))
  const url = yield* freshDatabase(`ledgerline_reconcile_${process.pid}`)

  const heap: Array<number> = []
  const onDays = (days: number, daysInAll: number) =>
    Effect.suspend(() => {
      if (days < ((heap.length + 1) * daysInAll) / parts) return Effect.void
      heap.push(heapMegabytes())
      return Console.error(`${heap.length * (100 / parts)} %: ${heap.at(-1)?.toFixed(1)} MB of heap`)
    })
  const { found, megabytesAtEnd, seconds, secondsToPost } = yield* Effect.gen(function* () {
    const posting = yield* timed(runOnce(plan))
    const { seconds, value } = yield* timed(
      reconcile(plan, { pipelines: plan.pipelines, range, by: "pipeline", clearing: [] }).pipe(
        Effect.provideService(Progress, (event) =>
          event._tag === "Compared" ? onDays(event.days, event.daysInAll) : Effect.void
        )
      )
    )
    return { found: value, seconds, secondsToPost: posting.seconds, megabytesAtEnd: heapMegabytes() }
  }).pipe(Effect.provide(storeLayerNoDeps), Effect.provide([serverDatabase(Redacted.make(url)), contact]))

  const compared = found.total.reduce((all, row) => all + row.documents, 0)
  const unexpected = found.findings.filter(({ kind }) => kind !== "parked").length
  const residentMegabytes = process.resourceUsage().maxRSS / 1e3
  yield* Console.log(
    JSON.stringify({
      documents,
      compared,
      differences: found.differences,
      secondsToPost,
      seconds,
      residentMegabytes,
      heapMegabytes: heap,
      megabytesAtEnd
    })
  )
  const early = heap[0] ?? 0
  const late = Math.max(...heap, megabytesAtEnd)
  if (compared !== documents || unexpected > 0 || heap.length < parts || late > early * growthMaximum) {
    return yield* new BenchFailed({
      message: `${compared} of ${documents} documents compared, ${unexpected} findings that nobody planted; the heap went from ${early.toFixed(1)} MB at 25 % of the days to ${late.toFixed(1)} MB.`
    })
  }
}).pipe(Effect.scoped)

NodeRuntime.runMain(
  reconcileMemory.pipe(
    Effect.tapError((error) => Console.error(String(error.message))),
    Effect.provide([NodeServices.layer, NodeHttpClient.layerUndici])
  ),
  { disableErrorReporting: true }
)

/**
 * memory: whether the memory of a run grows with its length.
 *
 * `node --expose-gc bench/memory.ts [DOCUMENTS]` reads and posts so many
 * documents of a local shop to a local IFS, on PostgreSQL, in one run of this
 * process, and prints the heap after a collection at each twentieth of the work.
 * Vouchers are entered by the strategy `direct`, which takes the fewest
 * requests: what is looked at is memory, not time. Fails where the heap at the
 * end is a fifth larger than it was at a quarter of the way.
 */
import { NodeHttpClient, NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, FileSystem, Redacted } from "effect"
import { loadPlan } from "../src/cli/loadPlan.ts"
import { contact } from "../src/cli/contact.ts"
import { Progress } from "../src/engine/Progress.ts"
import { runOnce } from "../src/engine/runOnce.ts"
import { serverDatabase } from "../src/store/Database.ts"
import { storeLayerNoDeps } from "../src/store/Store.ts"
import { BenchFailed } from "./BenchFailed.ts"
import { directPipelines } from "./directPipelines.ts"
import { freshDatabase, startSandbox } from "./endToEnd.ts"
import { heapMegabytes, timed } from "./Measurement.ts"

const [documentsGiven = "100000"] = process.argv.slice(2)
const documents = Number(documentsGiven)
const parts = 20
const growthMaximum = 1.2

/** Runs, and prints. */
export const memory = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-memory-" })
  const [target] = yield* startSandbox(folder, [documents])
  const plan = yield* loadPlan(yield* directPipelines(folder, target.connections))
  const url = yield* freshDatabase(`ledgerline_memory_${process.pid}`)

  const heap: Array<number> = []
  let steps = 0
  const onSteps = (more: number) =>
    Effect.suspend(() => {
      steps += more
      // Reading a document is a step and posting it is another.
      if (steps < ((heap.length + 1) * 2 * documents) / parts) return Effect.void
      heap.push(heapMegabytes())
      return Console.error(`${heap.length * (100 / parts)} %: ${heap.at(-1)?.toFixed(1)} MB of heap`)
    })
  const { seconds, value } = yield* timed(
    runOnce(plan).pipe(
      Effect.provide(storeLayerNoDeps),
      Effect.provideService(Progress, (event) =>
        event._tag === "PageRead"
          ? onSteps(event.records)
          : event._tag === "PostingsSettled"
            ? onSteps(event.settled)
            : Effect.void
      ),
      Effect.provide([serverDatabase(Redacted.make(url)), contact])
    )
  )
  const posted = value.connections.reduce((all, one) => all + one.posted, 0)
  const residentMegabytes = process.resourceUsage().maxRSS / 1e3
  yield* Console.log(JSON.stringify({ documents, posted, seconds, residentMegabytes, heapMegabytes: heap }))
  const early = heap[parts / 4 - 1] ?? 0
  const late = heap.at(-1) ?? Infinity
  if (posted < documents * 0.9 || late > early * growthMaximum) {
    return yield* new BenchFailed({
      message: `${posted} of ${documents} posted; the heap went from ${early.toFixed(1)} MB at 25 % to ${late.toFixed(1)} MB.`
    })
  }
}).pipe(Effect.scoped)

NodeRuntime.runMain(
  memory.pipe(
    Effect.tapError((error) => Console.error(String(error.message))),
    Effect.provide([NodeServices.layer, NodeHttpClient.layerUndici])
  ),
  { disableErrorReporting: true }
)

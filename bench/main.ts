/**
 * main: Ledgerline beside a loop written by hand, in one run.
 *
 * Prints tables and, last, one line of JSON. The sides take turns and medians
 * count, because machines are noisy; where the baseline is better, it says so.
 * Ends with an error when the two did not leave the same books. Figures of time
 * are only worth something on a machine that does nothing else.
 */
import { availableParallelism } from "node:os"
import { NodeHttpClient, NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { type Comparison, summary } from "./Comparison.ts"
import { comparisonTable } from "./comparisonTable.ts"
import { type DatabaseKind, endToEnd, type Run, sameBooks } from "./endToEnd.ts"
import { type Flags, readFlags, usage } from "./Flags.ts"
import { memoryTable } from "./memoryTable.ts"
import { pureRuns } from "./pureRuns.ts"

/** Lets the compiler of the runtime do its work before anything is measured. */
const warmUp = 100

const compareEndToEnd = Effect.fnUntraced(function* (database: DatabaseKind, { documents, rounds }: Flags) {
  const runs = { ledgerline: Array.of<Run>(), baseline: Array.of<Run>() }
  const run = (side: keyof typeof runs, round: number) =>
    Console.error(`${database}, round ${round} of ${rounds}: ${side}, ${documents} documents`).pipe(
      Effect.andThen(endToEnd({ side, database, warmUp, documents })),
      Effect.tap((done) => Effect.sync(() => runs[side].push(done)))
    )
  for (let round = 1; round <= rounds; round++) {
    const ours = yield* run("ledgerline", round)
    yield* sameBooks(`${documents} documents, ${database}`, ours, yield* run("baseline", round))
  }
  const compare = (unit: string, better: "more" | "less", of: (run: Run) => number): Comparison => ({
    what: `end to end, ${database}`,
    unit,
    better,
    ledgerline: runs.ledgerline.map(of),
    baseline: runs.baseline.map(of)
  })
  return [
    compare("documents/s", "more", ({ measurement }) => documents / measurement.seconds),
    compare("CPU ms/document", "less", ({ measurement }) => (1000 * measurement.cpuSeconds) / documents),
    compare("IFS requests/document", "less", ({ requests }) => requests / documents)
  ]
})

// The clock is not looked at here, so the two may share the machine. Processor time
// is: so long a run says what a warm process needs.
const compareMemory = Effect.fnUntraced(function* ({ memoryDocuments: documents }: Flags) {
  yield* Console.error(`memory: both sides at once, ${documents} documents each, PostgreSQL`)
  const run = (side: "ledgerline" | "baseline") =>
    endToEnd({ side, database: "postgresql", warmUp: 0, documents }).pipe(
      Effect.tap(({ measurement }) =>
        Console.error(`memory: ${side} done in ${Math.round(measurement.seconds)} s`)
      )
    )
  const runs = yield* Effect.all(
    { ledgerline: run("ledgerline"), baseline: run("baseline") },
    { concurrency: 2 }
  )
  yield* sameBooks(`${documents} documents, PostgreSQL`, runs.ledgerline, runs.baseline)
  const compare = (unit: string, of: (run: Run) => number): Comparison => ({
    what: `${documents} documents, postgresql`,
    unit,
    better: "less",
    ledgerline: [of(runs.ledgerline)],
    baseline: [of(runs.baseline)]
  })
  const comparisons = [
    compare("MB peak resident", ({ measurement }) => measurement.peakResidentMegabytes),
    compare("CPU ms/document", ({ measurement }) => (1000 * measurement.cpuSeconds) / documents)
  ]
  return { runs, comparisons }
})

/** All that the flags ask for. */
export const main = Effect.gen(function* () {
  const flags = yield* readFlags
  if (flags.help) return yield* Console.log(usage)
  const { documents, memoryDocuments, pureDocuments, rounds } = flags

  yield* Console.error(`without requests: about ${pureDocuments} generated invoices`)
  const pure = yield* pureRuns({ documents: pureDocuments, rounds: Math.max(3, rounds) })
  yield* Console.log(comparisonTable(pure))

  const embedded = rounds === 0 ? [] : yield* compareEndToEnd("embedded", flags)
  const server = rounds === 0 ? [] : yield* compareEndToEnd("postgresql", flags)
  if (rounds > 0) {
    yield* Console.log(
      `\n${comparisonTable([...embedded, ...server])}\n\nThe baseline neither looks up a new voucher nor reads it back.`
    )
  }

  const memory = memoryDocuments === 0 ? undefined : yield* compareMemory(flags)
  if (memory !== undefined) {
    yield* Console.log(`\n${memoryTable(memory.runs)}\n\n${comparisonTable(memory.comparisons)}`)
  }
  yield* Console.log("")
  yield* Console.log(
    JSON.stringify({
      node: process.version,
      processors: availableParallelism(),
      documents,
      rounds,
      memoryDocuments,
      comparisons: [...pure, ...embedded, ...server, ...(memory?.comparisons ?? [])].map(summary),
      ...(memory === undefined
        ? {}
        : {
            heapMegabytes: {
              ledgerline: memory.runs.ledgerline.measurement.heapMegabytes,
              baseline: memory.runs.baseline.measurement.heapMegabytes
            }
          })
    })
  )
})

// What went wrong is a sentence; only a bug shows where it happened.
NodeRuntime.runMain(
  main.pipe(
    Effect.tapError((error) => Console.error(error.message)),
    Effect.provide([NodeServices.layer, NodeHttpClient.layerUndici])
  ),
  { disableErrorReporting: true }
)

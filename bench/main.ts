/**
 * main: Ledgerline beside a loop written by hand, in one run.
 *
 * Prints tables and, last, one line of JSON. The sides take turns and medians
 * count, because machines are noisy; where the baseline is better, it says so.
 * Ends with an error when the two did not leave the same books. Figures of time
 * are only worth something on a machine that does nothing else.
 */
import { availableParallelism } from "node:os"
import { parseArgs } from "node:util"
import { NodeHttpClient, NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect } from "effect"
import type { Comparison } from "./Comparison.ts"
import { type DatabaseKind, endToEnd, type Run, sameBooks } from "./endToEnd.ts"
import { pureRuns } from "./pureRuns.ts"
import { asJson, comparisonTable, memoryTable } from "./report.ts"

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    documents: { type: "string" },
    rounds: { type: "string" },
    "memory-documents": { type: "string" },
    help: { type: "boolean", default: false }
  }
})

const usage = `npm run bench -- [--quick] [--documents N] [--rounds N] [--memory-documents N]

  --quick             fewer documents, one round; figures for a first look only
  --documents         documents of each end-to-end run (default 300)
  --rounds            runs of each side, taking turns (default 3)
  --memory-documents  documents of the run that measures memory (default 20000; 0 leaves it out)

PostgreSQL is the server of LEDGERLINE_TEST_DATABASE_URL, else the one on 127.0.0.1:5432.`

const count = (given: string | undefined, usual: number, quick: number) =>
  given === undefined ? (flags.quick ? quick : usual) : Number(given)

const documents = count(flags.documents, 300, 100)
const rounds = count(flags.rounds, 3, 1)
const memoryDocuments = count(flags["memory-documents"], 20_000, 1_000)
const warmUp = 100
const pureDocuments = flags.quick ? 500 : 2_000

const compareEndToEnd = Effect.fnUntraced(function* (database: DatabaseKind) {
  const runs = { ledgerline: Array.of<Run>(), baseline: Array.of<Run>() }
  for (let round = 1; round <= rounds; round++) {
    for (const side of ["ledgerline", "baseline"] as const) {
      yield* Console.error(`${database}, round ${round} of ${rounds}: ${side}, ${documents} documents`)
      runs[side].push(yield* endToEnd({ side, database, warmUp, documents }))
    }
    const [ours, theirs] = [runs.ledgerline.at(-1), runs.baseline.at(-1)]
    if (ours !== undefined && theirs !== undefined) {
      yield* sameBooks(`${documents} documents, ${database}`, ours, theirs)
    }
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

// Time is not looked at here, so the two may share the machine.
const compareMemory = Effect.gen(function* () {
  yield* Console.error(`memory: both sides at once, ${memoryDocuments} documents each, PostgreSQL`)
  const run = (side: "ledgerline" | "baseline") =>
    endToEnd({ side, database: "postgresql", warmUp: 0, documents: memoryDocuments }).pipe(
      Effect.tap(({ measurement }) =>
        Console.error(`memory: ${side} done in ${Math.round(measurement.seconds)} s`)
      )
    )
  const runs = yield* Effect.all(
    { ledgerline: run("ledgerline"), baseline: run("baseline") },
    { concurrency: 2 }
  )
  yield* sameBooks(`${memoryDocuments} documents, PostgreSQL`, runs.ledgerline, runs.baseline)
  return runs
})

/** All of it. */
export const main = Effect.gen(function* () {
  if (flags.help) return yield* Console.log(usage)
  yield* Console.error(`transform + mapping, ${pureDocuments} generated documents`)
  const pure = yield* pureRuns({ documents: pureDocuments, rounds: Math.max(3, rounds) })
  yield* Console.log(comparisonTable(pure))

  const embedded = yield* compareEndToEnd("embedded")
  const server = yield* compareEndToEnd("postgresql")
  yield* Console.log(`\n${comparisonTable([...embedded, ...server])}`)

  const memory = memoryDocuments === 0 ? undefined : yield* compareMemory
  const peak: ReadonlyArray<Comparison> =
    memory === undefined
      ? []
      : [
          {
            what: `peak resident memory, ${memoryDocuments} documents`,
            unit: "MB",
            better: "less",
            ledgerline: [memory.ledgerline.measurement.peakResidentMegabytes],
            baseline: [memory.baseline.measurement.peakResidentMegabytes]
          }
        ]
  if (memory !== undefined) {
    yield* Console.log(`\n${memoryTable(memory)}\n\n${comparisonTable(peak)}`)
  }
  yield* Console.log(
    `\nThe baseline neither looks a new voucher up nor reads it back: three requests less a document.\n`
  )
  yield* Console.log(
    JSON.stringify({
      node: process.version,
      processors: availableParallelism(),
      documents,
      rounds,
      comparisons: [...pure, ...embedded, ...server, ...peak].map(asJson),
      ...(memory === undefined
        ? {}
        : {
            heapMegabytes: {
              documents: memoryDocuments,
              ledgerline: memory.ledgerline.measurement.heapMegabytes,
              baseline: memory.baseline.measurement.heapMegabytes
            }
          })
    })
  )
})

NodeRuntime.runMain(main.pipe(Effect.provide([NodeServices.layer, NodeHttpClient.layerUndici])))

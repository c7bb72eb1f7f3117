/**
 * main: the chaos run as a command, with its figures as a table and as one line of JSON.
 */
import { parseArgs } from "node:util"
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Schema } from "effect"
import { columns } from "../../src/cli/columns.ts"
import { chaos, type ChaosReport, type Incident } from "./chaos.ts"
import { isClean } from "./verdict.ts"
import { makeDraw } from "../../src/sandbox/commerce/Draw.ts"

const usage = `npm run chaos -- [--documents N] [--processes N] [--kills N] [--seed N] [--restart-postgres]
  --documents         invoices and credit memos in the shop (default 3000)
  --processes         engines that share the work (default 3)
  --kills             SIGKILLs of the engine that writes; the other incidents come on top (default 10)
  --seed              another seed, another shop and another order of incidents (default 1)
  --restart-postgres  stops the server twice, for ten seconds; only where nobody else uses it

PostgreSQL is the server of LEDGERLINE_TEST_DATABASE_URL, else the one on 127.0.0.1:5432.`

class ChaosFailed extends Schema.TaggedError<ChaosFailed>()("ChaosFailed", { message: Schema.String }) {}

const Count = Schema.FiniteFromString.check(Schema.isInt(), Schema.isGreaterThanOrEqualTo(0))
const Given = Schema.Struct({
  documents: Count,
  processes: Count,
  kills: Count,
  seed: Count,
  "restart-postgres": Schema.Boolean,
  help: Schema.Boolean
})

const readFlags = Effect.try({
  try: () =>
    parseArgs({
      options: {
        documents: { type: "string", default: "3000" },
        processes: { type: "string", default: "3" },
        kills: { type: "string", default: "10" },
        seed: { type: "string", default: "1" },
        "restart-postgres": { type: "boolean", default: false },
        help: { type: "boolean", default: false }
      }
    }).values,
  catch: () => new ChaosFailed({ message: usage })
}).pipe(
  Effect.flatMap(Schema.decodeUnknownEffect(Given)),
  Effect.mapError(() => new ChaosFailed({ message: usage }))
)

/** So many of each, in an order that the seed decides. */
const incidentsOf = (given: typeof Given.Type): ReadonlyArray<Incident> => {
  const draw = makeDraw(given.seed)
  const some = Math.ceil(given.kills / 3)
  const of = (incident: Incident, times: number) => Array.from({ length: times }, () => incident)
  return [
    ...of("kill", given.kills),
    ...of("sleep", some),
    ...of("terminate", some),
    ...of("cut", some),
    ...of("silence", some),
    ...of("ledger-cut", some),
    ...of("restart", given["restart-postgres"] ? 2 : 0)
  ]
    .map((incident) => ({ incident, place: draw.between(0, 1_000_000) }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ incident }) => incident)
}

const median = (values: ReadonlyArray<number>) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const listed = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ")

const table = ({ verdict, ...report }: ChaosReport) =>
  columns(
    [],
    [
      ["documents", `${verdict.documents}`],
      ["vouchers", `${verdict.vouchers}, of them ${verdict.reversals} reversals`],
      ["changed meanwhile", `${report.changes}`],
      ["incidents", listed(report.incidents)],
      ["faults", listed(report.faults)],
      [
        "takeover",
        `${median(report.takeoverSeconds).toFixed(1)} s (median), ${Math.max(0, ...report.takeoverSeconds).toFixed(1)} s at most`
      ],
      ["ended by themselves", `${report.endedByThemselves}`],
      ["parked", `${report.parked.length}`],
      ["lost", `${verdict.lost.length}`],
      ["doubled", `${verdict.doubled.length}`],
      ["out of order", `${verdict.outOfOrder.length}`],
      ["seconds", `${Math.round(report.seconds)}`]
    ]
  )

const main = Effect.gen(function* () {
  const flags = yield* readFlags
  if (flags.help) return yield* Console.log(usage)
  const { documents, processes, seed } = flags
  const report = yield* chaos({
    documents,
    processes,
    seed,
    incidents: incidentsOf(flags),
    tell: (text) => Console.error(text)
  })
  const { verdict } = report
  yield* Console.log(`\n${table(report)}\n`)
  yield* Console.log(
    JSON.stringify({
      ...report,
      processes,
      seed,
      verdict: {
        ...verdict,
        lost: verdict.lost.length,
        doubled: verdict.doubled.length,
        outOfOrder: verdict.outOfOrder.length
      },
      parked: report.parked.length,
      said: undefined
    })
  )
  if (isClean(verdict)) return
  return yield* new ChaosFailed({
    message: [
      ...verdict.lost,
      ...verdict.doubled,
      ...verdict.outOfOrder,
      ...report.parked,
      ...report.said
    ].join("\n")
  })
})

NodeRuntime.runMain(
  main.pipe(
    Effect.tapError((error) => Console.error(error.message)),
    Effect.provide(NodeServices.layer)
  ),
  { disableErrorReporting: true }
)

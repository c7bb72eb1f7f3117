/**
 * main: the simulation as a command.
 *
 * Plays histories from their seeds, judges each by the books of its ledger, and
 * prints what went on and what went wrong. The first failure is printed with
 * its events; each names the command that plays it again.
 */
import { parseArgs } from "node:util"
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Clock, Console, Effect, Schema } from "effect"
import { columns } from "../../src/cli/columns.ts"
import { customerDefences } from "./customers/customerDefences.ts"
import { simulateCustomers } from "./customers/simulateCustomers.ts"
import { crashPoints, replayCrash } from "./crashPoints.ts"
import { type Defence, defences, isDefence } from "./defences.ts"
import { type History, playHistory } from "./playHistory.ts"
import { type StrategyName, strategyNames } from "./SimulatedLedger.ts"
import { addHistory, noTotals, rowsOf, type Totals } from "./totals.ts"

const usage = `npm run simulate -- --customers [--seed N] [--runs M] [--without DEFENCE] [--mutations] [--log]
npm run simulate -- [--seed N] [--runs M] [--strategy NAME] [--without DEFENCE] [--log]
npm run simulate -- --mutations [--runs M] [--strategy NAME]
npm run simulate -- --crash-points [--pairs STRIDE] [--strategy NAME]
npm run simulate -- --crash-at 17,42 --strategy NAME
  --seed          first seed (default 1)
  --runs          histories to play (default 100; with --mutations at most so many for each, default 300)
  --strategy      ${strategyNames.join(", ")} (default: each seed draws its own)
  --customers     histories of customers that people change in two systems (defences: ${Object.keys(customerDefences).join(", ")})
  --without       a defence to do without: ${Object.keys(defences).join(", ")}
  --log           prints every event
  --mutations     does without each defence in turn
  --crash-points  kills at every await of one document's life; with --pairs at pairs of them too
  --crash-at      one of those, with every event`

class SimulationFailed extends Schema.TaggedError<SimulationFailed>()("SimulationFailed", {
  message: Schema.String
}) {}

const Whole = Schema.FiniteFromString.check(Schema.isInt(), Schema.isGreaterThan(0))
const Flags = Schema.Struct({
  seed: Whole,
  runs: Schema.optionalKey(Whole),
  strategy: Schema.optionalKey(Schema.Literals(strategyNames)),
  without: Schema.optionalKey(Schema.String),
  pairs: Schema.optionalKey(Whole),
  "crash-at": Schema.optionalKey(Schema.String),
  "crash-points": Schema.Boolean,
  mutations: Schema.Boolean,
  customers: Schema.Boolean,
  log: Schema.Boolean,
  help: Schema.Boolean
})
type Flags = typeof Flags.Type

const readFlags = Effect.try({
  try: () =>
    parseArgs({
      options: {
        seed: { type: "string", default: "1" },
        runs: { type: "string" },
        strategy: { type: "string" },
        without: { type: "string" },
        pairs: { type: "string" },
        "crash-at": { type: "string" },
        "crash-points": { type: "boolean", default: false },
        mutations: { type: "boolean", default: false },
        customers: { type: "boolean", default: false },
        log: { type: "boolean", default: false },
        help: { type: "boolean", default: false }
      }
    }).values,
  catch: () => new SimulationFailed({ message: usage })
}).pipe(
  Effect.flatMap((values) => Schema.decodeUnknownEffect(Flags)({ ...values })),
  Effect.mapError(() => new SimulationFailed({ message: usage }))
)

const printTable = (totals: Totals, since: number) =>
  Effect.gen(function* () {
    const seconds = ((yield* Clock.currentTimeMillis) - since) / 1000
    yield* Console.log(columns([], [...rowsOf(totals), ["real seconds", seconds.toFixed(1)]], [1]))
  })

/** The events, what is wrong, and how to see it again. */
const explain = (play: (onLine: (line: string) => void) => History, command: string) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const { violations } = play((line) => void lines.push(line))
    yield* Console.log(lines.join("\n"))
    yield* Effect.forEach(violations, ({ kind, what }) => Console.log(`${kind}: ${what}`))
    yield* Console.log(`Again: npm run simulate -- ${command}\n`)
  })

const failIfAny = (bad: number, runs: number) =>
  bad === 0
    ? Effect.void
    : Effect.fail(new SimulationFailed({ message: `${bad} of ${runs} histories ended wrong.` }))

const simulate = Effect.fn("simulate")(function* (flags: Flags) {
  const { seed, strategy } = flags
  const given = flags.without?.split(",") ?? []
  const without: ReadonlySet<Defence> = new Set(given.filter(isDefence))
  if (without.size < given.length) return yield* new SimulationFailed({ message: usage })
  const runs = flags.runs ?? (flags.log ? 1 : 100)
  const since = yield* Clock.currentTimeMillis
  let totals = noTotals
  const failed: Array<number> = []
  for (let run = seed; run < seed + runs; run++) {
    const history = playHistory(run, { strategy, without })
    totals = addHistory(totals, history)
    if (history.violations.length > 0) failed.push(run)
  }
  const commandOf = (run: number) =>
    `--log --seed ${run}${strategy === undefined ? "" : ` --strategy ${strategy}`}${given.length === 0 ? "" : ` --without "${given.join(",")}"`}`
  const [first = flags.log ? seed : undefined, ...others] = failed
  if (first !== undefined) {
    yield* explain((onLine) => playHistory(first, { strategy, without, onLine }), commandOf(first))
  }
  yield* Effect.forEach(others, (run) => Console.log(`Also: npm run simulate -- ${commandOf(run)}`))
  yield* printTable(totals, since)
  yield* failIfAny(failed.length, runs)
})

const mutate = Effect.fn("mutate")(function* ({ runs = 300, seed, strategy }: Flags) {
  const unnoticed: Array<string> = []
  for (const [name, expectation] of Object.entries(defences)) {
    if (!isDefence(name)) continue
    let red: number | undefined
    for (let run = seed; run < seed + runs && red === undefined; run++) {
      if (playHistory(run, { strategy, without: new Set([name]) }).violations.length > 0) red = run
    }
    if (red === undefined && expectation === "red") unnoticed.push(name)
    yield* Console.log(
      `${name.padEnd(38)} ${red === undefined ? `not noticed in ${runs}` : `noticed at seed ${red}`}${expectation === "red" ? "" : `; ${expectation}`}`
    )
  }
  if (unnoticed.length > 0) {
    return yield* new SimulationFailed({
      message: `nobody noticed that these were gone: ${unnoticed.join(", ")}.`
    })
  }
})

const crash = Effect.fn("crash")(function* ({ pairs, strategy }: Flags) {
  let bad = 0
  let runs = 0
  const chosen: ReadonlyArray<StrategyName> = strategy === undefined ? strategyNames : [strategy]
  for (const name of chosen) {
    const since = yield* Clock.currentTimeMillis
    let totals = noTotals
    for (const { at, history } of crashPoints(name, { stride: pairs })) {
      totals = addHistory(totals, history)
      if (history.violations.length > 0 && totals.bad === 1) {
        yield* explain(
          (onLine) => replayCrash(name, at, onLine),
          `--crash-at ${at.join(",")} --strategy ${name}`
        )
      }
    }
    yield* Console.log(
      `\n${name}: killed at every await${pairs === undefined ? "" : `, and at pairs of them`}`
    )
    yield* printTable(totals, since)
    bad += totals.bad
    runs += totals.runs
  }
  yield* failIfAny(bad, runs)
})

const replay = (at: string, strategy: StrategyName) =>
  explain(
    (onLine) => replayCrash(strategy, at.split(",").map(Number), onLine),
    `--crash-at ${at} --strategy ${strategy}`
  )

readFlags.pipe(
  Effect.flatMap((flags) => {
    if (flags.help) return Console.log(usage)
    if (flags.customers) {
      return simulateCustomers(flags).pipe(
        Effect.catchTag("CustomersFailed", ({ message }) => new SimulationFailed({ message }))
      )
    }
    if (flags["crash-at"] !== undefined) return replay(flags["crash-at"], flags.strategy ?? "marker")
    if (flags["crash-points"]) return crash(flags)
    return flags.mutations ? mutate(flags) : simulate(flags)
  }),
  Effect.tapError(({ message }) => Console.error(message)),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({ disableErrorReporting: true })
)

/**
 * main: `npm run simulate`.
 *
 * Plays histories from a seed onwards and prints what became of them; the first
 * bad one with its log and the command that plays it again.
 */
import { parseArgs } from "node:util"
import { crashPoints, replayCrash } from "./crashPoints.ts"
import { type Defence, defences, isDefence } from "./defences.ts"
import { type History, playHistory } from "./playHistory.ts"
import { type StrategyName, strategyNames } from "./SimulatedLedger.ts"
import { addHistory, noTotals, tableOf } from "./totals.ts"

const usage = `npm run simulate -- [--seed N] [--runs M] [--strategy ${strategyNames.join("|")}] [--without DEFENCE]
npm run simulate -- --mutations [--runs 300]      removes each defence in turn
npm run simulate -- --crash-points [--pairs N]    kills at every await, and at pairs in steps of N
npm run simulate -- --seed N --log                one history with every event
npm run simulate -- --crash-at 17,42 --strategy … one of the crash points with every event`

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    runs: { type: "string" },
    strategy: { type: "string" },
    without: { type: "string" },
    mutations: { type: "boolean" },
    "crash-points": { type: "boolean" },
    pairs: { type: "string" },
    "crash-at": { type: "string" },
    log: { type: "boolean" },
    help: { type: "boolean" }
  }
})

const print = (line: string) => process.stdout.write(`${line}\n`)
const fail = (line: string) => {
  process.stderr.write(`${line}\n`)
  process.exitCode = 2
}
const seed = Number(values.seed ?? "1")
const strategy: StrategyName | undefined = strategyNames.find((name) => name === values.strategy)
const without: ReadonlySet<Defence> = new Set((values.without ?? "").split(",").filter(isDefence))

const report = ({ violations }: History, again: string) => {
  for (const { kind, what } of violations) print(`${kind}: ${what}`)
  print(`play it again: npm run simulate -- ${again}`)
  process.exitCode = 1
}

const playSeeds = (runs: number) => {
  let totals = noTotals
  let bad: number | undefined
  const chosen = [
    ...(strategy === undefined ? [] : [`--strategy ${strategy}`]),
    ...(without.size === 0 ? [] : [`--without "${[...without].join(",")}"`])
  ].join(" ")
  const start = performance.now()
  for (let run = seed; run < seed + runs; run++) {
    const history = playHistory(run, { strategy, without })
    totals = addHistory(totals, history)
    if (history.violations.length > 0) bad ??= run
  }
  if (bad !== undefined) {
    report(playHistory(bad, { strategy, without, onLine: print }), `--seed ${bad} --log ${chosen}`)
  }
  print(tableOf(totals, performance.now() - start))
}

const playMutations = (runs: number) => {
  for (const name of Object.keys(defences).filter(isDefence)) {
    let seedOfFailure: number | undefined
    for (let run = seed; run < seed + runs && seedOfFailure === undefined; run++) {
      if (playHistory(run, { strategy, without: new Set([name]) }).violations.length > 0) seedOfFailure = run
    }
    const expectation = defences[name]
    const isAsExpected = (seedOfFailure !== undefined) === (expectation === "red")
    if (!isAsExpected && expectation === "red") process.exitCode = 1
    print(
      `${name.padEnd(38)} ${
        seedOfFailure === undefined
          ? `not caught in ${runs} runs${expectation === "red" ? ": the simulation is blind to it" : `: ${expectation}`}`
          : `caught after ${seedOfFailure - seed + 1} runs (seed ${seedOfFailure})`
      }`
    )
  }
}

const playCrashPoints = (stride: number | undefined) => {
  for (const name of strategy === undefined ? strategyNames : [strategy]) {
    let totals = noTotals
    const start = performance.now()
    for (const { at, history } of crashPoints(
      name,
      stride === undefined ? undefined : { stride, reach: 120 }
    )) {
      totals = addHistory(totals, history)
      if (history.violations.length > 0 && process.exitCode !== 1) {
        report(history, `--crash-at ${at.join(",")} --strategy ${name}`)
      }
    }
    print(
      `${name}: killed at every await${stride === undefined ? "" : `, and at pairs in steps of ${stride}`}`
    )
    print(tableOf(totals, performance.now() - start))
  }
}

if (values.help === true) print(usage)
else if (values.strategy !== undefined && strategy === undefined)
  fail(`there is no strategy ${values.strategy}.\n${usage}`)
else if (values.without !== undefined && without.size === 0) {
  fail(`there is no defence "${values.without}". There are: ${Object.keys(defences).join(", ")}.`)
} else if (values.mutations === true) playMutations(Number(values.runs ?? "300"))
else if (values["crash-points"] === true)
  playCrashPoints(values.pairs === undefined ? undefined : Number(values.pairs))
else if (values["crash-at"] !== undefined) {
  const at = values["crash-at"].split(",").map(Number)
  report(
    replayCrash(strategy ?? "marker", at, print),
    `--crash-at ${at.join(",")} --strategy ${strategy ?? "marker"}`
  )
} else if (values.log === true) {
  const { violations } = playHistory(seed, { strategy, without, onLine: print })
  for (const { kind, what } of violations) print(`${kind}: ${what}`)
} else playSeeds(Number(values.runs ?? "100"))

/**
 * simulateCustomers: histories of customers as a command, for `npm run simulate -- --customers`.
 */
import { Clock, Console, Effect, Schema } from "effect"
import { columns } from "../../../src/cli/columns.ts"
import type { CustomerViolation } from "./checkCustomers.ts"
import { type CustomerDefence, customerDefences, isCustomerDefence } from "./customerDefences.ts"
import { playCustomers } from "./playCustomers.ts"

/** A history ended wrong, or a defence is not missed; the message says which. */
export class CustomersFailed extends Schema.TaggedError<CustomersFailed>()("CustomersFailed", {
  message: Schema.String
}) {}

interface CustomerFlags {
  readonly seed: number
  readonly runs?: number
  readonly without?: string
  readonly mutations: boolean
  readonly log: boolean
}

const sayWhat = ({ kind, what }: CustomerViolation) => Console.log(`${kind}: ${what}`)

const mutate = Effect.fn("simulateCustomers.mutate")(function* ({ runs = 300, seed }: CustomerFlags) {
  const unnoticed: Array<string> = []
  for (const [name, expectation] of Object.entries(customerDefences)) {
    if (!isCustomerDefence(name)) continue
    let red: number | undefined
    for (let run = seed; run < seed + runs && red === undefined; run++) {
      if (playCustomers(run, { without: new Set([name]) }).violations.length > 0) red = run
    }
    if (red === undefined && expectation === "red") unnoticed.push(name)
    yield* Console.log(
      `${name.padEnd(32)} ${red === undefined ? `not noticed in ${runs}` : `noticed at seed ${red}`}${expectation === "red" ? "" : `; ${expectation}`}`
    )
  }
  if (unnoticed.length > 0) {
    return yield* new CustomersFailed({
      message: `nobody noticed that these were gone: ${unnoticed.join(", ")}.`
    })
  }
})

/** Plays the histories, prints what went on, and the first that went wrong with its events. */
export const simulateCustomers = Effect.fn("simulateCustomers")(function* (flags: CustomerFlags) {
  if (flags.mutations) return yield* mutate(flags)
  const { log, seed } = flags
  const given = flags.without?.split(",") ?? []
  const without: ReadonlySet<CustomerDefence> = new Set(given.filter(isCustomerDefence))
  const runs = flags.runs ?? (log ? 1 : 100)
  const since = yield* Clock.currentTimeMillis
  const totals = { oneWay: 0, edits: 0, writes: 0, parked: 0, hours: 0 }
  const faults = new Map<string, number>()
  const failed: Array<number> = []
  for (let run = seed; run < seed + runs; run++) {
    const history = playCustomers(run, { without })
    totals.oneWay += history.isOneWay ? 1 : 0
    totals.edits += history.edits
    totals.writes += history.writes
    totals.parked += history.parked
    totals.hours += history.virtualMillis / 3_600_000
    for (const [fault, count] of history.faults) faults.set(fault, (faults.get(fault) ?? 0) + count)
    if (history.violations.length > 0) failed.push(run)
  }
  const commandOf = (run: number) =>
    `npm run simulate -- --customers --log --seed ${run}${given.length === 0 ? "" : ` --without "${given.join(",")}"`}`
  const [first = log ? seed : undefined, ...others] = failed
  if (first !== undefined) {
    const lines: Array<string> = []
    const { violations } = playCustomers(first, { without, onLine: (line) => void lines.push(line) })
    yield* Console.log(lines.join("\n"))
    yield* Effect.forEach(violations, sayWhat)
    yield* Console.log(`Again: ${commandOf(first)}\n`)
  }
  yield* Effect.forEach(others, (run) => Console.log(`Also: ${commandOf(run)}`))
  const seconds = ((yield* Clock.currentTimeMillis) - since) / 1000
  yield* Console.log(
    columns(
      [],
      [
        ["histories", `${runs}`],
        ["in one direction", `${totals.oneWay}`],
        ["people's changes", `${totals.edits}`],
        ["our writes", `${totals.writes}`],
        ["writes a change", (totals.writes / Math.max(1, totals.edits)).toFixed(2)],
        ["parked for a person", `${totals.parked}`],
        ["virtual hours", totals.hours.toFixed(0)],
        ...[...faults].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([fault, count]) => [fault, `${count}`]),
        ["ended wrong", `${failed.length}`],
        ["real seconds", seconds.toFixed(1)]
      ],
      [1]
    )
  )
  if (failed.length > 0) {
    return yield* new CustomersFailed({ message: `${failed.length} of ${runs} histories ended wrong.` })
  }
})

/**
 * playHistory: one history from its seed, and what the books say afterwards.
 *
 * Each seed draws its own shop, its own machines and its own mix of faults. The
 * faults end at some time; from then on the engines have to bring everything to
 * rest by themselves.
 */
import { Effect, Fiber } from "effect"
import { checkBooks, makeWatch, type Violation } from "./checkBooks.ts"
import type { Defence } from "./defences.ts"
import { type Draw, makeDraw } from "./Draw.ts"
import { pipelineName, runEngine, type Stage } from "./Engine.ts"
import { makeMemoryStore } from "./MemoryStore.ts"
import { makeLedger, type StrategyName, strategyNames } from "./SimulatedLedger.ts"
import { makeShop, lagMinutes, overlapMinutes, transactionMaximumMillis } from "./SimulatedShop.ts"
import { epochMillis, makeVirtualTime } from "./VirtualTime.ts"
import { type Fault, faults, makeWorld, type Machine, type Mix } from "./World.ts"

export interface HistoryOptions {
  readonly seed: number
  readonly strategy?: StrategyName
  readonly without?: ReadonlySet<Defence>
  readonly onLine?: (line: string) => void
}

/** What became of one history. */
export interface History {
  readonly seed: number
  readonly strategy: StrategyName
  readonly documents: number
  readonly vouchers: number
  readonly faults: ReadonlyMap<Fault, number>
  /** Attempts whose outcome the engine did not know. */
  readonly ambiguous: number
  readonly virtualMillis: number
  readonly awaits: number
  readonly violations: ReadonlyArray<Violation>
}

const minute = 60_000
/** Longest time after the faults in which everything must come to rest. */
const patienceMillis = 6 * 60 * minute
const accounts = ["4000", "4010", "4020"] as const

/** Half of the faults are possible in a history, each at its own rate. */
const drawMix = (draw: Draw): Mix => {
  const highest: Partial<Readonly<Record<Fault, number>>> = {
    killed: 0.004,
    asleep: 0.004,
    "clock set": 0.5,
    stopped: 0,
    "period closed": 0,
    "database away": 0.02,
    "commit unknown": 0.03,
    "commit late": 0.03,
    "page stale": 0.3
  }
  return Object.fromEntries(
    faults
      .filter(() => draw.chance(0.5))
      .map((fault) => [fault, draw.fraction() * (highest[fault] ?? 0.15)] as const)
  )
}

/** Plays the history of a seed. The same seed, strategy and defences always give the same one. */
export const playHistory = (options: HistoryOptions): History => {
  const { onLine, seed, without = new Set() } = options
  const draw = makeDraw(seed)
  const time = makeVirtualTime()
  const drawn = draw.pick(strategyNames)
  const strategy = options.strategy ?? drawn
  const bugs: Array<Violation> = []
  const world = makeWorld({
    time,
    draw,
    mix: drawMix(draw),
    without,
    ...(onLine === undefined ? {} : { onLine })
  })
  const store = makeMemoryStore(time.now, without)
  const watch = makeWatch(() => store.books)
  const shop = makeShop(world, draw.between(2, 6))
  const ledger = makeLedger(world, { strategy, onSent: watch.onSent, onVoucher: watch.onVoucher })
  const unmapped = new Set(draw.chance(0.4) ? ["4020"] : [])
  const stage: Stage = {
    world,
    shop,
    ledger,
    store,
    settings: {
      onChange: draw.chance(0.7) ? "reverse-and-repost" : "delta",
      reversalStyle: draw.chance(0.5) ? "swap-sides" : "storno",
      closedPeriod: draw.chance(0.5) ? "hold" : "next-open"
    },
    concurrency: draw.between(1, 4),
    unmapped,
    leases: new Map(),
    isQueued: draw.chance(0.5),
    onDefect: (what) => bugs.push({ kind: "bug", what })
  }

  let born = 0
  const fibers = new Map<Machine, Fiber.Fiber<unknown>>()
  const startMachine = () => {
    born += 1
    const machine = world.machine(`engine${born}`)
    world.log(machine.name, "starts")
    fibers.set(machine, time.start(runEngine(stage, machine), machine.time.clock))
  }
  world.whenKilled((machine) => {
    fibers.delete(machine)
    time.at(time.now() + draw.between(1_000, 60_000), startMachine)
  })

  const activeMillis = draw.between(20, 60) * minute
  const someTime = () => epochMillis + draw.between(1, activeMillis)
  const documents = draw.between(6, 14)
  const drawContent = () => ({
    grand: draw.chance(0.05) ? 0 : draw.between(1, 9),
    account: draw.pick(accounts),
    isCancelled: draw.chance(0.12)
  })
  const takes = () =>
    draw.chance(0.15) ? draw.between(1_000, transactionMaximumMillis) : draw.between(1, 300)
  for (let id = 1; id <= documents; id++) {
    let at = someTime()
    time.at(at, () => shop.write(id, { ...drawContent(), isCancelled: false }, takes()))
    while (draw.chance(0.55)) {
      // Often within the same second, else any time later.
      at = Math.min(
        at + (draw.chance(0.25) ? draw.between(1, 900) : draw.between(1_000, 15 * minute)),
        epochMillis + activeMillis + 10 * minute
      )
      const touches = draw.chance(0.2)
      time.at(at, () => {
        const latest = shop.latest(id)
        shop.write(id, touches && latest !== undefined ? latest : drawContent(), takes())
      })
    }
  }
  if (draw.chance(0.4)) {
    const from = someTime()
    time.at(from, () => {
      world.happened("ledger", "period closed", "")
      ledger.closeUntil(from + draw.between(1, 20) * minute)
    })
  }
  if (draw.chance(0.3)) {
    time.at(someTime(), () => {
      const [machine, fiber] = [...fibers][0] ?? []
      if (machine === undefined || fiber === undefined) return
      world.happened(machine.name, "stopped", "asked to stop")
      fibers.delete(machine)
      time.start(Fiber.interrupt(fiber))
      time.at(time.now() + draw.between(1_000, 60_000), startMachine)
    })
  }
  for (let count = draw.between(1, 3); count > 0; count--) startMachine()
  time.at(someTime(), () => unmapped.clear())

  const isAtRest = () =>
    [...store.books.postings.values()].every(
      ({ record: { state } }) => state === "posted" || state === "superseded"
    ) && store.books.errors.every(({ state }) => state === "resolved" || state === "ignored")

  let isStuck = false
  const whole = Effect.gen(function* () {
    yield* Effect.sleep(activeMillis + 15 * minute)
    world.calm()
    unmapped.clear()
    ledger.closeUntil(0)
    // All that was written is read by then, from whichever window.
    const calmAt = time.now()
    yield* Effect.sleep((2 * (overlapMinutes + lagMinutes) + 15) * minute)
    while (!isAtRest() && time.now() - calmAt < patienceMillis) yield* Effect.sleep(minute)
    isStuck = !isAtRest()
  })
  const hasEnded = time.runUntilEnd(time.start(whole))

  const stuck: ReadonlyArray<Violation> =
    hasEnded && !isStuck
      ? []
      : [
          {
            kind: "stuck",
            what: `not at rest: ${[...store.books.postings.values()]
              .filter(({ record: { state } }) => state !== "posted" && state !== "superseded")
              .map(({ record }) => `${record.idempotencyKey} ${record.state}`)
              .concat(
                store.books.errors
                  .filter(({ state }) => state === "open" || state === "retrying")
                  .map(({ externalId, problems }) => `error of ${externalId}: ${problems[0]?.code ?? ""}`)
              )
              .join(
                ", "
              )}; cursor of ${pipelineName} ${JSON.stringify(store.books.cursors.get(pipelineName)?.value)}`
          }
        ]
  return {
    seed,
    strategy,
    documents,
    vouchers: ledger.vouchers.length,
    faults: world.counts,
    ambiguous: store.books.audit.filter(({ action }) => action === "Unknown").length,
    virtualMillis: time.now() - epochMillis,
    awaits: world.awaits(),
    violations: [...bugs, ...watch.violations, ...checkBooks(shop, ledger, store.books), ...stuck]
  }
}

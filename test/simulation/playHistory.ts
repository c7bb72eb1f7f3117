/**
 * playHistory: plays a scenario, and says what the books hold afterwards.
 *
 * Each seed draws its own shop, machines and mix of faults. The faults end at
 * some time; from then on the engines bring everything to rest by themselves,
 * or the history is bad.
 */
import { Effect, type Fiber, Fiber as Fibers } from "effect"
import type { ReportedHint } from "../../src/store/HintStore.ts"
import { checkBooks, makeWatch, type Violation } from "./checkBooks.ts"
import type { Defence } from "./defences.ts"
import { type Draw, makeDraw } from "./Draw.ts"
import { pipelineName, runEngine } from "./Engine.ts"
import { makeMemoryStore, type MemoryStore } from "./MemoryStore.ts"
import { drawScenario, type Scenario } from "./Scenario.ts"
import { makeLedger, type StrategyName } from "./SimulatedLedger.ts"
import { makeShop, overlapMinutes } from "./SimulatedShop.ts"
import { epochMillis, makeVirtualTime } from "./VirtualTime.ts"
import { type Fault, makeWorld, type Machine } from "./World.ts"

/** How to play. */
export interface Playing {
  readonly without?: ReadonlySet<Defence>
  /** Numbers of the awaits at which a machine is killed; they count from 1. */
  readonly crashAt?: ReadonlySet<number>
  /** Told of every line of the log, if given. */
  readonly onLine?: (line: string) => void
}

/** What became of one history. */
export interface History {
  readonly strategy: StrategyName
  readonly documents: number
  readonly vouchers: number
  readonly faults: ReadonlyMap<Fault, number>
  /** Attempts whose outcome the engine did not know. */
  readonly ambiguous: number
  readonly virtualMillis: number
  /** Points at which a machine could have been killed, until the faults ended. */
  readonly awaits: number
  readonly violations: ReadonlyArray<Violation>
}

const minute = 60_000
/** Until then all that was written is read, from whichever window, and whoever slept is awake. */
const settlingMillis = (overlapMinutes + 17) * minute
/** Longest time after that in which everything must come to rest. */
const patienceMillis = 6 * 60 * minute

const settleMillis = 2_000

const hintOf = (document: number): ReportedHint => ({
  connection: "shop",
  pipeline: pipelineName,
  resource: "invoice",
  externalId: String(document),
  settleMillis
})

const openPostings = ({ postings }: MemoryStore["books"]) =>
  [...postings.values()].filter(({ record: { state } }) => state !== "posted" && state !== "superseded")
const openErrors = ({ errors }: MemoryStore["books"]) =>
  errors.filter(({ state }) => state === "open" || state === "retrying")

/** Plays a scenario; `draw` decides everything that the scenario leaves open. */
export const playScenario = (scenario: Scenario, draw: Draw, playing: Playing = {}): History => {
  const { without = new Set<Defence>(), ...rest } = playing
  const time = makeVirtualTime()
  const world = makeWorld({ time, draw, mix: scenario.mix, without, ...rest })
  const watch = makeWatch(() => store.books)
  const store = makeMemoryStore(time.now, without, watch.onRecord)
  const shop = makeShop(world, scenario.pageSize)
  const ledger = makeLedger(world, {
    strategy: scenario.strategy,
    onSent: watch.onSent,
    onVoucher: watch.onVoucher
  })
  const unmapped = new Set(scenario.unmapped)
  const bugs: Array<Violation> = []

  let born = 0
  const running = new Map<Machine, Fiber.Fiber<unknown>>()
  const startMachine = () => {
    born += 1
    const machine = world.machine(`engine${born}`)
    world.log(machine.name, "starts")
    const engine = runEngine(
      {
        world,
        shop,
        ledger,
        store,
        settings: scenario.settings,
        concurrency: scenario.concurrency,
        pace: scenario.pace,
        unmapped,
        leases,
        isQueued: scenario.isQueued,
        onDefect: (what) => bugs.push({ kind: "bug", what })
      },
      machine
    )
    running.set(machine, time.start(engine, machine.time.clock))
  }
  const startAnother = () => {
    time.at(time.now() + draw.between(1_000, 60_000), startMachine)
  }
  /** Arrives when it likes: before its record can be read, twice, late, or never. */
  const report = (document: number) => {
    const struck = (fault: Fault) => world.strikes({ name: "shop" }, fault, `of document ${document}`)
    if (struck("report lost")) return
    for (let copies = struck("report twice") ? 2 : 1; copies > 0; copies--) {
      const delay = struck("report late") ? draw.between(10_000, 15 * minute) : draw.between(1, 2_000)
      time.at(time.now() + delay, () => Effect.runSync(store.hintStore.add([hintOf(document)])))
    }
  }
  const leases = new Map<string, Machine>()
  world.whenKilled((machine) => {
    running.delete(machine)
    startAnother()
  })

  for (const happening of scenario.happenings) {
    time.at(epochMillis + happening.at, () => {
      switch (happening._tag) {
        case "Write": {
          const content = happening.content ?? shop.latest(happening.document)
          if (content === undefined) break
          shop.write(happening.document, content, happening.takesMillis)
          if (scenario.hasReports) report(happening.document)
          break
        }
        case "ClosePeriod":
          world.happened("ledger", "period closed", `for ${happening.forMillis} ms`)
          ledger.closeUntil(time.now() + happening.forMillis)
          break
        case "CompleteMapping":
          unmapped.clear()
          break
        case "StopMachine": {
          const [machine, fiber] = [...running][0] ?? []
          if (machine === undefined || fiber === undefined) break
          world.happened(machine.name, "stopped", "asked to stop")
          running.delete(machine)
          time.start(Fibers.interrupt(fiber))
          startAnother()
        }
      }
    })
  }
  for (let count = 0; count < scenario.machines; count++) startMachine()

  const isAtRest = () => openPostings(store.books).length === 0 && openErrors(store.books).length === 0
  /** Sleeps until then, or until the history has gone wrong. */
  const sleepUntil = Effect.fnUntraced(function* (millis: number, isOver: () => boolean = () => false) {
    while (time.now() < millis && watch.violations.length === 0 && !isOver()) yield* Effect.sleep(minute)
  })
  const whole = Effect.gen(function* () {
    yield* sleepUntil(epochMillis + scenario.calmAt)
    world.calm()
    unmapped.clear()
    ledger.closeUntil(0)
    yield* sleepUntil(time.now() + settlingMillis)
    yield* sleepUntil(time.now() + patienceMillis, isAtRest)
  })
  time.runUntilEnd(time.start(whole))

  const stuck = [
    ...openPostings(store.books).map(({ record }) => `${record.idempotencyKey} is ${record.state}`),
    ...openErrors(store.books).map(
      ({ externalId, problems }) => `document ${externalId} waits: ${problems[0]?.code ?? ""}`
    )
  ].map((what): Violation => ({ kind: "stuck", what }))
  return {
    strategy: scenario.strategy,
    documents: shop.documents.size,
    vouchers: ledger.vouchers.length,
    faults: world.counts,
    ambiguous: store.books.audit.filter(({ action }) => action === "Unknown").length,
    virtualMillis: time.now() - epochMillis,
    awaits: world.awaits(),
    violations: [...bugs, ...watch.violations, ...checkBooks(shop, ledger, store.books), ...stuck]
  }
}

/** Plays the history of a seed. The same seed, strategy and defences always give the same one. */
export const playHistory = (
  seed: number,
  options: Playing & { readonly strategy?: StrategyName | undefined } = {}
): History => {
  const draw = makeDraw(seed)
  return playScenario(drawScenario(draw, options.strategy), draw, options)
}

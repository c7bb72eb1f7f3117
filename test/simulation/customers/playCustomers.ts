/**
 * playCustomers: plays a history of customers that people change on both sides.
 *
 * Each seed draws its own people, machines, policy and mix of faults. The faults
 * end at some time; from then on the engines bring both systems to the same
 * content by themselves, or the history is bad.
 */
import { Effect, type Fiber, Fiber as Fibers } from "effect"
import { otherSide, type Side } from "../../../src/store/CustomerLink.ts"
import { type Draw, makeDraw } from "../Draw.ts"
import { makeMemoryStore } from "../MemoryStore.ts"
import { epochMillis, makeVirtualTime } from "../VirtualTime.ts"
import { type Fault, makeWorld, type Machine, type Mix } from "../World.ts"
import { checkCustomers, type CustomerViolation } from "./checkCustomers.ts"
import type { CustomerDefence } from "./customerDefences.ts"
import { type CustomerStage, readerOf, runCustomerEngine } from "./CustomerEngine.ts"
import { makeSystem, simulatedFields } from "./SimulatedSystem.ts"

/** What became of one history. */
export interface CustomerHistory {
  /** Whether only one side was read. */
  readonly isOneWay: boolean
  readonly customers: number
  readonly edits: number
  readonly writes: number
  readonly parked: number
  readonly faults: ReadonlyMap<Fault, number>
  readonly virtualMillis: number
  readonly violations: ReadonlyArray<CustomerViolation>
}

/** How to play. */
export interface PlayingCustomers {
  readonly without?: ReadonlySet<CustomerDefence>
  readonly onLine?: (line: string) => void
}

const sides = ["left", "right"] as const
const minute = 60_000
const settlingMillis = 17 * minute
const patienceMillis = 3 * 60 * minute

/** The highest rate at which a fault strikes a call. */
const highest = {
  killed: 0.004,
  asleep: 0.003,
  stopped: 0,
  slow: 0.2,
  "database away": 0.02,
  "commit unknown": 0.03,
  "commit late": 0.02,
  "shop unreachable": 0.1,
  "shop 429": 0.1,
  "request lost": 0.15,
  "answer lost": 0.15,
  "answer unreadable": 0.15,
  "late commit": 0.1,
  "moved meanwhile": 0.2,
  "page stale": 0.3,
  "report lost": 0.5,
  "report twice": 0.5,
  "report late": 0.5
} as const satisfies Mix

const drawMix = (draw: Draw): Mix =>
  Object.fromEntries(
    Object.entries(highest)
      .filter(() => draw.chance(0.5))
      .map(([fault, most]) => [fault, draw.fraction() * most])
  )

/** Plays the history of a seed. The same seed and defences always give the same one. */
export const playCustomers = (seed: number, playing: PlayingCustomers = {}): CustomerHistory => {
  const { without = new Set<CustomerDefence>(), ...rest } = playing
  const draw = makeDraw(seed)
  // Drawn beside the rest: whatever is drawn here leaves the history of a seed as it is otherwise.
  const beside = makeDraw(-seed)
  const reads = beside.pick<ReadonlyArray<Side>>([sides, sides, sides, ["left"], ["right"]])
  const activeMillis = draw.pick([draw.between(4, 12), draw.between(20, 45)]) * minute
  const people = draw.between(2, 5)
  const perCustomer = draw.between(3, 12)
  const settings: CustomerStage["settings"] = {
    conflicts: draw.pick(["source-wins", "sink-wins", "newest-wins", "park"]),
    owners: new Map(
      draw.chance(0.3) ? [[draw.pick(["name", "vatNumber"]), draw.pick(["source", "sink"])] as const] : []
    )
  }
  const inPart: Mix = beside.chance(0.5) ? { "written in part": beside.fraction() * 0.1 } : {}
  const time = makeVirtualTime()
  const world = makeWorld({ time, draw, mix: { ...drawMix(draw), ...inPart }, without: new Set(), ...rest })
  const store = makeMemoryStore(time.now, new Set(), () => {}, without)
  const hasReports = draw.chance(0.6)

  const report = (side: Side) => (id: string) => {
    const struck = (fault: Fault) => world.strikes({ name: side }, fault, `of ${id}`)
    if (!hasReports || !reads.includes(side) || struck("report lost")) return
    for (let copies = struck("report twice") ? 2 : 1; copies > 0; copies--) {
      const delay = struck("report late") ? draw.between(10_000, 10 * minute) : draw.between(1, 2_000)
      time.at(time.now() + delay, () =>
        Effect.runSync(
          store.hintStore.add([
            {
              connection: side,
              pipeline: readerOf(side),
              resource: "customer",
              externalId: id,
              settleMillis: 1_000
            }
          ])
        )
      )
    }
  }
  const systems = {
    left: makeSystem(world, "left", {
      without,
      onChange: report("left"),
      onMoment: (id) => typeAt("left", id)
    }),
    right: makeSystem(world, "right", {
      without,
      onChange: report("right"),
      onMoment: (id) => typeAt("right", id)
    })
  }
  const bugs: Array<CustomerViolation> = []
  const stage: CustomerStage = {
    world,
    systems,
    store,
    reads,
    settings,
    pace: {
      readMillis: draw.between(5, 60) * 1_000,
      syncMillis: draw.between(2, 15) * 1_000,
      hintMillis: draw.between(1, 10) * 1_000
    },
    leases: new Map(),
    isQueued: draw.chance(0.5),
    onDefect: (what) => bugs.push({ kind: "bug", what })
  }

  let born = 0
  const running = new Map<Machine, Fiber.Fiber<unknown>>()
  const startMachine = () => {
    born += 1
    const machine = world.machine(`engine${born}`)
    world.log(machine.name, "starts")
    running.set(machine, time.start(runCustomerEngine(stage, machine), machine.time.clock))
  }
  const startAnother = () => void time.at(time.now() + draw.between(1_000, 60_000), startMachine)
  world.whenKilled((machine) => {
    running.delete(machine)
    startAnother()
  })

  let typed = 0
  /** Long enough to be cut off, and different from all others in its first letters. */
  const text = (what: string) => {
    typed += 1
    return `${typed} ${what} ${"abcdefghij".slice(0, draw.between(0, 10))} ${draw.chance(0.5) ? "GmbH" : "Aktiengesellschaft"}`
  }
  const value = (field: (typeof simulatedFields)[number]) => {
    const unique = text(field)
    switch (field) {
      case "email":
        return `${draw.chance(0.5) ? "A" : "b"}${typed}@Example.com`
      case "phone":
        return `+49 ${100_000 + typed} / 1`
      case "vatNumber":
        return `de ${100_000_000 + typed}`
      default:
        return unique
    }
  }
  const typeAt = (side: Side, id: string) => {
    const field = draw.pick(simulatedFields)
    systems[side].people.type(id, field, value(field))
  }
  /** The customer of the other side that a person there would take for the same one. */
  const sameOn = (side: Side, id: string): string | undefined => {
    const content = store.books.links.find(
      ({ content }) => (side === "left" ? content.rightId : content.leftId) === id
    )?.content
    return (side === "left" ? content?.leftId : content?.rightId) ?? undefined
  }
  const edit = (side: Side, id: string) => {
    const { customers, people: person } = systems[side]
    const held = customers.get(id)
    if (held === undefined) return
    const index = draw.between(0, Math.max(0, held.addresses.length - 1))
    const kind = draw.between(1, 100)
    const field = draw.pick(simulatedFields)
    if (kind <= 50) {
      const before = held.fields[field]
      person.type(id, field, value(field))
      // Now and then somebody thinks better of it.
      if (before !== undefined && draw.chance(0.2)) {
        time.at(time.now() + draw.between(1_000, 90_000), () => person.type(id, field, before))
      }
    } else if (kind <= 58) person.type(id, draw.pick(["phone", "company"]), undefined)
    else if (kind <= 72) person.addAddress(id, `${text("street")} street`)
    else if (kind <= 86) person.move(id, index, `${text("street")} street`)
    else if (kind <= 94) person.choose(id, index)
    else if (kind <= 97) person.removeAddress(id, index)
    else if (draw.chance(0.3)) person.erase(id)
  }
  for (let count = 0; count < people; count++) {
    const at = draw.between(1, Math.ceil(activeMillis / 2))
    const anywhere = draw.pick(sides)
    // Those who are born where nobody reads are seldom heard of.
    const [only] = reads.length === 1 ? reads : []
    const side = only !== undefined && beside.chance(0.8) ? only : anywhere
    time.at(epochMillis + at, () => {
      const fields = {
        name: text("name"),
        email: value("email"),
        ...(draw.chance(0.5) ? { vatNumber: value("vatNumber") } : {}),
        ...(draw.chance(0.5) ? { phone: value("phone") } : {})
      }
      const id = systems[side].people.create(fields)
      // Now and then somebody types the same customer into the other system too.
      if (draw.chance(0.15)) {
        const later = draw.chance(0.5) ? 0 : draw.between(1, 30_000)
        time.at(
          time.now() + later,
          () => void systems[otherSide(side)].people.create({ ...fields, name: text("name") })
        )
      }
      for (let edits = 0; edits < perCustomer; edits++) {
        // Often within seconds of each other, else any time later.
        const after = draw.chance(0.3) ? draw.between(1, 20_000) : draw.between(1, activeMillis)
        const where = draw.pick(sides)
        time.at(time.now() + after, () => {
          const there = where === side ? id : sameOn(where, id)
          if (there !== undefined) edit(where, there)
          if (draw.chance(0.2)) {
            const [other, twin] = [otherSide(where), there === id ? sameOn(otherSide(where), id) : id]
            if (twin !== undefined) edit(other, twin)
          }
        })
      }
    })
  }
  if (draw.chance(0.3)) {
    time.at(epochMillis + draw.between(1, activeMillis), () => {
      const [machine, fiber] = [...running][0] ?? []
      if (machine === undefined || fiber === undefined) return
      world.happened(machine.name, "stopped", "asked to stop")
      running.delete(machine)
      time.start(Fibers.interrupt(fiber))
      startAnother()
    })
  }
  const machines = draw.between(1, 3)
  for (let count = 0; count < machines; count++) startMachine()

  const isAtRest = () =>
    store.books.tasks.length === 0 && store.books.links.every(({ content }) => content.intent === null)
  const sleepUntil = Effect.fnUntraced(function* (millis: number, isOver: () => boolean = () => false) {
    while (time.now() < millis && bugs.length === 0 && !isOver()) yield* Effect.sleep(minute)
  })
  const whole = Effect.gen(function* () {
    yield* sleepUntil(epochMillis + Math.ceil(1.5 * activeMillis))
    world.calm()
    yield* sleepUntil(time.now() + settlingMillis)
    yield* sleepUntil(time.now() + patienceMillis, isAtRest)
  })
  time.runUntilEnd(time.start(whole))

  return {
    isOneWay: reads.length === 1,
    customers: systems.left.customers.size + systems.right.customers.size,
    edits: systems.left.edits.length + systems.right.edits.length,
    writes: systems.left.writes() + systems.right.writes(),
    parked: store.books.errors.filter(({ state }) => state === "open" || state === "retrying").length,
    faults: world.counts,
    virtualMillis: time.now() - epochMillis,
    violations: [...bugs, ...checkCustomers(systems, store, stage)]
  }
}

/**
 * World: the machines of one history, and what can befall them at every await.
 *
 * Whatever an engine does to the world outside passes through here: that is
 * where it is slow, fails, is killed, or falls asleep and wakes up much later. A
 * killed machine never gets another answer, so none of its finalizers can touch
 * anything; that is what kill -9 means.
 */
import { Effect } from "effect"
import { StoreError } from "../../src/store/StoreError.ts"
import type { Defence } from "./defences.ts"
import type { Draw } from "./Draw.ts"
import { epochMillis, type MachineClock, type VirtualTime } from "./VirtualTime.ts"

/** What can go wrong. The first three befall a machine, the others one call. */
export const faults = [
  "killed",
  "asleep",
  "clock set",
  "stopped",
  "slow",
  "database away",
  "commit unknown",
  "commit late",
  "shop unreachable",
  "shop 401",
  "shop 429",
  "shop 5xx",
  "page cut off",
  "page stale",
  "report lost",
  "report twice",
  "report late",
  "ledger unreachable",
  "ledger 401",
  "ledger 429",
  "ledger 412",
  "request lost",
  "5xx before commit",
  "5xx after commit",
  "answer lost",
  "answer unreadable",
  "late commit",
  "written in part",
  "delivered twice",
  "moved meanwhile",
  "period closed"
] as const
export type Fault = (typeof faults)[number]

/** How likely each fault is at each call; none where it is absent. */
export type Mix = Partial<Readonly<Record<Fault, number>>>

/** One process. `silentSince` is when it last fell asleep or died. */
export interface Machine {
  readonly name: string
  readonly time: MachineClock
  isAlive: boolean
  asleepUntil: number
  silentSince: number
}

/** Longest sleep of a machine: a suspended virtual machine, a stopped process. */
const sleepMaximumMillis = 15 * 60_000

export interface WorldOptions {
  readonly time: VirtualTime
  readonly draw: Draw
  readonly mix: Mix
  readonly without: ReadonlySet<Defence>
  /** Numbers of the awaits at which a machine is killed; they count from 1. */
  readonly crashAt?: ReadonlySet<number>
  /** Told of every line of the log, if given. */
  readonly onLine?: (line: string) => void
}

/** A world without anybody in it. */
export const makeWorld = ({ crashAt, draw, mix, onLine, time, without }: WorldOptions) => {
  let isCalm = false
  let awaits = 0
  let awaitsUntilCalm: number | undefined
  let onDeath: (machine: Machine) => void = () => {}
  const counts = new Map<Fault, number>()

  const log = (who: string, what: string) => {
    if (onLine !== undefined) {
      onLine(`${((time.now() - epochMillis) / 1000).toFixed(3).padStart(10)} ${who.padEnd(8)} ${what}`)
    }
  }
  const happened = (who: string, fault: Fault, detail: string) => {
    counts.set(fault, (counts.get(fault) ?? 0) + 1)
    log(who, `! ${fault}: ${detail}`)
  }
  /** Whether the fault strikes this call; counted if it does. */
  const strikes = (machine: Pick<Machine, "name">, fault: Fault, detail: string) => {
    const probability = mix[fault]
    if (isCalm || probability === undefined || !draw.chance(probability)) return false
    happened(machine.name, fault, detail)
    return true
  }

  const kill = (machine: Machine, detail: string) => {
    happened(machine.name, "killed", detail)
    machine.isAlive = false
    machine.silentSince = time.now()
    onDeath(machine)
  }

  /** Goes on once the machine is awake; never, when it is dead. */
  const awake = (machine: Machine): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (!machine.isAlive) return Effect.never
      const millis = machine.asleepUntil - time.now()
      return millis > 0 ? Effect.andThen(time.sleep(millis), awake(machine)) : Effect.void
    })

  /** A point at which a machine can die or fall asleep. */
  const point = (machine: Machine, detail: string): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (!machine.isAlive) return Effect.never
      awaits += 1
      if (crashAt?.has(awaits) === true) kill(machine, `${detail} (await ${awaits})`)
      else if (strikes(machine, "killed", detail)) {
        // Counted by `strikes` already.
        machine.isAlive = false
        machine.silentSince = time.now()
        onDeath(machine)
      } else if (strikes(machine, "asleep", detail)) {
        machine.silentSince = time.now()
        machine.asleepUntil = time.now() + draw.between(1_000, sleepMaximumMillis)
        if (strikes(machine, "clock set", detail)) machine.time.step(draw.between(-1_800_000, 1_800_000))
      }
      return awake(machine)
    })

  const latency = (machine: Machine, detail: string) =>
    Effect.suspend(() =>
      time.sleep(strikes(machine, "slow", detail) ? draw.between(500, 15_000) : draw.between(1, 200))
    )

  /** A call to the world outside: on its way, done, and on its way back. */
  const call = <A, E>(machine: Machine, detail: string, body: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.gen(function* () {
      yield* point(machine, `before ${detail}`)
      yield* latency(machine, detail)
      const exit = yield* Effect.exit(body)
      yield* point(machine, `after ${detail}`)
      return yield* exit
    })

  const databaseFailed = (operation: string) =>
    new StoreError({ operation, message: "the simulated database failed." })

  /** A statement that reads. */
  const reads = <A, E>(machine: Machine, detail: string, body: Effect.Effect<A, E>) =>
    call(
      machine,
      detail,
      Effect.suspend((): Effect.Effect<A, E | StoreError> =>
        strikes(machine, "database away", detail) ? Effect.fail(databaseFailed(detail)) : body
      )
    )

  /** A transaction: its answer may be lost, and it may be carried out after we were told that it failed. */
  const writes = <A, E>(machine: Machine, detail: string, body: Effect.Effect<A, E>) =>
    call(
      machine,
      detail,
      Effect.suspend((): Effect.Effect<A, E | StoreError> => {
        const failed = Effect.fail(databaseFailed(detail))
        if (strikes(machine, "database away", detail)) return failed
        if (strikes(machine, "commit unknown", detail)) return Effect.andThen(Effect.exit(body), failed)
        if (strikes(machine, "commit late", detail)) {
          time.at(time.now() + draw.between(100, 5_000), () => Effect.runSyncExit(body))
          return failed
        }
        // What moves nothing but the cursor is not worth a line.
        return detail === "commit"
          ? body
          : Effect.tap(body, () => Effect.sync(() => log(machine.name, detail)))
      })
    )

  return {
    time,
    draw,
    without,
    counts,
    log,
    happened,
    strikes,
    awake,
    point,
    call,
    reads,
    writes,
    machine: (name: string): Machine => ({
      name,
      time: time.machineClock(),
      isAlive: true,
      asleepUntil: 0,
      silentSince: time.now()
    }),
    /** How many awaits there were while something could go wrong. */
    awaits: () => awaitsUntilCalm ?? awaits,
    isCalm: () => isCalm,
    /** Nothing goes wrong any more. */
    calm: () => {
      isCalm = true
      awaitsUntilCalm = awaits
      log("world", "faults end")
    },
    whenKilled: (then: (machine: Machine) => void) => {
      onDeath = then
    }
  }
}
export type World = ReturnType<typeof makeWorld>

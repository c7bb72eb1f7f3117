/**
 * process: what every simulated process has: turns at its work, and services that it reaches over a network.
 */
import { Cause, Effect, Layer } from "effect"
import { HttpClient } from "effect/http"
import { Secrets } from "../../src/pipeline/Secrets.ts"
import { HintStore } from "../../src/store/HintStore.ts"
import { LedgerWriter } from "../../src/store/LedgerWriter.ts"
import type { Machine, World } from "./World.ts"

/** A machine that was silent for so long has lost its work to another. */
const heartbeatMillis = 15_000

/** Who works with whom. */
export interface Workplace {
  readonly world: World
  /** Who does which unit of work, by its name. */
  readonly leases: Map<string, Machine>
  /** One process at a time does a unit of work, as the queue has it; else all of them do. */
  readonly isQueued: boolean
  /** Told of every failure that only a bug can cause. */
  readonly onDefect: (what: string) => void
}

/** Gives how `machine` does a unit of work every so many milliseconds, whatever becomes of it. */
export const cyclesOf = ({ isQueued, leases, onDefect, world }: Workplace, machine: Machine) => {
  /** Does a unit of work unless another machine is at it. */
  const exclusively = <E, R>(unit: string, work: Effect.Effect<unknown, E, R>) =>
    Effect.suspend(() => {
      const holder = leases.get(unit)
      const isLost =
        holder !== undefined &&
        (!holder.isAlive || holder.asleepUntil > world.time.now()) &&
        world.time.now() - holder.silentSince > heartbeatMillis
      if (isQueued && holder !== undefined && !isLost) return Effect.void
      leases.set(unit, machine)
      return Effect.ensuring(
        work,
        Effect.sync(() => {
          if (machine.isAlive && leases.get(unit) === machine) leases.delete(unit)
        })
      )
    })
  const untroubled = <E, R>(work: Effect.Effect<unknown, E, R>) =>
    Effect.catchCause(work, (cause) =>
      Effect.sync(() => {
        if (Cause.hasDies(cause)) onDefect(Cause.pretty(cause))
        else world.log(machine.name, `gives up: ${Cause.pretty(cause).split("\n")[0] ?? ""}`)
      })
    )
  return <E, R>(millis: number, unit: string, work: Effect.Effect<unknown, E, R>) =>
    Effect.andThen(
      Effect.sleep(world.draw.between(1, millis)),
      Effect.forever(
        Effect.andThen(
          world.awake(machine),
          Effect.andThen(untroubled(exclusively(unit, work)), Effect.sleep(millis))
        )
      )
    )
}

/** The hints as `machine` reaches them. */
export const hintsOver = (world: World, machine: Machine, hints: HintStore["Service"]) =>
  HintStore.of({
    ...hints,
    due: (pipeline, limit) => world.reads(machine, "due hints", hints.due(pipeline, limit)),
    settle: (hint, step) =>
      world.writes(machine, `hint of ${hint.externalId} settled`, hints.settle(hint, step)),
    postpone: (hint, options) =>
      world.writes(machine, `hint of ${hint.externalId} postponed`, hints.postpone(hint, options)),
    postponeAll: (pipeline, wait) =>
      world.writes(machine, "hints postponed", hints.postponeAll(pipeline, wait))
  })

/** Who may write, as `machine` finds out. */
export const writersOver = (world: World, machine: Machine, writers: LedgerWriter["Service"]) =>
  LedgerWriter.of({
    take: (name) => world.writes(machine, "take the pen", writers.take(name)),
    isCurrent: (writer) => world.reads(machine, "isCurrent", writers.isCurrent(writer)),
    pause: (name) => world.writes(machine, "pause", writers.pause(name)),
    resume: (name) => world.writes(machine, "resume", writers.resume(name)),
    restOf: (name) => world.reads(machine, "restOf", writers.restOf(name))
  })

/** What lies outside of every simulated machine: nothing. */
export const outside = Layer.mergeAll(
  Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make(() => Effect.die("nothing is sent over a network here"))
  ),
  Layer.succeed(Secrets, Secrets.of({ resolve: () => Effect.die("there are no credentials here") }))
)

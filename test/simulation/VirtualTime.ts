/**
 * VirtualTime: fibers without a real clock.
 *
 * Everything that runs does so in one synchronous loop: fibers until all of
 * them wait, then the earliest of those that sleep. Hours pass in milliseconds,
 * and the same program always runs the same way.
 */
import { Clock, Duration, Effect, Fiber, Scheduler } from "effect"

interface Alarm {
  readonly at: number
  readonly ring: () => void
}

/** Midnight before the first day of every history: 1 October 2026 in UTC. */
export const epochMillis = 1_790_812_800_000

/** A clock of one machine: it sleeps as all do, but its wall clock may be wrong. */
export interface MachineClock {
  readonly clock: Clock.Clock
  /** Sets the wall clock forward, or back. */
  readonly step: (millis: number) => void
}

/** Time of its own. */
export const makeVirtualTime = () => {
  let now = epochMillis
  const tasks: Array<() => void> = []
  /** Latest first, so that the next one is the last; of equal ones the one set first rings first. */
  const alarms: Array<Alarm> = []

  const dispatcher: Scheduler.SchedulerDispatcher = {
    scheduleTask: (task) => {
      tasks.push(task)
    },
    flush: () => {
      for (let next = tasks.shift(); next !== undefined; next = tasks.shift()) next()
    }
  }
  const scheduler: Scheduler.Scheduler = {
    executionMode: "async",
    shouldYield: () => false,
    makeDispatcher: () => dispatcher
  }

  /** Calls `ring` at an instant; the returned function takes it back. */
  const at = (millis: number, ring: () => void) => {
    const alarm: Alarm = { at: Math.max(now, Math.ceil(millis)), ring }
    let low = 0
    let high = alarms.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((alarms[middle]?.at ?? 0) > alarm.at) low = middle + 1
      else high = middle
    }
    alarms.splice(low, 0, alarm)
    return () => {
      const index = alarms.indexOf(alarm)
      if (index >= 0) alarms.splice(index, 1)
    }
  }

  const sleep = (millis: number): Effect.Effect<void> =>
    millis <= 0
      ? Effect.yieldNow
      : Effect.callback<void>((resume) => Effect.sync(at(now + millis, () => resume(Effect.void))))

  const machineClock = (): MachineClock => {
    let offset = 0
    const nanos = (millis: number) => BigInt(millis) * 1_000_000n
    return {
      step: (millis) => {
        offset += millis
      },
      clock: {
        currentTimeMillisUnsafe: () => now + offset,
        currentTimeMillis: Effect.sync(() => now + offset),
        currentTimeNanosUnsafe: () => nanos(now + offset),
        currentTimeNanos: Effect.sync(() => nanos(now + offset)),
        monotonicTimeNanosUnsafe: () => nanos(now - epochMillis),
        monotonicTimeNanos: Effect.sync(() => nanos(now - epochMillis)),
        sleep: (duration) => sleep(Duration.toMillis(duration))
      }
    }
  }

  /** Starts a fiber that lives in this time. */
  const start = <A, E>(effect: Effect.Effect<A, E>, clock: Clock.Clock = machineClock().clock) =>
    Effect.runFork(Effect.provideService(effect, Clock.Clock, clock), { scheduler })

  /** Runs everything until `fiber` has ended; false when nobody sleeps any more and it has not. */
  const runUntilEnd = (fiber: Fiber.Fiber<unknown, unknown>): boolean => {
    for (;;) {
      dispatcher.flush()
      if (fiber.pollUnsafe() !== undefined) return true
      const alarm = alarms.pop()
      if (alarm === undefined) return false
      now = alarm.at
      alarm.ring()
    }
  }

  return { now: () => now, at, sleep, machineClock, start, runUntilEnd }
}
export type VirtualTime = ReturnType<typeof makeVirtualTime>

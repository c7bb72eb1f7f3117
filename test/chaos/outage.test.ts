import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { databases } from "../support/databases.ts"
import { openSurroundings } from "./surroundings.ts"
import { isClean, judge } from "./verdict.ts"

const documents = 80

const cables = [
  { what: "the cable to the database is cut", how: "cut" },
  { what: "nothing passes the cable to the database", how: "silence" }
] as const

// Only a server can be away.
describe.runIf(databases.length > 1)("a service", () => {
  it.live.each(cables)(
    "loses nothing and goes on by itself after $what for ten seconds",
    ({ how }) =>
      Effect.gen(function* () {
        const { machines, sandbox, vouchers } = yield* openSurroundings({
          documents,
          processes: 2,
          seed: 3
        })
        yield* Effect.forEach(machines, ({ boot }) => boot)
        const untilVouchers = (count: number) =>
          Effect.repeat(vouchers, {
            schedule: Schedule.spaced("10 millis"),
            until: (now) => now >= count
          }).pipe(Effect.timeout("30 seconds"), Effect.ignore)
        yield* untilVouchers(documents / 4)
        yield* Effect.forEach(machines, ({ database }) => database[how])
        yield* Effect.sleep("10 seconds")
        assert.isBelow(yield* vouchers, documents - 1, "all was done before anything was cut")
        yield* Effect.forEach(machines, ({ database }) => database.mend)
        yield* Effect.repeat(judge(sandbox), {
          schedule: Schedule.spaced("100 millis"),
          until: isClean
        }).pipe(Effect.timeout("60 seconds"), Effect.ignore)
        assert.deepInclude(yield* judge(sandbox), { lost: [], doubled: [], outOfOrder: [] })
        // Nobody started them again.
        assert.deepStrictEqual(
          machines.map((machine) => ({ running: machine.isRunning(), started: machine.pids.length })),
          machines.map(() => ({ running: true, started: 1 }))
        )
      }).pipe(Effect.provide(NodeServices.layer)),
    120_000
  )
})

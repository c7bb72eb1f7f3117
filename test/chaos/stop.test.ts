import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Schedule } from "effect"
import { databases } from "../support/databases.ts"
import { openSurroundings } from "./surroundings.ts"
import { isClean, judge } from "./verdict.ts"

const documents = 100

describe.runIf(databases.length > 1)("a service that is told to stop", () => {
  it.live(
    "settles what it has begun, exits with 0, and leaves the rest to the next start",
    () =>
      Effect.gen(function* () {
        const { database, machines, sandbox, vouchers } = yield* openSurroundings({
          documents,
          processes: 1,
          seed: 5,
          connections: (text) => text.replaceAll("imeout: 1 second", "imeout: 10 seconds")
        })
        const [machine] = machines
        if (machine === undefined) return assert.fail("there is no machine")
        const { faults } = sandbox.ifs
        // So that postings are under way when it is told.
        yield* faults.add({ match: "POST VoucherEntry_CreateVoucher", kind: "delay", delayMillis: 1500 })
        yield* machine.boot
        const sending = Effect.map(database.states, (states) => states.get("sending") ?? 0)
        yield* Effect.repeat(database.states, {
          schedule: Schedule.spaced("10 millis"),
          until: (states) => [...states.values()].reduce((all, count) => all + count, 0) === documents - 1
        }).pipe(Effect.timeout("30 seconds"), Effect.ignore)
        yield* Effect.repeat(sandbox.ifs.statistics, {
          schedule: Schedule.spaced("10 millis"),
          until: ({ requests }) => Object.keys(requests).some((route) => route.endsWith("CreateVoucher"))
        }).pipe(Effect.timeout("30 seconds"), Effect.ignore)
        assert.isAbove(yield* sending, 0)

        const toldAt = yield* Clock.currentTimeMillis
        yield* machine.send("SIGTERM")
        const code = yield* machine.ended
        const seconds = ((yield* Clock.currentTimeMillis) - toldAt) / 1000
        const said = machine.said.join("\n")
        assert.strictEqual(code, 0, said)
        assert.isBelow(seconds, 25, said)
        assert.include(said, "stopping")

        const states = yield* database.states
        assert.isAbove(yield* vouchers, 0)
        assert.isAbove(states.get("pending") ?? 0, 0, "nothing was left to do")
        assert.deepStrictEqual(
          { sending: states.get("sending"), unknown: states.get("unknown"), posted: states.get("posted") },
          { sending: undefined, unknown: undefined, posted: yield* vouchers },
          said
        )

        yield* faults.clear
        yield* machine.boot
        yield* Effect.repeat(judge(sandbox), {
          schedule: Schedule.spaced("100 millis"),
          until: isClean
        }).pipe(Effect.timeout("60 seconds"), Effect.ignore)
        assert.deepInclude(
          yield* judge(sandbox),
          { lost: [], doubled: [], outOfOrder: [] },
          machine.said.join("\n")
        )
      }).pipe(Effect.provide(NodeServices.layer)),
    120_000
  )
})

import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Schedule, Stream } from "effect"
import type { ChildProcessSpawner } from "effect/process"
import { defaultSeed, generateShop } from "../../src/sandbox/commerce/generateShop.ts"
import { assertEnded, ledgerline, start, type Surroundings } from "../cli/ledgerline.ts"
import { databases } from "../support/databases.ts"
import { sandboxProcess } from "./sandboxProcess.ts"
import { held, owed, shippedPipelines } from "./scene.ts"
import { variablesOf } from "./variablesOf.ts"

const documents = 30

describe.each(databases)("run --once on $name", (database) => {
  it.live(
    "killed again and again, posts every document once in the end",
    () =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-kill-" })
        const sandbox = yield* sandboxProcess(folder, documents)
        const surroundings: Surroundings = { folder, variables: yield* variablesOf(database) }
        const run = ["run", "--once", shippedPipelines, "--connections", sandbox.connections]

        const created = (atLeast: number) =>
          Effect.repeat(sandbox.created, {
            schedule: Schedule.spaced("5 millis"),
            until: (count) => count >= atLeast
          })
        const said = (text: string) => (running: ChildProcessSpawner.ChildProcessHandle) =>
          Stream.decodeText(running.stderr).pipe(
            Stream.splitLines,
            Stream.takeUntil((line) => line.startsWith(text)),
            Stream.runDrain
          )
        // While the second pipeline is read; at the first voucher; with a batch half done.
        for (const moment of [said("credit-notes-to-gl: read"), () => created(1), () => created(14)]) {
          yield* Effect.gen(function* () {
            const running = yield* start(surroundings, run)
            yield* moment(running)
            yield* running.kill({ killSignal: "SIGKILL" })
          }).pipe(Effect.scoped)
          assert.isBelow(
            (yield* sandbox.books).vouchers.length,
            documents - 1,
            "killed too late to prove anything"
          )
        }

        const shop = owed(generateShop({ seed: defaultSeed, documents }))
        const last = yield* ledgerline(surroundings, ...run)
        // The one document that is parked on purpose is still there to be seen to.
        assertEnded(last, 4)
        assert.deepStrictEqual(held(yield* sandbox.books), shop)

        const again = yield* ledgerline(surroundings, ...run)
        assertEnded(again, 4)
        assert.deepStrictEqual(held(yield* sandbox.books), shop)
      }).pipe(Effect.provide([NodeServices.layer, database.layer])),
    // Seven processes, one after the other, on whatever machine.
    180_000
  )
})

/**
 * run: the service; with --once it drains and exits.
 */
import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { runForever } from "../engine/runForever.ts"
import { runOnce } from "../engine/runOnce.ts"
import { SomethingLeft } from "./exitCode.ts"
import { flags, pathsOrDefault } from "./flags.ts"
import { counted, loadPlan } from "./loadPlan.ts"
import { progressDisplay } from "./progressDisplay.ts"
import { isEventful, leftOver, renderRound, renderRun } from "./renderRun.ts"
import { contact } from "./contact.ts"
import { configuredQueue, configuredStore } from "./configuredStore.ts"

/** `ledgerline run`. */
export const run = Command.make(
  "run",
  {
    paths: flags.paths,
    once: Flag.Boolean("once").pipe(
      Flag.withDescription("read everything that is there, post it, and exit"),
      Flag.withDefault(false)
    ),
    connections: flags.connections
  },
  Effect.fn("run")(function* ({ connections, once, paths }) {
    const plan = yield* loadPlan({
      paths: pathsOrDefault(paths),
      connections: Option.getOrUndefined(connections)
    })
    if (!once) {
      yield* Console.error(`running ${plan.pipelines.map(({ name }) => name).join(", ")}; stop with Ctrl-C`)
      return yield* runForever(plan, (round) =>
        isEventful(round) ? Console.error(renderRound(round)) : Effect.void
      ).pipe(Effect.provide([configuredStore, configuredQueue, contact]))
    }
    const summary = yield* runOnce(plan).pipe(Effect.provide([configuredStore, contact, progressDisplay]))
    yield* Console.log(renderRun(summary))
    const halted = summary.connections.find((connection) => connection.halted !== undefined)?.halted
    if (halted !== undefined) return yield* halted
    const left = leftOver(summary)
    if (left > 0) {
      return yield* new SomethingLeft({
        message: `${counted(left, "document")} left over; see: ledgerline errors list`
      })
    }
  })
).pipe(
  Command.withDescription("Read the sources and post to the ledger, for ever or once"),
  Command.withExamples([
    { command: "ledgerline run", description: "The service: every pipeline at its own interval" },
    { command: "ledgerline run --once", description: "For cron or a first try: drain and exit" }
  ])
)

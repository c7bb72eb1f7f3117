/**
 * run: the service; with --once it drains and exits.
 */
import { Config, Console, Effect, Fiber, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { checkAddresses } from "../engine/checkAddresses.ts"
import { recordRevisions } from "../engine/recordRevisions.ts"
import { runForever } from "../engine/runForever.ts"
import { runOnce } from "../engine/runOnce.ts"
import { ErrorQueue } from "../store/ErrorQueue.ts"
import { pipelinesOf } from "../plan/Plan.ts"
import { checkout } from "./checkout.ts"
import { EnvironmentWrong, SomethingLeft } from "./exitCode.ts"
import { flags, pathsOrDefault } from "./flags.ts"
import { listener } from "./listener.ts"
import { counted, loadPlan, pipelinesFolder } from "./loadPlan.ts"
import { progressDisplay } from "./progressDisplay.ts"
import { isEventful, leftOver, renderRound, renderRun } from "./renderRun.ts"
import { contactOnStore } from "./contact.ts"
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
    listen: Flag.String("listen").pipe(
      Flag.withDescription(
        "[host:]port at which events are taken in; 127.0.0.1 without a host (default: LEDGERLINE_LISTEN, else none are)"
      ),
      Flag.withFallbackConfig(Config.String("LEDGERLINE_LISTEN")),
      Flag.optional
    ),
    connections: flags.connections
  },
  Effect.fn("run")(function* ({ connections, listen, once, paths }) {
    const plan = yield* loadPlan({
      paths: pathsOrDefault(paths),
      connections: Option.getOrUndefined(connections)
    })
    const version = yield* checkout(pathsOrDefault(paths)[0] ?? pipelinesFolder)
    if (!once) {
      yield* Console.error(
        `running ${pipelinesOf(plan)
          .map(({ name }) => name)
          .join(", ")}; stop with Ctrl-C`
      )
      const service = yield* checkAddresses(plan).pipe(
        Effect.andThen(recordRevisions(plan, version)),
        Effect.andThen(listener(plan, listen)),
        Effect.andThen(
          runForever(plan, (round) => (isEventful(round) ? Console.error(renderRound(round)) : Effect.void))
        ),
        Effect.scoped,
        Effect.provide([configuredStore, configuredQueue, contactOnStore]),
        Effect.forkChild
      )
      return yield* Fiber.join(service).pipe(
        Effect.onInterrupt(() =>
          Effect.andThen(Console.error("stopping: finishing what was begun"), Fiber.interrupt(service))
        )
      )
    }
    const { left, summary } = yield* Effect.gen(function* () {
      yield* checkAddresses(plan)
      yield* recordRevisions(plan, version)
      const summary = yield* runOnce(plan)
      return { summary, left: leftOver(summary, yield* (yield* ErrorQueue).openByPipeline) }
    }).pipe(
      Effect.provide([configuredStore, contactOnStore, progressDisplay]),
      Effect.onInterrupt(() => Console.error("stopped before the end; nothing is lost: run again to go on"))
    )
    yield* Console.log(renderRun(summary))
    yield* Effect.forEach(summary.unread, ({ error, pipeline }) =>
      Console.error(`${pipeline} was not read: ${error.message}`)
    )
    const halted = [...summary.connections, ...summary.customers, ...summary.resumed].find(
      (connection) => connection.halted !== undefined
    )?.halted
    if (halted !== undefined) return yield* halted
    if (summary.unread.length > 0) {
      return yield* new EnvironmentWrong({
        message: `${counted(summary.unread.length, "pipeline")} of ${pipelinesOf(plan).length} not read; what was stored before is posted.`
      })
    }
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
    {
      command: "ledgerline run --listen 8080",
      description: "And takes events in, behind a proxy that ends TLS"
    },
    { command: "ledgerline run --once", description: "For cron or a first try: drain and exit" }
  ])
)

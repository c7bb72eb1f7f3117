/**
 * errors: the error queue, and trying again.
 */
import { Config, Console, Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { post } from "../engine/post.ts"
import { retry } from "../engine/retry.ts"
import { ErrorItem, ErrorQueue } from "../store/ErrorQueue.ts"
import { ConfigurationWrong, SomethingLeft } from "./exitCode.ts"
import { connectionsFlag, formatFlag } from "./flags.ts"
import { counted, loadPlan, pipelinesFolder } from "./loadPlan.ts"
import { columns, indented, styled } from "./render.ts"
import { configuredStore, contact } from "./services.ts"

const encodeItems = Schema.encodeSync(Schema.Array(ErrorItem))

const list = Command.make(
  "list",
  {
    all: Flag.Boolean("all").pipe(Flag.withDescription("settled ones too"), Flag.withDefault(false)),
    format: formatFlag
  },
  Effect.fn("errors.list")(function* ({ all, format }) {
    const queue = yield* ErrorQueue
    const items = yield* queue.list({ all })
    if (format === "json") return yield* Console.log(JSON.stringify({ items: encodeItems(items) }, null, 2))
    if (items.length === 0) return yield* Console.log("nothing waits")
    yield* Console.log(
      columns(
        ["id", "document", "stage", "state", "code", "reason"],
        items.map((item) => [
          `${item.id}`,
          `${item.resource} ${item.number}`,
          item.stage,
          item.state,
          item.problems[0]?.code ?? "",
          item.problems.map(({ message }) => message).join(" ")
        ])
      )
    )
  }, Effect.provide(configuredStore))
).pipe(
  Command.withDescription("Documents that wait for a person"),
  Command.withExamples([{ command: "ledgerline errors list --format json", description: "For a program" }])
)

const idArgument = Argument.Int("id").pipe(Argument.withDescription("number from errors list"))

const show = Command.make(
  "show",
  { id: idArgument, format: formatFlag },
  Effect.fn("errors.show")(function* ({ format, id }) {
    const queue = yield* ErrorQueue
    const item = yield* queue.get(id)
    if (Option.isNone(item)) {
      return yield* new ConfigurationWrong({
        message: `there is no error item ${id}; see: ledgerline errors list --all`
      })
    }
    if (format === "json") return yield* Console.log(JSON.stringify(encodeItems([item.value])[0], null, 2))
    const { number, pipeline, planRevision, problems, resource, retries, revision, stage, state, ...rest } =
      item.value
    yield* Console.log(
      [
        styled("bold", `${resource} ${number}`) + `  ${state}`,
        indented(
          columns(
            [],
            [
              ["pipeline", pipeline],
              ["stage", stage],
              ["revision", `${revision}`],
              ["plan", planRevision.slice(0, 12)],
              ["retries", `${retries}`],
              ["opened", rest.openedAt],
              ["changed", rest.changedAt]
            ]
          )
        ),
        "",
        ...problems.map(
          (problem) => `${styled("dim", `${problem.code}  ${problem.path}`)}\n${indented(problem.message)}`
        )
      ].join("\n")
    )
  }, Effect.provide(configuredStore))
).pipe(
  Command.withDescription("One waiting document, with everything that is known"),
  Command.withExamples([{ command: "ledgerline errors show 3", description: "Why item 3 waits" }])
)

const retryCommand = Command.make(
  "retry",
  {
    ids: Argument.Int("id").pipe(Argument.withDescription("numbers from errors list"), Argument.variadic()),
    all: Flag.Boolean("all").pipe(Flag.withDescription("every waiting document"), Flag.withDefault(false)),
    connections: connectionsFlag
  },
  Effect.fn("errors.retry")(
    function* ({ all, connections, ids }) {
      if (!all && ids.length === 0) {
        return yield* new ConfigurationWrong({ message: "say which: ledgerline errors retry 3, or --all" })
      }
      const actor = yield* Effect.orElseSucceed(Config.String("USER"), () => "operator")
      const plan = yield* loadPlan({
        paths: [pipelinesFolder],
        connections: Option.getOrUndefined(connections)
      })
      const queue = yield* ErrorQueue
      const waiting = yield* queue.list()
      const unknown = ids.filter((id) => !waiting.some((item) => item.id === id))
      if (unknown.length > 0) {
        return yield* new ConfigurationWrong({
          message: `nothing waits under ${unknown.join(", ")}; see: ledgerline errors list`
        })
      }
      const items = all ? waiting : waiting.filter(({ id }) => ids.includes(id))
      for (const item of items) {
        const outcome = yield* retry(plan, item, actor)
        yield* Console.log(`${item.resource} ${item.number}  ${outcome}`)
      }
      const ledgers = new Map(plan.pipelines.map((pipeline) => [pipeline.sinkConnection, pipeline.sink]))
      for (const [connection, sink] of ledgers) {
        const summary = yield* post(connection, sink, actor)
        yield* Console.log(
          `${connection}: ${summary.posted} posted, ${summary.adopted} already there, ${summary.rejected} refused, ${summary.waiting} waiting`
        )
        if (summary.halted !== undefined) return yield* summary.halted
      }
      const left = (yield* queue.list()).length
      if (left > 0)
        return yield* new SomethingLeft({ message: `${counted(left, "document")} still waiting.` })
    },
    Effect.provide([configuredStore, contact])
  )
).pipe(
  Command.withDescription("Try waiting documents again under the plan of today, and post"),
  Command.withExamples([
    { command: "ledgerline errors retry 3", description: "After a missing row was added to its table" },
    { command: "ledgerline errors retry --all", description: "After a period was opened" }
  ])
)

/** `ledgerline errors`. */
export const errors = Command.make("errors").pipe(
  Command.withDescription("Documents that wait for a person"),
  Command.withSubcommands([list, show, retryCommand])
)

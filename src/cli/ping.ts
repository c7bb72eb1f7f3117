/**
 * ping: every connection, as far as it can be tried without changing anything.
 */
import { Console, Effect, Option, Result } from "effect"
import { Command } from "effect/cli"
import { EnvironmentWrong } from "./exitCode.ts"
import { flags, pathsOrDefault } from "./flags.ts"
import { counted, loadPlan } from "./loadPlan.ts"
import { indented } from "./columns.ts"
import { styled } from "./styled.ts"
import { contact } from "./contact.ts"

/** `ledgerline ping`. */
export const ping = Command.make(
  "ping",
  { paths: flags.paths, connections: flags.connections },
  Effect.fn("ping")(function* ({ connections, paths }) {
    const plan = yield* loadPlan({
      paths: pathsOrDefault(paths),
      connections: Option.getOrUndefined(connections)
    })
    // A sink knows the company it posts to; its probe says more than the connection's.
    const sinks = new Map(plan.pipelines.map(({ sink, sinkConnection }) => [sinkConnection, sink]))
    const results = yield* Effect.forEach(plan.connections, ({ name, probe }) => {
      const sink = sinks.get(name)
      const tried = sink === undefined ? probe : Effect.flatMap(sink.open, (open) => open.probe)
      return Effect.map(Effect.result(Effect.scoped(tried)), (result) => ({ name, result }))
    })
    for (const { name, result } of results) {
      const mark = Result.isSuccess(result) ? styled("green", "ok") : styled("red", "failed")
      yield* Console.log(`${styled("bold", name)}  ${mark}`)
      yield* Console.log(
        indented(Result.isSuccess(result) ? result.success.join("\n") : result.failure.message)
      )
    }
    const failed = results.filter(({ result }) => Result.isFailure(result)).length
    if (failed > 0) {
      return yield* new EnvironmentWrong({
        message: `${counted(failed, "connection")} of ${results.length} failed.`
      })
    }
  }, Effect.provide(contact))
).pipe(
  Command.withDescription("Try every connection: reachable, authorised, company visible, clock"),
  Command.withExamples([{ command: "ledgerline ping", description: "Before the first run" }])
)

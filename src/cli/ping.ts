/**
 * ping: every connection, as far as it can be tried without changing anything.
 */
import type { ProbeLine } from "../pipeline/Connector.ts"
import type { Plan, PlannedConnection } from "../plan/Plan.ts"
import { Console, Effect, Option, Result } from "effect"
import { Command } from "effect/cli"
import { EnvironmentWrong } from "./exitCode.ts"
import { flags, pathsOrDefault } from "./flags.ts"
import { counted, loadPlan } from "./loadPlan.ts"
import { indented } from "./columns.ts"
import { styled } from "./styled.ts"
import { contact } from "./contact.ts"

/** The pipelines that post to a connection, those with the same settings together. */
const postingTo = (plan: Plan, connection: string) =>
  [
    ...Map.groupBy(
      plan.pipelines.filter(({ sinkConnection }) => sinkConnection === connection),
      ({ sinkHash }) => sinkHash
    ).values()
  ].map((pipelines) => ({
    pipelines,
    companies: [...new Set(pipelines.flatMap(({ expected }) => expected.lines.map(({ company }) => company)))]
  }))

/** What the connection needs, then what the sinks that post through it name. */
const tryConnection = Effect.fn("ping.connection")(function* (
  plan: Plan,
  { name, probe }: PlannedConnection
) {
  const lines: Array<ProbeLine> = [...(yield* Effect.scoped(probe))]
  for (const { companies, pipelines } of postingTo(plan, name)) {
    const [first] = pipelines
    if (first === undefined) continue
    lines.push(`for ${pipelines.map((pipeline) => pipeline.name).join(", ")}`)
    lines.push(
      ...(companies.length === 0
        ? ["each document decides the company, so none was tried"]
        : yield* Effect.scoped(Effect.flatMap(first.sink.open, (open) => open.probe(companies))))
    )
  }
  for (const pipeline of plan.customers.filter(({ sinkConnection }) => sinkConnection === name)) {
    lines.push(`for ${pipeline.name}`, ...(yield* Effect.scoped(pipeline.sink.probe)))
  }
  return lines
})

/** `ledgerline ping`. */
export const ping = Command.make(
  "ping",
  { paths: flags.paths, connections: flags.connections },
  Effect.fn("ping")(function* ({ connections, paths }) {
    const plan = yield* loadPlan({
      paths: pathsOrDefault(paths),
      connections: Option.getOrUndefined(connections)
    })
    const results = yield* Effect.forEach(plan.connections, (connection) =>
      Effect.map(Effect.result(tryConnection(plan, connection)), (result) => ({
        name: connection.name,
        lines: Result.isSuccess(result) ? result.success : [{ failed: result.failure.message }],
        isReached: Result.isSuccess(result)
      }))
    )
    const isFailing = ({ lines }: { readonly lines: ReadonlyArray<ProbeLine> }) =>
      lines.some((line) => typeof line !== "string")
    for (const result of results) {
      const mark = isFailing(result) ? styled("red", "failed") : styled("green", "ok")
      yield* Console.log(`${styled("bold", result.name)}  ${mark}`)
      const shown = result.lines.map((line) =>
        typeof line === "string"
          ? line
          : result.isReached
            ? `${styled("red", "failed")}  ${line.failed}`
            : line.failed
      )
      yield* Console.log(indented(shown.join("\n")))
    }
    const failed = results.filter(isFailing).length
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

/**
 * validate: lints pipelines, tables and connections. Contacts nothing.
 */
import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import type { ConfigIssue } from "../config/ConfigIssue.ts"
import { connectors } from "../connectors/registry.ts"
import { makePlan } from "../plan/makePlan.ts"
import { pipelinesOf } from "../plan/Plan.ts"
import { ConfigurationWrong } from "./exitCode.ts"
import { flags, pathsOrDefault } from "./flags.ts"
import { counted } from "./loadPlan.ts"
import { renderIssue } from "./renderIssue.ts"
import { styled } from "./styled.ts"

/** The escapes of GitHub's workflow commands. */
const escaped = (text: string) => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A")

const annotation = (issue: ConfigIssue) =>
  `::${issue.severity} file=${issue.file},line=${issue.line},col=${issue.column},title=${issue.code}::${escaped(
    issue.suggestion === undefined ? issue.message : `${issue.message} Did you mean: ${issue.suggestion}`
  )}`

/** `ledgerline validate`. */
export const validate = Command.make(
  "validate",
  {
    paths: flags.paths,
    connections: flags.connections,
    format: Flag.Literals("format", ["pretty", "json", "github"]).pipe(
      Flag.withDescription("pretty for people (default), json for programs, github for annotations in CI"),
      Flag.withDefault("pretty")
    ),
    denyWarnings: Flag.Boolean("deny-warnings").pipe(
      Flag.withDescription("treat warnings as errors"),
      Flag.withDefault(false)
    )
  },
  Effect.fn("validate")(function* ({ connections, denyWarnings, format, paths }) {
    const { issues, plan } = yield* makePlan({
      paths: pathsOrDefault(paths),
      connections: Option.getOrUndefined(connections),
      connectors
    })
    const errors = issues.filter(({ severity }) => severity === "error").length
    const warnings = issues.length - errors
    if (format === "json") yield* Console.log(JSON.stringify({ issues }, null, 2))
    if (format === "github") yield* Effect.forEach(issues, (issue) => Console.log(annotation(issue)))
    if (format === "pretty") {
      yield* Effect.forEach(issues, (issue) => Console.log(renderIssue(issue)))
      yield* Effect.forEach(plan === undefined ? [] : pipelinesOf(plan), ({ file, name }) =>
        Console.log(`${file}  ${styled("green", "ok")}  ${styled("dim", name)}`)
      )
    }
    if (errors > 0 || (denyWarnings && warnings > 0)) {
      return yield* new ConfigurationWrong({
        message: `${counted(errors, "error")}, ${counted(warnings, "warning")}.`
      })
    }
  })
).pipe(
  Command.withDescription("Check pipelines, tables and connections; contacts nothing"),
  Command.withExamples([
    { command: "ledgerline validate", description: "Check the folder pipelines/" },
    {
      command: "ledgerline validate pipelines/invoices-to-gl.yaml --format github --deny-warnings",
      description: "In CI, with annotations on the pull request"
    }
  ])
)

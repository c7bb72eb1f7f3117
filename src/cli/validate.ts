/**
 * validate: lints pipelines, tables and connections. Contacts nothing unless it is asked to.
 */
import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import type { ConfigIssue } from "../config/ConfigIssue.ts"
import { checkOnline, type OnlineResult } from "../engine/checkOnline.ts"
import { connectors } from "../connectors/registry.ts"
import { makePlan } from "../plan/makePlan.ts"
import { pipelinesOf } from "../plan/Plan.ts"
import { contact } from "./contact.ts"
import { ConfigurationWrong, EnvironmentWrong } from "./exitCode.ts"
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

const notAsked: OnlineResult = { issues: [], unanswered: [] }

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
    online: Flag.Boolean("online").pipe(
      Flag.withDescription(
        "also ask the ledgers, reading only, whether accounts, dimension values, settings and periods are there"
      ),
      Flag.withDefault(false)
    ),
    denyWarnings: Flag.Boolean("deny-warnings").pipe(
      Flag.withDescription("treat warnings as errors"),
      Flag.withDefault(false)
    )
  },
  Effect.fn("validate")(function* ({ connections, denyWarnings, format, online, paths }) {
    const { issues: found, plan } = yield* makePlan({
      paths: pathsOrDefault(paths),
      connections: Option.getOrUndefined(connections),
      connectors
    })
    // Invariant I6: without --online nothing outside the process is touched.
    const asked =
      online && plan !== undefined
        ? yield* Effect.provide(Effect.scoped(checkOnline(plan)), contact)
        : notAsked
    const issues = [...found, ...asked.issues]
    const unanswered = asked.unanswered.map(({ connection, message }) =>
      message.startsWith(`${connection}: `) ? message : `${connection}: ${message}`
    )
    const errors = issues.filter(({ severity }) => severity === "error").length
    const warnings = issues.length - errors
    if (format === "json") yield* Console.log(JSON.stringify({ issues }, null, 2))
    if (format === "github") yield* Effect.forEach(issues, (issue) => Console.log(annotation(issue)))
    if (format === "pretty") {
      yield* Effect.forEach(issues, (issue) => Console.log(renderIssue(issue)))
      const wrong = new Set(issues.filter(({ severity }) => severity === "error").map(({ file }) => file))
      yield* Effect.forEach(
        plan === undefined ? [] : pipelinesOf(plan).filter(({ file }) => !wrong.has(file)),
        ({ file, name }) => Console.log(`${file}  ${styled("green", "ok")}  ${styled("dim", name)}`)
      )
    }
    if (errors > 0 || (denyWarnings && warnings > 0)) {
      return yield* new ConfigurationWrong({
        message: [`${counted(errors, "error")}, ${counted(warnings, "warning")}.`, ...unanswered].join("\n")
      })
    }
    if (unanswered.length > 0) return yield* new EnvironmentWrong({ message: unanswered.join("\n") })
  })
).pipe(
  Command.withDescription("Check pipelines, tables and connections; contacts nothing without --online"),
  Command.withExamples([
    { command: "ledgerline validate", description: "Check the folder pipelines/" },
    {
      command: "ledgerline validate pipelines/invoices-to-gl.yaml --format github --deny-warnings",
      description: "In CI, with annotations on the pull request"
    },
    {
      command: "ledgerline validate --online",
      description: "Ask the ledger too: do the accounts exist there?"
    }
  ])
)

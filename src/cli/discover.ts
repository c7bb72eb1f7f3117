/**
 * discover: what a system really has, compared with the settings of a connection.
 */
import { Console, Effect, FileSystem, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { editYaml } from "../config/editYaml.ts"
import { connectors } from "../connectors/registry.ts"
import type { Discovery, Finding } from "../pipeline/Connector.ts"
import { suggest } from "../pipeline/Shape.ts"
import { type Connections, readConnections } from "../plan/Connections.ts"
import { columns } from "./columns.ts"
import { contact } from "./contact.ts"
import { ConfigurationWrong, SomethingLeft } from "./exitCode.ts"
import { flags } from "./flags.ts"
import { counted } from "./loadPlan.ts"
import { renderIssue } from "./renderIssue.ts"
import { styled } from "./styled.ts"

const load = Effect.fn("discover.load")(function* (file: string) {
  const files = yield* FileSystem.FileSystem
  const text = yield* files.readFileString(file).pipe(
    Effect.mapError(
      () =>
        new ConfigurationWrong({
          message: `${file} cannot be read. Write it, or name another file with --connections.`
        })
    )
  )
  const { connections, issues } = readConnections({ file, text }, connectors)
  yield* Effect.forEach(issues, (issue) => Console.error(renderIssue(issue)))
  if (connections?.decoded !== undefined) return { text, connections }
  return yield* new ConfigurationWrong({
    message: `${counted(issues.length, "error")} in ${file}; nothing was asked.`
  })
})

/** The connector that a person means by `system`, such as the first word of its name. */
const connectorOf = Effect.fn("discover.connectorOf")(function* (system: string) {
  const able = connectors.flatMap((connector) =>
    connector.discover === undefined ? [] : [{ connector, discover: connector.discover }]
  )
  const named = able.find(({ connector: { name } }) => name === system || name.split("-").includes(system))
  if (named !== undefined) return named
  return yield* new ConfigurationWrong({
    message: `nothing can be discovered of "${system}". Try: ${able.map(({ connector }) => connector.name).join(", ")}.`
  })
})

/** The connection given, or the only one of the connector's kind. */
const connectionOf = Effect.fn("discover.connectionOf")(function* (
  connections: Connections,
  type: string,
  given: Option.Option<string>
) {
  const fitting = Object.entries(connections.decoded ?? {}).filter(([, { type: own }]) => own === type)
  const names = fitting.map(([name]) => name)
  const found = Option.isSome(given)
    ? fitting.find(([name]) => name === given.value)
    : fitting.length === 1
      ? fitting[0]
      : undefined
  if (found !== undefined) return { name: found[0], connection: found[1] }
  const meant = Option.match(given, { onNone: () => undefined, onSome: (name) => suggest(name, names) })
  return yield* new ConfigurationWrong({
    message:
      names.length === 0
        ? `${connections.yaml.file} has no connection of type ${type}. Add one.`
        : Option.isSome(given)
          ? `${connections.yaml.file} has no connection ${given.value} of type ${type}. ${meant === undefined ? `It has: ${names.join(", ")}.` : `Did you mean: ${meant}`}`
          : `name one of the connections: ${names.join(", ")}.`
  })
})

const stateText = ({ state }: Finding) => (state === "there" ? styled("green", state) : styled("red", state))

const table = ({ findings }: Discovery) =>
  columns(
    ["setting", "value", "state", "what it is", "set it to"],
    findings.map((finding) => [
      finding.setting,
      finding.value,
      stateText(finding),
      finding.detail,
      finding.suggestion ?? ""
    ])
  )

/** `ledgerline discover`. */
export const discover = Command.make(
  "discover",
  {
    system: Argument.String("system").pipe(Argument.withDescription("kind of system, for example ifs")),
    connection: Argument.String("connection").pipe(
      Argument.withDescription("name of the connection; may be left out where there is only one of the kind"),
      Argument.optional
    ),
    pipelines: flags.pipelines,
    connections: flags.connections,
    format: flags.format,
    write: Flag.Boolean("write").pipe(
      Flag.withDescription("write the names found into the connections file; never a credential"),
      Flag.withDefault(false)
    )
  },
  Effect.fn("discover")(function* ({
    connection: given,
    connections: elsewhere,
    format,
    pipelines,
    system,
    write
  }) {
    const files = yield* FileSystem.FileSystem
    const file = Option.getOrElse(elsewhere, () => `${pipelines}/connections.yaml`)
    const { connections, text } = yield* load(file)
    const { connector, discover: ask } = yield* connectorOf(system)
    const { connection, name } = yield* connectionOf(connections, connector.name, given)
    const found = yield* Effect.scoped(ask({ name, connection }))
    if (format === "json") {
      yield* Console.log(JSON.stringify({ connection: name, ...found }, null, 2))
    } else {
      yield* Console.log(table(found))
    }
    const differing = found.findings.filter(({ state }) => state !== "there")
    if (differing.length === 0) return
    const suggested = differing.filter(({ suggestion }) => suggestion !== undefined)
    if (write && suggested.length > 0) {
      const draft = `${file}.discovered`
      yield* files.writeFileString(draft, editYaml(text, ["connections", name], found.settings))
      yield* files.rename(draft, file)
      yield* Console.error(
        `${counted(suggested.length, "setting")} written to ${file}. They are guesses by likeness of name: look at them, then run this command again.`
      )
    }
    const left = differing.length - (write ? suggested.length : 0)
    if (left === 0) return
    return yield* new SomethingLeft({
      message: `${counted(left, "setting")} of ${name} ${left === 1 ? "differs" : "differ"} from the system.${
        suggested.length > 0 && !write ? ` --write sets the ${suggested.length} that have a likely name.` : ""
      }`
    })
  }, Effect.provide(contact))
).pipe(
  Command.withDescription("Compare the names in a connection with what the system has, and correct them"),
  Command.withExamples([
    {
      command: "ledgerline discover ifs",
      description: "Which of the names the system has"
    },
    {
      command: "ledgerline discover ifs erp --write",
      description: "Write the names found into connections.yaml"
    }
  ])
)

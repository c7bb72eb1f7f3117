/**
 * makePlan: a folder of YAML and CSV to a plan, or every mistake in it.
 *
 * All files are read and all mistakes collected before it gives up, so that one
 * pass shows all there is to mend. Nothing outside the folder is touched.
 */
import { Duration, Effect, Result } from "effect"
import type { FileSystem, Path } from "effect"
import { type ConfigIssue, type Position, sortIssues } from "../config/ConfigIssue.ts"
import { type ConnectionsConfig, connectionsSchema } from "../config/connectionsSchema.ts"
import { decodeYaml } from "../config/decodeYaml.ts"
import { parseYaml, type YamlFile } from "../config/parseYaml.ts"
import { type PipelineConfig, pipelineSchema, type Stage } from "../config/pipelineSchema.ts"
import type { Connector } from "../pipeline/Connector.ts"
import { shapeOf, suggest, unknownShape } from "../pipeline/Shape.ts"
import { compilePipeline } from "./compilePipeline.ts"
import type { Plan, PlannedPipeline } from "./Plan.ts"
import { readFolder, readTable, type TextFile } from "./readFolder.ts"

/** A plan when there are no errors, and all issues in reading order; warnings do not stand in the way of a plan. */
export interface PlanResult {
  readonly plan?: Plan
  readonly issues: ReadonlyArray<ConfigIssue>
}

interface Decoded {
  readonly yaml: YamlFile
  readonly config: PipelineConfig
}

interface Connections {
  readonly yaml: YamlFile
  /** Names as written, even where the settings are wrong. */
  readonly names: ReadonlyArray<string>
  readonly config: ConnectionsConfig["connections"] | undefined
}

const issueAt = (
  yaml: YamlFile,
  position: Position,
  issue: Pick<ConfigIssue, "code" | "message" | "severity"> & { readonly suggestion?: string | undefined }
): ConfigIssue => ({
  file: yaml.file,
  ...position,
  code: issue.code,
  severity: issue.severity,
  message: issue.message,
  ...(issue.suggestion === undefined ? {} : { suggestion: issue.suggestion })
})

const entriesOf = (value: unknown): ReadonlyArray<readonly [string, unknown]> =>
  typeof value === "object" && value !== null ? Object.entries(value) : []

const rawConnections = (value: unknown) => entriesOf(new Map(entriesOf(value)).get("connections"))

/** Reads connections.yaml; no value of it is ever repeated in a message. */
const decodeConnections = (
  file: TextFile,
  connectors: ReadonlyArray<Connector>,
  issues: Array<ConfigIssue>
) => {
  const parsed = parseYaml(file.file, file.text)
  issues.push(...parsed.issues)
  if (parsed.yaml === undefined) return undefined
  const decoded = decodeYaml(connectionsSchema(connectors), parsed.yaml, { isConfidential: true })
  if (Result.isFailure(decoded)) issues.push(...decoded.failure)
  return {
    yaml: parsed.yaml,
    names: rawConnections(parsed.yaml.value).map(([name]) => name),
    config: Result.isSuccess(decoded) ? decoded.success.connections : undefined
  } satisfies Connections
}

const checkStage = (
  { yaml }: Decoded,
  side: "source" | "sink",
  { stage, connector }: { readonly stage: Stage; readonly connector: string | undefined },
  connections: Connections
): ReadonlyArray<ConfigIssue> => {
  const at = yaml.locate([side, "connection"])
  if (!connections.names.includes(stage.connection)) {
    return [
      issueAt(yaml, at, {
        code: "plan/unknown-connection",
        severity: "error",
        message: `There is no connection "${stage.connection}" in ${connections.yaml.file}. It has: ${connections.names.join(", ")}.`,
        suggestion: suggest(stage.connection, connections.names)
      })
    ]
  }
  const type = connections.config?.[stage.connection]?.type
  if (type === undefined || connector === undefined || type === connector) return []
  const fitting = Object.entries(connections.config ?? {}).find(([, other]) => other.type === connector)
  return [
    issueAt(yaml, at, {
      code: "plan/wrong-connection",
      severity: "error",
      message: `"${stage.connection}" is a connection of type ${type}, but ${stage.type} needs one of type ${connector}.`,
      suggestion: fitting?.[0]
    })
  ]
}

/** The trigger's own overlap and lag, put in the place of the source's settings. */
const configOfSource = ({ config, yaml }: Decoded, issues: Array<ConfigIssue>): unknown => {
  const { lag, overlap } = config.trigger.poll
  if (overlap === undefined && lag === undefined) return config.source.with
  const settings = new Map(entriesOf(config.source.with))
  for (const [name, value] of Object.entries({ overlap, lag })) {
    if (value === undefined) continue
    if (Duration.isDuration(settings.get(name))) settings.set(name, value)
    else {
      issues.push(
        issueAt(yaml, yaml.locate(["trigger", "poll", name], "key"), {
          code: "plan/not-supported",
          severity: "error",
          message: `${config.source.type} has no ${name}. Leave it out.`
        })
      )
    }
  }
  return Object.fromEntries(settings)
}

const duplicateNames = (pipelines: ReadonlyArray<Decoded>): ReadonlyArray<ConfigIssue> =>
  pipelines.flatMap(({ config, yaml }, index) => {
    const first = pipelines.slice(0, index).find((other) => other.config.name === config.name)
    return first === undefined
      ? []
      : [
          issueAt(yaml, yaml.locate(["name"]), {
            code: "plan/duplicate-name",
            severity: "error",
            message: `The name ${config.name} is already used by ${first.yaml.file}. Give each pipeline its own.`
          })
        ]
  })

const readTables = Effect.fn("makePlan.readTables")(function* (
  folder: string,
  { config, yaml }: Decoded,
  issues: Array<ConfigIssue>
) {
  const tables = new Map<string, TextFile>()
  for (const [name, table] of Object.entries(config.mapping.tables ?? {})) {
    if (!("file" in table)) continue
    const found = yield* readTable(folder, table.file)
    if ("text" in found) tables.set(name, found)
    else {
      const at = yaml.locate(["mapping", "tables", name, "file"])
      issues.push(issueAt(yaml, at, { ...found, severity: "error" }))
    }
  }
  return tables
})

/**
 * Plans the pipelines at `paths`: files of one folder, or the folder. The
 * connections stand beside them in connections.yaml, tables in the same folder
 * or below it.
 */
export const makePlan = Effect.fn("makePlan")(function* (options: {
  readonly paths: ReadonlyArray<string>
  readonly connectors: ReadonlyArray<Connector>
}): Effect.fn.Return<PlanResult, never, FileSystem.FileSystem | Path.Path> {
  const { connectors } = options
  const folder = yield* readFolder(options.paths)
  const issues: Array<ConfigIssue> = [...folder.issues]
  const connections =
    folder.connections === undefined ? undefined : decodeConnections(folder.connections, connectors, issues)

  const schema = pipelineSchema(connectors)
  const decoded = folder.pipelines.flatMap(({ file, text }): ReadonlyArray<Decoded> => {
    const parsed = parseYaml(file, text)
    issues.push(...parsed.issues)
    if (parsed.yaml === undefined) return []
    const config = decodeYaml(schema, parsed.yaml, { isConfidential: false })
    if (Result.isFailure(config)) issues.push(...config.failure)
    return Result.isSuccess(config) ? [{ yaml: parsed.yaml, config: config.success }] : []
  })
  issues.push(...duplicateNames(decoded))

  const pipelines: Array<PlannedPipeline> = []
  for (const one of decoded) {
    const { config } = one
    const sources = connectors.flatMap((connector) =>
      connector.sources.map((source) => ({ connector, source }))
    )
    const sinks = connectors.flatMap((connector) => connector.sinks.map((sink) => ({ connector, sink })))
    const source = sources.find((candidate) => candidate.source.type === config.source.type)
    const sink = sinks.find((candidate) => candidate.sink.type === config.sink.type)
    const mismatches =
      connections === undefined
        ? []
        : [
            ...checkStage(
              one,
              "source",
              { stage: config.source, connector: source?.connector.name },
              connections
            ),
            ...checkStage(one, "sink", { stage: config.sink, connector: sink?.connector.name }, connections)
          ]
    issues.push(...mismatches)

    const sourceConfig = configOfSource(one, issues)
    const sourceConnection = connections?.config?.[config.source.connection]
    const sinkConnection = connections?.config?.[config.sink.connection]
    const tables = yield* readTables(folder.folder, one, issues)
    const isResolved =
      source !== undefined &&
      sink !== undefined &&
      sourceConnection !== undefined &&
      sinkConnection !== undefined &&
      mismatches.length === 0
    const raw = new Map(rawConnections(connections?.yaml.value))
    const compiled = compilePipeline({
      ...one,
      tables,
      shape: source === undefined ? unknownShape : shapeOf(source.source.record),
      connections: [raw.get(config.source.connection), raw.get(config.sink.connection)],
      stages: isResolved
        ? {
            source: source.source.make({
              name: config.source.connection,
              connection: sourceConnection,
              config: sourceConfig
            }),
            sink: sink.sink.make({
              name: config.sink.connection,
              connection: sinkConnection,
              config: config.sink.with
            })
          }
        : undefined
    })
    issues.push(...compiled.issues)
    if (compiled.pipeline !== undefined) pipelines.push(compiled.pipeline)
  }

  if (folder.isWhole && connections !== undefined && decoded.length === folder.pipelines.length) {
    const used = new Set(decoded.flatMap(({ config }) => [config.source.connection, config.sink.connection]))
    issues.push(
      ...connections.names
        .filter((name) => !used.has(name))
        .map((name) =>
          issueAt(connections.yaml, connections.yaml.locate(["connections", name], "key"), {
            code: "plan/unused-connection",
            severity: "warning",
            message: `No pipeline uses the connection "${name}".`
          })
        )
    )
  }

  const sorted = sortIssues(issues)
  // A table that two pipelines share is read twice, and is wrong once.
  const distinct = sorted.filter(
    (issue, index) => index === sorted.findIndex((other) => JSON.stringify(other) === JSON.stringify(issue))
  )
  if (distinct.some(({ severity }) => severity === "error")) return { issues: distinct }
  return {
    issues: distinct,
    plan: {
      pipelines,
      connections: Object.entries(connections?.config ?? {}).flatMap(([name, connection]) =>
        connectors
          .filter((connector) => connector.name === connection.type)
          .map((connector) => ({ name, type: connector.name, probe: connector.probe({ name, connection }) }))
      )
    }
  }
})

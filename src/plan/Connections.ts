/**
 * Connections: connections.yaml as read, and whether pipelines name what is in it.
 */
import { Result } from "effect"
import { type ConfigIssue, issueAt } from "../config/ConfigIssue.ts"
import { type ConnectionsConfig, connectionsSchema } from "../config/connectionsSchema.ts"
import { decodeYaml } from "../config/decodeYaml.ts"
import { parseYaml, type YamlFile } from "../config/parseYaml.ts"
import type { Stage } from "../config/pipelineSchema.ts"
import type { Connector } from "../pipeline/Connector.ts"
import { suggest } from "../pipeline/Shape.ts"
import type { TextFile } from "./readFolder.ts"

/** A readable connections.yaml. */
export interface Connections {
  readonly yaml: YamlFile
  /** Each connection as written, even where its settings are wrong. */
  readonly written: ReadonlyMap<string, unknown>
  /** Their settings, if there is no mistake in the file. */
  readonly decoded: ConnectionsConfig["connections"] | undefined
}

const entriesOf = (value: unknown): ReadonlyArray<readonly [string, unknown]> =>
  typeof value === "object" && value !== null ? Object.entries(value) : []

/** Reads connections.yaml. Its values are kept out of all messages, for one may be a credential by mistake. */
export const readConnections = (
  { file, text }: TextFile,
  connectors: ReadonlyArray<Connector>
): { readonly connections?: Connections; readonly issues: ReadonlyArray<ConfigIssue> } => {
  const { issues, yaml } = parseYaml(file, text)
  if (yaml === undefined) return { issues }
  const decoded = decodeYaml(connectionsSchema(connectors), yaml, { isConfidential: true })
  return {
    issues: Result.isFailure(decoded) ? [...issues, ...decoded.failure] : issues,
    connections: {
      yaml,
      written: new Map(entriesOf(new Map(entriesOf(yaml.value)).get("connections"))),
      decoded: Result.isSuccess(decoded) ? decoded.success.connections : undefined
    }
  }
}

/** Whether the connection of a stage exists and is one of its own vendor, `vendor`. */
export const checkConnection = (
  connections: Connections,
  options: {
    readonly yaml: YamlFile
    /** Where the stage stands in the file. */
    readonly path: ReadonlyArray<PropertyKey>
    readonly stage: Stage
    readonly vendor: string | undefined
  }
): ReadonlyArray<ConfigIssue> => {
  const { path, stage, vendor, yaml } = options
  const at = yaml.locate([...path, "connection"])
  const names = [...connections.written.keys()]
  if (!names.includes(stage.connection)) {
    return [
      issueAt(yaml.file, at, {
        code: "plan/unknown-connection",
        severity: "error",
        message: `There is no connection "${stage.connection}" in ${connections.yaml.file}. It has: ${names.join(", ")}.`,
        suggestion: suggest(stage.connection, names)
      })
    ]
  }
  const type = connections.decoded?.[stage.connection]?.type
  if (type === undefined || vendor === undefined || type === vendor) return []
  const fitting = Object.entries(connections.decoded ?? {}).find(([, other]) => other.type === vendor)
  return [
    issueAt(yaml.file, at, {
      code: "plan/wrong-connection",
      severity: "error",
      message: `"${stage.connection}" is a connection of type ${type}, but ${stage.type} needs one of type ${vendor}.`,
      suggestion: fitting?.[0]
    })
  ]
}

/** Connections that no pipeline uses. */
export const unusedConnections = (
  connections: Connections,
  used: ReadonlySet<string>
): ReadonlyArray<ConfigIssue> =>
  [...connections.written.keys()]
    .filter((name) => !used.has(name))
    .map((name) =>
      issueAt(connections.yaml.file, connections.yaml.locate(["connections", name], "key"), {
        code: "plan/unused-connection",
        severity: "warning",
        message: `No pipeline uses the connection "${name}".`
      })
    )

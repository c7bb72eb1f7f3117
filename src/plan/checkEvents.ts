/**
 * checkEvents: whether what a pipeline wants to be told can be told, and by which door.
 */
import { Duration } from "effect"
import { type ConfigIssue, issueAt } from "../config/ConfigIssue.ts"
import type { YamlFile } from "../config/parseYaml.ts"
import type { PipelineConfig } from "../config/pipelineSchema.ts"
import type { Connector } from "../pipeline/Connector.ts"
import { suggest } from "../pipeline/Shape.ts"
import type { Connections } from "./Connections.ts"
import type { PlannedDoor } from "./Plan.ts"

/** The events that concern a source, as pipelines name them. */
export const eventsOf = (connector: Connector | undefined, sourceType: string): ReadonlyArray<string> =>
  Object.entries(connector?.events.resources ?? {})
    .filter(([, source]) => source === sourceType)
    .flatMap(([resource]) => [`${resource}.created`, `${resource}.updated`])

/** Reports get lost on their way: what polling finds only after so long is found late. */
const rarely = Duration.hours(24)

/** What is wrong with a pipeline's `webhook`. */
export const checkEvents = (options: {
  readonly yaml: YamlFile
  readonly config: PipelineConfig
  readonly connector: Connector | undefined
  readonly doors: ReadonlyArray<PlannedDoor>
}): ReadonlyArray<ConfigIssue> => {
  const { config, connector, doors, yaml } = options
  const { poll, webhook } = config.trigger
  if (webhook === undefined || connector === undefined) return []
  const known = eventsOf(connector, config.source.type)
  const unknown = webhook.events.flatMap((event, index) =>
    known.includes(event)
      ? []
      : [
          issueAt(yaml.file, yaml.locate(["trigger", "webhook", "events", index]), {
            code: "plan/unknown-event",
            severity: "error",
            message:
              known.length === 0
                ? `No system reports what ${config.source.type} reads. Leave webhook out; the source is polled.`
                : `There is no event "${event}" about what ${config.source.type} reads. There are: ${known.join(", ")}.`,
            suggestion: suggest(event, known)
          })
        ]
  )
  const doorless = doors.some(({ connection }) => connection === config.source.connection)
    ? []
    : [
        issueAt(yaml.file, yaml.locate(["trigger", "webhook"], "key"), {
          code: "plan/no-event-door",
          severity: "warning",
          message: `The connection "${config.source.connection}" has no events, so nothing can be reported to this pipeline. Say in connections.yaml how its system sends them, or leave webhook out.`
        })
      ]
  const seldom = Duration.isGreaterThan(poll.every, rarely)
    ? [
        issueAt(yaml.file, yaml.locate(["trigger", "poll", "every"], "key"), {
          code: "plan/rarely-polled",
          severity: "warning",
          message:
            "A change whose report gets lost is found only by polling, which is more than a day apart here. Poll at least once a day."
        })
      ]
    : []
  return unknown.length > 0 ? unknown : [...doorless, ...seldom]
}

/** Doors of all connections. */
export const doorsOf = (
  connections: Connections | undefined,
  connectors: ReadonlyArray<Connector>
): ReadonlyArray<PlannedDoor> =>
  Object.entries(connections?.decoded ?? {}).flatMap(([name, connection]) =>
    connectors
      .filter((connector) => connector.name === connection.type)
      .flatMap((connector) => connector.events.doors({ name, connection }))
      .map((door) => ({ ...door, connection: name }))
  )

/** Doors that have the same path, so that nobody knows whose request comes in. */
export const sameDoors = (
  connections: Connections,
  doors: ReadonlyArray<PlannedDoor>
): ReadonlyArray<ConfigIssue> =>
  doors.flatMap(({ connection, path }, index) => {
    const first = doors.slice(0, index).find((other) => other.path === path)
    if (first === undefined) return []
    const position = doors.slice(0, index).filter((door) => door.connection === connection).length
    const at = ["connections", connection, "events", position, "path"]
    return [
      issueAt(connections.yaml.file, connections.yaml.locate(at), {
        code: "plan/duplicate-path",
        severity: "error",
        message: `${path} is already a path of the connection "${first.connection}". Give each door its own, and the sender its URL.`
      })
    ]
  })

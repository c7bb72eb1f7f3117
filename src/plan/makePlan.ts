/**
 * makePlan: a folder of YAML and CSV to a plan, or every mistake in it.
 *
 * All files are read and all mistakes collected before it gives up, so that one
 * pass shows all there is to mend. Nothing outside the folder is touched.
 */
import { Duration, Effect, type FileSystem, type Path, Result } from "effect"
import { type ConfigIssue, issueAt, sortIssues } from "../config/ConfigIssue.ts"
import { decodeYaml } from "../config/decodeYaml.ts"
import { parseYaml, type YamlFile } from "../config/parseYaml.ts"
import { isPosting, type PipelineConfig, pipelineSchema, type Stage } from "../config/pipelineSchema.ts"
import { SalesDocument } from "../pipeline/SalesDocument.ts"
import type { Connector } from "../pipeline/Connector.ts"
import { Customer } from "../pipeline/Customer.ts"
import { agreeCustomers, type PlacedCustomers } from "./agreeCustomers.ts"
import { checkCustomerStages } from "./checkCustomerStages.ts"
import { checkEvents, doorsOf, sameDoors } from "./checkEvents.ts"
import { checkHalves } from "./checkHalves.ts"
import { checkLinks } from "./checkLinks.ts"
import { compilePipeline } from "./compilePipeline.ts"
import { checkConnection, type Connections, readConnections, unusedConnections } from "./Connections.ts"
import { onlyRead } from "./onlyRead.ts"
import type { Plan, PlannedDoor, PlannedPipeline } from "./Plan.ts"
import { readFolder, readTable, type TextFile } from "./readFolder.ts"
import { type PostingRules, revenueTwice } from "./revenueTwice.ts"

/** A plan when there are no errors, and all issues in reading order; warnings do not stand in the way of a plan. */
export interface PlanResult {
  readonly plan?: Plan
  readonly issues: ReadonlyArray<ConfigIssue>
}

interface Decoded {
  readonly yaml: YamlFile
  readonly config: PipelineConfig
}

/** The source's settings, with the trigger's own overlap and lag in their place. */
const sourceSettings = ({ config, yaml }: Decoded): Result.Result<unknown, ReadonlyArray<ConfigIssue>> => {
  const { lag, overlap } = config.trigger.poll
  const settings: unknown = config.source.with
  const given = Object.entries({ overlap, lag }).filter(([, value]) => value !== undefined)
  if (given.length === 0 || typeof settings !== "object" || settings === null) return Result.succeed(settings)
  const unknown = given.filter(([name]) => !Duration.isDuration(Reflect.get(settings, name)))
  return unknown.length === 0
    ? Result.succeed({ ...settings, ...Object.fromEntries(given) })
    : Result.fail(
        unknown.map(([name]) =>
          issueAt(yaml.file, yaml.locate(["trigger", "poll", name], "key"), {
            code: "plan/not-supported",
            severity: "error",
            message: `${config.source.type} has no ${name}. Leave it out.`
          })
        )
      )
}

const duplicateNames = (pipelines: ReadonlyArray<Decoded>): ReadonlyArray<ConfigIssue> =>
  pipelines.flatMap(({ config, yaml }, index) => {
    const first = pipelines.slice(0, index).find((other) => other.config.name === config.name)
    return first === undefined
      ? []
      : [
          issueAt(yaml.file, yaml.locate(["name"]), {
            code: "plan/duplicate-name",
            severity: "error",
            message: `The name ${config.name} is already used by ${first.yaml.file}. Give each pipeline its own.`
          })
        ]
  })

const readTables = Effect.fn("makePlan.readTables")(function* (folder: string, { config, yaml }: Decoded) {
  const tables = new Map<string, TextFile>()
  const issues: Array<ConfigIssue> = []
  for (const [name, table] of Object.entries(config.mapping?.tables ?? {})) {
    if (!("file" in table)) continue
    const found = yield* readTable(folder, table.file)
    if ("text" in found) tables.set(name, found)
    else {
      const at = yaml.locate(["mapping", "tables", name, "file"])
      issues.push(issueAt(yaml.file, at, { ...found, severity: "error" }))
    }
  }
  return { tables, issues }
})

/** The definition of a type among those of all connectors, with the name of its own. */
const ofType = <Definition extends { readonly type: string }>(
  connectors: ReadonlyArray<Connector>,
  definitions: (connector: Connector) => ReadonlyArray<Definition>,
  type: string | undefined
) =>
  connectors
    .flatMap((connector) =>
      definitions(connector).map((definition) => ({ vendor: connector.name, definition }))
    )
    .find(({ definition }) => definition.type === type)

const stagesOf = ({ sink, source }: PipelineConfig) => [
  { side: "source", stage: source } as const,
  ...(sink === undefined ? [] : [{ side: "sink", stage: sink } as const])
]

/** Every connection that the pipeline names. */
const connectionsOf = (config: PipelineConfig) =>
  [...stagesOf(config).map(({ stage }) => stage), ...config.lookups].map(({ connection }) => connection)

/** Finds the stages of a pipeline among the connectors, makes them and compiles what stands between. */
const planPipeline = (
  one: Decoded,
  options: {
    readonly tables: ReadonlyMap<string, TextFile>
    readonly connections: Connections | undefined
    readonly connectors: ReadonlyArray<Connector>
    readonly doors: ReadonlyArray<PlannedDoor>
  }
): { readonly pipeline?: PlannedPipeline; readonly issues: ReadonlyArray<ConfigIssue> } => {
  const { connections, connectors, tables } = options
  const { config, yaml } = one
  const source = ofType(connectors, ({ sources }) => sources, config.source.type)
  const sink = ofType(connectors, ({ sinks }) => sinks, config.sink?.type)
  const customerSink = ofType(connectors, ({ customerSinks }) => customerSinks, config.sink?.type)
  const settings = sourceSettings(one)
  const before = [
    ...checkHalves(yaml, config),
    ...checkCustomerStages(yaml, config, {
      readsCustomers: source === undefined || source.definition.record === Customer,
      isBack: source?.definition.people === "guests" && source.vendor === customerSink?.vendor,
      sink: sink === undefined ? (customerSink === undefined ? undefined : "customers") : "entries"
    }),
    ...(connections === undefined
      ? []
      : stagesOf(config).flatMap(({ side, stage }) =>
          checkConnection(connections, {
            yaml,
            path: [side],
            stage,
            vendor: { source, sink: sink ?? customerSink }[side]?.vendor
          })
        )),
    ...(connections === undefined
      ? []
      : config.lookups.flatMap((stage, index) =>
          checkConnection(connections, {
            yaml,
            path: ["lookups", index],
            stage,
            vendor: ofType(connectors, ({ sources }) => sources, stage.type)?.vendor
          })
        )),
    ...(Result.isFailure(settings) ? settings.failure : [])
  ]
  const connectionOf = (stage: Stage | undefined) =>
    stage === undefined ? undefined : connections?.decoded?.[stage.connection]

  const makeStages = () => {
    const [from, to] = [connectionOf(config.source), connectionOf(config.sink)]
    if (before.length > 0 || source === undefined || from === undefined || Result.isFailure(settings)) {
      return undefined
    }
    const made = source.definition.make({
      name: config.source.connection,
      connection: from,
      config: settings.success
    })
    if (config.sink === undefined) return { source: made }
    if (to === undefined) return undefined
    const { connection: name, with: given } = config.sink
    if (customerSink !== undefined && config.customers !== undefined) {
      const customerSinkMade = customerSink.definition.make({ name, connection: to, config: given })
      return { source: made, customerSink: customerSinkMade }
    }
    if (sink === undefined) return undefined
    return { source: made, sink: sink.definition.make({ name, connection: to, config: given }) }
  }

  const lookUps = config.lookups.map((stage) => {
    const asked = ofType(connectors, ({ sources }) => sources, stage.type)
    const connection = before.length > 0 ? undefined : connectionOf(stage)
    return {
      definition: asked?.definition,
      source:
        asked === undefined || connection === undefined
          ? undefined
          : asked.definition.make({ name: stage.connection, connection, config: stage.with })
    }
  })
  const compiled = compilePipeline({
    ...one,
    lookUps,
    lookUpConnections: config.lookups.map(({ connection }) => connections?.written.get(connection)),
    tables,
    record: source?.definition.record,
    people: source?.definition.people ?? "registered",
    connections: stagesOf(config).map(({ stage }) => connections?.written.get(stage.connection)),
    stages: makeStages()
  })
  const connector = connectors.find(({ name }) => name === source?.vendor)
  const isReadable = before.length === 0 && connections?.decoded !== undefined
  const ofEvents = !isReadable ? [] : checkEvents({ ...one, connector, doors: options.doors })
  return { ...compiled, issues: [...before, ...ofEvents, ...compiled.issues] }
}

/**
 * Plans the pipelines at `paths`: files of one folder, or the folder. The
 * connections stand beside them in connections.yaml, or in the file `connections`
 * if one is given; tables in the same folder or below it.
 */
export const makePlan = Effect.fn("makePlan")(function* (options: {
  readonly paths: ReadonlyArray<string>
  readonly connections?: string | undefined
  readonly connectors: ReadonlyArray<Connector>
}): Effect.fn.Return<PlanResult, never, FileSystem.FileSystem | Path.Path> {
  const { connectors } = options
  const folder = yield* readFolder(options.paths, options.connections)
  const issues: Array<ConfigIssue> = [...folder.issues]
  const read = folder.connections === undefined ? undefined : readConnections(folder.connections, connectors)
  issues.push(...(read?.issues ?? []))
  const connections = read?.connections
  const doors = doorsOf(connections, connectors)
  if (connections !== undefined) issues.push(...sameDoors(connections, doors))

  const schema = pipelineSchema(connectors)
  const decoded = folder.pipelines.flatMap(({ file, text }): ReadonlyArray<Decoded> => {
    const parsed = parseYaml(file, text)
    issues.push(...parsed.issues)
    if (parsed.yaml === undefined) return []
    const config = decodeYaml(schema, parsed.yaml, { isConfidential: false })
    if (Result.isFailure(config)) issues.push(...onlyRead(parsed.yaml, config.failure, connectors))
    return Result.isSuccess(config) ? [{ yaml: parsed.yaml, config: config.success }] : []
  })
  issues.push(...duplicateNames(decoded))

  const pipelines: Array<PlannedPipeline> = []
  const placed: Array<PlacedCustomers> = []
  const posting: Array<PostingRules> = []
  // A payment is not the sale that it pays for.
  const sales = new Set(
    connectors.flatMap(({ sources }) =>
      sources.filter(({ record }) => record === SalesDocument).map(({ type }) => type)
    )
  )
  for (const one of decoded) {
    const tables = yield* readTables(folder.folder, one)
    const planned = planPipeline(one, { tables: tables.tables, connections, connectors, doors })
    issues.push(...tables.issues, ...planned.issues)
    const { config, yaml } = one
    if (isPosting(config) && sales.has(config.source.type)) {
      posting.push({ yaml, config, tables: tables.tables })
    }
    if (planned.pipeline?._tag === "Customers") placed.push({ yaml, pipeline: planned.pipeline })
    else if (planned.pipeline !== undefined) pipelines.push(planned.pipeline)
  }
  const agreed = agreeCustomers(placed)
  issues.push(...agreed.issues)

  // Only once all else is right: a misspelt name makes its connection look unused.
  const hasErrors = issues.some(({ severity }) => severity === "error")
  if (folder.isWhole && connections !== undefined && !hasErrors) {
    const used = new Set(decoded.flatMap(({ config }) => connectionsOf(config)))
    issues.push(...unusedConnections(connections, used))
  }

  if (!hasErrors) issues.push(...revenueTwice(posting))
  if (folder.isWhole && !hasErrors) {
    issues.push(...decoded.flatMap((one) => checkLinks(one, agreed.pipelines)))
  }

  // A table that two pipelines share is checked twice, and is wrong once.
  const distinct = new Map(sortIssues(issues).map((issue) => [JSON.stringify(issue), issue]))
  const sorted = [...distinct.values()]
  if (hasErrors) return { issues: sorted }
  return {
    issues: sorted,
    plan: {
      pipelines: pipelines.filter((pipeline) => pipeline._tag === "Posting"),
      readings: pipelines.filter((pipeline) => pipeline._tag === "Reading"),
      customers: agreed.pipelines,
      doors,
      connections: Object.entries(connections?.decoded ?? {}).flatMap(([name, connection]) =>
        connectors
          .filter((connector) => connector.name === connection.type)
          .map((connector) => ({
            name,
            type: connector.name,
            address: connector.address(connection),
            probe: connector.probe({ name, connection }),
            ...(connector.handshake === undefined
              ? {}
              : { handshake: connector.handshake.make({ name, connection }) })
          }))
      )
    }
  }
})

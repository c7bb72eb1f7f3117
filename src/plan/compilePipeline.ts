/**
 * compilePipeline: one decoded pipeline to one that can be run, or its mistakes.
 */
import { createHash } from "node:crypto"
import { Effect, Result, type Schema } from "effect"
import type { ConfigIssue } from "../config/ConfigIssue.ts"
import type { YamlFile } from "../config/parseYaml.ts"
import { isCustomers, isPosting, type PipelineConfig } from "../config/pipelineSchema.ts"
import type { CustomerSink } from "../pipeline/CustomerSink.ts"
import { type Shape, shapeOf, unknownShape } from "../pipeline/Shape.ts"
import type { Sink } from "../pipeline/Sink.ts"
import type { People, Source } from "../pipeline/Source.ts"
import { compileTransform } from "../transform/compileTransform.ts"
import type { ExpressionIssue } from "../transform/ExpressionIssue.ts"
import type { Transform } from "../transform/Transform.ts"
import { compilePosting } from "./compilePosting.ts"
import { planCustomers } from "./planCustomers.ts"
import { type LookUpParts, planLookUps } from "./planLookUps.ts"
import type { PlannedPipeline, ReadingPipeline } from "./Plan.ts"
import { processRecord } from "./processRecord.ts"
import type { TextFile } from "./readFolder.ts"
import { transformRecord, withoutRaw } from "./transformRecord.ts"

/** What a pipeline is compiled from; without stages, because a connection is broken, the mapping waits. */
export interface PipelineParts {
  readonly yaml: YamlFile
  readonly config: PipelineConfig
  /** Schema of the source's record; absent where the source is not known. */
  readonly record: Schema.Codec<unknown, unknown> | undefined
  /** Of a source of customers, who they are. */
  readonly people: People
  readonly tables: ReadonlyMap<string, TextFile>
  /** A sink is there where the pipeline posts, one of customers where it keeps them the same. */
  readonly stages:
    { readonly source: Source; readonly sink?: Sink; readonly customerSink?: CustomerSink } | undefined
  /** One for each look-up, in order. */
  readonly lookUps: ReadonlyArray<LookUpParts>
  /** The entries of connections.yaml that its stages use, and those of its look-ups. */
  readonly connections: ReadonlyArray<unknown>
  readonly lookUpConnections: ReadonlyArray<unknown>
}

const ofExpression =
  (yaml: YamlFile) =>
  (issue: ExpressionIssue): ConfigIssue => ({
    file: yaml.file,
    ...yaml.locateInText(["transform", issue.step, "jsonata"], issue.offset),
    code: issue.code,
    severity: "error",
    message: issue.message,
    ...(issue.suggestion === undefined ? {} : { suggestion: issue.suggestion })
  })

const withRaw = (shape: Shape): Shape =>
  shape._tag === "Object"
    ? { ...shape, fields: new Map([...shape.fields, ["raw", { shape: unknownShape, optional: false }]]) }
    : shape

// As JSON, so that no two different lists of parts run together to the same bytes.
const digest = (parts: ReadonlyArray<unknown>): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex")

const hashOf = (parts: PipelineParts): string => {
  const tables = [...parts.tables]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { text }]) => [name, text])
  return digest([parts.yaml.text, tables, [...parts.connections, ...parts.lookUpConnections]])
}

/** The pipeline unless there is an error, and every issue of its expressions, rules and tables. */
export const compilePipeline = (
  parts: PipelineParts
): { readonly pipeline?: PlannedPipeline; readonly issues: ReadonlyArray<ConfigIssue> } => {
  const { config, record, stages, tables, yaml } = parts
  const {
    issues: ofLookUps,
    lookUps,
    shape
  } = planLookUps({
    yaml,
    config,
    parts: parts.lookUps,
    lacks: stages?.source.lacks,
    shape: record === undefined ? unknownShape : shapeOf(record)
  })
  const compiled = compileTransform({ steps: config.transform, shape: withRaw(shape) })
  const ofSteps = Result.isFailure(compiled) ? compiled.failure.map(ofExpression(yaml)) : []
  const ofExpressions = [...ofLookUps, ...ofSteps]
  if (stages === undefined || record === undefined) return { issues: ofExpressions }

  const intake = {
    name: config.name,
    file: yaml.file,
    contentHash: hashOf(parts),
    source: stages.source,
    sourceType: config.source.type,
    sourceConnection: config.source.connection,
    pollEvery: config.trigger.poll.every,
    lookUps,
    ...(config.trigger.webhook === undefined ? {} : { webhook: config.trigger.webhook })
  }
  const transformOf = (transform: Transform) =>
    transformRecord({
      transform,
      schema: record,
      lookUps,
      locateStep: (step) => ({
        file: yaml.file,
        line: yaml.locate(step === undefined ? ["transform"] : ["transform", step], "key").line
      })
    })

  const { customerSink, sink } = stages
  if (customerSink !== undefined && isCustomers(config)) {
    const { issues, settings } = planCustomers(yaml, config, customerSink)
    if (issues.length > 0) return { issues }
    const { connection: sinkConnection, type: sinkType } = config.sink
    return {
      issues,
      pipeline: {
        _tag: "Customers",
        ...intake,
        sink: customerSink,
        sinkType,
        sinkConnection,
        people: parts.people,
        settings
      }
    }
  }
  if (sink === undefined || !isPosting(config)) {
    if (Result.isFailure(compiled) || ofLookUps.length > 0) return { issues: ofExpressions }
    const transform = transformOf(compiled.success)
    const process: ReadingPipeline["process"] = (read) =>
      Effect.map(transform(read), (outcome) =>
        outcome._tag === "Record" ? { ...outcome, record: withoutRaw(outcome.record) } : outcome
      )
    return { issues: [], pipeline: { _tag: "Reading", ...intake, process } }
  }

  const { issues: ofPosting, posting } = compilePosting({
    yaml,
    config,
    tables,
    sink,
    // With a broken transform nobody knows the fields; its own issues come first.
    shape: Result.isSuccess(compiled) ? compiled.success.shape : unknownShape
  })
  const issues = [...ofExpressions, ...ofPosting]
  if (Result.isFailure(compiled) || posting === undefined || ofLookUps.length > 0) return { issues }
  const { company } = config.mapping
  return {
    issues,
    pipeline: {
      _tag: "Posting",
      ...intake,
      sink,
      sinkType: config.sink.type,
      sinkConnection: config.sink.connection,
      sinkHash: digest([config.sink.type, config.sink.with, parts.connections]),
      company: typeof company === "string" && !company.includes("{") ? company : undefined,
      onChange: config.onChange,
      reversalStyle: config.reversal,
      closedPeriod: config.mapping.postingDate.closedPeriod,
      ...(config.reconcile === undefined ? {} : { reconcile: config.reconcile }),
      locateRule: posting.locateRule,
      expected: posting.expected,
      process: processRecord({ transform: transformOf(compiled.success), ...posting })
    }
  }
}

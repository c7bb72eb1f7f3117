/**
 * compilePipeline: one decoded pipeline to one that can be run, or its mistakes.
 */
import { createHash } from "node:crypto"
import { Result } from "effect"
import type { ConfigIssue } from "../config/ConfigIssue.ts"
import type { YamlFile } from "../config/parseYaml.ts"
import type { PipelineConfig } from "../config/pipelineSchema.ts"
import { compileMapping } from "../mapping/compileMapping.ts"
import type { MappingIssue } from "../mapping/MappingIssue.ts"
import { type Shape, unknownShape } from "../pipeline/Shape.ts"
import type { Sink } from "../pipeline/Sink.ts"
import type { Source } from "../pipeline/Source.ts"
import type { Problem } from "../pipeline/SourceRecord.ts"
import { compileTransform } from "../transform/compileTransform.ts"
import type { ExpressionIssue } from "../transform/ExpressionIssue.ts"
import type { PlannedPipeline, RulePlace } from "./Plan.ts"
import { processRecord } from "./processRecord.ts"
import type { TextFile } from "./readFolder.ts"

/** What a pipeline is compiled from; without a sink, because its connection is broken, the mapping waits. */
export interface PipelineParts {
  readonly yaml: YamlFile
  readonly config: PipelineConfig
  /** Shape of the source's record. */
  readonly shape: Shape
  readonly tables: ReadonlyMap<string, TextFile>
  readonly stages: { readonly source: Source; readonly sink: Sink } | undefined
  /** The entries of connections.yaml that it uses. */
  readonly connections: ReadonlyArray<unknown>
}

const suggestion = (issue: { readonly suggestion?: string }) =>
  issue.suggestion === undefined ? {} : { suggestion: issue.suggestion }

const ofExpression =
  (yaml: YamlFile) =>
  (issue: ExpressionIssue): ConfigIssue => ({
    file: yaml.file,
    ...yaml.locateInText(["transform", issue.step, "jsonata"], issue.offset),
    code: issue.code,
    severity: "error",
    message: issue.message,
    ...suggestion(issue)
  })

const ofMapping =
  (yaml: YamlFile) =>
  (issue: MappingIssue): ConfigIssue => ({
    ...(issue.at === undefined
      ? { file: yaml.file, ...yaml.locate(["mapping", ...issue.path]) }
      : { file: issue.at.file, line: issue.at.line, column: issue.at.column ?? 1 }),
    code: issue.code,
    severity: issue.severity,
    message: issue.message,
    ...suggestion(issue)
  })

const withRaw = (shape: Shape): Shape =>
  shape._tag === "Object"
    ? { ...shape, fields: new Map([...shape.fields, ["raw", { shape: unknownShape, optional: false }]]) }
    : shape

/** A table whose file could not be read, which has been said where it was read. */
const isUnread = (
  config: PipelineConfig,
  tables: PipelineParts["tables"],
  name: PropertyKey | undefined
): boolean => {
  const declaration = config.mapping.tables?.[String(name)]
  return declaration !== undefined && "file" in declaration && !tables.has(String(name))
}

// As JSON, so that no two different lists of parts run together to the same bytes.
const digest = (parts: ReadonlyArray<unknown>): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex")

const hashOf = (parts: PipelineParts): string => {
  const tables = [...parts.tables]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { text }]) => [name, text])
  return digest([parts.yaml.text, tables, parts.connections])
}

/** The pipeline unless there is an error, and every issue of its expressions, rules and tables. */
export const compilePipeline = (
  parts: PipelineParts
): { readonly pipeline?: PlannedPipeline; readonly issues: ReadonlyArray<ConfigIssue> } => {
  const { config, stages, tables, yaml } = parts
  const transform = compileTransform({ steps: config.transform, shape: withRaw(parts.shape) })
  const ofExpressions = Result.isFailure(transform) ? transform.failure.map(ofExpression(yaml)) : []
  if (stages === undefined) return { issues: ofExpressions }

  const mapping = compileMapping({
    mapping: config.mapping,
    tables,
    // With a broken transform nobody knows the fields; its own issues come first.
    shape: Result.isSuccess(transform) ? transform.success.shape : unknownShape,
    dimensions: stages.sink.dimensions
  })
  const ofRules = (Result.isFailure(mapping) ? mapping.failure : mapping.success.warnings)
    .filter(({ path: [section, name] }) => section !== "tables" || !isUnread(config, tables, name))
    .map(ofMapping(yaml))
  const ofSink = stages.sink.problems.map((message) => ({
    file: yaml.file,
    ...yaml.locate(["sink", "with"], "key"),
    code: "plan/unsafe-settings",
    severity: "error" as const,
    message
  }))
  const issues = [...ofExpressions, ...ofRules, ...ofSink]
  if (Result.isFailure(transform) || Result.isFailure(mapping) || ofSink.length > 0) return { issues }

  const place = (path: ReadonlyArray<PropertyKey>): RulePlace => ({
    file: yaml.file,
    line: yaml.locate(path, "key").line
  })
  const rules = config.mapping.lines.map(({ name }) => name)
  const locateRule = (rule: string) =>
    rules.includes(rule)
      ? place(["mapping", "lines", rules.indexOf(rule)])
      : place(rule === "rounding" ? ["mapping", "rounding"] : ["mapping"])
  const locateProblem = ({ code, path }: Problem) => {
    const rule = rules.find((name) => path === `lines.${name}` || path.startsWith(`lines.${name}.`))
    if (rule !== undefined) return locateRule(rule)
    return place(["mapping", code === "mapping/rounding-limit" ? "rounding" : (path.split(".")[0] ?? "")])
  }
  const { company } = config.mapping
  return {
    issues,
    pipeline: {
      name: config.name,
      file: yaml.file,
      contentHash: hashOf(parts),
      source: stages.source,
      sourceType: config.source.type,
      sourceConnection: config.source.connection,
      sink: stages.sink,
      sinkType: config.sink.type,
      sinkConnection: config.sink.connection,
      sinkHash: digest([config.sink.type, config.sink.with, parts.connections]),
      pollEvery: config.trigger.poll.every,
      company: typeof company === "string" && !company.includes("{") ? company : undefined,
      onChange: config.onChange,
      reversalStyle: config.reversal,
      closedPeriod: config.mapping.postingDate.closedPeriod,
      locateRule,
      process: processRecord({
        transform: transform.success,
        mapping: mapping.success,
        locateStep: (step) => place(step === undefined ? ["transform"] : ["transform", step]),
        locateProblem
      })
    }
  }
}

/**
 * compilePipeline: one decoded pipeline to one that can be run, or its mistakes.
 */
import { createHash } from "node:crypto"
import { Effect, Result, Schema } from "effect"
import type { ConfigIssue } from "../config/ConfigIssue.ts"
import { explainIssue, pathText } from "../config/explainIssue.ts"
import type { YamlFile } from "../config/parseYaml.ts"
import type { PipelineConfig } from "../config/pipelineSchema.ts"
import type { CompiledMapping } from "../mapping/CompiledMapping.ts"
import { compileMapping } from "../mapping/compileMapping.ts"
import type { MappingIssue } from "../mapping/MappingIssue.ts"
import { SalesDocument } from "../pipeline/SalesDocument.ts"
import { type Shape, unknownShape } from "../pipeline/Shape.ts"
import type { Sink } from "../pipeline/Sink.ts"
import type { Source } from "../pipeline/Source.ts"
import type { Json, SourceRecord } from "../pipeline/SourceRecord.ts"
import { compileTransform } from "../transform/compileTransform.ts"
import type { ExpressionIssue } from "../transform/ExpressionIssue.ts"
import type { Transform } from "../transform/Transform.ts"
import type { LocatedProblem, Outcome, PlannedPipeline, RulePlace } from "./Plan.ts"
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

const withoutRaw = (document: Json): Json =>
  typeof document === "object" && document !== null && !Array.isArray(document)
    ? Object.fromEntries(Object.entries(document).filter(([name]) => name !== "raw"))
    : document

const decodeDocument = Schema.decodeUnknownResult(SalesDocument)

/** What a transform must leave intact, with the path of each field that it did not. */
const problemsOfDocument = (document: Json, at: RulePlace): ReadonlyArray<LocatedProblem> => {
  const decoded = decodeDocument(document, { errors: "all" })
  return Result.isSuccess(decoded)
    ? []
    : explainIssue(decoded.failure.issue, {
        value: document,
        written: () => undefined,
        root: "The document",
        isConfidential: false
      }).map((finding) => ({
        code: "transform/not-a-document",
        message: `After the transform: ${finding.message} Keep the fields of the document and add to them, as $merge([$, { … }]) does.`,
        path: pathText(finding.path),
        at
      }))
}

/** A table whose file could not be read, which has been said where it was read. */
const isUnread = (
  config: PipelineConfig,
  tables: PipelineParts["tables"],
  name: PropertyKey | undefined
): boolean => {
  const declaration = config.mapping.tables?.[String(name)]
  return declaration !== undefined && "file" in declaration && !tables.has(String(name))
}

const hashOf = (parts: PipelineParts): string => {
  const hash = createHash("sha256")
  const tables = [...parts.tables]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { text }]) => [name, text])
  // As JSON, so that no two different sets of parts run together to the same bytes.
  hash.update(JSON.stringify([parts.yaml.text, tables, parts.connections]))
  return hash.digest("hex")
}

const processWith = (
  yaml: YamlFile,
  transform: Transform,
  mapping: CompiledMapping,
  locate: (path: string) => RulePlace
) =>
  Effect.fn("PlannedPipeline.process")(function* (
    record: SourceRecord,
    key: { readonly idempotencyKey: string }
  ): Effect.fn.Return<Outcome> {
    if (record.normalised._tag === "Problems") return record.normalised
    const transformed = yield* Effect.result(
      transform.run({ ...record.normalised.document, raw: record.raw })
    )
    if (Result.isFailure(transformed)) {
      const { code, message, step } = transformed.failure
      const at = { file: yaml.file, line: yaml.locate(["transform", step]).line }
      return { _tag: "Problems", problems: [{ code, message, path: `transform[${step}]`, at }] }
    }
    const broken = problemsOfDocument(transformed.success, {
      file: yaml.file,
      line: yaml.locate(["transform"], "key").line
    })
    if (broken.length > 0) return { _tag: "Problems", problems: broken }
    const { id, number, resource } = record.origin
    const mapped = mapping.map(transformed.success, { ...key, document: { resource, id, number } })
    return mapped._tag === "Entry"
      ? { ...mapped, document: withoutRaw(transformed.success) }
      : {
          _tag: "Problems",
          problems: mapped.problems.map((problem) => ({ ...problem, at: locate(problem.path) }))
        }
  })

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
  const issues = [...ofExpressions, ...ofRules]
  if (Result.isFailure(transform) || Result.isFailure(mapping)) return { issues }

  const place = (path: ReadonlyArray<PropertyKey>): RulePlace => ({
    file: yaml.file,
    line: yaml.locate(path).line
  })
  const rules = config.mapping.lines.map(({ name }) => name)
  const locateRule = (rule: string) =>
    rules.includes(rule)
      ? place(["mapping", "lines", rules.indexOf(rule)])
      : place(rule === "rounding" ? ["mapping", "rounding"] : ["mapping"])
  const locateProblem = (path: string) => {
    const rule = rules.find((name) => path === `lines.${name}` || path.startsWith(`lines.${name}.`))
    return rule === undefined ? place(["mapping", ...path.split(".").slice(0, 1)]) : locateRule(rule)
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
      pollEvery: config.trigger.poll.every,
      company: typeof company === "string" && !company.includes("{") ? company : undefined,
      onChange: config.onChange,
      reversalStyle: config.reversal,
      locateRule,
      process: processWith(yaml, transform.success, mapping.success, locateProblem)
    }
  }
}

/**
 * compilePosting: the half of a pipeline that posts, or its mistakes.
 */
import { Result } from "effect"
import type { ConfigIssue } from "../config/ConfigIssue.ts"
import type { YamlFile } from "../config/parseYaml.ts"
import type { PostingConfig } from "../config/pipelineSchema.ts"
import type { CompiledMapping } from "../mapping/CompiledMapping.ts"
import { compileMapping } from "../mapping/compileMapping.ts"
import type { MappingIssue } from "../mapping/MappingIssue.ts"
import type { Shape } from "../pipeline/Shape.ts"
import type { Sink } from "../pipeline/Sink.ts"
import type { Problem } from "../pipeline/SourceRecord.ts"
import { expectedOf } from "./expectedOf.ts"
import type { Expected, RulePlace } from "./Plan.ts"
import type { TextFile } from "./readFolder.ts"

/** A checked mapping, and where its rules stand. */
export interface CompiledPosting {
  readonly mapping: CompiledMapping
  readonly locateRule: (rule: string) => RulePlace
  readonly locateProblem: (problem: Problem) => RulePlace
  readonly expected: Expected
}

const ofMapping =
  (yaml: YamlFile) =>
  (issue: MappingIssue): ConfigIssue => ({
    ...(issue.at === undefined
      ? { file: yaml.file, ...yaml.locate(["mapping", ...issue.path]) }
      : { file: issue.at.file, line: issue.at.line, column: issue.at.column ?? 1 }),
    code: issue.code,
    severity: issue.severity,
    message: issue.message,
    ...(issue.suggestion === undefined ? {} : { suggestion: issue.suggestion })
  })

/** A table whose file could not be read, which has been said where it was read. */
const isUnread = (
  { mapping }: PostingConfig,
  tables: ReadonlyMap<string, TextFile>,
  name: PropertyKey | undefined
): boolean => {
  const declaration = mapping.tables?.[String(name)]
  return declaration !== undefined && "file" in declaration && !tables.has(String(name))
}

/** `shape` is that of the record after the transform. Without a posting there is an error among the issues. */
export const compilePosting = (options: {
  readonly yaml: YamlFile
  readonly config: PostingConfig
  readonly tables: ReadonlyMap<string, TextFile>
  readonly shape: Shape
  readonly sink: Sink
}): { readonly posting?: CompiledPosting; readonly issues: ReadonlyArray<ConfigIssue> } => {
  const { config, sink, tables, yaml } = options
  const mapping = compileMapping({
    mapping: config.mapping,
    tables,
    shape: options.shape,
    dimensions: sink.dimensions
  })
  const ofRules = (Result.isFailure(mapping) ? mapping.failure : mapping.success.warnings)
    .filter(({ path: [section, name] }) => section !== "tables" || !isUnread(config, tables, name))
    .map(ofMapping(yaml))
  const ofSink = sink.problems.map((message) => ({
    file: yaml.file,
    ...yaml.locate(["sink", "with"], "key"),
    code: "plan/unsafe-settings",
    severity: "error" as const,
    message
  }))
  const issues = [...ofRules, ...ofSink]
  if (Result.isFailure(mapping) || ofSink.length > 0) return { issues }

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
  return {
    issues,
    posting: {
      mapping: mapping.success,
      locateRule,
      locateProblem,
      expected: expectedOf(mapping.success.written, yaml)
    }
  }
}

/**
 * decodeYaml: a parsed file against a schema, with every mistake at its line and column.
 */
import { Result, Schema } from "effect"
import type { ConfigIssue, Finding } from "./ConfigIssue.ts"
import { explainIssue } from "./explainIssue.ts"
import type { YamlFile } from "./parseYaml.ts"

/** The finding at its place in the file. */
export const placeFinding = (yaml: YamlFile, finding: Finding): ConfigIssue => ({
  file: yaml.file,
  ...yaml.locate(finding.path, finding.at),
  code: finding.code,
  severity: "error",
  message: finding.message,
  ...(finding.suggestion === undefined ? {} : { suggestion: finding.suggestion })
})

/** The decoded value, or all mistakes. Unknown keys are mistakes: a misspelt key must not become a silent default. */
export const decodeYaml = <A>(
  schema: Schema.Codec<A, unknown>,
  yaml: YamlFile,
  options: { readonly isConfidential: boolean }
): Result.Result<A, ReadonlyArray<ConfigIssue>> =>
  Schema.decodeUnknownResult(schema)(yaml.value, { errors: "all", onExcessProperty: "error" }).pipe(
    Result.mapError((error) =>
      explainIssue(error.issue, {
        value: yaml.value,
        written: yaml.written,
        root: "The file",
        ...options
      }).map((finding) => placeFinding(yaml, finding))
    )
  )

/**
 * ConfigIssue: one mistake in a file the user wrote, with its place.
 *
 * Every mistake of every file is reported in one pass, so each stands alone:
 * what is wrong, why, and what to write instead.
 */
import { Schema } from "effect"

/** Lines and columns count from 1, as editors do. */
export const ConfigIssue = Schema.Struct({
  file: Schema.String.annotate({ description: "As the user named it." }),
  line: Schema.Int,
  column: Schema.Int,
  code: Schema.String.annotate({ description: "Stable, for example config/unknown-key." }),
  severity: Schema.Literals(["error", "warning"]),
  message: Schema.String.annotate({ description: "Whole sentences. Never the text of a credential." }),
  suggestion: Schema.optionalKey(Schema.String.annotate({ description: "What to write instead, verbatim." }))
}).annotate({ identifier: "ConfigIssue" })
export type ConfigIssue = typeof ConfigIssue.Type

/** Where something stands in a file. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** An issue without its place, which whoever holds the text adds. */
export interface Finding {
  readonly path: ReadonlyArray<PropertyKey>
  /** Whether the key or its value is to blame. */
  readonly at: "key" | "value"
  readonly code: string
  readonly message: string
  readonly suggestion?: string
}

/** An issue at its place; an absent suggestion is left out. */
export const issueAt = (
  file: string,
  position: Position,
  issue: Pick<ConfigIssue, "code" | "message" | "severity"> & { readonly suggestion?: string | undefined }
): ConfigIssue => ({
  file,
  ...position,
  code: issue.code,
  severity: issue.severity,
  message: issue.message,
  ...(issue.suggestion === undefined ? {} : { suggestion: issue.suggestion })
})

/** In the order one reads: by file, line and column. */
export const sortIssues = (issues: ReadonlyArray<ConfigIssue>): ReadonlyArray<ConfigIssue> =>
  issues.toSorted(
    (a, b) =>
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
      a.line - b.line ||
      a.column - b.column ||
      (a.code < b.code ? -1 : a.code > b.code ? 1 : 0)
  )

/**
 * MappingIssue: what is wrong with a mapping or one of its tables, before any document is seen.
 */

/** Place in a CSV file; lines and columns count from 1. */
export interface TablePosition {
  readonly file: string
  readonly line: number
  readonly column?: number
}

/**
 * `path` leads from the mapping to the value at fault, for example
 * `["lines", 0, "amount"]`; `at` says where in a CSV file, if it is there.
 * `code` is stable; an `error` stops the pipeline, a `warning` does not.
 */
export interface MappingIssue {
  readonly path: ReadonlyArray<string | number>
  readonly code: string
  readonly severity: "error" | "warning"
  readonly message: string
  readonly suggestion?: string
  readonly at?: TablePosition
}

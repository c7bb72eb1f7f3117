/**
 * golden: mistakes in configuration files, as the golden files show them.
 */
import type { ConfigIssue } from "../../src/config/ConfigIssue.ts"
import { matchGolden as matchGoldenFile } from "../support/golden.ts"

/** One line an issue, as in the golden files. */
export const issueText = (issue: ConfigIssue): string =>
  `${issue.file}:${issue.line}:${issue.column} ${issue.severity} ${issue.code} ${issue.message}${
    issue.suggestion === undefined ? "" : ` (write: ${issue.suggestion})`
  }`

/** Compares with test/golden/config/`name`. */
export const matchGolden = (name: string, text: string) => matchGoldenFile(`config/${name}`, text)

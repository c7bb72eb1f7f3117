/**
 * renderIssue: a mistake in a file, with its place and its remedy.
 */
import type { ConfigIssue } from "../config/ConfigIssue.ts"
import { styled } from "./styled.ts"

/** `file:line:column`, the reason, and what to write instead. */
export const renderIssue = (issue: ConfigIssue): string => {
  const place = styled("bold", `${issue.file}:${issue.line}:${issue.column}`)
  const severity = styled(issue.severity === "error" ? "red" : "yellow", issue.severity)
  const suggestion =
    issue.suggestion === undefined ? "" : `\n    did you mean: ${styled("green", issue.suggestion)}`
  return `${place}  ${severity} ${styled("dim", issue.code)}\n    ${issue.message}${suggestion}`
}

/**
 * ExpressionIssue: what is wrong with an expression of a pipeline, and where.
 */

/**
 * `step` counts the expressions of the transform from 0, `offset` the UTF-16
 * units of that expression from 0. `code` is stable, for example
 * `expression/unknown-field`; the message names the thing and the next step.
 */
export interface ExpressionIssue {
  readonly step: number
  readonly offset: number
  readonly code: string
  readonly message: string
  readonly suggestion?: string
}

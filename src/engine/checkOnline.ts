/**
 * checkOnline: does the ledger have what the plan posts to?
 *
 * Accounts, dimension values and settings are asked of each ledger, reading
 * only, and what it would refuse is reported where it is written. No document is
 * looked at: one may still bring a value that nobody wrote down.
 */
import { DateTime, Effect } from "effect"
import { type ConfigIssue, issueAt, sortIssues } from "../config/ConfigIssue.ts"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { Objection } from "../pipeline/Sink.ts"
import type { StageServices } from "../pipeline/Source.ts"
import type { Plan, PostingPipeline } from "../plan/Plan.ts"

/** What is wrong, and which ledgers could not be asked, with the reason. */
export interface OnlineResult {
  readonly issues: ReadonlyArray<ConfigIssue>
  readonly unanswered: ReadonlyArray<{ readonly connection: string; readonly message: string }>
}

const issueOf = ({ expected }: PostingPipeline, objection: Objection): ConfigIssue => {
  const { file, ...position } = expected.locate(objection)
  return issueAt(file, position, {
    code: `online/${objection.code}`,
    severity: "error",
    message: objection.message,
    suggestion: objection.suggestion
  })
}

const checkPipeline = Effect.fn("checkOnline.pipeline")(function* (
  pipeline: PostingPipeline
): Effect.fn.Return<ReadonlyArray<ConfigIssue>, ConnectorError | SecretMissing, StageServices> {
  const { expected, sink } = pipeline
  if (expected.lines.length === 0) {
    const { file, ...position } = expected.locate({ line: undefined, about: ["company"] })
    return [
      issueAt(file, position, {
        code: "online/company-unknown",
        severity: "warning",
        message:
          "Each document decides the company, so nothing could be asked of the ledger. Fix the company, or decide it by a table."
      })
    ]
  }
  const today = DateTime.formatIsoDateUtc(yield* DateTime.now)
  const objections = yield* Effect.scoped(
    Effect.flatMap(sink.open, (open) => open.check(expected.lines, today))
  )
  return objections.map((objection) => issueOf(pipeline, objection))
})

/** Asks every ledger of the plan; one that cannot be asked does not keep the others from being. */
export const checkOnline = Effect.fn("checkOnline")(function* (
  plan: Plan
): Effect.fn.Return<OnlineResult, never, StageServices> {
  const issues: Array<ConfigIssue> = []
  const unanswered = new Map<string, string>()
  for (const pipeline of plan.pipelines) {
    if (unanswered.has(pipeline.sinkConnection)) continue
    yield* checkPipeline(pipeline).pipe(
      Effect.match({
        onSuccess: (found) => void issues.push(...found),
        onFailure: (error) => void unanswered.set(pipeline.sinkConnection, error.message)
      })
    )
  }
  // A table that two pipelines share is wrong once.
  const distinct = new Map(sortIssues(issues).map((issue) => [JSON.stringify(issue), issue]))
  return {
    issues: [...distinct.values()],
    unanswered: [...unanswered].map(([connection, message]) => ({ connection, message }))
  }
})

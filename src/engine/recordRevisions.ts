/**
 * recordRevisions: notes which plan runs, before it does anything.
 */
import { Effect } from "effect"
import { type Plan, pipelinesOf } from "../plan/Plan.ts"
import { PlanRevisions } from "../store/PlanRevisions.ts"
import type { StoreError } from "../store/StoreError.ts"

/** The commit the pipelines' files are at; both empty and false outside a repository. */
export interface Checkout {
  readonly commit: string
  readonly isDirty: boolean
}

/** Stores the content hash of each pipeline beside the commit. Running the same again adds nothing. */
export const recordRevisions = Effect.fn("recordRevisions")(function* (
  plan: Plan,
  checkout: Checkout
): Effect.fn.Return<void, StoreError, PlanRevisions> {
  const revisions = yield* PlanRevisions
  yield* revisions.record(
    pipelinesOf(plan).map(({ contentHash, file, name }) => ({
      pipeline: name,
      contentHash,
      gitCommit: checkout.commit,
      isDirty: checkout.isDirty,
      files: [file]
    }))
  )
})

/**
 * resumeLinked: goes on with documents that waited for a customer who is in both systems by now.
 *
 * Each is tried as a person would try it, but counted apart: what still does not
 * go through after that waits for a person.
 */
import { Effect, Result } from "effect"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { StageServices } from "../pipeline/Source.ts"
import type { Plan, PlannedPipeline } from "../plan/Plan.ts"
import type { CustomerLinks } from "../store/CustomerLinks.ts"
import { ErrorQueue } from "../store/ErrorQueue.ts"
import type { HeldEntries } from "../store/HeldEntries.ts"
import type { IntakeStore } from "../store/IntakeStore.ts"
import type { Journal } from "../store/Journal.ts"
import type { StoreError } from "../store/StoreError.ts"
import { askLinks } from "./openLookUps.ts"
import { retry } from "./retry.ts"

/** What one pass over a pipeline's waiting documents did. */
export interface Resumed {
  readonly pipeline: string
  /** Documents that were tried again. */
  readonly documents: number
  /** Of these, documents with an entry that is to be posted. */
  readonly entries: number
  /** Whether there may be more of them. */
  readonly isFull: boolean
  /** Why it came no further, if a system could not be asked. */
  readonly halted?: ConnectorError
}

const batch = 100

/** Answers that say something of this one customer, and nothing of the system. */
const ofOneOnly = new Set(["NotFound", "Rejected", "UnexpectedResponse"])

/** Whether documents of a pipeline can wait for customers. */
export const canAwait = ({ lookUps }: Pick<PlannedPipeline, "lookUps">): boolean =>
  askLinks(lookUps) && lookUps.some(({ missing }) => missing === "wait" || missing === "create")

/** Tries one batch of them. */
export const resumeLinked = Effect.fn("resumeLinked")(function* (
  plan: Plan,
  pipeline: PlannedPipeline,
  actor: string
): Effect.fn.Return<
  Resumed,
  StoreError | ConnectorError | SecretMissing,
  ErrorQueue | IntakeStore | Journal | HeldEntries | CustomerLinks | StageServices
> {
  const queue = yield* ErrorQueue
  const items = yield* queue.readyByLink(pipeline.name, batch)
  const resumed = { pipeline: pipeline.name, documents: 0, entries: 0, isFull: items.length === batch }
  for (const item of items) {
    const tried = yield* retry(plan, item, actor, { automatic: true }).pipe(
      Effect.map(Result.succeed),
      Effect.catchTag("ConnectorError", (error) => Effect.succeed(Result.fail(error)))
    )
    if (Result.isSuccess(tried)) {
      resumed.documents += 1
      if (tried.success === "to be posted") resumed.entries += 1
    } else if (!ofOneOnly.has(tried.failure.reason._tag)) {
      return { ...resumed, isFull: false, halted: tried.failure }
    }
  }
  return resumed
}, Effect.scoped)

/**
 * intake: reads a pipeline's source and stores what it leads to, page by page.
 */
import { Effect, Stream } from "effect"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { StageServices } from "../pipeline/Source.ts"
import type { PlannedPipeline } from "../plan/Plan.ts"
import type { CustomerLinks } from "../store/CustomerLinks.ts"
import type { HeldEntries } from "../store/HeldEntries.ts"
import { IntakeStore } from "../store/IntakeStore.ts"
import type { Journal } from "../store/Journal.ts"
import type { StoreError } from "../store/StoreError.ts"
import { openLookUps } from "./openLookUps.ts"
import { Progress } from "./Progress.ts"
import { type TakenIn, takeIn } from "./takeIn.ts"

/** What one intake of a pipeline did. */
export interface IntakeSummary extends TakenIn {
  readonly pipeline: string
}

/** So many new entries change what the database should expect of its tables. */
const manyEntries = 100

/** Reads from the cursor to the source's present. A page that cannot be stored ends the scan. */
export const intake = Effect.fn("intake")(function* (
  pipeline: PlannedPipeline,
  actor: string
): Effect.fn.Return<
  IntakeSummary,
  ConnectorError | SecretMissing | StoreError,
  StageServices | IntakeStore | Journal | HeldEntries | CustomerLinks
> {
  const store = yield* IntakeStore
  const progress = yield* Progress
  const source = yield* pipeline.source.open
  const lookUps = yield* openLookUps(pipeline.lookUps)
  const cursor = (yield* store.cursors).get(pipeline.name)

  const readAt = yield* store.present
  const summary = { pipeline: pipeline.name, read: 0, unchanged: 0, entries: 0, parked: 0, tasks: 0 }
  yield* source.read(cursor?.value).pipe(
    Stream.runFoldEffect(
      () => ({ before: cursor?.value, readAt }),
      ({ before, readAt }, page) =>
        Effect.gen(function* () {
          const cursor = { before, after: page.cursor }
          const stored = yield* takeIn(pipeline, { records: page.records, cursor, lookUps, readAt }, actor)
          yield* progress({
            _tag: "PageRead",
            pipeline: pipeline.name,
            records: page.records.length,
            remaining: page.remaining
          })
          summary.read += stored.read
          summary.unchanged += stored.unchanged
          summary.entries += stored.entries
          summary.parked += stored.parked
          summary.tasks += stored.tasks
          return { before: page.cursor, readAt: yield* store.present }
        })
    ),
    // Another process has read on from the same cursor, and what is left is its business; or a document
    // was read because it was reported, and the next reading takes the page anew.
    Effect.catchTag("Overtaken", () => Effect.void)
  )
  if (summary.entries >= manyEntries) yield* store.analyze(summary.entries)
  return summary
}, Effect.scoped)

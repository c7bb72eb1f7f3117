/**
 * Progress: what a run tells while it works.
 *
 * The engine says what happened; whoever started it decides whether that
 * becomes a bar, a line or nothing.
 */
import { Context, Effect } from "effect"

/** One step of a run. */
export type ProgressEvent =
  | {
      readonly _tag: "PageRead"
      readonly pipeline: string
      readonly records: number
      readonly remaining: number | undefined
    }
  | {
      readonly _tag: "Backfilled"
      readonly pipeline: string
      /** Documents of the period that are read, in this sitting and before. */
      readonly done: number
      /** Of how many, where the source counts. */
      readonly expected: number | undefined
      /** At the pace of this sitting. */
      readonly leftMillis: number | undefined
    }
  | {
      readonly _tag: "Compared"
      /** The ledger. */
      readonly connection: string
      /** Days that are through, of how many. */
      readonly days: number
      readonly daysInAll: number
      /** Documents that are compared so far, by pipeline. */
      readonly documents: ReadonlyMap<string, number>
    }
  | {
      readonly _tag: "PostingsSettled"
      readonly connection: string
      readonly settled: number
      /** Left of those that waited at the beginning; unknown once others that came in meanwhile are posted too. */
      readonly open: number | undefined
    }
  | { readonly _tag: "Waiting"; readonly connection: string; readonly millis: number; readonly why: string }

/** Where events go; nowhere unless provided. */
export const Progress = Context.Reference<(event: ProgressEvent) => Effect.Effect<void>>(
  "ledgerline/engine/Progress",
  {
    defaultValue: () => () => Effect.void
  }
)

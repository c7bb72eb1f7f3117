/**
 * webhookPipeline: a pipeline that wants to be told about new invoices of the shop.
 */
import { Duration, Effect, Stream } from "effect"
import type { ReadingPipeline } from "../../src/plan/Plan.ts"

/** It reads nothing by itself. */
export const webhookPipeline: ReadingPipeline = {
  _tag: "Reading",
  name: "invoices",
  file: "invoices.yaml",
  contentHash: "0",
  source: {
    open: Effect.succeed({ read: () => Stream.empty, fetch: () => Effect.die("not used") }),
    fixture: () => []
  },
  sourceType: "shop/invoices",
  sourceConnection: "shop",
  lookUps: [],
  pollEvery: Duration.minutes(5),
  webhook: { events: ["invoice.created"], settle: Duration.seconds(2) },
  process: () => Effect.succeed({ _tag: "Problems", problems: [] })
}

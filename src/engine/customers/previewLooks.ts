/**
 * previewLooks: what would become of customers that were read, without storing or writing anything.
 */
import { Effect } from "effect"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { SourceRecord } from "../../pipeline/SourceRecord.ts"
import type { CustomersPipeline } from "../../plan/Plan.ts"
import type { CustomerLinks } from "../../store/CustomerLinks.ts"
import type { StoreError } from "../../store/StoreError.ts"
import { sourceSide } from "./CustomerPair.ts"
import { customerTasks } from "./customerTasks.ts"
import type { OpenPair } from "./openPair.ts"
import { type CustomerPreview, previewCustomer } from "./previewCustomer.ts"

/** What would be done about one of them, or why it would be parked. */
export type Look = Pick<CustomerPreview, "action" | "problems">

/** One preview for each of the records that would be looked at; `changed` are the ids of those that differ from the last reading. */
export const previewLooks = Effect.fn("previewLooks")(function* (
  open: OpenPair,
  pipeline: CustomersPipeline,
  page: { readonly records: ReadonlyArray<SourceRecord>; readonly changed: ReadonlySet<string> }
) {
  const { side } = sourceSide(pipeline)
  const tasks = yield* customerTasks(pipeline, {
    records: page.records,
    // Nothing is stored, so no revision gets a number.
    changed: new Map([...page.changed].map((id) => [id, 0])),
    revisionOf: () => 0
  })
  const looked = new Set(tasks.map(({ externalId }) => externalId))
  return yield* Effect.forEach(
    page.records.filter(({ origin }) => looked.has(origin.id)),
    ({ origin }): Effect.Effect<Look, ConnectorError | StoreError, CustomerLinks> =>
      previewCustomer(open, side, origin).pipe(
        Effect.catchIf(
          (error): error is ConnectorError =>
            error._tag === "ConnectorError" && error.reason._tag === "Rejected",
          ({ message, reason }) =>
            Effect.succeed({
              action: "nothing" as const,
              problems: [
                { code: reason._tag === "Rejected" ? reason.code : "unreadable", message, path: "customer" }
              ]
            })
        )
      )
  )
})

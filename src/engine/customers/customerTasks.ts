/**
 * customerTasks: which of the customers that were read are to be looked at.
 *
 * Those that differ from the last reading, and those that differ from what the
 * last look at both systems showed: between two readings a customer can be
 * changed, be looked at, and be changed back.
 */
import { Effect, Option, Schema } from "effect"
import { Customer } from "../../pipeline/Customer.ts"
import { fieldsOf, type SourceRecord } from "../../pipeline/SourceRecord.ts"
import type { CustomersPipeline } from "../../plan/Plan.ts"
import type { NewCustomerTask } from "../../store/addTasks.ts"
import { IntakeStore } from "../../store/IntakeStore.ts"
import { customerFingerprint } from "./contentOf.ts"
import { sourceSide } from "./CustomerPair.ts"

const decode = Schema.decodeUnknownOption(Customer)

/** The customer that a record is; none of one that cannot be read. */
export const customerOf = (record: Pick<SourceRecord, "normalised">): Option.Option<Customer> =>
  decode(fieldsOf(record.normalised))

/** Tasks for the records of a page; `changed` has the new revisions of those that differ from the last reading. */
export const customerTasks = Effect.fn("customerTasks")(function* (
  pipeline: CustomersPipeline,
  page: {
    readonly records: ReadonlyArray<SourceRecord>
    readonly changed: ReadonlyMap<string, number>
    readonly revisionOf: (record: SourceRecord) => number
  }
) {
  const { pair, side } = sourceSide(pipeline)
  const store = yield* IntakeStore
  const readable = page.records.flatMap((record) =>
    Option.match(customerOf(record), { onNone: () => [], onSome: (customer) => [{ record, customer }] })
  )
  const unchanged = readable.filter(({ record }) => !page.changed.has(record.origin.id))
  const seen =
    unchanged.length === 0
      ? new Map<string, string>()
      : yield* store.seen(
          pair,
          side,
          unchanged.map(({ record }) => record.origin.id)
        )
  return readable.flatMap(({ customer, record }): ReadonlyArray<NewCustomerTask> => {
    const { id, number, resource } = record.origin
    const last = seen.get(id)
    const isChanged = page.changed.has(id) || (last !== undefined && last !== customerFingerprint(customer))
    return isChanged
      ? [
          {
            pair,
            side,
            externalId: id,
            pipeline: pipeline.name,
            resource,
            number,
            revision: page.changed.get(id) ?? page.revisionOf(record),
            isByPerson: false
          }
        ]
      : []
  })
})

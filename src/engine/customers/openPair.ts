/**
 * openPair: both systems of a pair, ready to be read and written.
 */
import { Effect, Option } from "effect"
import { ConnectorError, Rejected } from "../../pipeline/ConnectorError.ts"
import type { CustomerSink, HeldCustomer, OpenCustomerSink } from "../../pipeline/CustomerSink.ts"
import type { SecretMissing } from "../../pipeline/Secrets.ts"
import type { StageServices } from "../../pipeline/Source.ts"
import type { CustomersPipeline } from "../../plan/Plan.ts"
import type { Side } from "../../store/CustomerLink.ts"
import type { CustomerPair, PairedSystem } from "./CustomerPair.ts"
import { customerOf } from "./customerTasks.ts"

/** A system ready to be read, and written where a pipeline writes to it. */
export interface OpenSystem {
  /** As in `OpenCustomerSink`. */
  readonly fetch: OpenCustomerSink["fetch"]
  readonly writes: { readonly sink: CustomerSink; readonly open: OpenCustomerSink } | undefined
}

/** The pair, open. */
export interface OpenPair {
  readonly pair: CustomerPair
  readonly systems: Readonly<Record<Side, OpenSystem>>
}

/** A customer as its source reads it, where no sink does. */
const fetchFrom = Effect.fn("openPair.fetchFrom")(function* (pipeline: CustomersPipeline) {
  const source = yield* pipeline.source.open
  return Effect.fn("OpenSystem.fetch")((id: string) =>
    source.fetch(id).pipe(
      Effect.flatMap((record): Effect.Effect<Option.Option<HeldCustomer>, ConnectorError> => {
        const customer = customerOf(record)
        if (Option.isSome(customer)) {
          return Effect.succeedSome({ customer: customer.value, version: record.origin.revision })
        }
        const { normalised } = record
        const why = normalised._tag === "Problems" ? normalised.problems.map(({ message }) => message) : []
        return Effect.fail(
          new ConnectorError({
            connection: pipeline.sourceConnection,
            reason: new Rejected({
              code: "unreadable",
              message: `customer ${record.origin.number} cannot be read: ${why.join(" ")}`
            })
          })
        )
      }),
      Effect.catchIf(
        ({ reason }) => reason._tag === "NotFound",
        () => Effect.succeedNone
      )
    )
  )
})

const openSystem = Effect.fn("openPair.openSystem")(function* (
  system: PairedSystem
): Effect.fn.Return<OpenSystem, ConnectorError | SecretMissing, StageServices> {
  const { reader, writer } = system
  if (writer !== undefined) {
    const open = yield* writer.sink.open
    return { fetch: (id) => open.fetch(id), writes: { sink: writer.sink, open } }
  }
  if (reader === undefined) return yield* Effect.die(`no pipeline reads or writes ${system.connection}`)
  return { fetch: yield* fetchFrom(reader), writes: undefined }
})

/** Opens both systems; secrets are resolved now. */
export const openPair = Effect.fn("openPair")(function* (
  pair: CustomerPair
): Effect.fn.Return<OpenPair, ConnectorError | SecretMissing, StageServices> {
  return {
    pair,
    systems: { left: yield* openSystem(pair.left), right: yield* openSystem(pair.right) }
  }
})

/**
 * LookUp: finds single records of a system by one of their fields.
 *
 * A source that offers it can be asked by pipelines of other sources, such as
 * for the ledger's customer of an order.
 */
import { Effect } from "effect"
import { ConnectorError, UnexpectedResponse } from "./ConnectorError.ts"
import type { SecretMissing } from "./Secrets.ts"
import type { StageServices } from "./Source.ts"
import { fieldsOf, type Json, type SourceRecord } from "./SourceRecord.ts"

/** A record in the shape of its source's `record` schema. */
export type FoundRecord = { readonly [field: string]: Json }

/** A look-up that is ready to ask. */
export interface OpenLookUp {
  /**
   * Every record whose `field`, one of those the source says it can be found
   * by, equals `value`; two are enough where there are more. None is an answer;
   * a system that could not be asked is a failure, never "none".
   */
  find(field: string, value: string): Effect.Effect<ReadonlyArray<FoundRecord>, ConnectorError>
}

/** Opens the look-up; secrets are resolved now. */
export type LookUp = Effect.Effect<OpenLookUp, ConnectorError | SecretMissing, StageServices>

/**
 * What records that were found say. One that cannot be read is a failure:
 * leaving it out would look like "none".
 */
export const foundRecords = (
  connection: string,
  records: ReadonlyArray<SourceRecord>
): Effect.Effect<ReadonlyArray<FoundRecord>, ConnectorError> =>
  Effect.forEach(records, ({ normalised, origin }) => {
    const fields = fieldsOf(normalised)
    if (fields !== undefined) return Effect.succeed(fields)
    const why = normalised._tag === "Problems" ? normalised.problems.map(({ message }) => message) : []
    return Effect.fail(
      new ConnectorError({
        connection,
        reason: new UnexpectedResponse({
          message: `${origin.resource} ${origin.number} was looked up and cannot be read: ${why.join(" ")}`
        })
      })
    )
  })

/**
 * recordsOfOrders: records that are no sales documents, such as payments, by the order they belong to.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Lets what stands open of an order be looked at with its payments. */
export const recordsOfOrders = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE INDEX source_record_record_order ON source_record (pipeline, (normalised #>> '{record,order,id}'))
    WHERE normalised #>> '{record,order,id}' IS NOT NULL`
})

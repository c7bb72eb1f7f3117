/**
 * awaitedCustomers: documents that wait until their customer is in both systems.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Says when the customer was last asked for, and finds those that wait among all that do. */
export const awaitedCustomers = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`ALTER TABLE error_item ADD COLUMN asked_at timestamptz`
  yield* sql`
    CREATE INDEX error_item_awaits ON error_item (id)
    WHERE state IN ('open', 'retrying') AND problems @> '[{"code": "lookup/not-linked"}]'`
})

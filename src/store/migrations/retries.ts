/**
 * retries: how often an error item was tried again without anybody asking.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Counts them apart from those that a person asked for. */
export const retries = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`ALTER TABLE error_item ADD COLUMN automatic_retries int NOT NULL DEFAULT 0`
})

/**
 * addresses: which system each connection leads to.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Creates the table. */
export const addresses = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE connection_address (
      connection text PRIMARY KEY,
      address text NOT NULL,
      since timestamptz NOT NULL DEFAULT present()
    )`
})

/**
 * history: so that what was settled long ago costs nothing today.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Finds the companies of a connection without reading all its entries. */
export const history = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE INDEX journal_entry_company ON journal_entry (sink_connection, company)`
})

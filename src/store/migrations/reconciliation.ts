/**
 * reconciliation: entries by day, documents by name and by order, and error items for what is found.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Makes the books searchable the way they are compared. */
export const reconciliation = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE INDEX journal_entry_day ON journal_entry (sink_connection, (body ->> 'postingDate'))`
  yield* sql`CREATE INDEX posting_document ON posting (document)`
  yield* sql`
    CREATE INDEX source_record_order ON source_record (pipeline, (normalised #>> '{document,order,id}'))`
  yield* sql`
    ALTER TABLE error_item DROP CONSTRAINT error_item_stage_check,
      ADD CONSTRAINT error_item_stage_check CHECK (stage IN ('read', 'map', 'post', 'reconcile'))`
})

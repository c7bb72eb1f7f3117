/**
 * journalColumns: what is selected of an entry and its posting, wherever entries are read.
 */
import type { SqlClient } from "effect/sql"
import { isoInstant } from "./rows.ts"

/** The columns of a `JournalRecord`, of journal_entry as `entry` and posting. */
export const journalColumns = (sql: SqlClient.SqlClient) => sql`
  entry.idempotency_key AS "idempotencyKey", entry.pipeline, entry.plan_revision AS "planRevision",
  entry.resource, entry.external_id AS "externalId", entry.number, entry.revision, entry.kind,
  entry.sink_connection AS "sinkConnection", entry.body AS entry, entry.provenance,
  ${isoInstant(sql, "entry.created_at")} AS "createdAt",
  posting.state, posting.attempts, posting.receipt, ${isoInstant(sql, "posting.settled_at")} AS "settledAt"`

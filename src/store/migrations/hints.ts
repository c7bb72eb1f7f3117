/**
 * hints: records that were reported as changed and are yet to be read, and the
 * reports by which a repetition is known.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Creates both tables; neither holds anything for long. */
export const hints = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  // One row for each record of a pipeline, however often it is reported: that is all the debouncing there is.
  yield* sql`
    CREATE TABLE hint (
      pipeline text NOT NULL,
      resource text NOT NULL,
      external_id text NOT NULL,
      reports bigint NOT NULL,
      event_id text,
      attempts int NOT NULL DEFAULT 0,
      not_before timestamptz NOT NULL,
      received_at timestamptz NOT NULL DEFAULT present(),
      PRIMARY KEY (pipeline, resource, external_id)
    )`
  yield* sql`CREATE INDEX hint_due ON hint (pipeline, not_before)`

  yield* sql`
    CREATE TABLE hint_event (
      connection text NOT NULL,
      event_id text NOT NULL,
      received_at timestamptz NOT NULL DEFAULT present(),
      PRIMARY KEY (connection, event_id)
    )`
  yield* sql`CREATE INDEX hint_event_age ON hint_event (received_at)`
})

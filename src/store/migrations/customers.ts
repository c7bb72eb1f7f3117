/**
 * customers: which customers of two systems are the same one, and which of them
 * are to be looked at.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Creates both tables. */
export const customers = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  // `pair` names two connections in alphabetical order; left is the first. What
  // each system held, as read back, stands in `bases`; `intent` is what was sent
  // and is not known to have arrived.
  yield* sql`
    CREATE TABLE customer_link (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      pair text NOT NULL,
      left_id text,
      right_id text,
      state text NOT NULL CHECK (state IN ('creating', 'linked', 'closed')),
      bases jsonb NOT NULL,
      unclear jsonb NOT NULL,
      addresses jsonb NOT NULL,
      seen jsonb NOT NULL,
      intent jsonb,
      marked_at timestamptz,
      recent jsonb NOT NULL DEFAULT '[]',
      parked jsonb,
      created_at timestamptz NOT NULL DEFAULT present(),
      changed_at timestamptz NOT NULL DEFAULT present(),
      CHECK (left_id IS NOT NULL OR right_id IS NOT NULL)
    )`
  // A customer is kept the same with one other; a link that was closed is only remembered.
  yield* sql`CREATE UNIQUE INDEX customer_link_left ON customer_link (pair, left_id) WHERE state <> 'closed'`
  yield* sql`CREATE UNIQUE INDEX customer_link_right ON customer_link (pair, right_id) WHERE state <> 'closed'`
  yield* sql`CREATE INDEX customer_link_left_closed ON customer_link (pair, left_id) WHERE state = 'closed'`
  yield* sql`CREATE INDEX customer_link_right_closed ON customer_link (pair, right_id) WHERE state = 'closed'`

  // One row for each customer of a side, however often it changed: it is read afresh anyway.
  yield* sql`
    CREATE TABLE customer_task (
      pair text NOT NULL,
      side text NOT NULL CHECK (side IN ('left', 'right')),
      external_id text NOT NULL,
      pipeline text NOT NULL,
      resource text NOT NULL,
      number text NOT NULL,
      revision int NOT NULL,
      asked bigint NOT NULL DEFAULT 1,
      attempts int NOT NULL DEFAULT 0,
      is_by_person boolean NOT NULL DEFAULT false,
      due_at timestamptz NOT NULL DEFAULT present(),
      PRIMARY KEY (pair, side, external_id)
    )`
  yield* sql`CREATE INDEX customer_task_due ON customer_task (pair, due_at)`
})

/**
 * backInTime: which database each ledger connection belongs to, and what a
 * ledger held that the journal had lost.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Creates both tables. */
export const backInTime = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  // `generation` counts how often this database was found to have gone back.
  yield* sql`
    CREATE TABLE ledger_gate (
      connection text PRIMARY KEY,
      instance text NOT NULL,
      timeline text NOT NULL,
      generation int NOT NULL DEFAULT 0,
      state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'copied', 'went-back')),
      reason text NOT NULL DEFAULT '',
      changed_at timestamptz NOT NULL DEFAULT present()
    )`

  yield* sql`
    CREATE TABLE held_entry (
      connection text NOT NULL,
      reference text NOT NULL,
      company text NOT NULL,
      body jsonb NOT NULL,
      document text,
      found_at timestamptz NOT NULL DEFAULT present(),
      settled_at timestamptz,
      PRIMARY KEY (connection, reference)
    )`
  yield* sql`CREATE INDEX held_entry_open ON held_entry (connection) WHERE settled_at IS NULL`
})

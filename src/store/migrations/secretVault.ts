/**
 * secretVault: credentials and access tokens, encrypted, and the keys they are encrypted with.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Creates the three tables. */
export const secretVault = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  // Never a key in clear: `wrapped_key` opens with a master key that is not in the database.
  yield* sql`
    CREATE TABLE data_key (
      id text PRIMARY KEY,
      state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'retiring')),
      master_key text NOT NULL,
      wrapped_key text NOT NULL,
      messages bigint NOT NULL DEFAULT 0,
      created_at timestamptz NOT NULL DEFAULT present(),
      wrapped_at timestamptz NOT NULL DEFAULT present()
    )`
  // One key encrypts; others are only read with until nothing is left under them.
  yield* sql`CREATE UNIQUE INDEX data_key_active ON data_key (state) WHERE state = 'active'`

  yield* sql`
    CREATE TABLE secret (
      name text PRIMARY KEY,
      version int NOT NULL,
      data_key text NOT NULL REFERENCES data_key (id),
      body text NOT NULL,
      set_at timestamptz NOT NULL DEFAULT present(),
      set_by text NOT NULL
    )`

  yield* sql`
    CREATE TABLE access_token (
      connection text PRIMARY KEY,
      data_key text NOT NULL REFERENCES data_key (id),
      body text NOT NULL,
      kept_at timestamptz NOT NULL DEFAULT present()
    )`
})

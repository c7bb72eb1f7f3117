/**
 * sealing: seals over the append-only tables, and the register of plans that ran.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** The tables that were sealed from the beginning. */
const books = ["audit", "journal_entry", "source_record", "plan_revision"]

/** Creates both tables and guards them as the other append-only ones. */
export const sealing = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  yield* sql`
    CREATE TABLE plan_revision (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      pipeline text NOT NULL,
      content_hash text NOT NULL,
      git_commit text NOT NULL,
      is_dirty boolean NOT NULL,
      files jsonb NOT NULL,
      recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      UNIQUE (content_hash, pipeline, git_commit, is_dirty)
    )`

  yield* sql`
    CREATE TABLE seal (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      book text NOT NULL,
      from_id bigint NOT NULL,
      to_id bigint NOT NULL,
      ids bigint[] NOT NULL,
      leaves bytea NOT NULL,
      previous_root bytea NOT NULL UNIQUE,
      root bytea NOT NULL UNIQUE,
      sealed_at timestamptz NOT NULL
    )`
  yield* sql`CREATE INDEX seal_book ON seal (book, to_id)`

  for (const table of ["plan_revision", "seal"]) {
    yield* sql`
      CREATE TRIGGER ${sql(`${table}_is_append_only`)} BEFORE UPDATE OR DELETE ON ${sql(table)}
      FOR EACH ROW EXECUTE FUNCTION refuse_change()`
    yield* sql`
      CREATE TRIGGER ${sql(`${table}_is_never_emptied`)} BEFORE TRUNCATE ON ${sql(table)}
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`
  }

  // Who draws an id has a transaction number by then. So once all transactions
  // with a number below some other are over, no id from before it is still to come.
  yield* sql`
    CREATE FUNCTION number_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_current_xact_id();
      RETURN NULL;
    END $$`
  for (const book of books) {
    yield* sql`
      CREATE TRIGGER ${sql(`${book}_numbers_transaction`)} BEFORE INSERT ON ${sql(book)}
      FOR EACH STATEMENT EXECUTE FUNCTION number_transaction()`
  }
})

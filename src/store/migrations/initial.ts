/**
 * initial: the first tables.
 *
 * Three kinds, kept apart on purpose. Append-only: what was read, what was
 * meant to be posted, what happened; the database itself refuses to change or
 * delete a row of them. State: where a posting stands, how far a pipeline has
 * read. Errors: what waits for a person.
 *
 * One statement at a time: the extended protocol takes no more.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

const appendOnly = ["source_record", "journal_entry", "audit"]

/** Creates the tables. */
export const initial = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  // Invariant I7: rows of these tables never change and never go.
  yield* sql`
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME;
    END $$`

  // Every instant that decides something comes from here: one clock for all
  // processes, and one place where a simulation puts its own.
  yield* sql`
    CREATE FUNCTION present() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()'`

  yield* sql`
    CREATE TABLE source_record (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      pipeline text NOT NULL,
      resource text NOT NULL,
      external_id text NOT NULL,
      revision int NOT NULL,
      number text NOT NULL,
      origin jsonb NOT NULL,
      fingerprint text NOT NULL,
      fingerprint_version int NOT NULL,
      raw jsonb NOT NULL,
      normalised jsonb NOT NULL,
      fetched_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      UNIQUE (pipeline, resource, external_id, revision)
    )`
  yield* sql`CREATE INDEX source_record_number ON source_record (number)`

  yield* sql`
    CREATE TABLE journal_entry (
      position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      idempotency_key text NOT NULL UNIQUE,
      pipeline text NOT NULL,
      plan_revision text NOT NULL,
      resource text NOT NULL,
      external_id text NOT NULL,
      number text NOT NULL,
      revision int NOT NULL,
      kind text NOT NULL CHECK (kind IN ('post', 'reversal')),
      company text NOT NULL,
      sink_connection text NOT NULL,
      body jsonb NOT NULL,
      provenance jsonb NOT NULL,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )`
  yield* sql`CREATE INDEX journal_entry_document ON journal_entry (pipeline, resource, external_id, position)`
  yield* sql`CREATE INDEX journal_entry_number ON journal_entry (number)`

  yield* sql`
    CREATE TABLE posting (
      idempotency_key text PRIMARY KEY REFERENCES journal_entry (idempotency_key),
      position bigint NOT NULL UNIQUE,
      sink_connection text NOT NULL,
      document text NOT NULL,
      state text NOT NULL DEFAULT 'pending'
        CHECK (state IN ('pending', 'sending', 'unknown', 'posted', 'rejected', 'superseded')),
      attempts int NOT NULL DEFAULT 0,
      fence bigint,
      sent_at timestamptz,
      not_before timestamptz NOT NULL DEFAULT present(),
      receipt jsonb,
      settled_at timestamptz
    )`
  // Only what is still open is ever searched for, so the cost of a posting does not grow with history.
  yield* sql`
    CREATE INDEX posting_open ON posting (sink_connection, position)
    WHERE state IN ('pending', 'sending', 'unknown', 'rejected')`
  yield* sql`
    CREATE INDEX posting_open_document ON posting (document, position)
    WHERE state IN ('pending', 'sending', 'unknown', 'rejected')`
  yield* sql`CREATE INDEX posting_receipt ON posting ((receipt ->> 'reference'))`

  // The number of the one writer that a ledger connection has. A writer with an
  // older number was replaced while it slept, and nothing that it reports counts.
  yield* sql`
    CREATE TABLE ledger_writer (
      connection text PRIMARY KEY,
      fence bigint NOT NULL,
      paused_until timestamptz,
      failures int NOT NULL DEFAULT 0,
      taken_at timestamptz NOT NULL
    )`

  yield* sql`
    CREATE TABLE cursor (
      pipeline text PRIMARY KEY,
      value jsonb NOT NULL,
      moved_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )`

  yield* sql`
    CREATE TABLE error_item (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      pipeline text NOT NULL,
      resource text NOT NULL,
      external_id text NOT NULL,
      number text NOT NULL,
      revision int NOT NULL,
      stage text NOT NULL CHECK (stage IN ('read', 'map', 'post')),
      plan_revision text NOT NULL,
      problems jsonb NOT NULL,
      state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'retrying', 'resolved', 'ignored')),
      retries int NOT NULL DEFAULT 0,
      opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )`
  yield* sql`
    CREATE UNIQUE INDEX error_item_open ON error_item (pipeline, resource, external_id)
    WHERE state IN ('open', 'retrying')`

  yield* sql`
    CREATE TABLE audit (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at timestamptz NOT NULL DEFAULT clock_timestamp(),
      actor text NOT NULL,
      action text NOT NULL,
      pipeline text,
      resource text,
      external_id text,
      detail jsonb NOT NULL
    )`
  yield* sql`CREATE INDEX audit_document ON audit (pipeline, resource, external_id, id)`

  for (const table of appendOnly) {
    yield* sql`
      CREATE TRIGGER ${sql(`${table}_is_append_only`)} BEFORE UPDATE OR DELETE ON ${sql(table)}
      FOR EACH ROW EXECUTE FUNCTION refuse_change()`
    yield* sql`
      CREATE TRIGGER ${sql(`${table}_is_never_emptied`)} BEFORE TRUNCATE ON ${sql(table)}
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`
  }
})

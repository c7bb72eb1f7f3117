/**
 * forgetting: the one narrow door through which the append-only tables lose a person.
 *
 * What a row is sealed with holds a random salt from now on. A row that loses
 * its personal content loses the salt too, so that the hash which stays in its
 * seal tells nothing about what was there. The database itself sees to three
 * things: only the columns that hold personal content change, an entry loses
 * nothing but texts, and a row of `erasure`, which is sealed like all others,
 * says in the same transaction which row it was.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** The columns that may lose content, by table. */
const erasable = {
  source_record: ["raw", "normalised", "fingerprint", "salt"],
  journal_entry: ["body", "salt"],
  audit: ["detail", "salt"]
}

/** Creates the tables, the guards and the door. */
export const forgetting = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  yield* sql`
    CREATE TABLE erasure (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at timestamptz NOT NULL DEFAULT clock_timestamp(),
      forgetting text NOT NULL,
      actor text NOT NULL,
      book text NOT NULL,
      row_id bigint NOT NULL,
      sealed_as text NOT NULL,
      stands_as text NOT NULL,
      transaction xid8 NOT NULL DEFAULT pg_current_xact_id()
    )`
  yield* sql`CREATE INDEX erasure_row ON erasure (book, row_id, id)`

  // Hashes of customer numbers and addresses, with a salt of this database: who
  // is in it cannot be read, only whether somebody who is read again was forgotten.
  yield* sql`
    CREATE TABLE forgotten (
      hash text PRIMARY KEY,
      forgetting text NOT NULL,
      at timestamptz NOT NULL DEFAULT clock_timestamp()
    )`
  yield* sql`CREATE TABLE forgotten_salt (salt uuid NOT NULL DEFAULT gen_random_uuid())`
  yield* sql`INSERT INTO forgotten_salt DEFAULT VALUES`

  yield* sql`
    CREATE FUNCTION entry_without_texts(body jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
      SELECT (body - 'text') || jsonb_build_object('lines', (
        SELECT jsonb_agg(line - 'text' ORDER BY place)
        FROM jsonb_array_elements(body -> 'lines') WITH ORDINALITY AS lines (line, place)))
    $$`
  yield* sql`
    CREATE FUNCTION refuse_all_but_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.salt IS NULL AND to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
        IF TG_TABLE_NAME <> 'journal_entry' THEN
          RETURN NEW;
        ELSIF entry_without_texts(to_jsonb(NEW) -> 'body') = entry_without_texts(to_jsonb(OLD) -> 'body') THEN
          RETURN NEW;
        END IF;
      END IF;
      RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME;
    END $$`
  yield* sql`
    CREATE FUNCTION require_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changed bigint := coalesce(to_jsonb(NEW) -> 'id', to_jsonb(NEW) -> 'position')::bigint;
    BEGIN
      IF EXISTS (
        SELECT FROM erasure WHERE book = TG_TABLE_NAME AND row_id = changed AND transaction = pg_current_xact_id()
      ) THEN
        RETURN NULL;
      END IF;
      RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME;
    END $$`

  for (const [table, columns] of Object.entries(erasable)) {
    yield* sql`ALTER TABLE ${sql(table)} ADD COLUMN salt uuid`
    // Rows from before keep none: they are sealed without one.
    yield* sql`ALTER TABLE ${sql(table)} ALTER COLUMN salt SET DEFAULT gen_random_uuid()`
    yield* sql`DROP TRIGGER ${sql(`${table}_is_append_only`)} ON ${sql(table)}`
    yield* sql`
      CREATE TRIGGER ${sql(`${table}_is_append_only`)} BEFORE DELETE ON ${sql(table)}
      FOR EACH ROW EXECUTE FUNCTION refuse_change()`
    yield* sql.unsafe(`
      CREATE TRIGGER ${table}_loses_persons_only BEFORE UPDATE ON ${table}
      FOR EACH ROW EXECUTE FUNCTION refuse_all_but_erasure(${columns.map((column) => `'${column}'`).join(", ")})`)
    yield* sql.unsafe(`
      CREATE CONSTRAINT TRIGGER ${table}_loss_is_noted AFTER UPDATE ON ${table}
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_erasure()`)
  }
  yield* sql`
    CREATE TRIGGER erasure_is_append_only BEFORE UPDATE OR DELETE ON erasure
    FOR EACH ROW EXECUTE FUNCTION refuse_change()`
  yield* sql`
    CREATE TRIGGER erasure_is_never_emptied BEFORE TRUNCATE ON erasure
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`
  yield* sql`
    CREATE TRIGGER erasure_numbers_transaction BEFORE INSERT ON erasure
    FOR EACH STATEMENT EXECUTE FUNCTION number_transaction()`

  // With the rights of the owner, for a role that may not change these tables at all.
  yield* sql`
    CREATE FUNCTION erase_person(book text, changes jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
      IF book = 'source_record' THEN
        UPDATE source_record SET raw = change.raw, normalised = change.normalised,
          fingerprint = change.fingerprint, salt = NULL
        FROM jsonb_to_recordset(changes) AS change (id bigint, raw jsonb, normalised jsonb, fingerprint text)
        WHERE source_record.id = change.id;
      ELSIF book = 'journal_entry' THEN
        UPDATE journal_entry SET body = change.body, salt = NULL
        FROM jsonb_to_recordset(changes) AS change (id bigint, body jsonb) WHERE journal_entry.position = change.id;
      ELSIF book = 'audit' THEN
        UPDATE audit SET detail = change.detail, salt = NULL
        FROM jsonb_to_recordset(changes) AS change (id bigint, detail jsonb) WHERE audit.id = change.id;
      ELSE
        RAISE EXCEPTION 'rows of % are never changed or deleted', book;
      END IF;
    END $$`
  // Whoever is about to store a page of the person waits, and then finds him forgotten.
  yield* sql`
    CREATE FUNCTION lock_for_erasure() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
      LOCK TABLE source_record, journal_entry, audit IN SHARE ROW EXCLUSIVE MODE;
    END $$`
  yield* sql`REVOKE ALL ON FUNCTION erase_person(text, jsonb) FROM PUBLIC`
  yield* sql`REVOKE ALL ON FUNCTION lock_for_erasure() FROM PUBLIC`
})

/**
 * databaseRoles: who may do what in the database, as SQL for the owner of the tables.
 *
 * The owner makes and changes tables and runs nothing else. `app` is what the
 * program runs as: it reads and writes rows, makes no tables, and of the
 * append-only tables may neither change nor delete a row. `readonly` is for
 * reports: no secrets, no keys, no payloads with customers in them. `sealer`
 * seals the append-only tables and nothing else, for a job that keeps the roots.
 *
 * What is append-only is asked of the database itself, by the trigger that
 * guards it, so the statements hold for tables that come later.
 */
import { sealedBooks } from "./SealedBook.ts"

/** What reports may read. A table that is not named here is not for them. */
const readable = [
  "audit",
  "cursor",
  "error_item",
  "journal_entry",
  "ledger_gate",
  "ledger_writer",
  "migration",
  "plan_revision",
  "posting",
  "seal",
  "source_record (id, pipeline, resource, external_id, revision, number, origin, fingerprint, fingerprint_version, fetched_at)"
]

const quoted = (name: string) => `"${name}"`

/** Grants SELECT on tables; a table may be followed by the columns it is limited to. */
const grantSelect = (tables: ReadonlyArray<string>, role: string) =>
  tables.map((table) => {
    const [name, columns = ""] = table.split(" (")
    return `GRANT SELECT${columns === "" ? "" : ` (${columns}`} ON public.${name} TO ${quoted(role)}`
  })

const createRole = (role: string) => `DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN
    CREATE ROLE ${quoted(role)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
  END IF;
END $$`

const takeBack = (role: string) => [
  `REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${quoted(role)}`,
  `REVOKE ALL ON SCHEMA public FROM ${quoted(role)}`,
  `GRANT USAGE ON SCHEMA public TO ${quoted(role)}`
]

const settings = (role: string, values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([name, value]) => `ALTER ROLE ${quoted(role)} SET ${name} = '${value}'`)

const grantToApp = (role: string) => `DO $$
DECLARE
  relation record;
BEGIN
  FOR relation IN
    SELECT c.relname AS name, EXISTS (
      SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
      WHERE t.tgrelid = c.oid AND p.proname = 'refuse_change'
    ) AS is_append_only
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  LOOP
    EXECUTE format('GRANT SELECT%s ON public.%I TO ${quoted(role)}', CASE
      WHEN relation.name = 'migration' THEN ''
      WHEN relation.is_append_only THEN ', INSERT'
      ELSE ', INSERT, UPDATE, DELETE' END, relation.name);
  END LOOP;
  IF EXISTS (SELECT FROM pg_namespace WHERE nspname = 'pgboss') THEN
    GRANT USAGE ON SCHEMA pgboss TO ${quoted(role)};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pgboss TO ${quoted(role)};
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA pgboss TO ${quoted(role)};
  END IF;
END $$`

/** The statements, in order; roles are named after `prefix`, which is a lower-case identifier. Run again they change nothing. */
export const databaseRoles = (prefix: string): ReadonlyArray<string> => {
  const [app, readonly, sealer] = [`${prefix}_app`, `${prefix}_readonly`, `${prefix}_sealer`]
  const roles = [app, readonly, sealer]
  return [
    ...roles.map(createRole),
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    ...roles.flatMap(takeBack),
    grantToApp(app),
    `GRANT EXECUTE ON FUNCTION public.erase_person(text, jsonb), public.lock_for_erasure() TO ${quoted(app)}`,
    ...grantSelect(readable, readonly),
    ...grantSelect([...sealedBooks, "seal", "migration"], sealer),
    `GRANT INSERT ON public.seal TO ${quoted(sealer)}`,
    ...settings(app, { lock_timeout: "60s", idle_in_transaction_session_timeout: "30s" }),
    ...settings(readonly, { default_transaction_read_only: "on", statement_timeout: "60s" }),
    ...settings(sealer, { lock_timeout: "60s", idle_in_transaction_session_timeout: "30s" })
  ]
}

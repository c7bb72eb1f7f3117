/**
 * dumpSchema: the tables as the migrations make them, as text for a reviewer.
 *
 * Read from the catalogue of the database itself and sorted by name, so that it
 * is the same on the embedded database and on a server. Run as a program it
 * writes test/store.schema.sql.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Effect, FileSystem, Path } from "effect"
import { SqlClient } from "effect/sql"
import { embeddedDatabase } from "../../src/store/Database.ts"

const header =
  "-- The tables as the migrations in src/store/migrations make them.\n-- Made by `npm run db:dump`; not edited by hand.\n"

/** The schema of the database at hand: functions, tables with their constraints, indexes, triggers. */
export const dumpSchema = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const linesOf = (query: Effect.Effect<ReadonlyArray<{ readonly line: string }>, unknown>) =>
    Effect.map(query, (rows) => rows.map(({ line }) => line))

  const functions = yield* linesOf(sql`
    SELECT trim(pg_get_functiondef(p.oid)) || ';' AS line
    FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace ORDER BY p.proname`)
  const tables = yield* sql<{ readonly table: string }>`
    SELECT c.relname::text AS "table" FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY c.relname`

  const texts = yield* Effect.forEach(tables, ({ table }) =>
    Effect.gen(function* () {
      const columns = yield* linesOf(sql`
        SELECT '  ' || quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
          || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
          || CASE WHEN a.attidentity = 'a' THEN ' GENERATED ALWAYS AS IDENTITY' ELSE '' END
          || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') AS line
        FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = ${table}::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`)
      // Not-null constraints stand in the catalogue since PostgreSQL 18; the columns say them already.
      const constraints = yield* linesOf(sql`
        SELECT '  CONSTRAINT ' || quote_ident(conname) || ' ' || pg_get_constraintdef(oid) AS line
        FROM pg_constraint WHERE conrelid = ${table}::regclass AND contype <> 'n' ORDER BY conname`)
      const indexes = yield* linesOf(sql`
        SELECT pg_get_indexdef(i.indexrelid) || ';' AS line
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = ${table}::regclass
          AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid AND contype IN ('p', 'u'))
        ORDER BY c.relname`)
      const triggers = yield* linesOf(sql`
        SELECT pg_get_triggerdef(oid) || ';' AS line
        FROM pg_trigger WHERE tgrelid = ${table}::regclass AND NOT tgisinternal ORDER BY tgname`)
      return [
        `CREATE TABLE ${table} (\n${[...columns, ...constraints].join(",\n")}\n);`,
        ...indexes,
        ...triggers
      ].join("\n")
    })
  )
  return `${[header, ...functions, ...texts].join("\n")}\n`
    .replaceAll(/\n(CREATE TABLE|CREATE OR)/gu, "\n\n$1")
    .replaceAll(/\n{3,}/gu, "\n\n")
})

/** Where the reviewed text stands. */
export const schemaFile = Effect.map(Path.Path, (path) =>
  path.join(import.meta.dirname, "../store.schema.sql")
)

const write = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const folder = yield* files.makeTempDirectoryScoped()
  const text = yield* dumpSchema.pipe(Effect.provide(embeddedDatabase(folder)))
  yield* files.writeFileString(yield* schemaFile, text)
}).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

if (import.meta.main) NodeRuntime.runMain(write)

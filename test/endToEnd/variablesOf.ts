/**
 * variablesOf: how a process of its own finds the database of a test.
 */
import { Config, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { embeddedFolder, type TestDatabase } from "../support/databases.ts"

/** What a process must be given to use this kind of database: a folder, or the server's URL. */
export const variablesOf = Effect.fn("variablesOf")(function* (database: TestDatabase) {
  if (database.name === "the embedded database") return { LEDGERLINE_FOLDER: yield* embeddedFolder }
  const sql = yield* SqlClient.SqlClient
  const [current] = yield* sql<{ readonly name: string }>`SELECT current_database() AS name`
  const server = yield* Config.withDefault(
    Config.String("LEDGERLINE_TEST_DATABASE_URL"),
    "postgres://postgres@127.0.0.1:5432/postgres"
  )
  const url = new URL(server)
  url.pathname = `/${current?.name ?? ""}`
  return { LEDGERLINE_DATABASE_URL: url.href }
})

/**
 * server: a database of its own on a real PostgreSQL server, and the means to make its life hard.
 */
import { PgClient } from "@effect/sql-pg"
import { Config, Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql"

/** Where the server is: LEDGERLINE_TEST_DATABASE_URL, else the usual place on this machine. */
export const serverUrl = Config.withDefault(
  Config.String("LEDGERLINE_TEST_DATABASE_URL"),
  "postgres://postgres@127.0.0.1:5432/postgres"
)

const clientOf = (url: string) =>
  PgClient.layer({ url: Redacted.make(url), maxConnections: 1, applicationName: "chaos" })

/** The URL of the same database, reached by way of a port of this machine. */
export const byWayOf = (url: string, port: number): string => {
  const other = new URL(url)
  other.hostname = "127.0.0.1"
  other.port = `${port}`
  return other.href
}

/** Where a URL leads. */
export const addressOf = (url: string, usualPort: number) => {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: port === "" ? usualPort : Number(port) }
}

/** Makes an empty database; it is dropped with the scope. */
export const freshDatabase = Effect.fn("freshDatabase")(function* (name: string) {
  const server = yield* serverUrl
  const administer = (statement: string) =>
    Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statement)).pipe(Effect.provide(clientOf(server)))
  yield* Effect.acquireRelease(administer(`CREATE DATABASE ${name}`), () =>
    Effect.orDie(administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  )
  const url = new URL(server)
  url.pathname = `/${name}`

  const inside = <A, E>(ask: (sql: SqlClient.SqlClient) => Effect.Effect<A, E>) =>
    Effect.flatMap(SqlClient.SqlClient, ask).pipe(Effect.provide(clientOf(url.href)))
  return {
    url: url.href,
    /** Ends every connection to this database but the asking one, and says how many. */
    terminateAll: Effect.map(
      inside(
        (sql) => sql<{ readonly ended: number }>`
          SELECT count(pg_terminate_backend(pid))::int AS ended FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()`
      ),
      ([row]) => row?.ended ?? 0
    ),
    /** How many postings stand where. */
    states: Effect.map(
      inside(
        (sql) => sql<{ readonly state: string; readonly postings: number }>`
          SELECT state, count(*)::int AS postings FROM posting GROUP BY state`
      ),
      (rows) => new Map(rows.map(({ postings, state }) => [state, postings]))
    ),
    /** What waits for a person, in the words the person gets. */
    problems: Effect.map(
      inside(
        (sql) => sql<{ readonly said: string }>`
          SELECT resource || ' ' || number || ': ' || (problems -> 0 ->> 'message') AS said FROM error_item
          WHERE state IN ('open', 'retrying') ORDER BY id`
      ),
      (rows) => rows.map(({ said }) => said)
    )
  }
})

/** A database as `freshDatabase` makes it. */
export type FreshDatabase = Effect.Success<ReturnType<typeof freshDatabase>>

/**
 * Database: which PostgreSQL we use, migrated.
 *
 * A server when `LEDGERLINE_DATABASE_URL` names one, else the embedded
 * database in `.ledgerline/`. The same statements and the same decoding on both.
 */
import { PgClient } from "@effect/sql-pg"
import { Config, Effect, FileSystem, Layer, Option, Path, Redacted } from "effect"
import { Migrator, SqlClient, type SqlError } from "effect/sql"
import { embeddedPostgres } from "./embedded/EmbeddedPostgres.ts"
import { DatabasePlace } from "./DatabasePlace.ts"
import { addresses } from "./migrations/addresses.ts"
import { awaitedCustomers } from "./migrations/awaitedCustomers.ts"
import { backfills } from "./migrations/backfills.ts"
import { backInTime } from "./migrations/backInTime.ts"
import { customers } from "./migrations/customers.ts"
import { history } from "./migrations/history.ts"
import { forgetting } from "./migrations/forgetting.ts"
import { hints } from "./migrations/hints.ts"
import { initial } from "./migrations/initial.ts"
import { reconciliation } from "./migrations/reconciliation.ts"
import { recordsOfOrders } from "./migrations/recordsOfOrders.ts"
import { retries } from "./migrations/retries.ts"
import { secretVault } from "./migrations/secretVault.ts"
import { sealing } from "./migrations/sealing.ts"
import { StoreError } from "./StoreError.ts"

const unreachable = () =>
  new StoreError({
    operation: "Database.connect",
    message:
      "the PostgreSQL server that LEDGERLINE_DATABASE_URL names cannot be reached, or refuses the user. Check the URL and that the server is up."
  })

const migrations = {
  "0001_initial": initial,
  "0002_sealing": sealing,
  "0003_retries": retries,
  "0004_back_in_time": backInTime,
  "0005_history": history,
  "0006_secret_vault": secretVault,
  "0007_hints": hints,
  "0008_addresses": addresses,
  "0009_customers": customers,
  "0010_reconciliation": reconciliation,
  "0011_backfills": backfills,
  "0012_forgetting": forgetting,
  "0013_awaited_customers": awaitedCustomers,
  "0014_records_of_orders": recordsOfOrders
}

/** Asked first, because a user without rights to make tables must be able to work where all are made. */
const isUpToDate = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [found] = yield* sql<{ readonly exists: boolean }>`
    SELECT to_regclass('migration') IS NOT NULL AS exists`
  if (found?.exists !== true) return false
  const applied = yield* sql<{ readonly name: string }>`
    SELECT lpad(migration_id::text, 4, '0') || '_' || name AS name FROM migration`
  const names = new Set(applied.map(({ name }) => name))
  return Object.keys(migrations).every((name) => names.has(name))
})

const migrate = Effect.flatMap(isUpToDate, (upToDate) =>
  upToDate
    ? Effect.void
    : Effect.asVoid(Migrator.make({})({ loader: Migrator.fromRecord(migrations), table: "migration" }))
).pipe(
  Effect.mapError((error) =>
    error._tag === "SqlError" && error.reason._tag === "ConnectionError"
      ? unreachable()
      : new StoreError({
          operation: "Database.migrate",
          message:
            "the tables cannot be made or brought up to date by this database user. Let their owner run `ledgerline database migrate`, and then the SQL that `ledgerline database roles` prints."
        })
  )
)

const migrated = <E, R>(client: Layer.Layer<PgClient.PgClient | SqlClient.SqlClient, E, R>) =>
  Layer.effectDiscard(migrate).pipe(Layer.provideMerge(client))

const onlyStoreErrors = <A, E, R>(layer: Layer.Layer<A, E | SqlError.SqlError, R>) =>
  layer.pipe(Layer.catchTag("SqlError", () => Layer.effectContext(Effect.fail(unreachable()))))

/**
 * A PostgreSQL server, its tables brought up to date. A process that is suspended
 * in the middle of a transaction loses it after half a minute, so that whoever
 * takes over does not wait for its locks.
 */
export const serverDatabase = (url: Redacted.Redacted) =>
  onlyStoreErrors(
    migrated(
      PgClient.layer({
        url,
        maxConnections: 10,
        applicationName: "ledgerline",
        startupParameters: { idle_in_transaction_session_timeout: "30s" }
      })
    )
  )

/** A copied folder is another one to the file system, though all in it is the same. */
const placeOf = (folder: string) =>
  Layer.effect(
    DatabasePlace,
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const place = yield* Effect.option(files.stat(path.join(folder, "database")))
      return Option.match(
        Option.flatMap(place, ({ ino }) => ino),
        {
          onNone: () => "",
          onSome: (number) => `/${number}`
        }
      )
    })
  )

/** The embedded database in `folder`, its tables brought up to date. */
export const embeddedDatabase = (folder: string) =>
  onlyStoreErrors(placeOf(folder).pipe(Layer.provideMerge(migrated(embeddedPostgres(folder)))))

/** The server that `LEDGERLINE_DATABASE_URL` names, else the embedded database in `.ledgerline/`. */
export const database = Layer.unwrap(
  Effect.gen(function* () {
    const url = yield* Config.option(Config.Redacted("LEDGERLINE_DATABASE_URL"))
    const folder = yield* Config.withDefault(Config.String("LEDGERLINE_FOLDER"), ".ledgerline")
    return Option.match(url, {
      onNone: () => Layer.effectContext(Layer.build(embeddedDatabase(folder))),
      onSome: (given) => Layer.effectContext(Layer.build(serverDatabase(given)))
    })
  })
)

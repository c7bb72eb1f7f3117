/**
 * databases: the same tests on each database that there is.
 *
 * Always on the embedded one, and on a PostgreSQL server when one answers at
 * LEDGERLINE_TEST_DATABASE_URL or at its usual place on this machine. Each suite
 * gets a database of its own, which is gone afterwards; tests within a suite
 * keep apart by using names of their own.
 */
import { randomUUID } from "node:crypto"
import { PgClient } from "@effect/sql-pg"
import { NodeServices } from "@effect/platform-node"
import { describe, layer, type Vitest } from "@effect/vitest"
import {
  Config,
  Console,
  Effect,
  FileSystem,
  Layer,
  Option,
  Path,
  Redacted,
  Result,
  type Scope
} from "effect"
import { SqlClient } from "effect/sql"
import { embeddedDatabase, serverDatabase } from "../../src/store/Database.ts"
import { embeddedPostgres } from "../../src/store/embedded/EmbeddedPostgres.ts"
import { type Store, storeLayerNoDeps } from "../../src/store/Store.ts"

/** A kind of database, made afresh each time its layer is built. */
export interface TestDatabase {
  readonly name: string
  readonly layer: Layer.Layer<Store | SqlClient.SqlClient, unknown>
}

const withStore = <E, R>(client: Layer.Layer<SqlClient.SqlClient | PgClient.PgClient, E, R>) =>
  storeLayerNoDeps.pipe(Layer.provideMerge(client))

/**
 * A folder with an empty embedded database, made once for each version of PGlite
 * and then copied: starting from nothing takes seconds, a copy takes a fraction.
 */
const template = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const modules = path.join(import.meta.dirname, "../../node_modules")
  const manifest = yield* files.readFileString(path.join(modules, "@electric-sql/pglite/package.json"))
  const version = /"version": "([^"]+)"/u.exec(manifest)?.[1] ?? "unknown"
  const folder = path.join(modules, ".cache/ledgerline", `embedded-${version}`)
  if (yield* files.exists(folder)) return folder
  // Made aside and renamed, so that nobody sees half of it; who comes second keeps the first's.
  const aside = `${folder}.${randomUUID()}`
  yield* Effect.scoped(Layer.build(embeddedPostgres(aside)))
  yield* files.rename(aside, folder).pipe(Effect.catch(() => files.remove(aside, { recursive: true })))
  return folder
})

/** A folder with an empty embedded database in it, removed with the scope. */
export const embeddedFolder: Effect.Effect<string, unknown, Scope.Scope | FileSystem.FileSystem | Path.Path> =
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const folder = path.join(yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-test-" }), "data")
    yield* files.copy(yield* template, folder)
    return folder
  })

const embedded: TestDatabase = {
  name: "the embedded database",
  layer: Layer.unwrap(Effect.map(embeddedFolder, (folder) => withStore(embeddedDatabase(folder)))).pipe(
    Layer.provide(NodeServices.layer)
  )
}

const clientOf = (url: string) => PgClient.layer({ url: Redacted.make(url), maxConnections: 1 })

const server = (url: string, version: string): TestDatabase => ({
  name: `PostgreSQL ${version}`,
  layer: Layer.unwrap(
    Effect.gen(function* () {
      const name = `ledgerline_test_${randomUUID().replaceAll("-", "")}`
      const administer = (statement: string) =>
        Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statement)).pipe(
          Effect.provide(clientOf(url))
        )
      yield* Effect.acquireRelease(administer(`CREATE DATABASE ${name}`), () =>
        Effect.orDie(administer(`DROP DATABASE ${name} WITH (FORCE)`))
      )
      const own = new URL(url)
      own.pathname = `/${name}`
      return withStore(serverDatabase(Redacted.make(own.href)))
    })
  )
})

const findServer = Effect.gen(function* () {
  const given = yield* Config.option(Config.String("LEDGERLINE_TEST_DATABASE_URL"))
  const url = Option.getOrElse(given, () => "postgres://postgres@127.0.0.1:5432/postgres")
  const version = yield* Effect.result(
    Effect.flatMap(
      SqlClient.SqlClient,
      (sql) =>
        sql<{
          readonly version: string
        }>`SELECT split_part(current_setting('server_version'), ' ', 1) AS version`
    ).pipe(Effect.provide(clientOf(url)), Effect.timeout("5 seconds"))
  )
  if (Result.isSuccess(version)) return Option.some(server(url, version.success[0]?.version ?? ""))
  // A server that was asked for by name and is not there must not look like a pass.
  if (Option.isSome(given)) return yield* Effect.die("no PostgreSQL answers at LEDGERLINE_TEST_DATABASE_URL")
  return Option.none()
})

/** The databases there are. */
export const databases: ReadonlyArray<TestDatabase> = [
  embedded,
  ...Option.toArray(await Effect.runPromise(findServer))
]

/** Registers the tests once for each database, and says on which. They run with the live clock. */
export const describeOnDatabases = (
  name: string,
  tests: (it: Vitest.MethodsNonLive<Store | SqlClient.SqlClient>) => void
): void => {
  const names = databases.map((database) => database.name)
  const without = databases.length === 1 ? "; no PostgreSQL answers here" : ""
  Effect.runSync(Console.log(`${name}: on ${names.join(" and on ")}${without}`))
  for (const database of databases) {
    describe(`${name} on ${database.name}`, () => {
      layer(database.layer, { excludeTestServices: true, timeout: "60 seconds" })(tests)
    })
  }
}

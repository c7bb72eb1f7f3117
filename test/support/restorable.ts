/**
 * restorable: a database that can be set back to an earlier moment.
 */
import { randomUUID } from "node:crypto"
import { NodeServices } from "@effect/platform-node"
import { PgClient } from "@effect/sql-pg"
import { Config, Effect, FileSystem, Layer, Path, Redacted, Schema, type Scope } from "effect"
import { SqlClient } from "effect/sql"
import { embeddedDatabase, serverDatabase } from "../../src/store/Database.ts"
import { type Store, storeLayerNoDeps } from "../../src/store/Store.ts"
import { Witness, type WitnessMemory } from "../../src/store/Witness.ts"
import { databases, embeddedFolder } from "./databases.ts"

type Services = Store | SqlClient.SqlClient

/** A database of which each use is a process of its own. */
export interface Restorable {
  readonly name: string
  /** Runs with a store that remembers nothing of earlier ones but what the witness does. */
  use<A, E, R>(
    work: Effect.Effect<A, E, R>,
    witness?: WitnessMemory
  ): Effect.Effect<A, unknown, Exclude<R, Services>>
  readonly snapshot: Effect.Effect<void, unknown>
  /** Puts the snapshot in the place of the database, as a restored disk does. */
  readonly restore: Effect.Effect<void, unknown>
  /** The snapshot as a database of its own, beside the first. */
  readonly copy: Effect.Effect<Restorable, unknown, Scope.Scope>
}

const noWitness: WitnessMemory = { recall: () => Effect.undefined, keep: () => Effect.void }

const using =
  <E>(client: Layer.Layer<SqlClient.SqlClient, E>) =>
  <A, E2, R>(work: Effect.Effect<A, E2, R>, witness: WitnessMemory = noWitness) =>
    Effect.provide(
      work,
      storeLayerNoDeps.pipe(
        Layer.provideMerge(client),
        Layer.provide(Layer.succeed(Witness, witness)),
        Layer.fresh
      )
    )

const server = Effect.gen(function* () {
  const url = yield* Config.withDefault(
    Config.String("LEDGERLINE_TEST_DATABASE_URL"),
    "postgres://postgres@127.0.0.1:5432/postgres"
  )
  const ask = (statement: string) =>
    Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statement)).pipe(
      Effect.provide(PgClient.layer({ url: Redacted.make(url), maxConnections: 1 }))
    )
  const named = (prefix: string) => `${prefix}_${randomUUID().replaceAll("-", "")}`
  const dropped = (name: string) => Effect.orDie(ask(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  const Row = Schema.Tuple([Schema.Struct({ oid: Schema.String })])

  const open = (name: string): Effect.Effect<Restorable, unknown, Scope.Scope> =>
    Effect.gen(function* () {
      const kept = named("ledgerline_snapshot")
      yield* Effect.addFinalizer(() => Effect.andThen(dropped(name), dropped(kept)))
      const own = new URL(url)
      own.pathname = `/${name}`
      return {
        name: "PostgreSQL",
        use: using(serverDatabase(Redacted.make(own.href))),
        snapshot: Effect.andThen(dropped(kept), ask(`CREATE DATABASE ${kept} TEMPLATE ${name}`)),
        restore: Effect.gen(function* () {
          // The number of a database in its server stays the same when its disk is restored.
          const [{ oid }] = yield* Effect.flatMap(
            ask(`SELECT oid::text AS oid FROM pg_database WHERE datname = '${name}'`),
            Schema.decodeUnknownEffect(Row)
          )
          yield* dropped(name)
          yield* ask(`CREATE DATABASE ${name} TEMPLATE ${kept} OID ${oid}`)
        }),
        copy: Effect.gen(function* () {
          const other = named("ledgerline_copy")
          yield* ask(`CREATE DATABASE ${other} TEMPLATE ${kept}`)
          return yield* open(other)
        })
      }
    })
  const name = named("ledgerline_test")
  yield* ask(`CREATE DATABASE ${name}`)
  return yield* open(name)
})

const openFolder = (folder: string): Effect.Effect<Restorable, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const database = path.join(folder, "database")
    const kept = path.join(folder, "snapshot")
    const replace = (from: string, target: string) =>
      Effect.gen(function* () {
        yield* files.makeDirectory(target, { recursive: true })
        for (const name of yield* files.readDirectory(target)) {
          yield* files.remove(path.join(target, name), { recursive: true })
        }
        for (const name of yield* files.readDirectory(from)) {
          yield* files.copy(path.join(from, name), path.join(target, name))
        }
      })
    return {
      name: "the embedded database",
      use: using(embeddedDatabase(folder).pipe(Layer.provide(NodeServices.layer))),
      snapshot: replace(database, kept),
      restore: replace(kept, database),
      copy: Effect.gen(function* () {
        const other = path.join(folder, "copy")
        yield* replace(kept, path.join(other, "database"))
        return yield* openFolder(other)
      }).pipe(Effect.provide(NodeServices.layer))
    }
  }).pipe(Effect.provide(NodeServices.layer))

const embedded = Effect.flatMap(embeddedFolder, openFolder).pipe(Effect.provide(NodeServices.layer))

/** The kinds there are on this machine; each is made afresh, and is gone with the scope. */
export const restorables: ReadonlyArray<{
  readonly name: string
  readonly make: Effect.Effect<Restorable, unknown, Scope.Scope>
}> = [
  { name: "the embedded database", make: embedded },
  ...(databases.length > 1 ? [{ name: "PostgreSQL", make: server }] : [])
]

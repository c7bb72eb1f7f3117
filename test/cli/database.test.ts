/*
 * A program that runs as a role with few rights: what it can do, and what it cannot whatever it tries.
 */
import { randomUUID } from "node:crypto"
import { NodeServices } from "@effect/platform-node"
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, FileSystem, Redacted, type Scope } from "effect"
import { SqlClient } from "effect/sql"
import { databaseRoles } from "../../src/store/databaseRoles.ts"
import { WorkQueue } from "../../src/store/WorkQueue.ts"
import { assertPostedOnce, openSandbox, pipelinesFor } from "../endToEnd/scene.ts"
import { variablesOf } from "../endToEnd/variablesOf.ts"
import { databases, type TestDatabase } from "../support/databases.ts"
import { newMasterKey } from "../support/vault.ts"
import { assertEnded, ledgerline } from "./ledgerline.ts"

const servers = databases.filter(({ name }) => name !== "the embedded database")

const roleNames = ["app", "readonly", "sealer"] as const
type Role = (typeof roleNames)[number]

/** An owner who has made tables and queues; roles belong to the whole server, so a test makes its own. */
const ownedDatabase = Effect.fnUntraced(function* (database: TestDatabase) {
  const files = yield* FileSystem.FileSystem
  const sql = yield* SqlClient.SqlClient
  const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-roles-" })
  const prefix = `ledgerline_test_${randomUUID().slice(0, 8)}`
  const owner: Readonly<Record<string, string>> = yield* variablesOf(database)
  assertEnded(yield* ledgerline({ folder, variables: owner }, "database", "migrate"), 0)

  yield* Effect.addFinalizer(() =>
    Effect.orDie(
      Effect.forEach(
        roleNames.flatMap((role) => [`DROP OWNED BY ${prefix}_${role}`, `DROP ROLE ${prefix}_${role}`]),
        (statement) => sql.unsafe(statement)
      )
    )
  )
  // Twice, for it is run again after each upgrade.
  for (const statement of [...databaseRoles(prefix), ...databaseRoles(prefix)]) yield* sql.unsafe(statement)

  const urlOf = (role: Role) => {
    const url = new URL(owner["LEDGERLINE_DATABASE_URL"] ?? "")
    url.username = `${prefix}_${role}`
    return url.href
  }
  /** `done`, or why the database refused. */
  const attempt = (role: Role, statement: string) =>
    Effect.flatMap(SqlClient.SqlClient, (client) => client.unsafe(statement)).pipe(
      Effect.provide(PgClient.layer({ url: Redacted.make(urlOf(role)), maxConnections: 1 }), { local: true }),
      Effect.match({ onFailure: ({ reason }) => reason._tag, onSuccess: () => "done" })
    )
  const variablesFor = (role: Role) => ({
    LEDGERLINE_DATABASE_URL: urlOf(role),
    LEDGERLINE_WITNESS: `${folder}/witness.json`
  })
  return { folder, urlOf, attempt, variablesFor }
})

describe.each(servers)("a role with few rights, on $name,", (database) => {
  const scoped = <A, E>(
    test: Effect.Effect<A, E, NodeServices.NodeServices | SqlClient.SqlClient | Scope.Scope>
  ) => test.pipe(Effect.scoped, Effect.provide([NodeServices.layer, database.layer]))

  it.live(
    "is enough to read, post, seal, keep secrets and share work",
    () =>
      scoped(
        Effect.gen(function* () {
          const { folder, urlOf, variablesFor } = yield* ownedDatabase(database)
          const sandbox = yield* openSandbox(folder, { documents: 6 })
          yield* pipelinesFor(folder, sandbox)
          const surroundings = {
            folder,
            variables: { ...variablesFor("app"), LEDGERLINE_MASTER_KEY: newMasterKey() }
          }
          const command = (text: string, input?: string) =>
            ledgerline({ ...surroundings, ...(input === undefined ? {} : { input }) }, ...text.split(" "))
          assertEnded(yield* command("secrets set erp/clientSecret", "value"), 0)
          // One document waits for a row of a table, on purpose.
          assertEnded(yield* command("run --once"), 4)
          yield* assertPostedOnce(sandbox)
          assertEnded(yield* command("errors retry --all"), 4)
          assertEnded(yield* command("errors ignore 1 --reason test"), 0)
          assertEnded(yield* command("status"), 0)
          assertEnded(yield* command("secrets rotate --data-key"), 0)
          assertEnded(yield* command("secrets remove erp/clientSecret"), 0)
          assertEnded(yield* command("forget 1 --yes"), 0)
          const verified = yield* command("audit verify")
          assertEnded(verified, 0)
          assert.include(verified.output, "lost a person by ledgerline forget")
          // Migrations that are all made are none to make.
          assertEnded(yield* command("database migrate"), 0)
          const sealed = yield* ledgerline({ folder, variables: variablesFor("sealer") }, "audit", "seal")
          assertEnded(sealed, 0)

          const done = yield* Deferred.make<string>()
          yield* Effect.gen(function* () {
            const queue = yield* WorkQueue
            yield* queue.serve((unit) => Deferred.succeed(done, unit.name))
            yield* queue.ask({ kind: "intake", name: "invoices" })
            assert.strictEqual(yield* Deferred.await(done), "invoices")
          }).pipe(Effect.scoped, Effect.provide(WorkQueue.layerServer(Redacted.make(urlOf("app")))))
        })
      ),
    240_000
  )

  it.live("cannot do more than it is for", () =>
    scoped(
      Effect.gen(function* () {
        const { attempt, folder, variablesFor } = yield* ownedDatabase(database)
        const sql = yield* SqlClient.SqlClient
        yield* sql`INSERT INTO audit (actor, action, detail) VALUES ('owner', 'test', '{}')`
        const appendOnly = ["audit", "erasure", "journal_entry", "plan_revision", "seal", "source_record"]
        const forbidden: ReadonlyArray<readonly [Role, string]> = [
          ...appendOnly.flatMap((table): ReadonlyArray<readonly [Role, string]> => [
            ["app", `DELETE FROM ${table}`],
            ["app", `TRUNCATE ${table}`],
            ["app", `DROP TABLE ${table}`],
            ["app", `ALTER TABLE ${table} DISABLE TRIGGER ALL`]
          ]),
          ["app", "UPDATE audit SET actor = 'somebody else'"],
          ["app", "UPDATE journal_entry SET body = '{}'"],
          ["app", "UPDATE source_record SET raw = '{}', salt = NULL"],
          ["readonly", "SELECT erase_person('audit', '[]')"],
          ["readonly", "SELECT * FROM forgotten_salt"],
          ["sealer", "SELECT erase_person('audit', '[]')"],
          ["app", "CREATE TABLE mine (id int)"],
          [
            "app",
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
          ],
          ["app", "INSERT INTO migration (migration_id, name) VALUES (99, 'mine')"],
          ["app", "SET session_replication_role = 'replica'"],
          ["readonly", "SELECT * FROM secret"],
          ["readonly", "SELECT * FROM data_key"],
          ["readonly", "SELECT * FROM access_token"],
          ["readonly", "SELECT raw FROM source_record"],
          ["readonly", "SELECT normalised FROM source_record"],
          ["sealer", "SELECT * FROM secret"],
          ["sealer", "INSERT INTO audit (actor, action, detail) VALUES ('sealer', 'x', '{}')"],
          ["sealer", "UPDATE seal SET book = 'audit'"]
        ]
        for (const [role, statement] of forbidden) {
          assert.strictEqual(yield* attempt(role, statement), "AuthorizationError", `${role}: ${statement}`)
        }
        assert.strictEqual(yield* attempt("readonly", "SELECT id, number FROM source_record"), "done")
        assert.strictEqual(yield* attempt("readonly", "SELECT * FROM audit"), "done")
        assert.notStrictEqual(
          yield* attempt("readonly", "SET default_transaction_read_only = off; DELETE FROM cursor"),
          "done"
        )

        const refused = yield* ledgerline({ folder, variables: variablesFor("sealer") }, "errors", "list")
        assertEnded(refused, 3)
        assert.include(refused.messages, "the database user may not do this. Let the owner of the tables run")
      })
    )
  )

  it.live("that meets a database of an older release says whose work is to be done", () =>
    scoped(
      Effect.gen(function* () {
        const { folder, variablesFor } = yield* ownedDatabase(database)
        const sql = yield* SqlClient.SqlClient
        yield* sql`DELETE FROM migration WHERE migration_id = (SELECT max(migration_id) FROM migration)`
        const refused = yield* ledgerline({ folder, variables: variablesFor("app") }, "audit", "verify")
        assertEnded(refused, 3)
        assert.include(refused.messages, "Let their owner run `ledgerline database migrate`")
      })
    )
  )
})

describe("database roles", () => {
  it.live("takes no prefix that is not a plain name", () =>
    Effect.gen(function* () {
      const ended = yield* ledgerline(
        { folder: "." },
        "database",
        "roles",
        "--prefix",
        'x"; DROP TABLE audit; --'
      )
      assertEnded(ended, 2)
      assert.include(ended.messages, "cannot start the name of a role")
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

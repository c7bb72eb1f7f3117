import { NodeServices } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { embeddedDatabase } from "../../src/store/Database.ts"
import { insertAudit } from "../../src/store/rows.ts"
import { embeddedFolder } from "../support/databases.ts"
import { assertEnded, ledgerline, type Surroundings } from "./ledgerline.ts"

const Sealed = Schema.fromJsonString(Schema.Struct({ rows: Schema.Int, root: Schema.String }))

/** Does something in the embedded database of `folder`, which is closed again before anybody else opens it. */
const inDatabase = <A, E>(folder: string, work: Effect.Effect<A, E, SqlClient.SqlClient>) =>
  Effect.provide(work, Layer.fresh(embeddedDatabase(folder)))

it.live("audit seals, verifies, and exits with 4 on a tampered row or a root that is gone", () =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const database = yield* embeddedFolder
    const surroundings: Surroundings = {
      folder: yield* files.makeTempDirectoryScoped(),
      variables: { LEDGERLINE_FOLDER: database }
    }
    yield* inDatabase(
      database,
      Effect.flatMap(SqlClient.SqlClient, (sql) =>
        insertAudit(
          sql,
          [1, 2, 3].map((n) => ({ actor: "anna", action: "looked", detail: { n } }))
        )
      )
    )

    const sealed = yield* ledgerline(surroundings, "audit", "seal", "--format", "json")
    assertEnded(sealed, 0)
    const { root, rows } = yield* Schema.decodeEffect(Sealed)(sealed.output)
    assert.strictEqual(rows, 3)

    const intact = yield* ledgerline(surroundings, "audit", "verify", "--root", root)
    assertEnded(intact, 0)
    assert.include(intact.output, "1 seal over 3 rows compared; all are as they were sealed")
    assert.include(intact.output, root)

    const other = yield* ledgerline(surroundings, "audit", "verify", "--root", "00")
    assertEnded(other, 4)
    assert.include(other.output, "no seal has the root 00")

    yield* inDatabase(
      database,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`SET LOCAL session_replication_role = replica`
        yield* sql`UPDATE audit SET actor = 'bert' WHERE id = 2`
      }).pipe((work) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.withTransaction(work)))
    )
    const tampered = yield* ledgerline(surroundings, "audit", "verify")
    assertEnded(tampered, 4)
    assert.include(tampered.output, "audit row 2 was changed after it was sealed")
    assert.include(tampered.messages, "the audit log is not as it was sealed: 1 difference.")
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
)

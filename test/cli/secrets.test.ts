/*
 * Credentials kept in the database, from the command that sets them to a posting, and whatever the
 * program writes on the way searched for them.
 */
import { inspect } from "node:util"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { loadPlan } from "../../src/cli/loadPlan.ts"
import { embeddedDatabase } from "../../src/store/Database.ts"
import { assertPostedOnce, openSandbox, pipelinesFor } from "../endToEnd/scene.ts"
import { variablesOf } from "../endToEnd/variablesOf.ts"
import { databases } from "../support/databases.ts"
import { newMasterKey } from "../support/vault.ts"
import { assertEnded, type Ended, ledgerline } from "./ledgerline.ts"

/** Fields of connections.yaml, and the files in which the sandbox leaves their values. */
const fields = {
  "shop/consumerSecret": "consumer-secret",
  "shop/accessTokenSecret": "access-token-secret",
  "erp/clientSecret": "client-secret"
} as const

const Items = Schema.fromJsonString(
  Schema.Struct({ items: Schema.Array(Schema.Struct({ id: Schema.Int, number: Schema.String })) })
)

/** As they stand in a text, in a URL, or in base64. */
const formsOf = (value: string) => [
  value,
  encodeURIComponent(value),
  Buffer.from(value).toString("base64").replace(/=+$/u, "")
]

const dump = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const tables = yield* sql<{ readonly name: string }>`
    SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`
  assert.isAbove(tables.length, 10)
  const rows = yield* Effect.forEach(tables, ({ name }) =>
    sql.unsafe<{ readonly row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${name} t`)
  )
  return rows.flat().map(({ row }) => row)
})

const filesUnder = Effect.fnUntraced(function* (folder: string) {
  const files = yield* FileSystem.FileSystem
  const names = yield* files.readDirectory(folder, { recursive: true })
  return yield* Effect.forEach(names, (name) =>
    Effect.gen(function* () {
      const file = `${folder}/${name}`
      if ((yield* files.stat(file)).type !== "File") return { file, text: "" }
      return { file, text: Buffer.from(yield* files.readFile(file)).toString("latin1") }
    })
  )
})

describe.each(databases)("C8 credentials in the database, on $name,", (database) => {
  it.live(
    "lead to postings, and stand in nothing that the program writes",
    () =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-secrets-" })
        const sandbox = yield* openSandbox(folder, { documents: 6 })
        const pipelines = yield* pipelinesFor(folder, sandbox)
        const masterKey = newMasterKey()
        const place: Readonly<Record<string, string>> = yield* variablesOf(database)
        const variables = { ...place, LEDGERLINE_MASTER_KEY: masterKey }

        const written: Array<string> = []
        const run = (text: string, given: { readonly input?: string; readonly key?: string } = {}) =>
          Effect.map(
            ledgerline(
              {
                folder,
                variables: { ...variables, LEDGERLINE_MASTER_KEY: given.key ?? masterKey },
                ...(given.input === undefined ? {} : { input: given.input })
              },
              ...text.split(" ")
            ),
            (ended): Ended => {
              written.push(ended.output, ended.messages)
              return ended
            }
          )

        const canaries = [masterKey, "canary-of-a-wrong-client", "canary-of-a-wrong-consumer"]
        let connections = yield* files.readFileString(`${pipelines}/connections.yaml`)
        for (const [name, file] of Object.entries(fields)) {
          const value = yield* files.readFileString(`${folder}/sandbox/credentials/${file}`)
          canaries.push(value)
          assertEnded(yield* run(`secrets set ${name}`, { input: `${value}\n` }), 0)
          connections = connections.replace(
            new RegExp(`\\{ file: "[^"]*/${file}" \\}`, "u"),
            `{ secret: ${name} }`
          )
          yield* files.remove(`${folder}/sandbox/credentials/${file}`)
        }
        yield* files.writeFileString(`${pipelines}/connections.yaml`, connections)

        assertEnded(yield* run("ping"), 0)
        // One document waits for a row of a table, on purpose.
        assertEnded(yield* run("dry-run invoices-to-gl --limit 2 --format json"), 0)
        assertEnded(yield* run("run --once"), 4)
        yield* assertPostedOnce(sandbox)

        const listed = yield* run("errors list --format json")
        const { items } = yield* Schema.decodeEffect(Items)(listed.output)
        assertEnded(yield* run(`errors show ${items[0]?.id}`), 0)
        assertEnded(yield* run(`trace ${items[0]?.number} --format json`), 0)
        assertEnded(yield* run("status --format json"), 0)
        assertEnded(yield* run("secrets rotate --data-key"), 0)
        const names = yield* run("secrets list --format json")
        for (const name of Object.keys(fields)) assert.include(names.output, name)
        assertEnded(yield* run("audit verify"), 0)
        assertEnded(yield* run("schema connections"), 0)

        const none = yield* run("ping", { key: "" })
        assertEnded(none, 3)
        assert.include(none.output, "need a master key, and none is set")
        const wrong = yield* run("ping", { key: newMasterKey() })
        assertEnded(wrong, 3)
        assert.include(wrong.output, "are under master key")
        assertEnded(yield* run("secrets set erp/clientSecret", { input: "canary-of-a-wrong-client" }), 0)
        assertEnded(yield* run("secrets set shop/consumerSecret", { input: "canary-of-a-wrong-consumer" }), 0)
        const refused = yield* run("ping")
        assertEnded(refused, 3)
        assert.include(refused.messages, "2 connections of 2 failed")
        assertEnded(yield* run("run --once"), 3)
        assertEnded(yield* run("secrets remove shop/consumerSecret"), 0)
        const removed = yield* run("dry-run invoices-to-gl")
        assertEnded(removed, 3)
        assert.include(removed.messages, "there is no secret shop/consumerSecret in the database. Set it")

        const plan = yield* loadPlan({ paths: [pipelines], connections: undefined })
        written.push(inspect(plan, { depth: 12, showHidden: true }), JSON.stringify(plan.connections))
        const folderOf = place["LEDGERLINE_FOLDER"]
        const state = yield* filesUnder(folder)
        const inFiles = folderOf === undefined ? state : [...state, ...(yield* filesUnder(folderOf))]
        const rows = yield* folderOf === undefined
          ? dump
          : dump.pipe(Effect.provide(embeddedDatabase(folderOf)))

        for (const canary of canaries.flatMap(formsOf)) {
          for (const text of written) assert.notInclude(text, canary)
          for (const row of rows) assert.notInclude(row, canary)
          for (const { file, text } of inFiles)
            assert.isFalse(text.includes(canary), `${file} holds ${canary}`)
        }
        // What is searched is there to be found.
        assert.isTrue(rows.some((row) => row.includes("shop/accessTokenSecret")))
        assert.isTrue(written.some((text) => text.includes("shop/accessTokenSecret")))
      }).pipe(Effect.scoped, Effect.provide([NodeServices.layer, database.layer])),
    600_000
  )
})

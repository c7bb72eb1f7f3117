import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { LedgerGate } from "../../src/store/LedgerGate.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { freshNames } from "../support/examples.ts"

const acts = (connection: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const rows = yield* sql<{ readonly actor: string; readonly action: string }>`
      SELECT actor, action FROM audit WHERE detail ->> 'connection' = ${connection} ORDER BY id`
    return rows.map(({ action, actor }) => `${actor}: ${action}`)
  })

describeOnDatabases("LedgerGate", (it) => {
  it.effect("is open to the database that asked first, and stays so", () =>
    Effect.gen(function* () {
      const { connection } = yield* freshNames
      const gates = yield* LedgerGate
      assert.strictEqual((yield* gates.look(connection)).state, "open")
      assert.strictEqual((yield* gates.look(connection)).state, "open")
      assert.deepStrictEqual(yield* acts(connection), [])
    })
  )

  it.effect("closes when another server has taken over, once, until the ledger was compared", () =>
    Effect.gen(function* () {
      const { connection } = yield* freshNames
      const gates = yield* LedgerGate
      const sql = yield* SqlClient.SqlClient
      yield* gates.look(connection)
      yield* gates.prove(connection)
      // As if the server had been promoted since.
      yield* sql`UPDATE ledger_gate SET timeline = '00000000' WHERE connection = ${connection}`
      const closed = yield* gates.look(connection)
      assert.strictEqual(closed.state, "went-back")
      assert.include(closed.reason, "another took its place")
      assert.isFalse(yield* gates.isProven(connection))
      assert.strictEqual((yield* gates.look(connection)).state, "went-back")

      yield* gates.open(connection, "engine", { unknown: 0 })
      assert.strictEqual((yield* gates.look(connection)).state, "open")
      assert.deepStrictEqual(yield* acts(connection), ["engine: gate closed", "engine: gate opened"])
    })
  )

  it.effect("of a copy is opened by nothing but a person's word, and then only by way of the ledger", () =>
    Effect.gen(function* () {
      const { connection } = yield* freshNames
      const gates = yield* LedgerGate
      const sql = yield* SqlClient.SqlClient
      yield* gates.look(connection)
      yield* sql`UPDATE ledger_gate SET instance = 'another' WHERE connection = ${connection}`
      assert.strictEqual((yield* gates.look(connection)).state, "copied")
      yield* gates.open(connection, "engine", {})
      yield* gates.close(connection, "the ledger holds more")
      yield* gates.open(connection, "engine", {})
      assert.strictEqual((yield* gates.look(connection)).state, "copied")
      assert.isTrue(yield* gates.accept(connection, { actor: "anna", reason: "moved" }))
      assert.strictEqual((yield* gates.look(connection)).state, "went-back")
      assert.include(yield* acts(connection), "anna: copy accepted")
    })
  )
})

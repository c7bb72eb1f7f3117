import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { databases } from "../support/databases.ts"

describe("Database", () => {
  const servers = databases.filter(({ name }) => name.startsWith("PostgreSQL"))

  it.live.each(servers)(
    "on $name a process that is suspended inside a transaction loses it, with its locks",
    ({ layer }) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const [session] = yield* sql<{ readonly limit: string }>`
          SELECT current_setting('idle_in_transaction_session_timeout') AS limit`
        assert.strictEqual(session?.limit, "30s")
      }).pipe(Effect.provide(layer))
  )
})

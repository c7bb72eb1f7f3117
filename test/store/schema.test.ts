import { NodeServices } from "@effect/platform-node"
import { assert } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { describeOnDatabases } from "../support/databases.ts"
import { dumpSchema, schemaFile } from "../support/dumpSchema.ts"

describeOnDatabases("The schema", (it) => {
  it.effect("is the one that has been reviewed, test/store.schema.sql", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      assert.strictEqual(
        yield* dumpSchema,
        yield* files.readFileString(yield* schemaFile),
        "the migrations make other tables. Run npm run db:dump and look at the difference."
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

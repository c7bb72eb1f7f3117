/**
 * journalWriter: a program that appends one entry after the other to an
 * embedded database, and prints the key of each once it is acknowledged.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Layer } from "effect"
import { embeddedDatabase } from "../../src/store/Database.ts"
import { storeLayerNoDeps } from "../../src/store/Store.ts"
import { append, exampleJournalRecord, freshNames } from "./examples.ts"

Effect.gen(function* () {
  const names = yield* freshNames
  for (let id = 1; ; id++) {
    const record = exampleJournalRecord(names, `${id}`)
    yield* append(names, [record])
    yield* Console.log(record.idempotencyKey)
  }
}).pipe(
  Effect.provide(
    storeLayerNoDeps.pipe(
      Layer.provide(embeddedDatabase(process.argv[2] ?? "")),
      Layer.provide(NodeServices.layer)
    )
  ),
  NodeRuntime.runMain
)

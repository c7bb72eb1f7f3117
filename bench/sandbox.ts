/**
 * sandbox: sandboxes in a process of their own, so that their work is not counted as ours.
 *
 * `node bench/sandbox.ts FOLDER DOCUMENTS…` starts one for each number, prints
 * where they are as one line of JSON, and runs until it is stopped. Books are
 * kept in memory only: they are there to be compared, not to be durable.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Schema } from "effect"
import { startSandbox } from "../src/sandbox/Sandbox.ts"
import { Targets } from "./Target.ts"

const [folder = "", ...sizes] = process.argv.slice(2)

/** Starts them all and stays. */
export const sandbox = Effect.gen(function* () {
  const targets = yield* Effect.forEach(sizes, (documents, index) =>
    startSandbox({
      folder: `${folder}/${index}`,
      seed: index + 1,
      documents: Number(documents),
      commercePort: 0,
      ifsPort: 0,
      ifsRequestsPerMinute: 0,
      keepsBooks: false
    }).pipe(
      Effect.map(({ commerce, connections, ifs }) => ({
        connections,
        commerce: { url: commerce.url, credentials: commerce.credentials },
        ifs: { url: ifs.url, realm: ifs.realm, clientId: ifs.clientId, clientSecret: ifs.clientSecret }
      }))
    )
  )
  yield* Schema.decodeUnknownEffect(Schema.toType(Targets))(targets).pipe(
    Effect.flatMap(Schema.encodeEffect(Targets)),
    Effect.flatMap(Console.log)
  )
  return yield* Effect.never
}).pipe(Effect.scoped)

NodeRuntime.runMain(sandbox.pipe(Effect.provide(NodeServices.layer)))

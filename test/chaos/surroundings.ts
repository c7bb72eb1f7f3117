/**
 * surroundings: a shop, a ledger, a database and machines between them.
 */
import { Effect, FileSystem } from "effect"
import { impatient, openSandbox, shippedPipelines } from "../endToEnd/scene.ts"
import { setUp } from "./machine.ts"
import { freshDatabase } from "./server.ts"

/** Numbers the databases of one process. */
let opened = 0

/**
 * Opens all of it, with `processes` machines that are not yet started. The
 * pipelines are the shipped ones, but read every few seconds; a request takes a
 * second at most, so that an unclear one can be looked up after six.
 */
export const openSurroundings = Effect.fn("openSurroundings")(function* (options: {
  readonly documents: number
  readonly processes: number
  readonly seed: number
  /** Changes the connections file before the machines get it. */
  readonly connections?: (text: string) => string
  /** Is told what the engines print. */
  readonly tell?: (text: string) => Effect.Effect<void>
}) {
  const files = yield* FileSystem.FileSystem
  const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-chaos-" })
  const sandbox = yield* openSandbox(folder, options)
  const pipelines = `${folder}/pipelines`
  yield* files.copy(shippedPipelines, pipelines)
  for (const file of (yield* files.readDirectory(pipelines)).filter((name) => name.endsWith(".yaml"))) {
    const text = yield* files.readFileString(`${pipelines}/${file}`)
    yield* files.writeFileString(
      `${pipelines}/${file}`,
      text.replace(
        "poll: { every: 5 minutes",
        "poll: { every: 3 seconds, overlap: 20 seconds, lag: 2 seconds"
      )
    )
  }
  const connections = `${folder}/connections.yaml`
  const given = impatient(yield* files.readFileString(sandbox.connections))
  yield* files.writeFileString(connections, (options.connections ?? ((text) => text))(given))
  opened += 1
  const database = yield* freshDatabase(`ledgerline_chaos_${process.pid}_${opened}`)
  const machines = yield* Effect.forEach(
    Array.from({ length: options.processes }, (_, index) => `machine-${index + 1}`),
    (name) =>
      setUp({
        name,
        folder,
        databaseUrl: database.url,
        pipelines,
        connections,
        ledgerUrl: sandbox.ifs.url,
        onLine: (line) => options.tell?.(`${name}: ${line}`) ?? Effect.void
      })
  )
  const vouchers = Effect.map(sandbox.ifs.books, (books) => books.vouchers.length)
  return { sandbox, database, machines, vouchers }
})

/** What `openSurroundings` opens. */
export type Surroundings = Effect.Success<ReturnType<typeof openSurroundings>>

/**
 * machine: an engine in a process of its own, with a cable to the database and one to the ledger.
 */
import { Effect, Fiber, FileSystem, type PlatformError, Scope, Stream } from "effect"
import type { ChildProcessSpawner } from "effect/process"
import { start } from "../cli/ledgerline.ts"
import { type Proxy, startProxy } from "../support/proxy.ts"
import { addressOf, byWayOf } from "./server.ts"

/** One of the machines that share the work. */
export interface Machine {
  readonly name: string
  readonly database: Proxy
  readonly ledger: Proxy
  /** Starts the engine if it is not running. */
  readonly boot: Effect.Effect<void, PlatformError.PlatformError>
  /** Sends a signal to the engine. */
  readonly send: (signal: "SIGKILL" | "SIGSTOP" | "SIGCONT" | "SIGTERM") => Effect.Effect<void>
  /** Waits until the engine has ended, and says with which exit code; none where a signal ended it. */
  readonly ended: Effect.Effect<number | undefined>
  readonly isRunning: () => boolean
  /** Process ids, one for each time it was started. */
  readonly pids: ReadonlyArray<number>
  /** What it printed, last line last. */
  readonly said: ReadonlyArray<string>
}

/** Sets a machine up in `folder`; whatever runs on it ends with the scope. */
export const setUp = Effect.fn("setUp")(function* (options: {
  readonly name: string
  readonly folder: string
  readonly databaseUrl: string
  readonly pipelines: string
  /** A connections file, and the address in it that is the ledger. */
  readonly connections: string
  readonly ledgerUrl: string
  /** Is told every line that the engine prints. */
  readonly onLine?: (line: string) => Effect.Effect<void>
}): Effect.fn.Return<
  Machine,
  PlatformError.PlatformError,
  Scope.Scope | FileSystem.FileSystem | ChildProcessSpawner.ChildProcessSpawner
> {
  const files = yield* FileSystem.FileSystem
  const scope = yield* Scope.Scope
  const context = yield* Effect.context<ChildProcessSpawner.ChildProcessSpawner>()
  const database = yield* startProxy(addressOf(options.databaseUrl, 5432))
  const ledger = yield* startProxy(addressOf(options.ledgerUrl, 80))
  const folder = `${options.folder}/${options.name}`
  yield* files.makeDirectory(folder, { recursive: true })
  const connections = `${folder}/connections.yaml`
  yield* files.writeFileString(
    connections,
    (yield* files.readFileString(options.connections)).replaceAll(
      options.ledgerUrl,
      `http://127.0.0.1:${ledger.port}`
    )
  )

  const said: Array<string> = []
  const pids: Array<number> = []
  let running: ChildProcessSpawner.ChildProcessHandle | undefined
  let ended: Effect.Effect<number | undefined> = Effect.undefined

  const boot = Effect.gen(function* () {
    if (running !== undefined) return
    const handle = yield* start(
      {
        folder,
        variables: {
          LEDGERLINE_DATABASE_URL: byWayOf(options.databaseUrl, database.port),
          LEDGERLINE_FOLDER: `${folder}/.ledgerline`
        }
      },
      ["run", options.pipelines, "--connections", connections]
    ).pipe(Scope.provide(scope))
    running = handle
    pids.push(handle.pid)
    yield* Stream.decodeText(handle.all).pipe(
      Stream.splitLines,
      Stream.runForEach((line) =>
        Effect.andThen(
          Effect.sync(() => void said.push(line)),
          options.onLine?.(line) ?? Effect.void
        )
      ),
      Effect.ignore,
      Effect.forkIn(scope)
    )
    const waiting = yield* Effect.orElseSucceed(handle.exitCode, () => undefined).pipe(
      Effect.tap(() =>
        Effect.sync(() => {
          running = undefined
        })
      ),
      Effect.forkIn(scope)
    )
    ended = Fiber.join(waiting)
  }).pipe(Effect.provide(context))

  return {
    name: options.name,
    database,
    ledger,
    boot,
    send: (signal) =>
      Effect.sync(() => {
        if (running !== undefined) process.kill(running.pid, signal)
      }),
    ended: Effect.suspend(() => ended),
    isRunning: () => running !== undefined,
    pids,
    said
  }
})

/**
 * ledgerline: the command line as a person starts it, in a process of its own.
 */
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"

const main = new URL("../../src/main.ts", import.meta.url).pathname
const compileCache = new URL("../../node_modules/.cache/ledgerline/compiled", import.meta.url).pathname

/** Where a command runs and what it is given; it inherits nothing else from this process. */
export interface Surroundings {
  readonly folder: string
  readonly variables?: Readonly<Record<string, string>>
  readonly input?: string
}

/** How a command ended: what it printed on both outputs, and its exit code. */
export interface Ended {
  readonly output: string
  readonly messages: string
  readonly code: number
}

/** Starts a command; it is stopped with the scope. */
export const start = (surroundings: Surroundings, args: ReadonlyArray<string>) =>
  ChildProcess.make(process.execPath, [main, ...args], {
    cwd: surroundings.folder,
    extendEnv: false,
    env: { NODE_COMPILE_CACHE: compileCache, USER: "tester", ...surroundings.variables },
    stdin: Stream.encodeText(Stream.make(surroundings.input ?? "")),
    // Ctrl-C is not what a test stops with; nothing may outlive it.
    forceKillAfter: "5 seconds"
  })

const readAll = (stream: ChildProcessSpawner.ChildProcessHandle["stdout"]) =>
  Stream.mkString(Stream.decodeText(stream))

/** Runs a command to its end. */
export const ledgerline = (surroundings: Surroundings, ...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const running = yield* start(surroundings, args)
    const { code, messages, output } = yield* Effect.all(
      { output: readAll(running.stdout), messages: readAll(running.stderr), code: running.exitCode },
      { concurrency: "unbounded" }
    )
    const ended: Ended = { output, messages, code }
    return ended
  }).pipe(Effect.scoped)

/** Says how a command must have ended, and shows what it printed if it did not. */
export const assertEnded = (ended: Ended, code: number) =>
  assert.strictEqual(ended.code, code, `${ended.output}\n${ended.messages}`)

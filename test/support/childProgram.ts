/**
 * childProgram: a program of ours in a process of its own, to be killed.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { Effect, Queue, type Scope } from "effect"

/** A running program. */
export interface ChildProgram {
  readonly pid: number
  /** The lines it printed, as they come; ends when the process does. */
  readonly lines: Queue.Dequeue<string, "ended">
  /** SIGKILL: no finalizer of the program runs. Waits until the process is gone. */
  readonly kill: Effect.Effect<void>
}

/** Starts a TypeScript file beside this one; it is killed with the scope at the latest. */
export const startChildProgram = Effect.fn("startChildProgram")(function* (
  file: string,
  programArguments: ReadonlyArray<string>
): Effect.fn.Return<ChildProgram, never, Scope.Scope> {
  const lines = yield* Queue.unbounded<string, "ended">()
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, [new URL(file, import.meta.url).pathname, ...programArguments], {
        stdio: ["ignore", "pipe", "inherit"]
      })
    ),
    (started) => Effect.sync(() => void started.kill("SIGKILL"))
  )
  createInterface({ input: child.stdout }).on("line", (line) => Queue.offerUnsafe(lines, line))
  const closed = once(child, "close")
  const gone = Effect.asVoid(Effect.promise(() => closed))
  yield* gone.pipe(Effect.andThen(Queue.fail(lines, "ended")), Effect.forkScoped)
  return {
    pid: child.pid ?? 0,
    lines,
    kill: Effect.andThen(
      Effect.sync(() => void child.kill("SIGKILL")),
      gone
    )
  }
})

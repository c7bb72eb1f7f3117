/**
 * checkout: the git commit that a folder of pipelines is at.
 */
import { Effect, FileSystem, Path } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import type { Checkout } from "../engine/recordRevisions.ts"

/**
 * Asks git about a folder, or the folder of a file; whoever has no git, or keeps
 * the files elsewhere, gets an empty commit.
 */
export const checkout = Effect.fn("checkout")(function* (
  place: string
): Effect.fn.Return<
  Checkout,
  never,
  ChildProcessSpawner.ChildProcessSpawner | FileSystem.FileSystem | Path.Path
> {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const isFile = yield* files.stat(place).pipe(
    Effect.map(({ type }) => type === "File"),
    Effect.orElseSucceed(() => false)
  )
  const folder = isFile ? path.dirname(place) : place
  const git = (...args: ReadonlyArray<string>) =>
    spawner.string(ChildProcess.make("git", args, { cwd: folder, stderr: "ignore" })).pipe(
      Effect.map((text) => text.trim()),
      Effect.orElseSucceed(() => "")
    )
  const commit = yield* git("rev-parse", "--verify", "--quiet", "HEAD")
  const isCommit = /^[0-9a-f]{40,64}$/u.test(commit)
  return isCommit
    ? { commit, isDirty: (yield* git("status", "--porcelain", "--", ".")) !== "" }
    : { commit: "", isDirty: false }
})

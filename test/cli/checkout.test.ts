import { NodeServices } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { checkout } from "../../src/cli/checkout.ts"

const inFolder = <A, E, R>(
  play: (
    folder: string,
    git: (...args: ReadonlyArray<string>) => Effect.Effect<string, unknown>
  ) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
    const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-checkout-" })
    const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    return yield* play(folder, (...args) =>
      spawner.string(ChildProcess.make("git", [...identity, ...args], { cwd: folder }))
    )
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

it.live("a checkout names the commit of a folder or a file, and says when the files differ from it", () =>
  inFolder((folder, git) =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      yield* git("init", "-q")
      assert.deepStrictEqual(yield* checkout(folder), { commit: "", isDirty: false })
      yield* files.writeFileString(`${folder}/a.yaml`, "a")
      yield* git("add", ".")
      yield* git("commit", "-q", "-m", "a")
      const commit = (yield* git("rev-parse", "HEAD")).trim()
      assert.lengthOf(commit, 40)
      assert.deepStrictEqual(yield* checkout(folder), { commit, isDirty: false })
      assert.deepStrictEqual(yield* checkout(`${folder}/a.yaml`), { commit, isDirty: false })
      yield* files.writeFileString(`${folder}/a.yaml`, "b")
      assert.deepStrictEqual(yield* checkout(folder), { commit, isDirty: true })
    })
  )
)

it.live("a folder in no repository, or one that is not there, has no commit", () =>
  inFolder((folder) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* checkout(folder), { commit: "", isDirty: false })
      assert.deepStrictEqual(yield* checkout(`${folder}/absent`), { commit: "", isDirty: false })
    })
  )
)

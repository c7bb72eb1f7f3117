/**
 * lockHolder: a program that takes the lock of a folder and keeps it.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { lockFolder } from "../../src/store/embedded/lockFolder.ts"

lockFolder(process.argv[2] ?? "").pipe(
  Effect.andThen(Console.log("held")),
  Effect.andThen(Effect.never),
  Effect.scoped,
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain
)

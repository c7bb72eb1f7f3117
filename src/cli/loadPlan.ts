/**
 * loadPlan: the plan of a folder, or its mistakes on the terminal and exit code 2.
 */
import { Console, Effect, FileSystem, Option, Path } from "effect"
import type { ConfigIssue } from "../config/ConfigIssue.ts"
import { connectors } from "../connectors/registry.ts"
import { makePlan } from "../plan/makePlan.ts"
import { type CustomersPipeline, type Plan, pipelinesOf, type PlannedPipeline } from "../plan/Plan.ts"
import { ConfigurationWrong } from "./exitCode.ts"
import { renderIssue } from "./renderIssue.ts"

/** Where pipelines stand unless a command is told otherwise. */
export const pipelinesFolder = "pipelines"

/** How many there are of something, in words: "1 error", "2 errors". */
export const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`

const print = (issues: ReadonlyArray<ConfigIssue>) =>
  Effect.forEach(issues, (issue) => Console.error(renderIssue(issue)), { discard: true })

const planOf = ({
  issues,
  plan
}: Effect.Success<ReturnType<typeof makePlan>>): Effect.Effect<Plan, ConfigurationWrong> => {
  if (plan !== undefined) return Effect.succeed(plan)
  const errors = issues.filter(({ severity }) => severity === "error").length
  return Effect.fail(new ConfigurationWrong({ message: `${counted(errors, "error")}; nothing was done.` }))
}

/** `connections` is a file that stands in for the folder's own connections.yaml. */
export const loadPlan = Effect.fn("loadPlan")(function* (options: {
  readonly paths: ReadonlyArray<string>
  readonly connections: string | undefined
}): Effect.fn.Return<Plan, ConfigurationWrong, FileSystem.FileSystem | Path.Path> {
  const made = yield* makePlan({ ...options, connectors })
  yield* print(made.issues)
  return yield* planOf(made)
})

/** One pipeline, by file or by name in the default folder. */
export const loadPipeline = Effect.fn("loadPipeline")(function* (
  nameOrFile: string,
  connections: string | undefined
): Effect.fn.Return<PlannedPipeline, ConfigurationWrong, FileSystem.FileSystem | Path.Path> {
  const files = yield* FileSystem.FileSystem
  const isFile = yield* Effect.orElseSucceed(files.exists(nameOrFile), () => false)
  const plan = yield* loadPlan({ paths: [isFile ? nameOrFile : pipelinesFolder], connections })
  const all = pipelinesOf(plan)
  const named = isFile ? all : all.filter(({ name }) => name === nameOrFile)
  const [only, ...others] = named
  if (only !== undefined && others.length === 0) return only
  const names = all.map(({ name }) => name).join(", ")
  return yield* new ConfigurationWrong({
    message:
      only === undefined
        ? `there is no file and no pipeline "${nameOrFile}". The folder ${pipelinesFolder} has: ${names}.`
        : `${nameOrFile} holds ${named.length} pipelines. Name one: ${names}.`
  })
})

/**
 * The pipelines that keep customers the same in the folder of a pipeline that `loadPipeline` gave for the same
 * words, itself included. Its warnings were said then.
 */
export const loadCustomers = Effect.fn("loadCustomers")(function* (
  nameOrFile: string,
  connections: string | undefined
): Effect.fn.Return<ReadonlyArray<CustomersPipeline>, ConfigurationWrong, FileSystem.FileSystem | Path.Path> {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const about = Option.getOrUndefined(yield* Effect.option(files.stat(nameOrFile)))
  const folder =
    about === undefined ? pipelinesFolder : about.type === "Directory" ? nameOrFile : path.dirname(nameOrFile)
  const made = yield* makePlan({ paths: [folder], connections, connectors })
  if (made.plan === undefined) yield* print(made.issues)
  return (yield* planOf(made)).customers
})

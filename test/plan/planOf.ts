/**
 * planOf: the plan of a folder that stands in the test, with connectors that exist only as declarations unless told otherwise.
 */
import { Effect, FileSystem, Path } from "effect"
import type { Connector } from "../../src/pipeline/Connector.ts"
import { makePlan, type PlanResult } from "../../src/plan/makePlan.ts"
import { fakeConnectors } from "../config/fakeConnector.ts"

/** Plans a folder with these files; issues name them relative to the folder. */
export const planOf = Effect.fn("planOf")(function* (
  files: Readonly<Record<string, string>>,
  names: ReadonlyArray<string> = ["."],
  connectors: ReadonlyArray<Connector> = fakeConnectors
) {
  const disk = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = yield* disk.makeTempDirectoryScoped()
  for (const [name, text] of Object.entries(files)) {
    yield* disk.makeDirectory(path.dirname(path.join(folder, name)), { recursive: true })
    yield* disk.writeFileString(path.join(folder, name), text)
  }
  const result: PlanResult = yield* makePlan({
    paths: names.map((name) => path.join(folder, name)),
    connectors
  })
  const shorten = (text: string) => text.replaceAll(`${folder}/`, "").replaceAll(folder, ".")
  return {
    ...result,
    issues: result.issues.map((issue) => ({
      ...issue,
      file: shorten(issue.file),
      message: shorten(issue.message)
    }))
  }
})

/**
 * flags: what several commands take.
 */
import { Argument, Flag } from "effect/cli"
import { pipelinesFolder } from "./loadPlan.ts"

const connections = Flag.String("connections").pipe(
  Flag.withDescription("connections file to use instead of the folder's own, for example of the sandbox"),
  Flag.optional
)

const format = Flag.Literals("format", ["table", "json"]).pipe(
  Flag.withDescription("table for people (default), json for programs"),
  Flag.withDefault("table")
)

const paths = Argument.String("path").pipe(
  Argument.withDescription(`pipeline files, or a folder of them (default: ${pipelinesFolder})`),
  Argument.variadic()
)

const pipelines = Flag.String("pipelines").pipe(
  Flag.withDescription(`folder of the pipelines (default: ${pipelinesFolder})`),
  Flag.withDefault(pipelinesFolder)
)

/**
 * `connections`: a file that stands in for the folder's connections.yaml, of
 * another environment or the sandbox. `format`: table for people, JSON for
 * programs. `paths` and `pipelines`: where the pipelines are, as argument and as flag.
 */
export const flags = { connections, format, paths, pipelines }

/** The given paths, or the default folder. */
export const pathsOrDefault = (paths: ReadonlyArray<string>): ReadonlyArray<string> =>
  paths.length === 0 ? [pipelinesFolder] : paths

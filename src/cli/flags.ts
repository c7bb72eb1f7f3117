/**
 * flags: what several commands take.
 */
import { Argument, Flag } from "effect/cli"
import { pipelinesFolder } from "./loadPlan.ts"

/** A file that stands in for the folder's connections.yaml: another environment, or the sandbox. */
export const connectionsFlag = Flag.String("connections").pipe(
  Flag.withDescription("connections file to use instead of the folder's own, for example of the sandbox"),
  Flag.optional
)

/** Table for people, JSON for programs. */
export const formatFlag = Flag.Literals("format", ["table", "json"]).pipe(
  Flag.withDescription("table for people (default), json for programs"),
  Flag.withDefault("table")
)

/** Files or a folder of pipelines. */
export const pathsArgument = Argument.String("path").pipe(
  Argument.withDescription(`pipeline files, or a folder of them (default: ${pipelinesFolder})`),
  Argument.variadic()
)

/** The given paths, or the default folder. */
export const pathsOrDefault = (paths: ReadonlyArray<string>): ReadonlyArray<string> =>
  paths.length === 0 ? [pipelinesFolder] : paths

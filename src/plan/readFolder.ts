/**
 * readFolder: the files of a configuration, as text.
 *
 * The only place of the plan that touches the disk. Everything stands in one
 * folder, so that reviewing the folder is reviewing the configuration.
 */
import { Effect, FileSystem, Option, Path } from "effect"
import type { ConfigIssue } from "../config/ConfigIssue.ts"

/** A file with the name to show for it. */
export interface TextFile {
  readonly file: string
  readonly text: string
}

/** Name of the file with the connections of a folder. */
export const connectionsFile = "connections.yaml"

/** An issue about a file as a whole. */
export const fileIssue = (file: string, code: string, message: string): ConfigIssue => ({
  file,
  line: 1,
  column: 1,
  code,
  severity: "error",
  message
})

/** Largest file that is read at all; the parsers allow less. Devices and pipes would not end. */
const bytesMaximum = 16 * 1024 * 1024

const read = Effect.fn("readFolder.read")(function* (file: string) {
  const files = yield* FileSystem.FileSystem
  const about = yield* Effect.option(files.stat(file))
  const isReadable =
    about._tag === "Some" && about.value.type === "File" && Number(about.value.size) <= bytesMaximum
  return isReadable ? yield* Effect.option(files.readFileString(file)) : Option.none<string>()
})

/**
 * The pipelines at `paths`, which are files of one folder or that folder, and
 * the connections beside them or in `connectionsElsewhere`. `isWhole` is true when no pipeline of the folder
 * was left out.
 */
export const readFolder = Effect.fn("readFolder")(function* (
  paths: ReadonlyArray<string>,
  connectionsElsewhere?: string
) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const issues: Array<ConfigIssue> = []
  const names: Array<string> = []
  let isWhole = false

  for (const given of paths) {
    const entries = yield* Effect.option(files.readDirectory(given))
    if (entries._tag === "None") {
      names.push(given)
      continue
    }
    isWhole = true
    const found = entries.value.filter((name) => /\.ya?ml$/u.test(name)).toSorted()
    names.push(...found.map((name) => path.join(given, name)))
    if (found.every((name) => name === connectionsFile)) {
      issues.push(
        fileIssue(
          given,
          "plan/no-pipelines",
          "The folder holds no pipeline. Add one as a file that ends in .yaml."
        )
      )
    }
  }
  const pipelineNames = [...new Set(names.map((name) => path.normalize(name)))].filter(
    (name) => path.basename(name) !== connectionsFile
  )
  const folders = new Set(names.map((name) => path.dirname(name)))
  const folder = folders.values().next().value ?? paths[0] ?? "."
  if (folders.size > 1) {
    issues.push(
      fileIssue(
        [...folders].at(-1) ?? folder,
        "plan/several-folders",
        `Pipelines stand in several folders: ${[...folders].join(", ")}. Keep them in one, beside one ${connectionsFile}.`
      )
    )
  }

  const pipelines: Array<TextFile> = []
  for (const file of pipelineNames) {
    const text = yield* read(file)
    if (text._tag === "Some") pipelines.push({ file, text: text.value })
    else
      issues.push(
        fileIssue(
          file,
          "plan/unreadable-file",
          "The file cannot be read. Check its name, your rights to it, and that it is a file of at most 16 MB."
        )
      )
  }
  const file = connectionsElsewhere ?? path.join(folder, connectionsFile)
  const connections = yield* read(file)
  if (connections._tag === "None") {
    issues.push(
      fileIssue(
        file,
        "plan/missing-connections",
        connectionsElsewhere === undefined
          ? `There is no ${connectionsFile} beside the pipelines. Create it; it says where the systems are and how to sign in.`
          : "There is no such connections file. Check its path."
      )
    )
  }
  return {
    folder,
    isWhole,
    issues,
    pipelines,
    connections: connections._tag === "Some" ? { file, text: connections.value } : undefined
  }
})

/** The text of a table, given relative to `folder`, or the reason why it cannot be used. */
export const readTable = Effect.fn("readTable")(function* (folder: string, name: string) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const isInside = (base: string, target: string) => {
    const relative = path.relative(base, target)
    return relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative)
  }
  const file = path.join(folder, name)
  const outside = {
    code: "plan/table-outside",
    message: `The table ${name} is outside the folder of the pipeline. Move it there, so that who reviews the folder sees it.`
  }
  if (path.isAbsolute(name) || !isInside(path.resolve(folder), path.resolve(file))) return outside
  // A link may lead outside too.
  const real = yield* Effect.option(Effect.all([files.realPath(folder), files.realPath(file)]))
  const text = yield* read(file)
  if (real._tag === "None" || text._tag === "None") {
    return {
      code: "plan/unreadable-table",
      message: `The table ${name} cannot be read. Check its name; it is looked for at ${file}.`
    }
  }
  return isInside(real.value[0], real.value[1]) ? { file, text: text.value } : outside
})

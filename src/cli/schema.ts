/**
 * schema: prints or writes what is generated from the schemas of this build.
 */
import { Console, Effect, FileSystem, Option, Path } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { generated } from "./generated.ts"
import { ConfigurationWrong } from "./exitCode.ts"

/** `ledgerline schema`. */
export const schema = Command.make(
  "schema",
  {
    name: Argument.String("name").pipe(
      Argument.withDescription(
        "which one, for example pipeline.schema.json; without it the names are listed"
      ),
      Argument.optional
    ),
    write: Flag.String("write").pipe(
      Flag.withDescription("write all of them into this folder"),
      Flag.optional
    )
  },
  Effect.fn("schema")(function* ({ name, write }) {
    const all = generated()
    if (Option.isSome(write)) {
      const files = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      yield* files.makeDirectory(write.value, { recursive: true })
      yield* Effect.forEach(Object.entries(all), ([file, text]) =>
        files.writeFileString(path.join(write.value, file), text)
      )
      return yield* Console.error(`wrote ${Object.keys(all).join(", ")} into ${write.value}`)
    }
    if (Option.isNone(name)) return yield* Console.log(Object.keys(all).join("\n"))
    const text = all[name.value] ?? all[`${name.value}.schema.json`]
    if (text === undefined) {
      return yield* new ConfigurationWrong({
        message: `there is no schema "${name.value}". There are: ${Object.keys(all).join(", ")}.`
      })
    }
    yield* Console.log(text)
  })
).pipe(
  Command.withDescription("Print the JSON Schema of pipelines, connections and outputs"),
  Command.withExamples([{ command: "ledgerline schema pipeline", description: "For an editor" }])
)

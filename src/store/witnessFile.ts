/**
 * witnessFile: a witness in a small file.
 *
 * It stands at LEDGERLINE_WITNESS, else in LEDGERLINE_FOLDER. Best on another
 * disk than the database: what is restored together with it can testify to
 * nothing.
 */
import { Config, Effect, FileSystem, Layer, Path, Schema, Semaphore } from "effect"
import { Sighting, Witness, type WitnessMemory } from "./Witness.ts"

const Content = Schema.fromJsonString(Schema.Record(Schema.String, Sighting))
const nothing: typeof Content.Type = {}

/** A witness in `file`; its folder is made if it is missing. A file that cannot be read counts as none. */
export const openWitness = Effect.fn("witnessFile.open")(function* (
  file: string
): Effect.fn.Return<WitnessMemory, never, FileSystem.FileSystem | Path.Path> {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const oneAtATime = yield* Semaphore.make(1)

  const content = files.readFileString(file).pipe(
    Effect.flatMap(Schema.decodeEffect(Content)),
    Effect.orElseSucceed(() => nothing)
  )

  // On disk under another name before it takes the place of the old one: a power cut leaves either.
  const replace = Effect.fnUntraced(function* (text: string) {
    const aside = `${file}.${process.pid}`
    yield* files.makeDirectory(path.dirname(file), { recursive: true })
    yield* Effect.scoped(
      Effect.gen(function* () {
        const open = yield* files.open(aside, { flag: "w" })
        yield* open.writeAll(new TextEncoder().encode(text))
        yield* open.sync
      })
    )
    yield* files.rename(aside, file)
    yield* Effect.scoped(Effect.flatMap(files.open(path.dirname(file), { flag: "r" }), ({ sync }) => sync))
  })

  return {
    recall: (instance) => Effect.map(content, (sightings) => sightings[instance]),
    keep: (instance, sighting) =>
      content.pipe(
        Effect.flatMap((sightings) => Schema.encodeEffect(Content)({ ...sightings, [instance]: sighting })),
        Effect.flatMap(replace),
        oneAtATime.withPermit,
        Effect.catch(() =>
          Effect.logWarning(
            `${file} cannot be written, so a database that is restored later may look as if nothing was lost. Name a place that can be written in LEDGERLINE_WITNESS.`
          )
        )
      )
  }
})

/** The witness of this environment. */
export const witnessFile = Layer.effect(
  Witness,
  Effect.gen(function* () {
    const path = yield* Path.Path
    const folder = yield* Config.withDefault(Config.String("LEDGERLINE_FOLDER"), ".ledgerline")
    const file = yield* Config.withDefault(
      Config.String("LEDGERLINE_WITNESS"),
      path.join(folder, "witness.json")
    )
    return yield* openWitness(file)
  })
)

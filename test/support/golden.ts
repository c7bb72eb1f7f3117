/**
 * golden: compares a text that users read with the file that a person has reviewed.
 */
import { assert } from "@effect/vitest"
import { Config, Effect, FileSystem, Option, Path } from "effect"

/** Fails where `text` differs from test/golden/`name`; UPDATE_GOLDEN=1 writes the file instead. */
export const matchGolden = Effect.fn("matchGolden")(function* (name: string, text: string) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = path.join(import.meta.dirname, "../golden", name)
  const isUpdate = Option.isSome(yield* Config.option(Config.String("UPDATE_GOLDEN")))
  if (isUpdate) yield* files.writeFileString(file, text)
  const expected = yield* files.readFileString(file)
  assert.strictEqual(
    text,
    expected,
    `${name} differs. Look at it, then UPDATE_GOLDEN=1 accepts the new text.`
  )
})

/**
 * Secrets: a credential named in a file, never written in it.
 *
 * Connections hold references; a reference is resolved only when a connection
 * is opened, after parsing, so no credential ever passes through YAML text, a
 * plan or an error message.
 */
import { Config, Context, Effect, FileSystem, Layer, Redacted, Schema } from "effect"

/** Where a credential stands: an environment variable or a file (as container secrets are mounted). */
export const SecretReference = Schema.Union([
  Schema.Struct({
    env: Schema.NonEmptyString.annotate({ description: "Name of an environment variable." })
  }),
  Schema.Struct({
    file: Schema.NonEmptyString.annotate({ description: "Path of a file; a final line break is left out." })
  })
]).annotate({
  identifier: "SecretReference",
  description: "Where a credential stands: { env: NAME } or { file: path }. Never the credential itself."
})
export type SecretReference = typeof SecretReference.Type

/** The variable is not set, or the file cannot be read. The message names the reference, never the content. */
export class SecretMissing extends Schema.TaggedError<SecretMissing>()("SecretMissing", {
  message: Schema.String
}) {}

/** Looks credentials up. */
export class Secrets extends Context.Service<
  Secrets,
  {
    /** The credential, redacted. Read afresh each time, so a rotated one is picked up. */
    resolve(reference: SecretReference): Effect.Effect<Redacted.Redacted, SecretMissing>
  }
>()("ledgerline/pipeline/Secrets") {
  /** Environment through the current ConfigProvider, files through `FileSystem`. */
  static readonly layerNoDeps = Layer.effect(
    Secrets,
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const resolve = Effect.fn("Secrets.resolve")(function* (
        reference: SecretReference
      ): Effect.fn.Return<Redacted.Redacted, SecretMissing> {
        if ("env" in reference) {
          return yield* Config.Redacted(reference.env).pipe(
            Effect.mapError(
              () =>
                new SecretMissing({
                  message: `environment variable ${reference.env} is not set. Set it where ledgerline runs.`
                })
            )
          )
        }
        const text = yield* files.readFileString(reference.file).pipe(
          Effect.mapError(
            () =>
              new SecretMissing({
                message: `secret file ${reference.file} cannot be read. Create it, or correct the path in connections.yaml.`
              })
          )
        )
        return Redacted.make(text.replace(/\r?\n$/u, ""))
      })
      return Secrets.of({ resolve })
    })
  )
}

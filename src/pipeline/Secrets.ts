/**
 * Secrets: a credential named in a file, never written in it.
 *
 * Connections hold references; a reference is resolved only when a connection
 * is opened, after parsing, so no credential ever passes through YAML text, a
 * plan or an error message.
 */
import { Config, Context, Effect, FileSystem, Layer, Redacted, Schema } from "effect"

/**
 * Name of a stored secret: the connection, a slash, the field. It is part of what
 * is encrypted, so the value of one name can never be passed off as another's.
 */
export const SecretName = Schema.String.annotate({
  description:
    "Name of a secret in our database, connection/field, as it was given to `ledgerline secrets set`.",
  examples: ["erp/clientSecret"]
}).check(Schema.isPattern(/^[A-Za-z\d][\w.-]{0,99}\/[A-Za-z\d][\w.-]{0,99}$/u))

/** Where a credential stands: an environment variable, a file (as container secrets are mounted), or our database, encrypted. */
export const SecretReference = Schema.Union([
  Schema.Struct({
    env: Schema.NonEmptyString.annotate({ description: "Name of an environment variable." })
  }),
  Schema.Struct({
    file: Schema.NonEmptyString.annotate({ description: "Path of a file; a final line break is left out." })
  }),
  Schema.Struct({ secret: SecretName })
]).annotate({
  identifier: "SecretReference",
  description:
    "Where a credential stands: { env: NAME }, { file: path } or { secret: connection/field }. Never the credential itself."
})
export type SecretReference = typeof SecretReference.Type

/** The variable is not set, the file cannot be read, or the database does not give the secret. The message names the reference, never the content. */
export class SecretMissing extends Schema.TaggedError<SecretMissing>()("SecretMissing", {
  message: Schema.String
}) {}

/** The secret of this name in our database, read afresh at each call. */
export type ReadStored = (name: string) => Effect.Effect<Redacted.Redacted, SecretMissing>

/** How stored secrets are read; whoever has a database provides it. */
export const StoredSecrets = Context.Reference<ReadStored>("ledgerline/pipeline/StoredSecrets", {
  defaultValue: () => (name) =>
    Effect.fail(
      new SecretMissing({
        message: `secret ${name} stands in the database, and there is none here. Use { env: … } or { file: … }.`
      })
    )
})

/** Looks credentials up. */
export class Secrets extends Context.Service<
  Secrets,
  {
    /** The credential, redacted. Read afresh each time, so a rotated one is picked up. */
    resolve(reference: SecretReference): Effect.Effect<Redacted.Redacted, SecretMissing>
  }
>()("ledgerline/pipeline/Secrets") {
  /** Environment through the current ConfigProvider, files through `FileSystem`, the database through `StoredSecrets`. */
  static readonly layerNoDeps = Layer.effect(
    Secrets,
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const readStored = yield* StoredSecrets
      const resolve = Effect.fn("Secrets.resolve")(function* (
        reference: SecretReference
      ): Effect.fn.Return<Redacted.Redacted, SecretMissing> {
        if ("secret" in reference) return yield* readStored(reference.secret)
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

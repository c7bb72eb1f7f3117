/**
 * replaceCredentials: puts new credentials where the old ones stood, all of them or none.
 *
 * In the database that is one transaction. Files are written beside the old
 * ones first and then renamed; should that stop half way, the message says what
 * stands where, and the new values are kept.
 */
import { Effect, FileSystem, Path, Redacted } from "effect"
import type { NewCredential } from "../pipeline/Handshake.ts"
import { AuditLog } from "../store/AuditLog.ts"
import { SecretVault } from "../store/SecretVault.ts"
import { ConfigurationWrong, EnvironmentWrong } from "./exitCode.ts"

type Place = Pick<NewCredential, "field" | "reference">

const inFiles = <One extends Place>(places: ReadonlyArray<One>) =>
  places.flatMap((place) => ("file" in place.reference ? [{ ...place, file: place.reference.file }] : []))

const inDatabase = <One extends Place>(places: ReadonlyArray<One>) =>
  places.flatMap((place) => ("secret" in place.reference ? [{ ...place, name: place.reference.secret }] : []))

/**
 * Says before anything is begun why the credentials could not be replaced where
 * they stand, as far as that can be known beforehand.
 */
export const checkReplaceable = Effect.fn("checkReplaceable")(function* (
  connection: string,
  options: { readonly places: ReadonlyArray<Place>; readonly actor: string }
) {
  const { actor, places } = options
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const variables = places.filter(({ reference }) => "env" in reference).map(({ field }) => field)
  if (variables.length > 0) {
    return yield* new ConfigurationWrong({
      message: `${connection}: ${variables.join(", ")} stand in environment variables, which nobody can replace for a running program. Write { secret: ${connection}/… } or { file: path } for each in connections.yaml.`
    })
  }
  if (inFiles(places).length > 0 && inDatabase(places).length > 0) {
    return yield* new ConfigurationWrong({
      message: `${connection}: some credentials stand in files and some in the database. Keep all of them in one place, so that they change together.`
    })
  }
  for (const { file } of inFiles(places)) {
    yield* files.access(path.dirname(file), { writable: true }).pipe(
      Effect.mapError(
        () =>
          new EnvironmentWrong({
            message: `${connection}: nothing can be written beside ${file}. Create its folder, or make it writable.`
          })
      )
    )
  }
  if (inDatabase(places).length > 0) yield* (yield* SecretVault).setAll([], actor)
})

const replaceFiles = Effect.fnUntraced(function* (
  credentials: ReadonlyArray<NewCredential & { readonly file: string }>
) {
  const files = yield* FileSystem.FileSystem
  const prepared = yield* Effect.forEach(credentials, ({ file, value }) =>
    Effect.gen(function* () {
      // A mounted secret is a link: what it leads to is replaced, not the link.
      const real = yield* Effect.orElseSucceed(files.realPath(file), () => file)
      const fresh = `${real}.new`
      yield* files.writeFileString(fresh, Redacted.value(value), { mode: 0o600 })
      return { real, fresh }
    }).pipe(
      Effect.mapError(
        () =>
          new EnvironmentWrong({
            message: `${file}.new cannot be written; no credential was replaced, and the old ones have ended. Make room or give the right to write, and press the button again.`
          })
      )
    )
  )
  yield* Effect.forEach(prepared, ({ fresh, real }, done) =>
    files.rename(fresh, real).pipe(
      Effect.mapError(
        () =>
          new EnvironmentWrong({
            message: `${done} of ${prepared.length} credentials were replaced. ${prepared
              .slice(done)
              .map((one) => `Rename ${one.fresh} to ${one.real}.`)
              .join(" ")}`
          })
      )
    )
  )
})

/** Replaces them and writes who did it to the audit log. Their values are in neither log nor message. */
export const replaceCredentials = Effect.fn("replaceCredentials")(function* (options: {
  readonly connection: string
  readonly credentials: ReadonlyArray<NewCredential>
  readonly actor: string
}) {
  const { actor, connection, credentials } = options
  const audit = yield* AuditLog
  const vault = yield* SecretVault
  const stored = inDatabase(credentials)
  yield* stored.length > 0 ? vault.setAll(stored, actor) : replaceFiles(inFiles(credentials))
  yield* audit.note({
    actor,
    action: "credentials replaced",
    detail: { connection, credentials: credentials.map(({ field, reference }) => ({ field, reference })) }
  })
})

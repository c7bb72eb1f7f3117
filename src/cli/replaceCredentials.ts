/**
 * replaceCredentials: puts new credentials where the old ones stood, all of them or none.
 *
 * They stand in files. New ones are written beside the old ones first and then
 * renamed; should that stop half way, the message says what stands where, and
 * the new values are kept.
 */
import { Effect, FileSystem, Path, Redacted } from "effect"
import type { NewCredential } from "../pipeline/Handshake.ts"
import { AuditLog } from "../store/AuditLog.ts"
import { ConfigurationWrong, EnvironmentWrong } from "./exitCode.ts"

const filesOf = <Place extends Pick<NewCredential, "field" | "reference">>(places: ReadonlyArray<Place>) =>
  places.flatMap((place) => ("file" in place.reference ? [{ ...place, file: place.reference.file }] : []))

/** Says before anything is begun why the credentials could not be replaced where they stand. */
export const checkReplaceable = Effect.fn("checkReplaceable")(function* (
  connection: string,
  places: ReadonlyArray<Pick<NewCredential, "field" | "reference">>
): Effect.fn.Return<void, ConfigurationWrong | EnvironmentWrong, FileSystem.FileSystem | Path.Path> {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const elsewhere = places.filter(({ reference }) => !("file" in reference)).map(({ field }) => field)
  if (elsewhere.length > 0) {
    return yield* new ConfigurationWrong({
      message: `${connection}: ${elsewhere.join(", ")} do not stand in files, and only files can be replaced here; nobody can change an environment variable of a running program. Write { file: path } for each in connections.yaml.`
    })
  }
  for (const { file } of filesOf(places)) {
    yield* files.access(path.dirname(file), { writable: true }).pipe(
      Effect.mapError(
        () =>
          new EnvironmentWrong({
            message: `${connection}: nothing can be written beside ${file}. Create its folder, or make it writable.`
          })
      )
    )
  }
})

/** Replaces them and writes who did it to the audit log. Their values are in neither log nor message. */
export const replaceCredentials = Effect.fn("replaceCredentials")(function* (options: {
  readonly connection: string
  readonly credentials: ReadonlyArray<NewCredential>
  readonly actor: string
}) {
  const { actor, connection, credentials } = options
  const files = yield* FileSystem.FileSystem
  const audit = yield* AuditLog
  const prepared = yield* Effect.forEach(filesOf(credentials), ({ file, value }) =>
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
  yield* audit.note({
    actor,
    action: "credentials replaced",
    detail: { connection, credentials: credentials.map(({ field, reference }) => ({ field, reference })) }
  })
})

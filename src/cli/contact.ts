/**
 * contact: what a command that contacts systems is provided with.
 *
 * Secrets of the database need the database. A command that works on it anyway
 * shares it; any other opens it only when the first `{ secret: … }` is read, so
 * that without one it needs no database and waits for no lock.
 */
import { Context, Effect, type FileSystem, Layer, type Path } from "effect"
import type { ChildProcessSpawner } from "effect/process"
import { guardedHttp } from "../http/guardedHttp.ts"
import { memoryTokenCache, TokenCache } from "../http/TokenCache.ts"
import { SecretMissing, Secrets, StoredSecrets } from "../pipeline/Secrets.ts"
import { SecretVault } from "../store/SecretVault.ts"
import { configuredTokens, configuredVault } from "./configuredVault.ts"

type Needs = FileSystem.FileSystem | Path.Path | ChildProcessSpawner.ChildProcessSpawner

const openedWhenRead = Layer.effect(
  StoredSecrets,
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const needs = yield* Effect.context<Needs>()
    const vault = yield* Effect.cached(
      Layer.buildWithScope(configuredVault, scope).pipe(
        Effect.map((built) => Context.get(built, SecretVault)),
        Effect.provide(needs)
      )
    )
    return (name: string) =>
      vault.pipe(
        Effect.mapError(
          ({ message }) =>
            new SecretMissing({
              message: `secret ${name} stands in the database, which cannot be opened: ${message}`
            })
        ),
        Effect.flatMap((opened) => opened.read(name))
      )
  })
)

const http = guardedHttp()

/** HTTP to the hosts that the operator allows, without redirects, secrets, and the tokens got with them in memory; for commands that need no database. */
export const contact = Layer.mergeAll(
  http,
  Secrets.layerNoDeps.pipe(Layer.provide(openedWhenRead)),
  Layer.effect(TokenCache, memoryTokenCache)
)

/** The same on the configured database, where tokens outlive the command. */
export const contactOnStore = Layer.mergeAll(
  http,
  Secrets.layerNoDeps.pipe(Layer.provide(SecretVault.storedSecrets), Layer.provide(configuredVault)),
  configuredTokens
)

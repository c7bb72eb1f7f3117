/**
 * TokenCache: where access tokens outlive the one who asked for them.
 *
 * `makeOAuthToken` looks here before it asks the identity provider, and leaves
 * here what it got. Without one provided, each holder remembers only its own
 * token. A run provides one, so that all it opens on a connection share a token;
 * with a store and a master key it also survives restarts, encrypted.
 *
 * A connector that uses `makeOAuthToken` has nothing else to do. One that gets
 * tokens in another way does as it does: `find` with the fingerprint of the
 * credentials it would ask with, `keep` what it got, `remove` what was refused.
 */
import { createHash } from "node:crypto"
import { Context, Effect, Option, Redacted } from "effect"

/** A token and its life, in milliseconds since 1970 by our clock. */
export interface CachedToken {
  readonly token: Redacted.Redacted
  readonly obtainedAtMillis: number
  readonly expiresAtMillis: number
}

/** Whose token it is. A token is found only with the credentials that it was got with. */
export interface TokenKey {
  /** Name of the connection in connections.yaml. */
  readonly connection: string
  /** As `credentialFingerprint` makes it. */
  readonly fingerprint: string
}

/** Keeps tokens. It never fails: what cannot be read is not there, what cannot be kept is asked for again. */
export interface TokenCache {
  /** The token kept last, expired or not. */
  find(key: TokenKey): Effect.Effect<Option.Option<CachedToken>>
  /** Keeps a token in place of the one before. */
  keep(key: TokenKey, token: CachedToken): Effect.Effect<void>
  /** Lets go of `token`, unless another has taken its place meanwhile: somebody else renewed it. */
  remove(key: TokenKey, token: Redacted.Redacted): Effect.Effect<void>
}

const keepsNothing: TokenCache = {
  find: () => Effect.succeedNone,
  keep: () => Effect.void,
  remove: () => Effect.void
}

/** The cache of a run; it keeps nothing unless one is provided. */
export const TokenCache = Context.Reference<TokenCache>("ledgerline/http/TokenCache", {
  defaultValue: () => keepsNothing
})

/**
 * Tells one set of credentials and what is asked with them from another: all
 * that decides which token comes back (address, scope, client, secret). It is a
 * hash of a secret: never print or store it in clear.
 */
export const credentialFingerprint = (parts: ReadonlyArray<string>): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex")

/** A cache in the memory of this process. */
export const memoryTokenCache: Effect.Effect<TokenCache> = Effect.sync(() => {
  const kept = new Map<string, CachedToken>()
  const nameOf = (key: TokenKey) => JSON.stringify([key.connection, key.fingerprint])
  return {
    find: (key) => Effect.sync(() => Option.fromUndefinedOr(kept.get(nameOf(key)))),
    keep: (key, token) => Effect.sync(() => void kept.set(nameOf(key), token)),
    remove: (key, token) =>
      Effect.sync(() => {
        const current = kept.get(nameOf(key))
        if (current !== undefined && Redacted.value(current.token) === Redacted.value(token)) {
          kept.delete(nameOf(key))
        }
      })
  }
})

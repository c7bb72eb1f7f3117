/**
 * AdobeKeys: the public keys that Adobe signs events with, fetched from Adobe.
 *
 * An event names its keys by path, in a header that anybody may write before
 * anything is proven. So the path must look exactly like one of Adobe's, the host
 * is ours to say, and strangers cannot make us ask more often than a few times a
 * minute, nor remember more than a few keys.
 */
import type { KeyObject } from "node:crypto"
import { Clock, Duration, Effect, Semaphore, Stream } from "effect"
import { HttpClient } from "effect/http"
import { publicKeyOf } from "./isSignature.ts"

/** Where Adobe publishes them. */
const adobeHost = "https://static.adobeioevents.com"
/** As in the comments of Adobe's own library, which checks nothing: `@evil.example/k.pem` leads it elsewhere. */
const keyPath = /^\/prod\/keys\/pub-key-[A-Za-z0-9-]{1,128}\.pem$/u

const keysMaximum = 16
const keyBytesMaximum = 16 * 1024
/** Adobe allows keys to be kept for so long. */
const lifeMillis = Duration.toMillis("24 hours")
/** How long a path that led to no key is not asked for again. */
const refusalMillis = Duration.toMillis("5 minutes")
const fetchesPerMinute = 12

/** A key; `NoKey` when the path cannot be or leads to none; `Unavailable` when Adobe could not be asked now. */
export type FoundKey =
  | { readonly _tag: "Key"; readonly key: KeyObject }
  | { readonly _tag: "NoKey" }
  | { readonly _tag: "Unavailable" }

/** The keys of one door. */
export interface AdobeKeys {
  keyAt(path: string): Effect.Effect<FoundKey>
}

interface Kept {
  readonly found: FoundKey
  readonly until: number
}

/** A store of keys without any. `host` stands in for Adobe's in a sandbox. */
export const makeAdobeKeys = Effect.fn("AdobeKeys.make")(function* (
  host: string | undefined
): Effect.fn.Return<AdobeKeys, never, HttpClient.HttpClient> {
  const client = yield* HttpClient.HttpClient
  const root = host ?? adobeHost
  const kept = new Map<string, Kept>()
  const one = yield* Semaphore.make(1)
  let fetched: ReadonlyArray<number> = []

  const keep = (path: string, entry: Kept) => {
    kept.delete(path)
    // Paths that led nowhere go first: a stranger's guesses must not push out the keys in use.
    const oldest = [...kept].find(([, { found }]) => found._tag !== "Key")?.[0] ?? kept.keys().next().value
    if (kept.size >= keysMaximum && oldest !== undefined) kept.delete(oldest)
    kept.set(path, entry)
    return entry.found
  }

  const fetch = Effect.fn("AdobeKeys.fetch")(function* (
    path: string
  ): Effect.fn.Return<FoundKey | { readonly _tag: "Unavailable" }> {
    const url = URL.parse(path, root)
    if (url === null || `${url.protocol}//${url.host}` !== root || url.pathname !== path) {
      return { _tag: "NoKey" }
    }
    return yield* Effect.gen(function* (): Effect.fn.Return<FoundKey, unknown> {
      const response = yield* client.get(url)
      if (response.status === 404 || response.status === 403) return { _tag: "NoKey" }
      if (response.status !== 200) return { _tag: "Unavailable" }
      const bytes = yield* response.stream.pipe(
        Stream.runFoldEffect(
          () => Buffer.alloc(0),
          (all, chunk) =>
            all.length + chunk.length > keyBytesMaximum
              ? Effect.fail("too long for a key")
              : Effect.succeed(Buffer.concat([all, chunk]))
        )
      )
      const key = publicKeyOf(bytes.toString("utf8"))
      return key === undefined ? { _tag: "NoKey" } : { _tag: "Key", key }
    }).pipe(
      Effect.scoped,
      Effect.timeout("4 seconds"),
      Effect.catch(() => Effect.succeed({ _tag: "Unavailable" } as const))
    )
  })

  const lookUp = (path: string, now: number): FoundKey | undefined => {
    const entry = kept.get(path)
    return entry !== undefined && entry.until > now ? entry.found : undefined
  }

  const keyAt = Effect.fn("AdobeKeys.keyAt")(function* (path: string): Effect.fn.Return<FoundKey> {
    if (!keyPath.test(path)) return { _tag: "NoKey" }
    const known = lookUp(path, yield* Clock.currentTimeMillis)
    if (known !== undefined) return known
    return yield* one.withPermits(1)(
      Effect.gen(function* (): Effect.fn.Return<FoundKey> {
        const now = yield* Clock.currentTimeMillis
        // Whoever waited behind another finds its key.
        const meanwhile = lookUp(path, now)
        if (meanwhile !== undefined) return meanwhile
        fetched = fetched.filter((at) => now - at < 60_000)
        if (fetched.length >= fetchesPerMinute) return { _tag: "Unavailable" }
        fetched = [...fetched, now]
        const found = yield* fetch(path)
        if (found._tag === "Unavailable") return found
        return keep(path, { found, until: now + (found._tag === "Key" ? lifeMillis : refusalMillis) })
      })
    )
  })
  return { keyAt }
})

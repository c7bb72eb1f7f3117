/**
 * StoredTokens: access tokens that outlive the process, encrypted in our database.
 *
 * Only tokens that live long are worth it: an identity provider that hands them
 * out for a day takes it ill when each start asks for another. A token opens only
 * with the credentials that it was got with. Without a master key nothing is
 * stored; whatever goes wrong here, a token is simply asked for again.
 */
import { Effect, Layer, Option, Redacted, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { type CachedToken, memoryTokenCache, TokenCache, type TokenKey } from "../http/TokenCache.ts"
import { DataKeys, WrappedKey } from "./DataKeys.ts"
import { MasterKeys } from "./MasterKeys.ts"
import { storeErrors } from "./StoreError.ts"

/** Tokens that live shorter are gone before a restart is over. */
const lifeMinimumMillis = 10 * 60_000

const Kept = Schema.fromJsonString(
  Schema.Struct({ token: Schema.String, obtainedAtMillis: Schema.Finite, expiresAtMillis: Schema.Finite })
)
const decodeKept = Schema.decodeOption(Kept)
const encodeKept = Schema.encodeSync(Kept)

const bindingOf = ({ connection, fingerprint }: TokenKey) => ["access token", connection, fingerprint]

const laterOf = (one: Option.Option<CachedToken>, other: Option.Option<CachedToken>) =>
  Option.isSome(one) && Option.isSome(other)
    ? one.value.expiresAtMillis >= other.value.expiresAtMillis
      ? one
      : other
    : Option.orElse(one, () => other)

/** Tokens in the memory of this process and, where there is a master key, in the database. */
export const StoredTokens = {
  /** Needs a `SqlClient` and the keys, so the caller decides which database it is. */
  layerNoDeps: Layer.effect(
    TokenCache,
    Effect.gen(function* () {
      const memory = yield* memoryTokenCache
      const masterKeys = yield* MasterKeys
      if (!(yield* masterKeys.isConfigured)) return memory
      const sql = yield* SqlClient.SqlClient
      const keys = yield* DataKeys

      const select = SqlSchema.findAll({
        Request: Schema.String,
        Result: Schema.Struct({ body: Schema.String, ...WrappedKey.fields }),
        execute: (connection) => sql`
          SELECT access_token.body, data_key.id, data_key.master_key AS "masterKey",
            data_key.wrapped_key AS "wrappedKey"
          FROM access_token JOIN data_key ON data_key.id = access_token.data_key
          WHERE connection = ${connection}`
      })
      const findStored = Effect.fn("StoredTokens.find")(
        function* (key: TokenKey) {
          const [row] = yield* select(key.connection).pipe(storeErrors("StoredTokens.find"))
          if (row === undefined) return Option.none()
          const plain = yield* keys.decrypt(row, bindingOf(key), row.body)
          return Option.map(
            Option.flatMap(plain, (text) => decodeKept(Redacted.value(text))),
            ({ token, ...life }) => ({ body: row.body, cached: { token: Redacted.make(token), ...life } })
          )
        },
        Effect.orElseSucceed(() => Option.none())
      )

      return {
        find: (key) =>
          Effect.zipWith(memory.find(key), findStored(key), (own, stored) =>
            laterOf(
              own,
              Option.map(stored, ({ cached }) => cached)
            )
          ),
        keep: Effect.fn("StoredTokens.keep")(function* (key, { token, ...life }) {
          yield* memory.keep(key, { token, ...life })
          if (life.expiresAtMillis - life.obtainedAtMillis < lifeMinimumMillis) return
          const plain = Redacted.make(encodeKept({ token: Redacted.value(token), ...life }))
          yield* Effect.ignore(
            keys.encrypt(1, ({ close, keyId }) =>
              sql`
                INSERT INTO access_token (connection, data_key, body)
                VALUES (${key.connection}, ${keyId}, ${close(bindingOf(key), plain)})
                ON CONFLICT (connection) DO UPDATE SET data_key = EXCLUDED.data_key, body = EXCLUDED.body,
                  kept_at = present()`.pipe(storeErrors("StoredTokens.keep"))
            )
          )
        }),
        remove: Effect.fn("StoredTokens.remove")(function* (key, token) {
          yield* memory.remove(key, token)
          const stored = yield* findStored(key)
          if (Option.isNone(stored)) return
          const { body, cached } = stored.value
          if (Redacted.value(cached.token) !== Redacted.value(token)) return
          yield* Effect.ignore(
            sql`DELETE FROM access_token WHERE connection = ${key.connection} AND body = ${body}`
          )
        })
      }
    })
  )
}

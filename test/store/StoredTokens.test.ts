import { assert } from "@effect/vitest"
import { NodeServices } from "@effect/platform-node"
import { ConfigProvider, Effect, Layer, Option, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { type CachedToken, TokenCache, type TokenKey } from "../../src/http/TokenCache.ts"
import { DataKeys } from "../../src/store/DataKeys.ts"
import { MasterKeys } from "../../src/store/MasterKeys.ts"
import { SecretVault } from "../../src/store/SecretVault.ts"
import { StoredTokens } from "../../src/store/StoredTokens.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { emptyVault, type MasterKeyVariables, newMasterKey } from "../support/vault.ts"

const day = 24 * 3_600_000
const key: TokenKey = { connection: "shop", fingerprint: "f1" }
const token = (value: string, given: Partial<CachedToken> = {}): CachedToken => ({
  token: Redacted.make(value),
  obtainedAtMillis: 0,
  expiresAtMillis: day,
  ...given
})

const masterKey = newMasterKey()

/** A process that starts: its memory is empty. */
const inProcess =
  (variables: MasterKeyVariables = { LEDGERLINE_MASTER_KEY: masterKey }) =>
  <A, E, R>(work: Effect.Effect<A, E, R>) =>
    Effect.provide(
      work,
      Layer.merge(StoredTokens.layerNoDeps, SecretVault.layerNoDeps).pipe(
        Layer.provide(DataKeys.layerNoDeps),
        Layer.provide(MasterKeys.layerNoDeps),
        Layer.provide(NodeServices.layer),
        Layer.provideMerge(
          Layer.succeed(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(variables))
        )
      ),
      { local: true }
    )
const usual = inProcess()

const keep = (value: CachedToken, of: TokenKey = key) =>
  Effect.flatMap(TokenCache, (cache) => cache.keep(of, value))
const find = (of: TokenKey = key) =>
  Effect.flatMap(TokenCache, (cache) =>
    Effect.map(cache.find(of), (found) =>
      Option.getOrUndefined(Option.map(found, (one) => Redacted.value(one.token)))
    )
  )
const remove = (value: string) =>
  Effect.flatMap(TokenCache, (cache) => cache.remove(key, Redacted.make(value)))

const stored = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) =>
    sql<{ readonly connection: string; readonly body: string }>`SELECT connection, body FROM access_token`
)

describeOnDatabases("StoredTokens", (it) => {
  it.effect(
    "a token that lives a day survives the process, and does not stand in the database in clear",
    () =>
      Effect.gen(function* () {
        yield* emptyVault
        yield* usual(keep(token("canary-token")))
        assert.strictEqual(yield* usual(find()), "canary-token")
        assert.notInclude(JSON.stringify(yield* stored), "canary-token")
      })
  )

  it.effect("a token that lives minutes is kept in memory only", () =>
    Effect.gen(function* () {
      yield* emptyVault
      yield* usual(
        Effect.gen(function* () {
          yield* keep(token("short", { expiresAtMillis: 180_000 }))
          assert.strictEqual(yield* find(), "short")
        })
      )
      assert.deepStrictEqual(yield* stored, [])
    })
  )

  it.effect("without a master key tokens are kept in memory only", () =>
    Effect.gen(function* () {
      yield* emptyVault
      yield* inProcess({})(
        Effect.gen(function* () {
          yield* keep(token("day"))
          assert.strictEqual(yield* find(), "day")
        })
      )
      assert.deepStrictEqual(yield* stored, [])
    })
  )

  it.effect("a token is found with the credentials that it was got with, and with no others", () =>
    Effect.gen(function* () {
      yield* emptyVault
      yield* usual(keep(token("day")))
      assert.isUndefined(yield* usual(find({ ...key, fingerprint: "f2" })))
      assert.isUndefined(yield* usual(find({ ...key, connection: "other" })))
      const sql = yield* SqlClient.SqlClient
      yield* sql`UPDATE access_token SET connection = 'other'`
      assert.isUndefined(yield* usual(find({ ...key, connection: "other" })))
    })
  )

  it.effect("a token that the server refused is gone for all, one that was renewed meanwhile is not", () =>
    Effect.gen(function* () {
      yield* emptyVault
      yield* usual(keep(token("one")))
      yield* usual(
        Effect.gen(function* () {
          assert.strictEqual(yield* find(), "one")
          yield* usual(keep(token("two", { expiresAtMillis: day + 1 })))
          yield* remove("one")
          assert.strictEqual(yield* find(), "two")
        })
      )
      yield* usual(remove("two"))
      assert.isUndefined(yield* usual(find()))
      assert.deepStrictEqual(yield* stored, [])
    })
  )

  it.effect("a secret that is set anew takes the tokens of its connection with it", () =>
    Effect.gen(function* () {
      yield* emptyVault
      yield* usual(keep(token("day")))
      yield* usual(keep(token("other"), { ...key, connection: "erp" }))
      yield* usual(
        Effect.flatMap(SecretVault, (vault) => vault.set("shop/clientSecret", Redacted.make("x"), "anna"))
      )
      assert.deepStrictEqual(
        (yield* stored).map(({ connection }) => connection),
        ["erp"]
      )
    })
  )

  it.effect("another master key, or a damaged row, is no failure: the token is simply not there", () =>
    Effect.gen(function* () {
      yield* emptyVault
      yield* usual(keep(token("day")))
      assert.isUndefined(yield* inProcess({ LEDGERLINE_MASTER_KEY: newMasterKey() })(find()))
      const sql = yield* SqlClient.SqlClient
      yield* sql`UPDATE access_token SET body = 'v1:nothing'`
      assert.isUndefined(yield* usual(find()))
      yield* usual(keep(token("again")))
      assert.strictEqual(yield* usual(find()), "again")
    })
  )
})

/**
 * SecretVault: credentials in our database, encrypted.
 *
 * A value is encrypted for its name and version, so that no row opens in the
 * place of another. Who sets, removes or re-encrypts is in the audit log; the
 * values are in no log, no message and no list.
 */
import { Context, Effect, Layer, Option, type Redacted, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { SecretMissing, StoredSecrets } from "../pipeline/Secrets.ts"
import { DataKeys, type Encrypting, WrappedKey } from "./DataKeys.ts"
import type { VaultClosed } from "./MasterKey.ts"
import { insertAudit, isoInstant } from "./rows.ts"
import { type StoreError, storeErrors } from "./StoreError.ts"

/** A secret without its value. `version` counts how often it was set. */
export const SecretEntry = Schema.Struct({
  name: Schema.String,
  version: Schema.Int,
  dataKey: Schema.String,
  setAt: Schema.String,
  setBy: Schema.String
}).annotate({ identifier: "SecretEntry" })
export type SecretEntry = typeof SecretEntry.Type

/** What a change of the data key did. `damaged` are the names whose values do not open and were left as they were. */
export interface Reencrypted {
  readonly dataKey: string
  readonly secrets: number
  readonly damaged: ReadonlyArray<string>
}

/** Rows that are re-encrypted in one transaction. */
const batchSize = 50

const bindingOf = ({ name, version }: { readonly name: string; readonly version: number }) => [
  "secret",
  name,
  version
]

const SealedSecret = Schema.Struct({
  name: Schema.String,
  version: Schema.Int,
  body: Schema.String,
  ...WrappedKey.fields
})

/** Keeps credentials. */
export class SecretVault extends Context.Service<
  SecretVault,
  {
    /** The value as it is now. Fails with `SecretMissing` if there is none, or if it cannot be decrypted. */
    read(name: string): Effect.Effect<Redacted.Redacted, SecretMissing>
    /** Sets a value, in place of the one before; tokens got with that are forgotten. */
    set(
      name: string,
      value: Redacted.Redacted,
      actor: string
    ): Effect.Effect<SecretEntry, StoreError | VaultClosed>
    /** Sets several at once, all or none. Of an empty list it only proves that the vault can be written. */
    setAll(
      secrets: ReadonlyArray<{ readonly name: string; readonly value: Redacted.Redacted }>,
      actor: string
    ): Effect.Effect<ReadonlyArray<SecretEntry>, StoreError | VaultClosed>
    /** All of them, by name. Needs no master key. */
    readonly list: Effect.Effect<ReadonlyArray<SecretEntry>, StoreError>
    /** False if there was none of this name. */
    remove(name: string, actor: string): Effect.Effect<boolean, StoreError>
    /** Encrypts every value anew under a new data key, a batch at a time; readers notice nothing. */
    reencrypt(actor: string): Effect.Effect<Reencrypted, StoreError | VaultClosed>
  }
>()("ledgerline/store/SecretVault") {
  /** Needs a `SqlClient` and `DataKeys`, so the caller decides which database it is. */
  static readonly layerNoDeps = Layer.effect(
    SecretVault,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const keys = yield* DataKeys
      const sealedColumns = sql`
        secret.name, secret.version, secret.body, data_key.id, data_key.master_key AS "masterKey",
        data_key.wrapped_key AS "wrappedKey"`
      const entryColumns = sql`
        name, version, data_key AS "dataKey", ${isoInstant(sql, "set_at")} AS "setAt", set_by AS "setBy"`

      // One statement, so the key is always the one that the value is under.
      const select = SqlSchema.findAll({
        Request: Schema.String,
        Result: SealedSecret,
        execute: (name) => sql`
          SELECT ${sealedColumns} FROM secret JOIN data_key ON data_key.id = secret.data_key WHERE name = ${name}`
      })
      const selectOlder = SqlSchema.findAll({
        Request: Schema.Struct({ keyId: Schema.String, after: Schema.String }),
        Result: SealedSecret,
        execute: ({ after, keyId }) => sql`
          SELECT ${sealedColumns} FROM secret JOIN data_key ON data_key.id = secret.data_key
          WHERE secret.data_key <> ${keyId} AND name > ${after} ORDER BY name LIMIT ${batchSize}
          FOR UPDATE OF secret`
      })
      const selectList = SqlSchema.findAll({
        Request: Schema.Void,
        Result: SecretEntry,
        execute: () => sql`SELECT ${entryColumns} FROM secret ORDER BY name`
      })
      const upsert = SqlSchema.findOne({
        Request: Schema.Struct({
          name: Schema.String,
          version: Schema.Int,
          keyId: Schema.String,
          body: Schema.String,
          actor: Schema.String
        }),
        Result: SecretEntry,
        execute: ({ actor, body, keyId, name, version }) => sql`
          INSERT INTO secret (name, version, data_key, body, set_by)
          VALUES (${name}, ${version}, ${keyId}, ${body}, ${actor})
          ON CONFLICT (name) DO UPDATE SET version = EXCLUDED.version, data_key = EXCLUDED.data_key,
            body = EXCLUDED.body, set_at = present(), set_by = EXCLUDED.set_by
          RETURNING ${entryColumns}`
      })
      const versionOf = SqlSchema.findAll({
        Request: Schema.String,
        Result: Schema.Struct({ version: Schema.Int }),
        execute: (name) => sql`SELECT version FROM secret WHERE name = ${name} FOR UPDATE`
      })
      const forgetTokens = (name: string) =>
        sql`DELETE FROM access_token WHERE connection = split_part(${name}, '/', 1)`

      const read = Effect.fn("SecretVault.read")(function* (
        name: string
      ): Effect.fn.Return<Redacted.Redacted, SecretMissing> {
        const missing = ({ message }: { readonly message: string }) =>
          new SecretMissing({ message: `secret ${name} cannot be read: ${message}` })
        const [row] = yield* select(name).pipe(storeErrors("SecretVault.read"), Effect.mapError(missing))
        if (row === undefined) {
          return yield* new SecretMissing({
            message: `there is no secret ${name} in the database. Set it: ledgerline secrets set ${name}`
          })
        }
        const plain = yield* keys.decrypt(row, bindingOf(row), row.body).pipe(Effect.mapError(missing))
        if (Option.isSome(plain)) return plain.value
        return yield* missing({
          message: `its row was changed, or moved from another name. Find out who may write to the database, and set it again: ledgerline secrets set ${name}`
        })
      })

      const write = (
        key: Encrypting,
        {
          actor,
          name,
          value
        }: { readonly actor: string; readonly name: string; readonly value: Redacted.Redacted }
      ) =>
        Effect.gen(function* () {
          const [before] = yield* versionOf(name)
          const version = (before?.version ?? 0) + 1
          const body = key.close(bindingOf({ name, version }), value)
          const entry = yield* upsert({ name, version, keyId: key.keyId, body, actor })
          yield* forgetTokens(name)
          yield* insertAudit(sql, [
            { actor, action: "secret set", detail: { secret: name, version, dataKey: key.keyId } }
          ])
          return entry
        }).pipe(Effect.catchTag("NoSuchElementError", Effect.die), storeErrors("SecretVault.set"))

      const set = Effect.fn("SecretVault.set")((name: string, value: Redacted.Redacted, actor: string) =>
        keys.encrypt(1, (key) => write(key, { name, value, actor }))
      )

      const setAll = Effect.fn("SecretVault.setAll")(
        (
          secrets: ReadonlyArray<{ readonly name: string; readonly value: Redacted.Redacted }>,
          actor: string
        ) =>
          keys.encrypt(secrets.length, (key) =>
            Effect.forEach(secrets, (secret) => write(key, { ...secret, actor }))
          )
      )

      const remove = Effect.fn("SecretVault.remove")((name: string, actor: string) =>
        Effect.gen(function* () {
          const removed = yield* sql`DELETE FROM secret WHERE name = ${name} RETURNING version`
          if (removed.length === 0) return false
          yield* forgetTokens(name)
          yield* insertAudit(sql, [{ actor, action: "secret removed", detail: { secret: name } }])
          return true
        }).pipe(sql.withTransaction, storeErrors("SecretVault.remove"))
      )

      const reencryptBatch = (after: string) =>
        keys.encrypt(batchSize, (key) =>
          Effect.gen(function* () {
            const rows = yield* selectOlder({ keyId: key.keyId, after })
            const damaged: Array<string> = []
            for (const row of rows) {
              const plain = yield* keys.decrypt(row, bindingOf(row), row.body)
              if (Option.isNone(plain)) {
                damaged.push(row.name)
                continue
              }
              yield* sql`
                  UPDATE secret SET data_key = ${key.keyId}, body = ${key.close(bindingOf(row), plain.value)}
                  WHERE name = ${row.name}`
            }
            return { keyId: key.keyId, rows: rows.length, last: rows.at(-1)?.name ?? after, damaged }
          }).pipe(storeErrors("SecretVault.reencrypt"))
        )

      const reencrypt = Effect.fn("SecretVault.reencrypt")(function* (
        actor: string
      ): Effect.fn.Return<Reencrypted, StoreError | VaultClosed> {
        yield* keys.renew(actor)
        // Tokens are got anew; what is under the new key already was kept a moment ago.
        yield* sql`DELETE FROM access_token`.pipe(storeErrors("SecretVault.reencrypt"))
        const damaged: Array<string> = []
        let secrets = 0
        let batch = yield* reencryptBatch("")
        while (batch.rows > 0) {
          damaged.push(...batch.damaged)
          secrets += batch.rows - batch.damaged.length
          batch = yield* reencryptBatch(batch.last)
        }
        yield* insertAudit(sql, [
          { actor, action: "secrets encrypted anew", detail: { dataKey: batch.keyId, secrets, damaged } }
        ]).pipe(storeErrors("SecretVault.reencrypt"))
        yield* keys.clear
        return { dataKey: batch.keyId, secrets, damaged }
      })

      const list = selectList().pipe(storeErrors("SecretVault.list"))
      return SecretVault.of({ read, set, setAll, list, remove, reencrypt })
    })
  )

  /** Lets `{ secret: … }` in connections.yaml be read from this vault. */
  static readonly storedSecrets = Layer.effect(
    StoredSecrets,
    Effect.map(SecretVault, (vault) => vault.read)
  )
}

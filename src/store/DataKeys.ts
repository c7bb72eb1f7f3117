/**
 * DataKeys: the keys that values in the database are encrypted with.
 *
 * One key is active and encrypts; older ones are read with until nothing is
 * left under them. Each is wrapped by a master key, opened once and then kept in
 * the memory of this process, so a change of master keys stops nobody.
 */
import { createSecretKey, type KeyObject, randomBytes } from "node:crypto"
import { Context, Effect, Layer, Option, Redacted, Result, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { type Binding, closeEnvelope, type EnvelopeKey, messagesMaximum, openEnvelope } from "./Envelope.ts"
import { keyBytes, type MasterKey, VaultClosed } from "./MasterKey.ts"
import { MasterKeys } from "./MasterKeys.ts"
import { insertAudit } from "./rows.ts"
import { type StoreError, storeErrors } from "./StoreError.ts"

/** A data key as its row says. */
export const WrappedKey = Schema.Struct({
  id: Schema.String,
  masterKey: Schema.String,
  wrappedKey: Schema.String
})
export type WrappedKey = typeof WrappedKey.Type

/** Encrypts under the active key, for the place that the binding names. */
export interface Encrypting {
  readonly keyId: string
  close(binding: Binding, plain: Redacted.Redacted): string
}

/** Encrypts and decrypts, and looks after the keys. */
export class DataKeys extends Context.Service<
  DataKeys,
  {
    /**
     * Runs `write` in one transaction with the active key, which counts the
     * `messages` it is used for; the first use makes a key.
     */
    encrypt<A>(
      messages: number,
      write: (key: Encrypting) => Effect.Effect<A, StoreError | VaultClosed>
    ): Effect.Effect<A, StoreError | VaultClosed>
    /** The value, or none if the envelope was changed or belongs elsewhere. */
    decrypt(
      key: WrappedKey,
      binding: Binding,
      envelope: string
    ): Effect.Effect<Option.Option<Redacted.Redacted>, VaultClosed>
    /** Wraps every key under the current master key: all of them or none. */
    rewrap(
      actor: string
    ): Effect.Effect<{ readonly masterKey: string; readonly dataKeys: number }, StoreError | VaultClosed>
    /** Makes a new active key, for what is encrypted from now on. */
    renew(actor: string): Effect.Effect<void, StoreError | VaultClosed>
    /** Removes keys that nothing is under any more; how many are left beside the active one. */
    readonly clear: Effect.Effect<number, StoreError>
  }
>()("ledgerline/store/DataKeys") {
  /** Needs a `SqlClient` and the master keys, so the caller decides which they are. */
  static readonly layerNoDeps = Layer.effect(
    DataKeys,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const masterKeys = yield* MasterKeys
      const opened = new Map<string, KeyObject>()
      const columns = sql`id, master_key AS "masterKey", wrapped_key AS "wrappedKey"`

      const selectActive = SqlSchema.findAll({
        Request: Schema.Void,
        Result: WrappedKey,
        execute: () => sql`
          SELECT ${columns} FROM data_key WHERE state = 'active' AND messages < ${messagesMaximum}::bigint`
      })
      const selectAll = SqlSchema.findAll({
        Request: Schema.Void,
        Result: WrappedKey,
        execute: () => sql`SELECT ${columns} FROM data_key ORDER BY id`
      })
      const count = SqlSchema.findAll({
        Request: Schema.Struct({ id: Schema.String, messages: Schema.Int }),
        Result: Schema.Struct({ id: Schema.String }),
        execute: ({ id, messages }) => sql`
          UPDATE data_key SET messages = messages + ${messages}::bigint
          WHERE id = ${id} AND state = 'active' AND messages < ${messagesMaximum}::bigint RETURNING id`
      })

      /** The master key that a data key is under comes first; a command may have wrapped it with either. */
      const unwrap = Effect.fn("DataKeys.unwrap")(function* (
        key: WrappedKey
      ): Effect.fn.Return<KeyObject, VaultClosed> {
        const current = yield* masterKeys.current
        const previous = Option.toArray(yield* masterKeys.previous)
        const fitting = [current, ...previous].filter(({ id }) => id === key.masterKey)
        const [first, second] = fitting
        if (first === undefined) {
          return yield* new VaultClosed({
            message: `the secrets of this database are under master key ${key.masterKey}, and ${[current, ...previous].map(({ id }) => id).join(" and ")} is set. Set that one, or, while keys are changed, set it as LEDGERLINE_MASTER_KEY_PREVIOUS.`
          })
        }
        const unwrapped = yield* Effect.result(first.unwrap(key.id, key.wrappedKey))
        if (Result.isSuccess(unwrapped)) return unwrapped.success
        return second === undefined ? yield* unwrapped.failure : yield* second.unwrap(key.id, key.wrappedKey)
      })
      const open = Effect.fnUntraced(function* (key: WrappedKey): Effect.fn.Return<KeyObject, VaultClosed> {
        const known = opened.get(key.id)
        if (known !== undefined) return known
        const unwrapped = yield* unwrap(key)
        opened.set(key.id, unwrapped)
        return unwrapped
      })

      const make = Effect.gen(function* () {
        const master: MasterKey = yield* masterKeys.current
        const id = randomBytes(6).toString("hex")
        const key = createSecretKey(randomBytes(keyBytes))
        return { id, masterKey: master.id, wrappedKey: yield* master.wrap(id, key) }
      })
      // Who comes second finds the first one's key; one that was used so often makes room.
      const insert = ({ id, masterKey, wrappedKey }: WrappedKey, often: number) =>
        sql`
          UPDATE data_key SET state = 'retiring' WHERE state = 'active' AND messages >= ${often}::bigint`.pipe(
          Effect.andThen(sql`
            INSERT INTO data_key (id, master_key, wrapped_key) VALUES (${id}, ${masterKey}, ${wrappedKey})
            ON CONFLICT DO NOTHING`)
        )

      // The master key is used outside the transaction: a slow command must not hold it open.
      const active: Effect.Effect<EnvelopeKey, StoreError | VaultClosed> = Effect.gen(function* () {
        const [found] = yield* selectActive().pipe(storeErrors("DataKeys.active"))
        if (found !== undefined) return { id: found.id, key: yield* open(found) }
        yield* sql.withTransaction(insert(yield* make, messagesMaximum)).pipe(storeErrors("DataKeys.active"))
        return yield* Effect.suspend(() => active)
      })

      const encrypt = Effect.fn("DataKeys.encrypt")(function* <A>(
        messages: number,
        write: (key: Encrypting) => Effect.Effect<A, StoreError | VaultClosed>
      ): Effect.fn.Return<A, StoreError | VaultClosed> {
        while (true) {
          const key = yield* active
          const written = yield* Effect.gen(function* () {
            const [counted] = yield* count({ id: key.id, messages })
            // Somebody made another key active meanwhile.
            if (counted === undefined) return Option.none<A>()
            const close = (binding: Binding, plain: Redacted.Redacted) =>
              closeEnvelope(key, binding, Buffer.from(Redacted.value(plain)))
            return Option.some(yield* write({ keyId: key.id, close }))
          }).pipe(sql.withTransaction, storeErrors("DataKeys.encrypt"))
          if (Option.isSome(written)) return written.value
        }
      })

      return DataKeys.of({
        encrypt,
        decrypt: Effect.fn("DataKeys.decrypt")(function* (
          key: WrappedKey,
          binding: Binding,
          envelope: string
        ) {
          const plain = openEnvelope({ id: key.id, key: yield* open(key) }, binding, envelope)
          return Option.map(plain, (bytes) => Redacted.make(bytes.toString("utf8")))
        }),
        rewrap: Effect.fn("DataKeys.rewrap")(function* (actor: string) {
          const master = yield* masterKeys.current
          const keys = yield* selectAll().pipe(storeErrors("DataKeys.rewrap"))
          // Unwrapped afresh, not from memory: so it is proved that these master keys can.
          const wrapped = yield* Effect.forEach(keys, (key) =>
            Effect.flatMap(unwrap(key), (opened) => master.wrap(key.id, opened))
          )
          yield* Effect.gen(function* () {
            for (const [index, { id, wrappedKey }] of keys.entries()) {
              yield* sql`
                UPDATE data_key SET master_key = ${master.id}, wrapped_key = ${wrapped[index] ?? wrappedKey},
                  wrapped_at = present() WHERE id = ${id} AND wrapped_key = ${wrappedKey}`
            }
            const dataKeys = keys.map(({ id, masterKey }) => ({ id, before: masterKey }))
            yield* insertAudit(sql, [
              { actor, action: "master key changed", detail: { masterKey: master.id, dataKeys } }
            ])
          }).pipe(sql.withTransaction, storeErrors("DataKeys.rewrap"))
          return { masterKey: master.id, dataKeys: keys.length }
        }),
        renew: Effect.fn("DataKeys.renew")(function* (actor: string) {
          const key = yield* make
          yield* Effect.gen(function* () {
            yield* insert(key, 0)
            yield* insertAudit(sql, [{ actor, action: "data key made", detail: { dataKey: key.id } }])
          }).pipe(sql.withTransaction, storeErrors("DataKeys.renew"))
        }),
        clear: Effect.gen(function* () {
          // Waits for whoever is still encrypting under one of them; what they wrote is seen below.
          yield* sql`SELECT id FROM data_key WHERE state = 'retiring' FOR UPDATE`
          yield* sql`
            DELETE FROM data_key WHERE state = 'retiring'
              AND NOT EXISTS (SELECT 1 FROM secret WHERE data_key = data_key.id)
              AND NOT EXISTS (SELECT 1 FROM access_token WHERE data_key = data_key.id)`
          return (yield* sql`SELECT id FROM data_key WHERE state = 'retiring'`).length
        }).pipe(sql.withTransaction, storeErrors("DataKeys.clear"))
      })
    })
  )
}

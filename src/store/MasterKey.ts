/**
 * MasterKey: a key outside the database that wraps the keys within.
 *
 * The database holds data keys only as a master key has wrapped them, so who
 * has the database alone, or a backup of it, has nothing.
 */
import { createHash, createSecretKey, type KeyObject } from "node:crypto"
import { Effect, Option, Schema } from "effect"
import { closeEnvelope, openEnvelope } from "./Envelope.ts"

/** No master key, a wrong one, or a command that does not do its work. `message` says what to set; it holds no key. */
export class VaultClosed extends Schema.TaggedError<VaultClosed>()("VaultClosed", {
  message: Schema.String
}) {}

/** A key that wraps data keys. */
export interface MasterKey {
  /** Made from the key; the same for all keys of a command, for it alone knows which it used. */
  readonly id: string
  /** The data key `dataKeyId` as a text that only `unwrap` opens. */
  wrap(dataKeyId: string, key: KeyObject): Effect.Effect<string, VaultClosed>
  unwrap(dataKeyId: string, wrapped: string): Effect.Effect<KeyObject, VaultClosed>
}

/** Bytes of a key, master key or data key. */
export const keyBytes = 32

/** The key that a text of base64 holds; none unless it is exactly `keyBytes` long. */
export const keyFrom = (base64: string): Option.Option<KeyObject> => {
  const text = base64.trim()
  const bytes = Buffer.from(text, "base64")
  return bytes.length === keyBytes && bytes.toString("base64") === text
    ? Option.some(createSecretKey(bytes))
    : Option.none()
}

/** A master key in our own hands, wrapping with AES-256-GCM. */
export const localMasterKey = (key: KeyObject): MasterKey => {
  const id = createHash("sha256")
    .update("ledgerline master key")
    .update(key.export())
    .digest("hex")
    .slice(0, 12)
  const place = (dataKeyId: string) => ["data key", dataKeyId]
  return {
    id,
    wrap: (dataKeyId, dataKey) =>
      Effect.sync(() => closeEnvelope({ id, key }, place(dataKeyId), dataKey.export())),
    unwrap: (dataKeyId, wrapped) =>
      Option.match(openEnvelope({ id, key }, place(dataKeyId), wrapped), {
        onNone: () =>
          Effect.fail(
            new VaultClosed({
              message: `data key ${dataKeyId} does not open, though master key ${id} is the one it was wrapped with: its row was changed. Restore the table data_key from a backup.`
            })
          ),
        onSome: (bytes) => Effect.succeed(createSecretKey(bytes))
      })
  }
}

/**
 * Envelope: a value encrypted so that only its own place can open it.
 *
 * AES-256-GCM with a random nonce of 96 bits and a tag of 128, as text:
 * `v1:<key id>:<nonce>:<ciphertext>:<tag>`, the last three in base64. What the
 * value belongs to is authenticated with it: put elsewhere, it does not open.
 *
 * Source: NIST SP 800-38D; with random nonces a key is good for 2^32 messages.
 */
import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from "node:crypto"
import { Option } from "effect"

/** Messages that one key may encrypt, since its nonces are random. */
export const messagesMaximum = 2 ** 32

const algorithm = "aes-256-gcm"
const nonceBytes = 12
const tagBytes = 16

/** The key that closes and opens, and its name. */
export interface EnvelopeKey {
  readonly id: string
  readonly key: KeyObject
}

/** What a value belongs to, for example its kind, name and version. */
export type Binding = ReadonlyArray<string | number>

// JSON keeps the parts apart: ["a", "b/c"] and ["a/b", "c"] are two places.
const authenticated = (keyId: string, binding: Binding) =>
  Buffer.from(JSON.stringify(["ledgerline", "v1", keyId, ...binding]))

/** An encrypted value as it is stored. */
export type Envelope = string

/** Encrypts `plain` under `key`, for the place that `binding` names. */
export const closeEnvelope = ({ id, key }: EnvelopeKey, binding: Binding, plain: Uint8Array): Envelope => {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(authenticated(id, binding))
  const closed = Buffer.concat([cipher.update(plain), cipher.final()])
  return ["v1", id, ...[nonce, closed, cipher.getAuthTag()].map((part) => part.toString("base64"))].join(":")
}

/** The value, or none: another key, another place, or a text that was changed. */
export const openEnvelope = (
  { id, key }: EnvelopeKey,
  binding: Binding,
  envelope: Envelope
): Option.Option<Buffer> => {
  const [version, keyId, ...parts] = envelope.split(":")
  const [nonce, closed, tag] = parts.map((part) => Buffer.from(part, "base64"))
  if (version !== "v1" || keyId !== id || parts.length !== 3) return Option.none()
  if (nonce?.length !== nonceBytes || tag?.length !== tagBytes || closed === undefined) return Option.none()
  return Option.liftThrowable(() => {
    const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
    decipher.setAAD(authenticated(id, binding))
    decipher.setAuthTag(tag)
    return Buffer.concat([decipher.update(closed), decipher.final()])
  })()
}

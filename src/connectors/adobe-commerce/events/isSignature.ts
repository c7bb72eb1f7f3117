/**
 * isSignature: RSA-SHA256 (PKCS#1 v1.5), as Adobe signs its events and webhooks.
 */
import { createPublicKey, type KeyObject, verify } from "node:crypto"
import { Result } from "effect"

/** The key in a PEM text; undefined when there is no RSA key of 2048 bits or more in it. */
export const publicKeyOf = (pem: string): KeyObject | undefined => {
  const key = Result.try(() => createPublicKey(pem))
  if (Result.isFailure(key)) return undefined
  const { asymmetricKeyDetails, asymmetricKeyType } = key.success
  return asymmetricKeyType === "rsa" && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048
    ? key.success
    : undefined
}

/** Whether `signature`, in base64 as a server writes it, is that of the bytes. */
export const isSignature = (options: {
  readonly key: KeyObject
  readonly bytes: Uint8Array
  readonly signature: string
}): boolean => {
  const signature = Buffer.from(options.signature, "base64")
  // Node reads base64 with anything in between; only one way of writing it counts.
  if (signature.toString("base64") !== options.signature) return false
  const isRight = Result.try(() => verify("sha256", options.bytes, options.key, signature))
  return Result.isSuccess(isRight) && isRight.success
}

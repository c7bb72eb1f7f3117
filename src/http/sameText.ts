/**
 * sameText: whether two texts are equal, in a time that tells nothing about them.
 */
import { createHash, timingSafeEqual } from "node:crypto"

const digest = (text: string | Uint8Array) => createHash("sha256").update(text).digest()

/** Compares digests, so that neither where they differ nor how long the secret is can be measured. */
export const sameText = (given: string | Uint8Array, expected: string | Uint8Array): boolean =>
  timingSafeEqual(digest(given), digest(expected))

/**
 * merkleRoot: one hash for a list of rows, as RFC 6962 builds it.
 *
 * Leaves and inner nodes are hashed with different first bytes, so that no node
 * can pass for a row.
 */
import { createHash } from "node:crypto"

const sha256 = (...parts: ReadonlyArray<Uint8Array>): Buffer => {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(part)
  return hash.digest()
}

const leafMark = Uint8Array.of(0)
const nodeMark = Uint8Array.of(1)

/** SHA-256 of a leaf's bytes, 32 bytes; texts are taken as UTF-8. */
export const leafHash = (content: string | Uint8Array): Buffer =>
  sha256(leafMark, typeof content === "string" ? Buffer.from(content, "utf8") : content)

/** The root over leaves that are hashed already; of no leaves, the hash of nothing. */
export const merkleRoot = (leaves: ReadonlyArray<Uint8Array>): Buffer => {
  const [first] = leaves
  if (first === undefined) return sha256()
  if (leaves.length === 1) return Buffer.from(first)
  // The left part is the largest power of two that is smaller than the whole.
  const left = 2 ** Math.floor(Math.log2(leaves.length - 1))
  return sha256(nodeMark, merkleRoot(leaves.slice(0, left)), merkleRoot(leaves.slice(left)))
}

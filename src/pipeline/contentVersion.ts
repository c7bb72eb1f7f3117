/**
 * contentVersion: a short text that is another one for another content.
 */
import { createHash } from "node:crypto"
import type { Json } from "./SourceRecord.ts"

const canonical = (value: Json): string => {
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  const fields = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1))
  return `{${fields.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(",")}}`
}

/** The version of `value`, in whatever order its fields came; nobody can read the value from it. */
export const contentVersion = (value: Json): string =>
  createHash("sha256").update(canonical(value)).digest("base64url")

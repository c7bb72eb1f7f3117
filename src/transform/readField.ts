/**
 * readField: the value at a path in a JSON document.
 */
import type { Json } from "../pipeline/SourceRecord.ts"

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json
}

/** Tells an object from a list, a text and nothing. */
export const isJsonObject = (json: Json | undefined): json is JsonObject =>
  typeof json === "object" && json !== null && !Array.isArray(json)

/** Tells a list from everything else. */
export const isJsonList = (json: Json | undefined): json is ReadonlyArray<Json> => Array.isArray(json)

/** The value at `path`; nothing when a part is absent. Only own fields count, so no path reaches a prototype. */
export const readField = (json: Json | undefined, path: ReadonlyArray<string>): Json | undefined => {
  let found = json
  for (const name of path) {
    found = isJsonObject(found) && Object.hasOwn(found, name) ? found[name] : undefined
  }
  return found
}

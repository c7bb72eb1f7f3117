/**
 * TextTemplate: a text with fields in braces, such as "Invoice {number}".
 */
import { Result } from "effect"
import type { Json } from "../pipeline/SourceRecord.ts"

/** Texts and the paths of fields between them, in order. */
export type TextTemplate = ReadonlyArray<string | { readonly field: string }>

/** Reads a template; the failure says which brace is wrong. */
export const parseTemplate = (text: string): Result.Result<TextTemplate, string> => {
  // The capturing group makes split keep the fields, at every odd place.
  const parts = text.split(/\{([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)\}/u)
  const stray = parts.find((part, index) => index % 2 === 0 && /[{}]/u.test(part))
  return stray === undefined
    ? Result.succeed(
        parts.map((part, index) => (index % 2 === 0 ? part : { field: part })).filter((part) => part !== "")
      )
    : Result.fail(
        `"${stray.trim()}" has a brace that encloses no field. Write {field.path}, for example {order.number}.`
      )
}

/** The fields a template reads. */
export const fieldsOf = (template: TextTemplate): ReadonlyArray<string> =>
  template.flatMap((part) => (typeof part === "string" ? [] : [part.field]))

/** A JSON value as people write it; nothing for what has no text of its own: null, lists and objects. */
export const textOf = (value: Json | undefined): string | undefined =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined

/**
 * recordOf: a document as received, with the order beside it, as a source record.
 */
import type { Json, Problem, SourceRecord } from "../../pipeline/SourceRecord.ts"
import type { Kind } from "./normalise.ts"
import type { StoreNames } from "./Stores.ts"

/** The text or number at `key` of an object as text; empty when there is none. */
export const textAt = (value: Json | undefined, key: string): string => {
  if (typeof value !== "object" || value === null || !(key in value)) return ""
  const inner = Object.entries(value).find(([name]) => name === key)?.[1]
  return typeof inner === "string" || typeof inner === "number" ? String(inner) : ""
}

/** The record. `problem`, if given, stands for an order that could not be had. */
export const recordOf = (
  kind: Kind,
  given: {
    readonly document: Json
    readonly order?: Json
    readonly store?: StoreNames
    readonly problem?: Problem
  }
): SourceRecord => {
  const { document, order, problem, store } = given
  return {
    origin: {
      system: "adobe-commerce",
      resource: kind.kind,
      id: textAt(document, "entity_id"),
      number: textAt(document, "increment_id"),
      revision: textAt(document, "updated_at")
    },
    raw: order === undefined ? { document } : { document, order },
    normalised:
      problem === undefined
        ? kind.normalise({
            document,
            ...(order === undefined ? {} : { order }),
            ...(store === undefined ? {} : { store })
          })
        : { _tag: "Problems", problems: [problem] }
  }
}

/**
 * Stands for an item that the shop cannot print. Its message says nothing that
 * differs from one attempt to the next, so that reading it again changes nothing.
 */
export const unreadableRecord = (of: {
  readonly resource: string
  readonly label: string
  readonly key: number | string
}): SourceRecord => ({
  origin: {
    system: "adobe-commerce",
    resource: of.resource,
    id: String(of.key),
    number: String(of.key),
    revision: ""
  },
  raw: {},
  normalised: {
    _tag: "Problems",
    problems: [
      {
        code: "document-unreadable",
        message: `the ${of.label} with key ${of.key} cannot be read: the shop fails inside when it prints this one, and no other. Ask who runs it to look up in var/log why; often a payment extension stored something that is no text. Once it is repaired, retry it: it is then read again.`,
        path: ""
      }
    ]
  }
})

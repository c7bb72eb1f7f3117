/**
 * eventBody: reading a reported change carefully, whoever reports it.
 */
import { Result } from "effect"
import type { EventAnswer, EventRequest, EventVerdict } from "../pipeline/EventDoor.ts"
import type { Json } from "../pipeline/SourceRecord.ts"
import { parseExactJson } from "./parseExactJson.ts"

/** The pattern of a door's path. */
export const doorPath = /^\/[a-z0-9][a-z0-9_-]*(\/[a-z0-9][a-z0-9_-]*)*$/u

/** 256 KiB: no report of one change is longer. */
export const usualBodyBytes = 256 * 1024

/** A refusal, in words for the log of the sender. */
export const refused = (status: 400 | 401 | 403 | 422, message: string): EventVerdict => ({
  _tag: "Refused",
  status,
  message
})

/** An answer in plain text. */
export const plain = (status: number, body: string): EventAnswer => ({
  status,
  contentType: "text/plain; charset=utf-8",
  body
})

/**
 * The one value of a header; undefined when it is absent, empty or sent more
 * than once: of two signatures nobody knows which one is meant.
 */
export const onlyValue = (request: EventRequest, header: string): string | undefined => {
  const values = request.headers.get(header.toLowerCase()) ?? []
  return values.length === 1 && values[0] !== "" ? values[0] : undefined
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The body as JSON, read only after it was found genuine; undefined when it is none. */
export const eventBody = (request: EventRequest): Json | undefined => {
  const text = Result.try(() => decoder.decode(request.body))
  if (Result.isFailure(text)) return undefined
  const parsed = parseExactJson(text.success)
  return Result.isSuccess(parsed) ? parsed.success : undefined
}

/** What stands at a path such as "data.order.id", in own fields only. */
export const valueAt = (value: Json | undefined, path: string): Json | undefined =>
  path
    .split(".")
    .reduce<Json | undefined>(
      (inner, name) =>
        typeof inner === "object" && inner !== null
          ? Object.entries(inner).find(([key]) => key === name)?.[1]
          : undefined,
      value
    )

/** The first of the paths at which a text or a number stands, as text of at most 200 characters. */
export const textAtFirst = (value: Json | undefined, paths: ReadonlyArray<string>): string | undefined => {
  for (const path of paths) {
    const found = valueAt(value, path)
    const text = typeof found === "string" ? found : typeof found === "number" ? `${found}` : ""
    if (text !== "" && text.length <= 200) return text
  }
  return undefined
}

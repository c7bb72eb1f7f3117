/**
 * decide: what to do about a failed attempt to post.
 *
 * The only place that acts on a disposition; pure, so that the whole policy can
 * be read as a table.
 */
import type { Disposition } from "../pipeline/ConnectorError.ts"

/** A failed attempt; `number` counts from 1. */
export interface Attempt {
  readonly disposition: Disposition
  readonly number: number
  readonly limit: number
}

/**
 * `retry` later, `park` the document, `look-up` the entry once the ledger can
 * no longer be working on it, or `halt` the connection.
 */
export type Action = "retry" | "park" | "look-up" | "halt"

/**
 * The action for a failed attempt.
 *
 * A retryable failure that used up its attempts halts the connection instead of
 * parking the document: the ledger is down, and parking would empty the whole
 * source into the error queue.
 */
export const decide = (attempt: Attempt): Action => {
  switch (attempt.disposition) {
    case "retry":
      return attempt.number < attempt.limit ? "retry" : "halt"
    case "dead-letter":
      return "park"
    case "ambiguous":
      return "look-up"
    case "halt":
      return "halt"
  }
}

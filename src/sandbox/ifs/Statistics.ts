/**
 * Statistics: what was asked of the local IFS Cloud, for tests and for the curious.
 */

/**
 * Requests since the start. A route is the method and the path without keys
 * ("POST VoucherEntryAssistantHandling.svc/VoucherSet/VoucherPostingArray",
 * "POST token"); requests hit by a fault are counted too.
 */
export interface Statistics {
  readonly requests: Readonly<Record<string, number>>
  /** Requests refused with 429 by the request limit. */
  readonly throttled: number
  /** Requests refused with 401 for want of a valid token. */
  readonly unauthorized: number
  readonly tokensIssued: number
}

/** The route of a decoded path below `/projection/v1/`. */
export const routeOf = (method: string, path: string) =>
  `${method} ${path.replace(/\((?:[^'()]|'(?:[^']|'')*')*\)/gu, "")}`

/**
 * transportFailure: what went wrong between us and a system, for people.
 *
 * One question matters beside the words: whether anything of the request may
 * have arrived. Only failures of connecting say for certain that it has not.
 */
import { Predicate } from "effect"
import type { HttpClientError } from "effect/http"
import { hostRefusedIn } from "./guardedHttp.ts"
import type { AnswerRefused } from "./readText.ts"

/**
 * `forbidden`: the operator does not allow the host; nothing was sent.
 * `not-sent`: no connection; nothing was sent. `too-large` and `unusable`: an
 * answer came and is not one we read. `broken`: the request was sent and no whole answer came.
 */
export interface TransportFailure {
  readonly kind: "forbidden" | "not-sent" | "too-large" | "unusable" | "broken"
  /** Without what to do next, which depends on the request. */
  readonly message: string
}

/** Failures of connecting: not one byte of the request has left. Codes of Node's net, dns and tls and of undici. */
const neverSent = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID"
])

const explanations: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the host name cannot be looked up at the moment",
  UND_ERR_CONNECT_TIMEOUT: "no answer to the attempt to connect",
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host"
}

const codeOf = (error: unknown): string => {
  if (Predicate.hasProperty(error, "code") && typeof error.code === "string") return error.code
  return Predicate.hasProperty(error, "cause") ? codeOf(error.cause) : ""
}

/** What a request may fail with before it has a whole answer. */
export type RequestFailed =
  HttpClientError.HttpClientError | AnswerRefused | { readonly _tag: "TimeoutError" }

/** Undici gives its parser's refusals no code. */
const isUnparsable = (error: unknown): boolean =>
  Predicate.hasProperty(error, "name") && error.name === "HTTPParserError"
    ? true
    : Predicate.hasProperty(error, "cause") && isUnparsable(error.cause)

/** Explains a failed request to `host`, which was given `timeoutText` to answer. */
export const transportFailure = (
  error: RequestFailed,
  { host, timeoutText }: { readonly host: string; readonly timeoutText: string }
): TransportFailure => {
  const forbidden = hostRefusedIn(error)
  if (forbidden !== undefined) return { kind: "forbidden", message: forbidden.message }
  if (error._tag === "AnswerRefused") {
    return { kind: error.isTooLarge ? "too-large" : "unusable", message: `${host} ${error.message}` }
  }
  if (error._tag === "TimeoutError") {
    return { kind: "broken", message: `${host} did not answer within ${timeoutText}` }
  }
  const code = codeOf(error)
  if (neverSent.has(code)) {
    return { kind: "not-sent", message: `cannot connect to ${host}: ${explanations[code] ?? code}` }
  }
  if (code === "UND_ERR_HEADERS_OVERFLOW") {
    return { kind: "unusable", message: `${host} sent headers that are too large.` }
  }
  if (code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH") {
    return { kind: "broken", message: `${host} announced another length than it sent` }
  }
  if (isUnparsable(error)) return { kind: "broken", message: `${host} does not speak HTTP as it must` }
  return {
    kind: "broken",
    message: `the connection to ${host} broke off${code === "" ? "" : ` (${code})`}`
  }
}

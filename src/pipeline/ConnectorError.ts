/**
 * ConnectorError: every way the outside world can refuse us.
 *
 * The reasons are the vocabulary the engine decides on. A connector translates
 * its vendor's answers into exactly one reason, here at the boundary, so that no
 * code further in ever inspects an HTTP status. Each reason says in `message`
 * what happened and what to do, in words for the person who reads it.
 */
import { Schema } from "effect"

/**
 * What a failure calls for: `retry` the same request later; `dead-letter` this
 * document and go on with others; `halt` the run, since every document would
 * fail alike; `ambiguous`: the request may have taken effect, look before
 * anything else is done.
 */
export type Disposition = "retry" | "dead-letter" | "halt" | "ambiguous"

/** We are asked to slow down. `retryAfterMillis` is the server's own figure, or our default. The request was not done. */
export class RateLimited extends Schema.TaggedError<RateLimited>()("RateLimited", {
  message: Schema.String,
  retryAfterMillis: Schema.Int
}) {
  readonly disposition: Disposition = "retry"
}

/** The connection could not be made, or a reading request got no answer: nothing was done. */
export class Unreachable extends Schema.TaggedError<Unreachable>()("Unreachable", {
  message: Schema.String
}) {
  readonly disposition: Disposition = "retry"
}

/** The credentials are refused or lack a right. `message` says which right to grant where the answer tells. */
export class Unauthorized extends Schema.TaggedError<Unauthorized>()("Unauthorized", {
  message: Schema.String
}) {
  readonly disposition: Disposition = "halt"
}

/** The remote system understood this one document and said no, for example because the period is closed. */
export class Rejected extends Schema.TaggedError<Rejected>()("Rejected", {
  code: Schema.String.annotate({ description: "Stable code, for example period-closed." }),
  message: Schema.String
}) {
  readonly disposition: Disposition = "dead-letter"
}

/** What was asked for does not exist. */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", { message: Schema.String }) {
  readonly disposition: Disposition = "dead-letter"
}

/** The answer does not have the documented shape: their API changed, or we read it wrong. */
export class UnexpectedResponse extends Schema.TaggedError<UnexpectedResponse>()("UnexpectedResponse", {
  message: Schema.String
}) {
  readonly disposition: Disposition = "halt"
}

/** A writing request was sent and its outcome is unknown: time-out, reset, 5xx, unreadable answer. Never sent again blindly. */
export class OutcomeUnknown extends Schema.TaggedError<OutcomeUnknown>()("OutcomeUnknown", {
  message: Schema.String
}) {
  readonly disposition: Disposition = "ambiguous"
}

/** We decided against it when the request was ready to go: not one byte of it has left. */
export class NotSent extends Schema.TaggedError<NotSent>()("NotSent", { message: Schema.String }) {
  readonly disposition: Disposition = "retry"
}

/** Any of the reasons. */
export const ConnectorReason = Schema.Union([
  RateLimited,
  Unreachable,
  Unauthorized,
  Rejected,
  NotFound,
  UnexpectedResponse,
  OutcomeUnknown,
  NotSent
])
export type ConnectorReason = typeof ConnectorReason.Type

/** A reason, with the connection it concerns. */
export class ConnectorError extends Schema.TaggedError<ConnectorError>()("ConnectorError", {
  connection: Schema.String,
  reason: ConnectorReason
}) {
  override get message(): string {
    return `${this.connection}: ${this.reason.message}`
  }
  /** What the reason calls for. */
  get disposition(): Disposition {
    return this.reason.disposition
  }
}

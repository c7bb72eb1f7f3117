/**
 * EventDoor: one address at which a system reports that something changed.
 *
 * What comes in is a hint, never data: the record is read again from the system
 * itself, so that a forged, repeated, late or reordered report can do no harm.
 * A connector says who may knock and what the report is about; the listener
 * takes the request in, and the store keeps the hint before it is acknowledged.
 */
import type { Effect } from "effect"
import type { ConnectorError } from "./ConnectorError.ts"
import type { SecretMissing } from "./Secrets.ts"
import type { StageServices } from "./Source.ts"

/** One HTTP request as it was received: nothing in it is decoded, and the bytes are those that were signed. */
export interface EventRequest {
  readonly method: "GET" | "POST"
  /** Names in lower case, with every value that was sent: a header that came twice must not pass for one. */
  readonly headers: ReadonlyMap<string, ReadonlyArray<string>>
  readonly query: URLSearchParams
  readonly body: Uint8Array
}

/** What was done to a record, where the report tells. */
export type Change = "created" | "updated"

/** "This record changed." */
export interface Hint {
  /** As in the origin of a source record, for example invoice. */
  readonly resource: string
  /** The id that the source's `fetch` takes. */
  readonly id: string
  /** The sender's own name of the report, by which a repetition is known; without it none is. */
  readonly eventId?: string
  readonly change?: Change
  /** By the sender's clock, ISO 8601; for people only. */
  readonly occurredAt?: string
}

/** What is sent back. */
export interface EventAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/**
 * What a door makes of a request. `Refused`: not from the system, or not
 * readable; the answer says why, for the log of whoever sent it. `Answered`:
 * the sender wanted an answer and nothing else. `Accepted`: the answer is given
 * once the hints are stored. `Unavailable`: we could not tell now, the sender
 * shall come again.
 */
export type EventVerdict =
  | { readonly _tag: "Refused"; readonly status: 400 | 401 | 403 | 422; readonly message: string }
  | { readonly _tag: "Answered"; readonly answer: EventAnswer }
  | { readonly _tag: "Accepted"; readonly hints: ReadonlyArray<Hint>; readonly answer: EventAnswer }
  | { readonly _tag: "Unavailable"; readonly message: string }

/** A door that is open: credentials were looked up. */
export interface OpenDoor {
  receive(request: EventRequest): Effect.Effect<EventVerdict>
}

/** A door as configured; nothing was looked up. */
export interface EventDoor {
  /** Path of the URL that the sender is given, such as /events/shop. */
  readonly path: string
  readonly methods: ReadonlyArray<EventRequest["method"]>
  /** Longer bodies are refused unread. */
  readonly bodyBytesMaximum: number
  /** The answer when the hint could not be stored, for a sender that must not be held up; without it 503. */
  readonly answerWhenAway?: EventAnswer
  readonly open: Effect.Effect<OpenDoor, ConnectorError | SecretMissing, StageServices>
}

/** How the systems of a connector report changes. */
export interface EventDoors<Connection> {
  /** The resources that can be reported, and the type of the source that reads each. */
  readonly resources: Readonly<Record<string, string>>
  readonly doors: (options: {
    readonly name: string
    readonly connection: Connection
  }) => ReadonlyArray<EventDoor>
}

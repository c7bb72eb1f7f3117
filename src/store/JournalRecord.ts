/**
 * JournalRecord: an entry with its way into the ledger, as the journal knows it.
 */
import { Schema } from "effect"
import { JournalEntry } from "../accounting/JournalEntry.ts"
import { Receipt } from "../pipeline/Sink.ts"
import type { DocumentKey } from "./rows.ts"

/** Where a posting stands. `unknown` and `sending` are looked up in the ledger before anything else is done. */
export const PostingState = Schema.Literals([
  "pending",
  "sending",
  "unknown",
  "posted",
  "rejected",
  "superseded"
])
export type PostingState = typeof PostingState.Type

/** An entry to append, with what made it. */
export interface NewJournalRecord extends DocumentKey {
  readonly idempotencyKey: string
  readonly planRevision: string
  readonly number: string
  readonly revision: number
  readonly kind: "post" | "reversal"
  readonly company: string
  readonly sinkConnection: string
  /** Names the source document in this ledger, whatever pipeline reads it: its entries keep their order. */
  readonly document: string
  /** The encoded `JournalEntry`. */
  readonly body: typeof JournalEntry.Encoded
  readonly provenance: unknown
}

/** An entry as stored, and where its posting stands. */
export const JournalRecord = Schema.Struct({
  idempotencyKey: Schema.String,
  pipeline: Schema.String,
  planRevision: Schema.String,
  resource: Schema.String,
  externalId: Schema.String,
  number: Schema.String,
  revision: Schema.Int,
  kind: Schema.Literals(["post", "reversal"]),
  sinkConnection: Schema.String,
  entry: JournalEntry,
  provenance: Schema.Unknown,
  createdAt: Schema.String,
  state: PostingState,
  attempts: Schema.Int,
  receipt: Schema.NullOr(Receipt),
  settledAt: Schema.NullOr(Schema.String)
})
export type JournalRecord = typeof JournalRecord.Type

/**
 * How an attempt ended. `retryAfterMillis` is how long the posting rests.
 * `Released`: nothing was sent, because the mark had grown old before its turn.
 */
export type PostingOutcome =
  | { readonly _tag: "Released" }
  | { readonly _tag: "Posted"; readonly receipt: Receipt; readonly adopted: boolean }
  | { readonly _tag: "Retry"; readonly retryAfterMillis: number; readonly message: string }
  | { readonly _tag: "Unknown"; readonly retryAfterMillis: number; readonly message: string }
  | { readonly _tag: "Rejected"; readonly code: string; readonly message: string }

/** A record and how its attempt ended. */
export interface SettledPosting {
  readonly record: JournalRecord
  readonly outcome: PostingOutcome
}

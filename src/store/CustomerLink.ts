/**
 * CustomerLink: two customers, one in each of two systems, that are the same one.
 *
 * For each value that is kept the same it has two bases: what each system held,
 * as read back, when both last agreed. A system that cuts off or rewrites what
 * it is given agrees all the same, and is not mistaken for a person's change.
 */
import { Schema } from "effect"

/** Of two connections in alphabetical order, `left` is the first. */
export const Side = Schema.Literals(["left", "right"])
export type Side = typeof Side.Type

/** The side opposite. */
export const otherSide = (side: Side): Side => (side === "left" ? "right" : "left")

/** Values by what they are; null where the system holds none. */
const Values = Schema.Record(Schema.String, Schema.NullOr(Schema.String))
export type Values = typeof Values.Type

/** What both systems held when they last agreed; a value that never was agreed on is in neither. */
export const Bases = Schema.Struct({ left: Values, right: Values })
export type Bases = typeof Bases.Type

/** An address in both systems, by its id there; null where one system would not take it. `key` is ours. */
export const AddressPair = Schema.Struct({
  key: Schema.String,
  left: Schema.NullOr(Schema.String),
  right: Schema.NullOr(Schema.String)
})
export type AddressPair = typeof AddressPair.Type

/** What the last look at one side showed. */
const Seen = Schema.Struct({
  fingerprint: Schema.String,
  updatedAt: Schema.NullOr(Schema.String)
})

/** What was sent to `side` and is not known to have arrived. */
export const Intent = Schema.Struct({
  side: Side,
  /** Which version of the customer was written to; null for one that we have created. */
  version: Schema.NullOr(Schema.String),
  /** What the side held of it before; a new customer held nothing. */
  before: Values,
  sent: Values,
  /** New addresses: their ids on the other side, and what was sent of them; `details` by what they are. */
  addresses: Schema.Array(
    Schema.Struct({ from: Schema.String, place: Schema.String, details: Schema.optionalKey(Values) })
  )
})
export type Intent = typeof Intent.Type

/** A write of ours within the last hour; `hashes` are of what was written. */
export const RecentWrite = Schema.Struct({
  side: Side,
  hashes: Schema.Array(Schema.String),
  isRepeated: Schema.Boolean
})
export type RecentWrite = typeof RecentWrite.Type

/** The document in the error queue under which a link waits. */
const ParkedAs = Schema.Struct({
  pipeline: Schema.String,
  resource: Schema.String,
  externalId: Schema.String,
  number: Schema.String,
  revision: Schema.Int
})

/** What changes about a link. */
export const LinkContent = Schema.Struct({
  leftId: Schema.NullOr(Schema.String),
  rightId: Schema.NullOr(Schema.String),
  /** `creating`: sent to one side and not yet known to be there. `closed`: gone or erased on one side. */
  state: Schema.Literals(["creating", "linked", "closed"]),
  bases: Bases,
  /**
   * Values that a person must decide: one side was perhaps changed on top of what we had just sent, or the two
   * never agreed on it.
   */
  unclear: Schema.Array(Schema.String),
  addresses: Schema.Array(AddressPair),
  seen: Schema.Struct({ left: Schema.NullOr(Seen), right: Schema.NullOr(Seen) }),
  intent: Schema.NullOr(Intent),
  parked: Schema.NullOr(ParkedAs)
})
export type LinkContent = typeof LinkContent.Type

/** A link as it is stored. */
export const CustomerLink = Schema.Struct({
  id: Schema.Int,
  pair: Schema.String,
  ...LinkContent.fields,
  /** Since the intent was last marked. */
  markedMillisAgo: Schema.NullOr(Schema.Finite),
  /** Those of the last hour, the oldest first. */
  recent: Schema.Array(RecentWrite)
})
export type CustomerLink = typeof CustomerLink.Type

/** The id of a side's customer; null while it is being created. */
export const idOn = (link: Pick<LinkContent, "leftId" | "rightId">, side: Side): string | null =>
  side === "left" ? link.leftId : link.rightId

/** A customer of one side that is to be looked at. */
export const CustomerTask = Schema.Struct({
  pair: Schema.String,
  side: Side,
  externalId: Schema.String,
  pipeline: Schema.String,
  resource: Schema.String,
  number: Schema.String,
  revision: Schema.Int,
  /** Counts how often it was asked for; one more and the task stays after it was done. */
  asked: Schema.Int,
  attempts: Schema.Int,
  /** A person asked for it: what stopped us from writing too often is forgotten. */
  isByPerson: Schema.Boolean
})
export type CustomerTask = typeof CustomerTask.Type

/**
 * ioEventsDoor: Adobe I/O Events, one by one or in batches.
 *
 * Each delivery is signed twice, RSA-SHA256 over the body as sent, with keys that
 * Adobe publishes; one right signature is enough, so that Adobe can change a key.
 * An answer of 4xx loses the event for ever, 429 and 5xx have it sent again for a
 * day: whatever we cannot tell just now is answered with 503.
 *
 * Source: developer.adobe.com/events/docs (guides, security verification) and the
 * envelope in developer.adobe.com/commerce/extensibility/events.
 */
import { Effect } from "effect"
import { eventBody, onlyValue, plain, refused, textAtFirst, valueAt } from "../../../http/eventBody.ts"
import type { EventDoor, EventRequest, EventVerdict, Hint } from "../../../pipeline/EventDoor.ts"
import type { Json } from "../../../pipeline/SourceRecord.ts"
import { answerChallenge, makeValidation, validationUrlOf } from "./answerChallenge.ts"
import { type AdobeKeys, makeAdobeKeys } from "./AdobeKeys.ts"
import type { IoEventsDoor } from "./DoorConfig.ts"
import { hintAbout } from "./hintOf.ts"
import { isSignature } from "./isSignature.ts"
import { ownTopic, topicOf } from "./Topic.ts"

const signatures = [1, 2].map((number) => ({
  signature: `x-adobe-digital-signature-${number}`,
  keyPath: `x-adobe-public-key${number}-path`
}))

/** Adobe sends at most 2 MB at once. */
const batchBytesMaximum = 2 * 1024 * 1024
/** Adobe sends at most 20 at once; more than this is nothing of Adobe's. */
const batchMaximum = 200

/** Whether one of the two signatures is right. */
const isGenuine = Effect.fn("ioEventsDoor.isGenuine")(function* (
  keys: AdobeKeys,
  request: EventRequest
): Effect.fn.Return<"genuine" | "forged" | "unknown"> {
  let answer: "forged" | "unknown" = "forged"
  for (const header of signatures) {
    const signature = onlyValue(request, header.signature)
    const path = onlyValue(request, header.keyPath)
    if (signature === undefined || path === undefined) continue
    const found = yield* keys.keyAt(path)
    if (found._tag === "Unavailable") answer = "unknown"
    if (found._tag === "Key" && isSignature({ key: found.key, bytes: request.body, signature })) {
      return "genuine"
    }
  }
  return answer
})

interface Envelope {
  readonly outer: Json
  /** The event itself: the consumer's view of Adobe's wraps it once more. */
  readonly event: Json
}

const envelopeOf = (outer: Json): Envelope => ({ outer, event: valueAt(outer, "event") ?? outer })

const recipientFields = ["recipientclientid", "recipient_client_id"]

/** Whether every recipient that the event names is ours. */
const isForUs = (door: IoEventsDoor, { event, outer }: Envelope): boolean =>
  [outer, event]
    .flatMap((part) => recipientFields.map((field) => valueAt(part, field)))
    .every((recipient) => recipient === undefined || door.clientIds.some((id) => id === recipient))

const hintIn = (door: IoEventsDoor, { event, outer }: Envelope): ReadonlyArray<Hint> => {
  const type = textAtFirst(event, ["type"]) ?? ""
  const own = door.event ?? Object.entries(door.topics ?? {}).find(([theirs]) => theirs === type)?.[1]
  const topic = own === undefined ? topicOf(type) : ownTopic(own)
  const found = topic === undefined ? undefined : hintAbout(topic, door, event)
  if (found?._tag !== "Found") return []
  const eventId =
    textAtFirst(event, ["eventid", "event_id"]) ??
    textAtFirst(outer, ["eventid", "event_id"]) ??
    textAtFirst(event, ["id"])
  const occurredAt = textAtFirst(event, ["time"])
  const isNew = valueAt(event, "data.value._isNew")
  return [
    {
      ...found.hint,
      ...(eventId === undefined ? {} : { eventId }),
      ...(occurredAt === undefined ? {} : { occurredAt }),
      ...(typeof isNew === "boolean" ? { change: isNew ? ("created" as const) : ("updated" as const) } : {})
    }
  ]
}

const read = (door: IoEventsDoor, body: Json): EventVerdict => {
  const envelopes = (Array.isArray(body) ? body : [body]).map(envelopeOf)
  if (envelopes.length > batchMaximum) {
    return refused(422, `there are ${envelopes.length} events in one request, more than ${batchMaximum}`)
  }
  if (!envelopes.every((envelope) => isForUs(door, envelope))) {
    return refused(403, `the event is for another client than those under clientIds of the door ${door.path}`)
  }
  return {
    _tag: "Accepted",
    hints: envelopes.flatMap((envelope) => hintIn(door, envelope)),
    answer: plain(200, "accepted")
  }
}

/** The door; GET asks for the challenge. */
export const ioEventsDoor = (door: IoEventsDoor): EventDoor => ({
  path: door.path,
  methods: ["GET", "POST"],
  bodyBytesMaximum: batchBytesMaximum,
  open: Effect.gen(function* () {
    const keys = yield* makeAdobeKeys(door.adobe)
    const validate = yield* makeValidation(door.adobe)
    const receive = Effect.fnUntraced(function* (request: EventRequest): Effect.fn.Return<EventVerdict> {
      if (request.method === "GET") return answerChallenge(request.query)
      const isSigned = signatures.some(({ signature }) => request.headers.has(signature))
      if (!isSigned) {
        const address = validationUrlOf(eventBody(request))
        return address === undefined
          ? refused(401, "no header x-adobe-digital-signature-1 or -2; this address takes signed events only")
          : yield* validate(address)
      }
      const verdict = yield* isGenuine(keys, request)
      if (verdict === "unknown") {
        return { _tag: "Unavailable", message: "Adobe's public keys cannot be fetched now" }
      }
      if (verdict === "forged") return refused(401, "neither signature fits the body")
      const body = eventBody(request)
      return body === undefined
        ? refused(422, "the signature is right, but the body is not JSON")
        : read(door, body)
    })
    return { receive }
  })
})

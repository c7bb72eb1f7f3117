/**
 * hmacDoor: events of modules that sign with HMAC-SHA256 and a shared secret.
 *
 * Commerce itself has no such webhook; the modules agree on nothing but the
 * algorithm, so header, encoding, prefix and time are settings. What is signed is
 * the body as sent, byte by byte, or `<time>.<body>`.
 */
import { createHmac } from "node:crypto"
import { Clock, Duration, Effect } from "effect"
import { eventBody, onlyValue, plain, refused } from "../../../http/eventBody.ts"
import { secretDoor } from "../../../http/secretDoor.ts"
import type { EventDoor, EventRequest, EventVerdict } from "../../../pipeline/EventDoor.ts"
import type { HmacDoor } from "./DoorConfig.ts"
import { hintOf } from "./hintOf.ts"

const signatureOf = (door: HmacDoor, secret: string, request: EventRequest, time: string | undefined) => {
  const mac = createHmac("sha256", secret)
  if (time !== undefined) mac.update(`${time}.`)
  return `${door.prefix}${mac.update(request.body).digest(door.encoding)}`
}

/** Seconds since 1970, as text; a clock that counts milliseconds is understood too. */
const secondsOf = (text: string) => Number(text.length > 11 ? text.slice(0, -3) : text)

const read = (door: HmacDoor, request: EventRequest): EventVerdict => {
  const body = eventBody(request)
  if (body === undefined) return refused(422, "the signature is right, but the body is not JSON")
  const found = hintOf(door, request, body)
  switch (found._tag) {
    case "NotOurs":
      return { _tag: "Accepted", hints: [], answer: plain(200, "understood; nothing here is about it") }
    case "NoId":
      return refused(
        422,
        `the signature is right, but there is no entity_id in the body. Looked at: ${found.places.join(", ")}. Name its field under id of the door ${door.path}.`
      )
    case "Found": {
      const eventId = door.eventIdHeader === undefined ? undefined : onlyValue(request, door.eventIdHeader)
      const hint = eventId === undefined ? found.hint : { ...found.hint, eventId }
      return { _tag: "Accepted", hints: [hint], answer: plain(202, "accepted") }
    }
  }
}

const timeOf = ({ timestamp }: HmacDoor, request: EventRequest) =>
  timestamp === undefined ? undefined : onlyValue(request, timestamp.header)

/** Refuses what was signed too long ago, or in the future, where the time is signed too. */
const objectionTo = Effect.fnUntraced(function* (
  door: HmacDoor,
  request: EventRequest
): Effect.fn.Return<EventVerdict | undefined> {
  if (door.timestamp === undefined) return undefined
  const time = timeOf(door, request)
  if (time === undefined || !/^\d{9,13}$/u.test(time)) {
    return refused(401, `the header ${door.timestamp.header} with the time of signing is missing`)
  }
  const now = (yield* Clock.currentTimeMillis) / 1000
  return Math.abs(now - secondsOf(time)) > Duration.toSeconds(door.timestamp.tolerance)
    ? refused(401, "the time of signing is too far from now; check the clock of the sender")
    : undefined
})

/** The door. */
export const hmacDoor = (door: HmacDoor): EventDoor =>
  secretDoor({
    path: door.path,
    header: door.header,
    secrets: door.secrets,
    proof: "signature",
    objection: (request) => objectionTo(door, request),
    expected: (secret, request) => signatureOf(door, secret, request, timeOf(door, request)),
    mismatch: "the signature does not fit the body",
    read: (request) => read(door, request)
  })

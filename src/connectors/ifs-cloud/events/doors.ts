/**
 * doors: the event doors of an IFS Cloud.
 *
 * IFS has no webhooks to register. An event action can call a URL with a body
 * from a template and fixed headers, some time after the change, in any order,
 * and perhaps twice: a hint like any other.
 */
import { Effect } from "effect"
import { eventBody, onlyValue, plain, refused, textAtFirst, usualBodyBytes } from "../../../http/eventBody.ts"
import { readEventSecrets } from "../../../http/eventSecrets.ts"
import { sameText } from "../../../http/sameText.ts"
import type { EventDoor, EventDoors, EventRequest, EventVerdict } from "../../../pipeline/EventDoor.ts"
import { type DoorConfig, resources } from "./DoorConfig.ts"

const read = (door: DoorConfig, request: EventRequest): EventVerdict => {
  const body = eventBody(request)
  if (body === undefined) {
    return refused(422, "the body is not JSON; put the fields of its template in double quotes")
  }
  const resource = door.resource ?? textAtFirst(body, [door.fields.resource])
  const id = textAtFirst(body, [door.fields.id])
  const known = Object.keys(resources).join(", ")
  if (resource === undefined || id === undefined || !Object.hasOwn(resources, resource)) {
    return refused(
      422,
      `the body must have ${door.fields.id}, the key of the record, and ${door.fields.resource}, one of: ${known}`
    )
  }
  const eventId = textAtFirst(body, [door.fields.eventId])
  const hint = eventId === undefined ? { resource, id } : { resource, id, eventId }
  return { _tag: "Accepted", hints: [hint], answer: plain(202, "accepted") }
}

const doorOf = (door: DoorConfig): EventDoor => ({
  path: door.path,
  methods: ["POST"],
  bodyBytesMaximum: usualBodyBytes,
  open: Effect.gen(function* () {
    const secrets = yield* readEventSecrets(door.path, door.secrets)
    const receive = Effect.fnUntraced(function* (request: EventRequest): Effect.fn.Return<EventVerdict> {
      const given = onlyValue(request, door.header)
      if (given === undefined) {
        return refused(401, `the header ${door.header} with the secret is missing, or there are several`)
      }
      const accepted = yield* Effect.result(secrets)
      if (accepted._tag === "Failure") return { _tag: "Unavailable", message: accepted.failure.message }
      const fits = accepted.success.filter((secret) => sameText(given, secret))
      return fits.length === 0
        ? refused(401, `the secret in ${door.header} is not ours`)
        : read(door, request)
    })
    return { receive }
  })
})

/** What an IFS Cloud reports, and where. */
export const doors: EventDoors<{ readonly events: ReadonlyArray<DoorConfig> }> = {
  resources,
  doors: ({ connection }) => connection.events.map(doorOf)
}

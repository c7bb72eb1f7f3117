/**
 * doors: the event doors of an IFS Cloud.
 *
 * IFS has no webhooks to register. An event action can call a URL with a body
 * from a template and fixed headers, some time after the change, in any order,
 * and perhaps twice: a hint like any other.
 */
import { eventBody, plain, refused, textAtFirst } from "../../../http/eventBody.ts"
import { secretDoor } from "../../../http/secretDoor.ts"
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

const doorOf = (door: DoorConfig): EventDoor =>
  secretDoor({
    path: door.path,
    header: door.header,
    secrets: door.secrets,
    proof: "secret",
    expected: (secret) => secret,
    mismatch: `the secret in ${door.header} is not ours`,
    read: (request) => read(door, request)
  })

/** What an IFS Cloud reports, and where. */
export const doors: EventDoors<{ readonly events: ReadonlyArray<DoorConfig> }> = {
  resources,
  doors: ({ connection }) => connection.events.map(doorOf)
}

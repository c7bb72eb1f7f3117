/**
 * hintOf: which record the body of an event is about.
 */
import { onlyValue, textAtFirst, valueAt } from "../../../http/eventBody.ts"
import type { EventRequest, Hint } from "../../../pipeline/EventDoor.ts"
import type { Json } from "../../../pipeline/SourceRecord.ts"
import { ownTopic, type Topic, topicOf } from "./Topic.ts"

/** What a door's settings say about it. */
export interface RecordFields {
  readonly event?: string
  readonly topics?: Readonly<Record<string, string>>
  readonly id?: ReadonlyArray<string>
  readonly topicHeader?: string
}

const topicHeaders = ["x-magento-topic", "x-magento-event", "x-webhook-topic", "x-webhook-event"]
const topicFields = ["event", "topic", "eventName", "event_name", "event.name", "type"]
const bodyNames = [
  ["order", "order"],
  ["invoice", "invoice"],
  ["creditmemo", "credit-note"],
  ["credit_memo", "credit-note"],
  ["customer", "customer"]
] as const

/** Commerce's own name of a resource in a payload. */
const inBody = (resource: string) => (resource === "credit-note" ? "creditmemo" : resource)

const usualPlaces = (resource: string): ReadonlyArray<string> => {
  const own = inBody(resource)
  const named = resource === "credit-note" ? [own, "credit_memo"] : [own]
  return [
    ...named.flatMap((name) => [
      `${name}.entity_id`,
      `data.${name}.entity_id`,
      `data.value.${name}.entity_id`,
      `${name}.id`,
      `data.${name}.id`
    ]),
    "data.value.entity_id",
    "value.entity_id",
    "data.entity_id",
    "result.entity_id",
    "payload.entity_id",
    "entity_id",
    ...named.flatMap((name) => [`${name}_id`, `data.${name}_id`, `payload.${name}_id`]),
    "data.value.id",
    "data.id",
    "payload.id",
    "id"
  ]
}

const named = (fields: RecordFields, name: string): Topic | undefined => {
  const own = Object.entries(fields.topics ?? {}).find(([theirs]) => theirs === name)?.[1]
  return own === undefined ? topicOf(name) : ownTopic(own)
}

/** What the event is about, by the first that says so: the settings, a header, a field, the name of the object. */
const findTopic = (fields: RecordFields, request: EventRequest, body: Json): Topic | undefined => {
  if (fields.event !== undefined) return ownTopic(fields.event)
  const header = (fields.topicHeader === undefined ? topicHeaders : [fields.topicHeader])
    .map((name) => onlyValue(request, name))
    .find((value) => value !== undefined)
  const name = header ?? textAtFirst(body, topicFields)
  if (name !== undefined) return named(fields, name)
  const object = bodyNames.find(
    ([name]) => valueAt(body, name) !== undefined || valueAt(body, `data.${name}`) !== undefined
  )
  return object === undefined ? undefined : { resource: object[1] }
}

/** What was found: a hint without the sender's own name of the event, or what was missing. */
export type Found =
  | { readonly _tag: "Found"; readonly hint: Hint }
  | { readonly _tag: "NotOurs" }
  | { readonly _tag: "NoId"; readonly places: ReadonlyArray<string> }

/** An entity_id of Commerce: a whole number from 1 on. */
const isEntityId = (text: string | undefined): text is string =>
  text !== undefined && /^[1-9]\d{0,18}$/u.test(text)

/** The hint in a body, once the topic is known. */
export const hintAbout = (topic: Topic, fields: RecordFields, body: Json): Found => {
  const places = fields.id ?? usualPlaces(topic.resource)
  const id = places.map((place) => textAtFirst(body, [place])).find(isEntityId)
  return id === undefined ? { _tag: "NoId", places } : { _tag: "Found", hint: { ...topic, id } }
}

/** Reads topic and id of a body that was found genuine. */
export const hintOf = (fields: RecordFields, request: EventRequest, body: Json): Found => {
  const topic = findTopic(fields, request, body)
  return topic === undefined ? { _tag: "NotOurs" } : hintAbout(topic, fields, body)
}

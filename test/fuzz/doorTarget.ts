/**
 * doorTarget: requests at the event doors of both connectors.
 *
 * Half of the requests are signed anew after they were changed, so that what
 * comes behind the signature is tried as well; of the others, a changed body
 * must never be accepted.
 */
import { createHmac, createPrivateKey, generateKeyPairSync, sign } from "node:crypto"
import { Effect, Layer, Schema } from "effect"
import { DoorConfig as CommerceDoor } from "../../src/connectors/adobe-commerce/events/DoorConfig.ts"
import { doors as commerceDoors } from "../../src/connectors/adobe-commerce/events/doors.ts"
import { DoorConfig as IfsDoor } from "../../src/connectors/ifs-cloud/events/DoorConfig.ts"
import { doors as ifsDoors } from "../../src/connectors/ifs-cloud/events/doors.ts"
import type { EventDoor, EventVerdict } from "../../src/pipeline/EventDoor.ts"
import { eventRequest, knock, secretsOf, webOf } from "../support/eventRequest.ts"
import type { Outcome, Target } from "./targets.ts"

const client = "ca7b36f23be94dcb9d2ebb97f0276e3f"
const pair = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" }
})
const privateKey = createPrivateKey(pair.privateKey)
const rsa = (bytes: string) => sign("sha256", Buffer.from(bytes), privateKey).toString("base64")

const bodies = [
  '{"entity_id":15,"increment_id":"000000015","state":"processing"}',
  '{"order":{"entity_id":"15"},"event":"sales_order_save_commit_after"}',
  `{"type":"com.adobe.commerce.observer.sales_order_save_commit_after","id":"c-1","eventid":"e-1","recipientclientid":"${client}","data":{"value":{"entity_id":"15"}}}`,
  `[{"eventid":"e-1","event":{"type":"com.adobe.commerce.observer.sales_order_save_commit_after","recipientclientid":"${client}","data":{"value":{"entity_id":"15"}}}}]`,
  '{"resource":"customer","id":"1000","eventId":"e-1"}',
  `{"recipient_client_id":"${client}","event_id":"e-1","event":{"body":{"entity_id":15}}}`
]

/** Header lines by which a door knows the sender of `body`. */
const proofs: Readonly<Record<string, (body: string, secret: string) => ReadonlyArray<string>>> = {
  hmac: (body, secret) => [
    `x-magento-signature: ${createHmac("sha256", secret).update(body).digest("hex")}`,
    "x-magento-topic: order.created"
  ],
  webhooks: (body) => [`x-adobe-commerce-webhook-signature: ${rsa(Buffer.from(body).toString("base64"))}`],
  io: (body) => [
    `x-adobe-digital-signature-1: ${rsa(body)}`,
    "x-adobe-public-key1-path: /prod/keys/pub-key-own.pem"
  ],
  ifs: (_body, secret) => [`x-api-key: ${secret}`]
}

const commerceDoor = Schema.decodeUnknownSync(CommerceDoor)
const [hmac, webhooks, io] = commerceDoors.doors({
  name: "shop",
  connection: {
    events: [
      commerceDoor({ family: "hmac", path: "/events/a", secrets: [{ env: "SECRET" }] }),
      commerceDoor({ family: "commerce-webhooks", path: "/events/b", publicKeys: [{ env: "KEY" }] }),
      commerceDoor({ family: "io-events", path: "/events/c", clientIds: [client] })
    ]
  }
})
const [ifs] = ifsDoors.doors({
  name: "erp",
  connection: {
    events: [
      Schema.decodeUnknownSync(IfsDoor)({
        family: "header-secret",
        path: "/events/d",
        secrets: [{ env: "SECRET" }]
      })
    ]
  }
})
const doors = new Map<string, EventDoor | undefined>(Object.entries({ hmac, webhooks, io, ifs }))

const web = webOf((url) =>
  url === "https://static.adobeioevents.com/prod/keys/pub-key-own.pem"
    ? { status: 200, body: pair.publicKey }
    : { status: 404, body: "" }
)

/** Stands in the seeds for the secret that a run brings along, so that the proof can be written beforehand. */
const seedSecret = "a-secret-of-the-seeds-0123456789"

const seeds = Object.entries(proofs).flatMap(([name, proof]) =>
  bodies.flatMap((body) =>
    [`${name} kept`, `${name} anew`].map((first) =>
      [first, "content-type: application/json", ...proof(body, seedSecret), "", body].join("\n")
    )
  )
)

/** A body that was never signed may come in only where the sender is known by the secret itself. */
const isForged = (name: string, body: string, headers: ReadonlyMap<string, ReadonlyArray<string>>) =>
  name === "ifs" ? headers.get("x-api-key")?.join() !== seedSecret : !bodies.includes(body)

const outcomeOf = (verdict: EventVerdict, mayBeAccepted: boolean): Outcome => {
  const shown = JSON.stringify(verdict)
  switch (verdict._tag) {
    case "Refused":
      return { word: `refused ${verdict.status}`, shown }
    case "Answered":
      return { word: "answered", shown }
    case "Unavailable":
      return { word: "unavailable", shown, finding: "answers 503 to a mistake of the sender" }
    case "Accepted":
      return mayBeAccepted || verdict.hints.length === 0
        ? { word: "accepted", shown }
        : { word: "accepted", shown, finding: "accepts a report that nobody signed" }
  }
}

const take: Target["take"] = (text) => {
  const [head = "", ...rest] = text.split("\n\n")
  const [first = "", ...lines] = head.split("\n")
  const [name = "", how] = first.split(" ")
  const door = doors.get(name)
  const body = rest.join("\n\n")
  if (door === undefined) return Effect.succeed({ word: "no door", shown: "" })
  const isAnew = how === "anew"
  const headers = new Map<string, Array<string>>()
  for (const line of isAnew ? (proofs[name]?.(body, seedSecret) ?? []) : lines) {
    const [header = "", ...value] = line.split(":")
    const key = header.trim().toLowerCase()
    headers.set(key, [...(headers.get(key) ?? []), value.join(":").trim()])
  }
  return knock(door, eventRequest({ headers: Object.fromEntries(headers), body })).pipe(
    Effect.map((verdict) => outcomeOf(verdict, isAnew || !isForged(name, body, headers))),
    Effect.provide(Layer.merge(secretsOf({ SECRET: seedSecret, KEY: pair.publicKey }), web)),
    Effect.orDie
  )
}

/** Requests at all doors; what is shown to a sender must not hold the secret. */
export const doorTarget: Target = {
  seeds,
  take: (text) =>
    Effect.map(take(text, seedSecret), (outcome) =>
      outcome.shown.includes(seedSecret) ? { ...outcome, finding: "shows the secret" } : outcome
    )
}

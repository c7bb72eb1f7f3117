/**
 * webhooksDoor: Adobe Commerce Webhooks, called while a shopper waits.
 *
 * The shop signs the ASCII text of base64(body) with the private key of its own
 * key pair, RSA-SHA256, and wants 200 with an operation. What it calls for may
 * still be rolled back, or not be stored yet: it is a hint and nothing more, and
 * where it names no stored record it is answered all the same.
 *
 * Source: developer.adobe.com/commerce/extensibility/webhooks, signature
 * verification and responses; the sample there that signs the parsed body again
 * fails as soon as PHP writes JSON otherwise, so the bytes are verified.
 */
import { createHash } from "node:crypto"
import { Effect, Redacted } from "effect"
import { eventBody, onlyValue, refused, usualBodyBytes } from "../../../http/eventBody.ts"
import type { EventDoor, EventRequest, EventVerdict } from "../../../pipeline/EventDoor.ts"
import { SecretMissing, Secrets } from "../../../pipeline/Secrets.ts"
import type { WebhooksDoor } from "./DoorConfig.ts"
import { hintOf } from "./hintOf.ts"
import { isSignature, publicKeyOf } from "./isSignature.ts"

const signatureHeader = "x-adobe-commerce-webhook-signature"
const requestIdHeader = "x-adobe-commerce-request-id"

/** What lets the shop go on. */
const success = { status: 200, contentType: "application/json", body: '{"op":"success"}' }

const readKeys = Effect.fn("webhooksDoor.readKeys")(function* (door: WebhooksDoor) {
  const secrets = yield* Secrets
  return yield* Effect.forEach(door.publicKeys, (reference) =>
    Effect.flatMap(secrets.resolve(reference), (pem) => {
      const key = publicKeyOf(Redacted.value(pem))
      return key === undefined
        ? Effect.fail(
            new SecretMissing({
              message: `a public key of the event door ${door.path} is no RSA key in PEM of at least 2048 bits. Copy it from the shop, with its first and last line.`
            })
          )
        : Effect.succeed(key)
    })
  )
})

/**
 * The header is not signed, so whoever repeats a request may change it: beside
 * the body it tells a repetition from another event, and alone it could make a
 * forged repetition hide a true event.
 */
const eventIdOf = (request: EventRequest): string | undefined => {
  const id = onlyValue(request, requestIdHeader)
  if (id === undefined || id.length > 200) return undefined
  return `${id}/${createHash("sha256").update(request.body).digest("hex").slice(0, 16)}`
}

/** The door; it takes POST only. */
export const webhooksDoor = (door: WebhooksDoor): EventDoor => ({
  path: door.path,
  methods: ["POST"],
  bodyBytesMaximum: usualBodyBytes,
  ...(door.ifNotStored === "accept" ? { answerWhenAway: success } : {}),
  open: Effect.gen(function* () {
    const secrets = yield* Secrets
    const keys = yield* readKeys(door).pipe(
      Effect.provideService(Secrets, secrets),
      Effect.cachedWithTTL((exit) => (exit._tag === "Success" ? "1 minute" : 0))
    )
    yield* keys
    const receive = Effect.fnUntraced(function* (request: EventRequest): Effect.fn.Return<EventVerdict> {
      const signature = onlyValue(request, signatureHeader)
      if (signature === undefined) {
        return refused(
          401,
          `the header ${signatureHeader} is missing, or there are several; enable the signature of webhooks in the shop`
        )
      }
      const accepted = yield* Effect.result(keys)
      if (accepted._tag === "Failure") return { _tag: "Unavailable", message: accepted.failure.message }
      const bytes = Buffer.from(Buffer.from(request.body).toString("base64"), "ascii")
      if (!accepted.success.some((key) => isSignature({ key, bytes, signature }))) {
        return refused(401, "the signature does not fit the body")
      }
      const body = eventBody(request)
      const found = body === undefined ? undefined : hintOf(door, request, body)
      if (found?._tag !== "Found") return { _tag: "Accepted", hints: [], answer: success }
      const eventId = eventIdOf(request)
      const hint = eventId === undefined ? found.hint : { ...found.hint, eventId }
      return { _tag: "Accepted", hints: [hint], answer: success }
    })
    return { receive }
  })
})

/**
 * answerChallenge: how Adobe I/O finds out whether a webhook URL is ours.
 *
 * When a registration is made, Adobe sends a text and wants it back, or posts an
 * address that is to be opened within five minutes. Neither is signed, so the
 * text must be harmless and the address one of Adobe's.
 *
 * Source: developer.adobe.com/events/docs/guides, challenge request.
 */
import { Clock, Effect, Ref, Scope } from "effect"
import { HttpClient } from "effect/http"
import { plain, refused, valueAt } from "../../../http/eventBody.ts"
import type { EventVerdict } from "../../../pipeline/EventDoor.ts"
import type { Json } from "../../../pipeline/SourceRecord.ts"

/** Adobe asks once for a registration; strangers may not make us open its addresses more often than so. */
const restMillis = 5_000

/** Gives the text back. Only what cannot be anything but text is repeated. */
export const answerChallenge = (query: URLSearchParams): EventVerdict => {
  const [challenge, ...others] = query.getAll("challenge")
  return challenge !== undefined && others.length === 0 && /^[\w.~+/=:-]{1,512}$/u.test(challenge)
    ? { _tag: "Answered", answer: plain(200, challenge) }
    : refused(400, "this address takes events of Adobe I/O; a GET must have one challenge")
}

/** The address to open that stands in the body; undefined when there is none. */
export const validationUrlOf = (body: Json | undefined): string | undefined => {
  const found = valueAt(body, "validationUrl")
  return typeof found === "string" && found.length <= 2_000 ? found : undefined
}

/** Whether the address is one of Adobe's, over https, or of the host that stands in for it. */
export const isAdobeAddress = (text: string, standIn: string | undefined): boolean => {
  const url = URL.parse(text)
  if (url === null || url.username !== "" || url.password !== "") return false
  if (standIn !== undefined) return url.origin === standIn
  return (
    url.protocol === "https:" && url.port === "" && /^[a-z0-9.-]+\.adobe\.(?:io|com)$/u.test(url.hostname)
  )
}

/** Opens addresses of Adobe's after the answer was given; they live as long as the scope. */
export const makeValidation = Effect.fn("answerChallenge.makeValidation")(function* (
  standIn: string | undefined
): Effect.fn.Return<
  (address: string) => Effect.Effect<EventVerdict>,
  never,
  HttpClient.HttpClient | Scope.Scope
> {
  const client = yield* HttpClient.HttpClient
  const scope = yield* Scope.Scope
  const openedAt = yield* Ref.make(-Infinity)
  return Effect.fnUntraced(function* (address): Effect.fn.Return<EventVerdict> {
    if (!isAdobeAddress(address, standIn)) {
      return refused(403, "validationUrl is not an address of Adobe's; it is not opened")
    }
    const now = yield* Clock.currentTimeMillis
    const isRested = yield* Ref.modify(openedAt, (last): readonly [boolean, number] =>
      now - last < restMillis ? [false, last] : [true, now]
    )
    if (!isRested) return { _tag: "Unavailable", message: "a validation was opened just now" }
    yield* client.get(address).pipe(
      // What it says is nobody's business, and may be long: the body is not read.
      Effect.scoped,
      Effect.timeout("10 seconds"),
      Effect.ignore,
      Effect.forkIn(scope)
    )
    return { _tag: "Answered", answer: plain(200, "the validation address is being opened") }
  })
})

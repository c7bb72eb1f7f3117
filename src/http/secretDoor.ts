/**
 * secretDoor: an event door for senders who prove in a header that they know a secret.
 *
 * What stands in the header, the secret itself or a signature made with it, is
 * for the connector to say. That it is compared in constant time, with every
 * secret that is accepted, before a byte of the body is read, is said here.
 */
import { Effect } from "effect"
import type { EventDoor, EventRequest, EventVerdict } from "../pipeline/EventDoor.ts"
import type { SecretReference } from "../pipeline/Secrets.ts"
import { onlyValue, refused, usualBodyBytes } from "./eventBody.ts"
import { readEventSecrets } from "./eventSecrets.ts"
import { sameText } from "./sameText.ts"

/** What tells such doors apart. */
export interface SecretDoor {
  readonly path: string
  readonly header: string
  readonly secrets: ReadonlyArray<SecretReference>
  /** What the header holds, in words. */
  readonly proof: "signature" | "secret"
  /** What it must be, by a secret that is accepted. */
  readonly expected: (secret: string, request: EventRequest) => string
  /** Refuses a request before any secret is tried. */
  readonly objection?: (request: EventRequest) => Effect.Effect<EventVerdict | undefined>
  /** Why a request is refused that fits none of them. */
  readonly mismatch: string
  /** What a genuine request says. */
  readonly read: (request: EventRequest) => EventVerdict
}

/** The door; it takes POST only. */
export const secretDoor = (door: SecretDoor): EventDoor => ({
  path: door.path,
  methods: ["POST"],
  bodyBytesMaximum: usualBodyBytes,
  open: Effect.gen(function* () {
    const secrets = yield* readEventSecrets(door.path, door.secrets)
    const receive = Effect.fnUntraced(function* (request: EventRequest): Effect.fn.Return<EventVerdict> {
      const given = onlyValue(request, door.header)
      if (given === undefined) {
        return refused(
          401,
          `the header ${door.header} with the ${door.proof} is missing, or there are several`
        )
      }
      const objection = yield* door.objection?.(request) ?? Effect.undefined
      if (objection !== undefined) return objection
      const accepted = yield* Effect.result(secrets)
      if (accepted._tag === "Failure") return { _tag: "Unavailable", message: accepted.failure.message }
      // Each secret is tried, whichever fits: the time taken says nothing.
      const fits = accepted.success.filter((secret) => sameText(given, door.expected(secret, request)))
      return fits.length === 0 ? refused(401, door.mismatch) : door.read(request)
    })
    return { receive }
  })
})

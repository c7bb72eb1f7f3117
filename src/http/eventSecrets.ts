/**
 * eventSecrets: the credentials of a door, with room for a change of them.
 *
 * A door takes the old and the new one at the same time, and looks both up again
 * from time to time, so that neither side has to be restarted for a change.
 */
import { Effect, Redacted, Schema } from "effect"
import { SecretMissing, SecretReference, Secrets } from "../pipeline/Secrets.ts"

/** One credential, or two while it is being changed. */
export const EventSecrets = (description: string) =>
  Schema.Array(SecretReference)
    .annotate({ description: `${description} Two while it is being changed: either is accepted.` })
    .check(Schema.isMinLength(1), Schema.isMaxLength(2))

/** A shorter secret can be found by trying. */
const shortest = 16

/**
 * Looks all of them up now, and again when the last time is a minute ago. Fails
 * with `SecretMissing` when one is not there or too short to protect anything.
 */
export const readEventSecrets = Effect.fn("eventSecrets.read")(function* (
  door: string,
  references: ReadonlyArray<SecretReference>
): Effect.fn.Return<Effect.Effect<ReadonlyArray<string>, SecretMissing>, SecretMissing, Secrets> {
  const secrets = yield* Secrets
  const read = Effect.forEach(references, (reference) =>
    Effect.flatMap(secrets.resolve(reference), (secret) => {
      const text = Redacted.value(secret)
      return text.length < shortest
        ? Effect.fail(
            new SecretMissing({
              message: `a secret of the event door ${door} is shorter than ${shortest} characters and could be guessed. Make a longer one, and give it to the sender too.`
            })
          )
        : Effect.succeed(text)
    })
  )
  const cached = yield* Effect.cachedWithTTL(read, (exit) => (exit._tag === "Success" ? "1 minute" : 0))
  yield* cached
  return cached
})

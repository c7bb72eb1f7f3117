/**
 * readText: the text of an answer, of a size that fits into memory.
 *
 * We ask for no compression, so a compressed answer is refused rather than
 * unpacked: a few kilobytes can unpack to gigabytes.
 */
import { Effect, Schema, Stream } from "effect"
import type { HttpClientError, HttpClientResponse } from "effect/http"

/** An answer that is not read. `message` follows the name of the host. */
export class AnswerRefused extends Schema.TaggedError<AnswerRefused>()("AnswerRefused", {
  isTooLarge: Schema.Boolean,
  message: Schema.String
}) {}

/** The text, at most `bytesMaximum` bytes of it; what follows is not read from the network. */
export const readText = (
  response: HttpClientResponse.HttpClientResponse,
  bytesMaximum: number
): Effect.Effect<string, AnswerRefused | HttpClientError.HttpClientError> => {
  const encoding = response.headers["content-encoding"] ?? "identity"
  if (encoding.trim().toLowerCase() !== "identity") {
    return Effect.fail(
      new AnswerRefused({
        isTooLarge: false,
        message: `sent a compressed answer (${encoding.slice(0, 40)}), which we do not ask for. Switch compression off for us in the proxy before it.`
      })
    )
  }
  return response.stream.pipe(
    Stream.mapAccumEffect(
      () => 0,
      (read, chunk) =>
        read + chunk.length > bytesMaximum
          ? Effect.fail(
              new AnswerRefused({ isTooLarge: true, message: `sent more than ${bytesMaximum} bytes.` })
            )
          : Effect.succeed([read + chunk.length, [chunk]] as const)
    ),
    Stream.decodeText(),
    Stream.mkString
  )
}

/**
 * scriptedHttp: an HTTP client that answers from a script, without a network.
 */
import { setImmediate } from "node:timers/promises"
import { Clock, Effect, Fiber, Layer } from "effect"
import { HttpClient, HttpClientError, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"

/** One answer; `never` is a system that took the request and stays silent, a code one whose connection failed so. */
export type Answer =
  | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> }
  | { readonly never: true }
  | { readonly code: string }

/** An attempt as the system saw it; `body` is what a form or a JSON text held. */
export interface Attempt {
  readonly atMillis: number
  readonly method: string
  readonly url: string
  readonly authorization: string
  readonly body: string
}

/** Answers in order, the last one from then on; `attempts` grows as they come. */
export const scriptedHttp = (answers: ReadonlyArray<Answer>) => {
  const attempts: Array<Attempt> = []
  const client = HttpClient.make((request) =>
    Effect.gen(function* () {
      const answer = answers[Math.min(attempts.length, answers.length - 1)]
      attempts.push({
        atMillis: yield* Clock.currentTimeMillis,
        method: request.method,
        url: request.url,
        authorization: request.headers["authorization"] ?? "",
        body: request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
      })
      if (answer === undefined || "never" in answer) return yield* Effect.never
      if ("code" in answer) {
        return yield* new HttpClientError.HttpClientError({
          reason: new HttpClientError.TransportError({ request, cause: { cause: { code: answer.code } } })
        })
      }
      return HttpClientResponse.fromWeb(
        request,
        new Response(answer.body ?? "{}", { status: answer.status, headers: answer.headers ?? {} })
      )
    })
  )
  return { attempts, layer: Layer.succeed(HttpClient.HttpClient, client) }
}

/** Runs `effect` while the test clock goes on, a second at a time, until it is done. */
export const withTimePassing = Effect.fn("withTimePassing")(function* <A, E, R>(
  effect: Effect.Effect<A, E, R>
) {
  const fiber = yield* Effect.forkChild(effect)
  const letItRun = Effect.promise(() => setImmediate())
  while (fiber.pollUnsafe() === undefined) {
    // Bodies are read by the runtime, outside of the test clock: a few turns let it finish.
    yield* Effect.replicateEffect(letItRun, 5, { discard: true })
    if (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
  }
  return yield* Fiber.join(fiber)
})

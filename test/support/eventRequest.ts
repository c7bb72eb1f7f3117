/**
 * eventRequest: a request at an event door, as the listener would hand it on.
 */
import { Effect, Layer, Redacted } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import type { EventDoor, EventRequest } from "../../src/pipeline/EventDoor.ts"
import { SecretMissing, Secrets } from "../../src/pipeline/Secrets.ts"

/** Builds it; a header with a list was sent that often. */
export const eventRequest = (given: {
  readonly method?: "GET" | "POST"
  readonly query?: string
  readonly headers?: Readonly<Record<string, string | ReadonlyArray<string>>>
  readonly body?: string | Uint8Array
}): EventRequest => ({
  method: given.method ?? "POST",
  query: new URLSearchParams(given.query ?? ""),
  headers: new Map(
    Object.entries(given.headers ?? {}).map(([name, value]) => [
      name.toLowerCase(),
      typeof value === "string" ? [value] : value
    ])
  ),
  body: typeof given.body === "string" ? Buffer.from(given.body) : (given.body ?? new Uint8Array())
})

/** The secrets of a test, by the name that `{ env: NAME }` gives. */
export const secretsOf = (values: Readonly<Record<string, string>>) =>
  Layer.succeed(Secrets, {
    resolve: (reference) => {
      const value = "env" in reference ? values[reference.env] : undefined
      return value === undefined
        ? Effect.fail(new SecretMissing({ message: "not set" }))
        : Effect.succeed(Redacted.make(value))
    }
  })

/** A web that answers as told, and remembers what was asked for. */
export const webOf = (
  answer: (url: string) => { readonly status: number; readonly body: string },
  asked: Array<string> = []
) =>
  Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request, url) =>
      Effect.sync(() => {
        asked.push(url.href)
        const { body, status } = answer(url.href)
        return HttpClientResponse.fromWeb(request, new Response(body, { status }))
      })
    )
  )

/** Nothing can be reached. */
export const noWeb = webOf(() => ({ status: 503, body: "" }))

/** What the door says to a request. */
export const knock = (door: EventDoor, request: EventRequest) =>
  Effect.flatMap(door.open, (open) => open.receive(request)).pipe(Effect.scoped)

/**
 * receiveCallback: listens for what a vendor posts to our callback address.
 *
 * It answers before anything is done with the post, since vendors wait a few
 * seconds only. A browser that comes along is sent back when all is done.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { ByteSize, Deferred, Effect, Option, Queue, type Scope } from "effect"
import { HttpIncomingMessage, HttpServerRequest, HttpServerResponse } from "effect/http"
import { createServer } from "node:http"
import { EnvironmentWrong } from "./exitCode.ts"

/** What a form held, by field. */
export type Form = ReadonlyMap<string, string>

/** A callback address that is listened on until the scope ends. */
export interface Callback {
  /** Forms in the order they were posted; at most a few wait, others are told to come again. */
  readonly posted: Queue.Dequeue<Form>
  /** The port listened on. */
  readonly port: number
}

const bodyMaximum = ByteSize.kibibytes(16)
/** A form takes a second to handle; more than these waiting is nobody's Admin. */
const waitingMaximum = 8

const page = (text: string, status = 200) =>
  HttpServerResponse.text(`${text}\n`, { status, headers: { "cache-control": "no-store" } })

const form = (text: string): Form => new Map(new URLSearchParams(text))

/** Listens on `host` and `port` (0 for a free one). `done` is settled when there is nothing left to wait for. */
export const receiveCallback = Effect.fn("receiveCallback")(function* (options: {
  readonly host: string
  readonly port: number
  readonly done: Deferred.Deferred<void>
  readonly returnTo: (query: Form) => string | undefined
}): Effect.fn.Return<Callback, EnvironmentWrong, Scope.Scope> {
  const posted = yield* Queue.dropping<Form>(waitingMaximum)
  const server = yield* NodeHttpServer.make(() => createServer({ requestTimeout: 10_000 }), {
    host: options.host,
    port: options.port,
    gracefulShutdownTimeout: "1 second"
  }).pipe(
    Effect.mapError(
      () =>
        new EnvironmentWrong({
          message: `${options.host}:${options.port} cannot be listened on. Stop what uses it, or give another --listen.`
        })
    )
  )

  const receive = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    if (!/^application\/x-www-form-urlencoded\b/iu.test(request.headers["content-type"] ?? "")) {
      return page("a form is expected here", 415)
    }
    const text = yield* Effect.option(request.text)
    if (Option.isNone(text)) return page("the form cannot be read, or is too long", 413)
    const isTaken = yield* Queue.offer(posted, form(text.value))
    return isTaken ? page("received") : page("busy, come again", 503)
  })

  const sendBack = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const isDone = Option.isSome(yield* Effect.timeoutOption(Deferred.await(options.done), "30 seconds"))
    const back = options.returnTo(form(request.url.split("?", 2)[1] ?? ""))
    if (!isDone) return page("not connected yet: see what ledgerline says where it runs")
    return back === undefined
      ? page("connected; this window can be closed")
      : HttpServerResponse.redirect(back, { status: 302 })
  })

  yield* server.serve(
    Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      if (request.method === "POST") return yield* receive(request)
      return request.method === "GET" ? yield* sendBack(request) : page("use POST", 405)
    }).pipe(Effect.provideService(HttpIncomingMessage.MaxBodySize, bodyMaximum))
  )
  const { address } = server
  return { posted, port: address._tag === "UnixPathAddress" ? options.port : address.port }
})

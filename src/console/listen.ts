/**
 * listen: one HTTP server for the event doors of all connections.
 *
 * It answers the doors and /healthz, and nothing else: whatever an operator may
 * ask for has no place on an address that strangers can reach. A request is
 * bounded before it costs anything (its source's pace, its length, its time), the
 * bytes go to the door as they came, and a hint is stored before it is
 * acknowledged. Our own trouble is answered with 503, so that the sender comes
 * again; a 4xx, which makes some senders drop an event for ever, is for theirs.
 */
import { NodeHttpServer, NodeHttpServerRequest } from "@effect/platform-node"
import { Clock, Duration, Effect, type Scope, Stream } from "effect"
import { HttpServerRequest, HttpServerResponse, type HttpServerError } from "effect/http"
import { createServer, IncomingMessage } from "node:http"
import type { BlockList } from "node:net"
import type { ConnectorError } from "../pipeline/ConnectorError.ts"
import type { EventAnswer, EventRequest, OpenDoor } from "../pipeline/EventDoor.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { StageServices } from "../pipeline/Source.ts"
import type { Plan, PlannedDoor } from "../plan/Plan.ts"
import { HintStore, type ReportedHint } from "../store/HintStore.ts"
import type { StoreError } from "../store/StoreError.ts"
import { concerned } from "./concerned.ts"
import { type Full, groupWrites } from "./groupWrites.ts"
import { sourceOf } from "./sourceOf.ts"
import { type BucketSize, makeTokenBuckets } from "./TokenBuckets.ts"

/** How the server is set up. */
export interface ListenOptions {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  /** Proxies whose X-Forwarded-For is believed. */
  readonly proxies: BlockList
  /** How often one address may knock. */
  readonly perSource: BucketSize
  /** How often genuine events may come in at one door. */
  readonly perDoor: BucketSize
  /** Told after hints of a pipeline were stored, and when they are due. */
  readonly onHints: (pipelines: ReadonlySet<string>) => Effect.Effect<void>
  /** Told why events are turned away, at most every ten seconds. */
  readonly onTrouble: (message: string) => Effect.Effect<void>
}

/** Bodies in memory at one time, over all connections. */
const bodyBytesTogether = 128 * 1024 * 1024
const connectionsMaximum = 1_000
/** Senders give up after ten seconds. */
const answerWithin = Duration.seconds(8)
const waitingMaximum = 5_000
const writtenTogether = 500
const retryAfterSeconds = 30
const troubleEveryMillis = 10_000

const answer = ({ body, contentType, status }: EventAnswer) =>
  HttpServerResponse.text(body, {
    status,
    contentType,
    headers: { "cache-control": "no-store", "x-content-type-options": "nosniff" }
  })

const say = (status: number, body: string) =>
  answer({ status, body, contentType: "text/plain; charset=utf-8" })

const comeAgain = (status: 429 | 503, body: string) =>
  HttpServerResponse.setHeader(say(status, body), "retry-after", `${retryAfterSeconds}`)

interface Knock {
  readonly incoming: IncomingMessage
  readonly request: HttpServerRequest.HttpServerRequest
  readonly path: string
  readonly query: string
}

const headersOf = (incoming: IncomingMessage): EventRequest["headers"] =>
  new Map(Object.entries(incoming.headersDistinct).map(([name, values]) => [name, values ?? []]))

/** What the body's announced length and form call for, before a byte of it is read. */
const refusalOf = ({ incoming }: Knock, door: PlannedDoor) => {
  const encoding = incoming.headers["content-encoding"] ?? "identity"
  if (encoding.toLowerCase() !== "identity") {
    return say(415, "send the body as it is; nothing is decompressed here")
  }
  return Number(incoming.headers["content-length"] ?? 0) > door.bodyBytesMaximum ? tooLong(door) : undefined
}

const tooLong = (door: PlannedDoor) => say(413, `the body is longer than ${door.bodyBytesMaximum} bytes`)

interface Opened {
  readonly planned: PlannedDoor
  readonly open: OpenDoor
}

/** Starts listening; ends with the scope. Fails if the port is taken, or a door lacks a credential. */
export const listen = Effect.fn("listen")(function* (
  plan: Plan,
  options: ListenOptions
): Effect.fn.Return<
  { readonly port: number },
  HttpServerError.ServeError | ConnectorError | SecretMissing,
  Scope.Scope | HintStore | StageServices
> {
  const hints = yield* HintStore
  const opened = yield* Effect.forEach(plan.doors, (planned) =>
    Effect.map(planned.open, (open): Opened => ({ planned, open }))
  )
  const doors = new Map(opened.map((door) => [door.planned.path, door]))
  const sources = makeTokenBuckets(options.perSource)
  const genuine = makeTokenBuckets(options.perDoor)
  const store = yield* groupWrites<ReportedHint, StoreError>({
    write: (reported) =>
      Effect.andThen(hints.add(reported), options.onHints(new Set(reported.map(({ pipeline }) => pipeline)))),
    capacity: waitingMaximum,
    together: writtenTogether
  })

  let bodyBytes = 0
  let toldAt = -Infinity
  const tell = (message: string) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      if (now - toldAt < troubleEveryMillis) return Effect.void
      toldAt = now
      return options.onTrouble(message)
    })

  /** Our trouble: the sender is asked to come again, unless the door says that it must not be held up. */
  const away = (door: PlannedDoor, message: string) =>
    Effect.as(
      tell(`events at ${door.path} are not taken: ${message}`),
      door.answerWhenAway === undefined
        ? comeAgain(503, "the event cannot be stored now; send it again")
        : answer(door.answerWhenAway)
    )

  /** The bytes as sent; undefined when there are too many, or they ended in the middle. */
  const bodyOf = (knock: Knock, door: PlannedDoor) =>
    knock.request.stream.pipe(
      Stream.runFoldEffect(
        (): { readonly parts: Array<Uint8Array>; length: number } => ({ parts: [], length: 0 }),
        (read, part) => {
          read.length += part.length
          if (read.length > door.bodyBytesMaximum) return Effect.fail("too long")
          read.parts.push(part)
          return Effect.succeed(read)
        }
      ),
      Effect.map(({ parts }) => Buffer.concat(parts)),
      Effect.catch(() => Effect.undefined)
    )

  const receive = Effect.fnUntraced(function* (knock: Knock, { open, planned }: Opened) {
    const body = yield* bodyOf(knock, planned)
    if (body === undefined) return tooLong(planned)
    const verdict = yield* open.receive({
      method: knock.request.method === "GET" ? "GET" : "POST",
      headers: headersOf(knock.incoming),
      query: new URLSearchParams(knock.query),
      body
    })
    switch (verdict._tag) {
      case "Refused":
        return say(verdict.status, verdict.message)
      case "Answered":
        return answer(verdict.answer)
      case "Unavailable":
        return yield* away(planned, verdict.message)
      case "Accepted": {
        const reported = concerned(plan, planned.connection, verdict.hints)
        if (reported.length === 0) return answer(verdict.answer)
        if (!genuine.take(planned.path, yield* Clock.currentTimeMillis)) {
          return comeAgain(429, "too many events at once; send it again")
        }
        return yield* store(reported).pipe(
          Effect.as(answer(verdict.answer)),
          Effect.catch((error: StoreError | Full) =>
            away(planned, error === "full" ? "too many wait for the database" : error.message)
          )
        )
      }
    }
  })

  const atDoor = Effect.fnUntraced(function* (knock: Knock, door: Opened) {
    const { planned } = door
    const isAllowed = planned.methods.some((method) => method === knock.request.method)
    if (!isAllowed) {
      const allow = planned.methods.join(", ")
      return HttpServerResponse.setHeader(say(405, `this address takes ${allow} only`), "allow", allow)
    }
    const refusal = refusalOf(knock, planned)
    if (refusal !== undefined) return refusal
    const length = Number(knock.incoming.headers["content-length"] ?? planned.bodyBytesMaximum)
    if (bodyBytes + length > bodyBytesTogether) {
      return yield* Effect.as(
        tell("too many long requests are under way"),
        comeAgain(503, "too much is under way; send it again")
      )
    }
    bodyBytes += length
    return yield* receive(knock, door).pipe(
      Effect.timeoutOrElse({
        duration: answerWithin,
        orElse: () => away(planned, "the answer took too long")
      }),
      Effect.catchDefect((defect) => Effect.andThen(Effect.logError(defect), away(planned, "a bug"))),
      Effect.ensuring(Effect.sync(() => (bodyBytes -= length)))
    )
  })

  const handle = Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const incoming = NodeHttpServerRequest.toIncomingMessage(request)
    if (!(incoming instanceof IncomingMessage)) return say(505, "HTTP/1.1 only")
    const source = sourceOf({
      peer: incoming.socket.remoteAddress ?? "",
      forwarded: incoming.headersDistinct["x-forwarded-for"]?.join(",") ?? "",
      proxies: options.proxies
    })
    if (!sources.take(source, yield* Clock.currentTimeMillis)) {
      return comeAgain(429, "too many requests from this address")
    }
    const [path = "", query = ""] = (incoming.url ?? "").split("?", 2)
    const door = doors.get(path)
    if (door !== undefined) return yield* atDoor({ incoming, request, path, query }, door)
    return path === "/healthz" && (request.method === "GET" || request.method === "HEAD")
      ? say(200, "ok")
      : say(404, "there is nothing here")
  })

  const server = yield* NodeHttpServer.make(
    () => {
      const node = createServer({
        headersTimeout: 5_000,
        requestTimeout: 10_000,
        connectionsCheckingInterval: 1_000,
        keepAliveTimeout: 15_000,
        maxHeaderSize: 16 * 1024
      })
      node.maxConnections = connectionsMaximum
      return node
    },
    { host: options.host, port: options.port, gracefulShutdownTimeout: "5 seconds" }
  )
  yield* server.serve(handle)
  const { address } = server
  return { port: address._tag === "UnixPathAddress" ? 0 : address.port }
})

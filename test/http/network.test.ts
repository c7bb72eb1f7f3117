/**
 * The REST client over a real connection: what only the network can show.
 */
import { brotliCompressSync, gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { guardedHttp } from "../../src/http/guardedHttp.ts"
import { makeRateLimit } from "../../src/http/RateLimit.ts"
import { makeRestClient } from "../../src/http/RestClient.ts"
import { serve } from "./serve.ts"

const clientOf = Effect.fnUntraced(function* (
  host: string,
  timeout: Duration.Duration = Duration.seconds(20)
) {
  return yield* makeRestClient({
    connection: "shop",
    baseUrl: `http://${host}`,
    timeout,
    pace: yield* makeRateLimit(60_000),
    authorize: (request) => Effect.succeed({ request }),
    refuse: () => undefined,
    bytesMaximum: 10_000,
    readAttempts: 1
  })
})

describe("RestClient over the network", () => {
  it.live("a host where nothing listens is named, with what to check; nothing was sent", () =>
    Effect.gen(function* () {
      const { close, host } = yield* serve(() => {})
      yield* close
      const client = yield* clientOf(host)
      for (const call of [client.get("/"), client.write("POST", "/", { body: {} })]) {
        const error = yield* Effect.flip(call)
        assert.strictEqual(error.reason._tag, "Unreachable")
        assert.strictEqual(
          error.message,
          `shop: cannot connect to ${host}: nothing listens there. Check the URL and the network.`
        )
      }
    }).pipe(Effect.scoped, Effect.provide(guardedHttp()))
  )

  it.live("a redirect is reported and its target never asked", () =>
    Effect.gen(function* () {
      const { host, seen } = yield* serve((_request, response) =>
        response.writeHead(301, { location: "/elsewhere" }).end()
      )
      const error = yield* Effect.flip((yield* clientOf(host)).get("/here"))
      assert.include(error.message, "redirects are not followed")
      assert.deepStrictEqual(seen, ["GET /here"])
    }).pipe(Effect.scoped, Effect.provide(guardedHttp()))
  )

  it.live("an answer without end is cut off at the size allowed", () =>
    Effect.gen(function* () {
      const { host } = yield* serve((_request, response) => {
        const more = () => {
          while (!response.destroyed && response.write("x".repeat(1_000)));
        }
        response.on("drain", more)
        more()
      })
      const error = yield* Effect.flip((yield* clientOf(host)).get("/"))
      assert.include(error.message, `${host} sent more than 10000 bytes`)
    }).pipe(Effect.scoped, Effect.provide(guardedHttp()))
  )

  it.live("a connection that breaks off leaves a write unknown and a read unreachable", () =>
    Effect.gen(function* () {
      const { host, seen } = yield* serve((request) => request.socket.destroy())
      const client = yield* clientOf(host)
      const ofWrite = yield* Effect.flip(client.write("POST", "/", { body: {} }))
      const ofRead = yield* Effect.flip(client.get("/"))
      assert.deepStrictEqual([ofWrite.reason._tag, ofRead.reason._tag], ["OutcomeUnknown", "Unreachable"])
      assert.include(ofWrite.message, `the connection to ${host} broke off`)
      assert.deepStrictEqual(seen, ["POST /", "GET /"])
    }).pipe(Effect.scoped, Effect.provide(guardedHttp()))
  )

  it.live("a connection that breaks off in the middle of an answer leaves a write unknown", () =>
    Effect.gen(function* () {
      const { host } = yield* serve((request, response) => {
        response.writeHead(200, { "content-length": "100" })
        response.write('{"id":', () => request.socket.destroy())
      })
      const error = yield* Effect.flip((yield* clientOf(host)).write("POST", "/", { body: {} }))
      assert.strictEqual(error.reason._tag, "OutcomeUnknown")
    }).pipe(Effect.scoped, Effect.provide(guardedHttp()))
  )

  it.live("a system that takes the request and stays silent leaves a write unknown", () =>
    Effect.gen(function* () {
      const { host, seen } = yield* serve(() => {})
      const client = yield* clientOf(host, Duration.millis(300))
      const error = yield* Effect.flip(client.write("POST", "/", { body: {} }))
      assert.strictEqual(error.reason._tag, "OutcomeUnknown")
      assert.include(error.message, `${host} did not answer within 300ms after the request was sent`)
      assert.deepStrictEqual(seen, ["POST /"])
    }).pipe(Effect.scoped, Effect.provide(guardedHttp()))
  )

  it.live.each([
    ["gzip", gzipSync("x".repeat(10_000_000))],
    ["br", brotliCompressSync("x".repeat(10_000_000))]
  ] as const)("an answer compressed with %s is refused and not unpacked", ([encoding, packed]) =>
    Effect.gen(function* () {
      const { host } = yield* serve((request, response) => {
        assert.isUndefined(request.headers["accept-encoding"])
        response.writeHead(200, { "content-encoding": encoding }).end(packed)
      })
      const error = yield* Effect.flip((yield* clientOf(host)).get("/"))
      assert.strictEqual(
        error.message,
        `shop: ${host} sent a compressed answer (${encoding}), which we do not ask for. Switch compression off for us in the proxy before it.`
      )
    }).pipe(Effect.scoped, Effect.provide(guardedHttp()))
  )

  it.live("an answer that comes a byte at a time is given up after the time of the whole answer", () =>
    Effect.gen(function* () {
      const { host } = yield* serve((_request, response) => {
        const drip = setInterval(() => response.write(" "), 20)
        response.on("close", () => clearInterval(drip))
      })
      const error = yield* Effect.flip((yield* clientOf(host, Duration.millis(300))).get("/"))
      assert.include(error.message, `${host} did not answer within 300ms`)
    }).pipe(Effect.scoped, Effect.provide(guardedHttp()))
  )

  it.live.each([
    [
      "headers without end",
      `HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}`,
      "UnexpectedResponse",
      "sent headers that are too large"
    ],
    [
      "a hundred thousand headers",
      `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(100_000)}\r\n`,
      "UnexpectedResponse",
      "sent headers that are too large"
    ],
    ["no HTTP at all", "SSH-2.0-OpenSSH_9.2\r\n", "Unreachable", "does not speak HTTP as it must"],
    ["bytes of nothing", "\0\x01\xff".repeat(100), "Unreachable", "does not speak HTTP as it must"],
    [
      "two lengths",
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
      "Unreachable",
      "announced another length than it sent"
    ],
    [
      "a length and chunks",
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "Unreachable",
      "announced another length than it sent"
    ],
    [
      "a length that is no number",
      "HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n{}",
      "Unreachable",
      "does not speak HTTP as it must"
    ],
    ["less than its length", "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{}", "Unreachable", "broke off"],
    [
      "a chunk that is too long to be true",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
      "Unreachable",
      "does not speak HTTP as it must"
    ],
    ["nothing", "", "Unreachable", "broke off"],
    [
      "an upgrade nobody asked for",
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
      "Unreachable",
      "broke off"
    ]
  ] as const)(
    "a server that sends %s is a clear error, and the next request is answered",
    ([, sent, tag, says]) =>
      Effect.gen(function* () {
        let isFirst = true
        const { host } = yield* serve((request, response) => {
          if (!isFirst) return void response.end('{"ok":true}')
          isFirst = false
          request.socket.end(Buffer.from(sent, "latin1"))
        })
        const client = yield* clientOf(host)
        const error = yield* Effect.flip(client.get("/"))
        assert.deepStrictEqual([error.reason._tag, error.message.includes(says)], [tag, true], error.message)
        assert.include(error.message, host)
        assert.deepStrictEqual((yield* client.get("/")).body, { ok: true })
      }).pipe(Effect.scoped, Effect.provide(guardedHttp()))
  )
})

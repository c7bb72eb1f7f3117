/**
 * The REST client over a real connection: what only the network can show.
 */
import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { makeRateLimit } from "../../src/http/RateLimit.ts"
import { makeRestClient } from "../../src/http/RestClient.ts"

/** A server on a free port, closed with the scope, and what it was asked for. */
const serve = Effect.fnUntraced(function* (listener: RequestListener) {
  const seen: Array<string> = []
  const server = yield* Effect.acquireRelease(
    Effect.callback<ReturnType<typeof createServer>>((resume) => {
      const made = createServer((request, response) => {
        seen.push(`${request.method} ${request.url}`)
        listener(request, response)
      })
      made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
    }),
    (made) =>
      Effect.sync(() => {
        made.closeAllConnections()
        made.close()
      })
  )
  const address = server.address()
  const port = isAddress(address) ? address.port : 0
  return {
    host: `127.0.0.1:${port}`,
    seen,
    close: Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
  }
})

const isAddress = (address: AddressInfo | string | null): address is AddressInfo =>
  address !== null && typeof address === "object"

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
    }).pipe(Effect.scoped, Effect.provide(NodeHttpClient.layerUndici))
  )

  it.live("a redirect is reported and its target never asked", () =>
    Effect.gen(function* () {
      const { host, seen } = yield* serve((_request, response) =>
        response.writeHead(301, { location: "/elsewhere" }).end()
      )
      const error = yield* Effect.flip((yield* clientOf(host)).get("/here"))
      assert.include(error.message, "redirects are not followed")
      assert.deepStrictEqual(seen, ["GET /here"])
    }).pipe(Effect.scoped, Effect.provide(NodeHttpClient.layerUndici))
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
    }).pipe(Effect.scoped, Effect.provide(NodeHttpClient.layerUndici))
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
    }).pipe(Effect.scoped, Effect.provide(NodeHttpClient.layerUndici))
  )

  it.live("a connection that breaks off in the middle of an answer leaves a write unknown", () =>
    Effect.gen(function* () {
      const { host } = yield* serve((request, response) => {
        response.writeHead(200, { "content-length": "100" })
        response.write('{"id":', () => request.socket.destroy())
      })
      const error = yield* Effect.flip((yield* clientOf(host)).write("POST", "/", { body: {} }))
      assert.strictEqual(error.reason._tag, "OutcomeUnknown")
    }).pipe(Effect.scoped, Effect.provide(NodeHttpClient.layerUndici))
  )

  it.live("a system that takes the request and stays silent leaves a write unknown", () =>
    Effect.gen(function* () {
      const { host, seen } = yield* serve(() => {})
      const client = yield* clientOf(host, Duration.millis(300))
      const error = yield* Effect.flip(client.write("POST", "/", { body: {} }))
      assert.strictEqual(error.reason._tag, "OutcomeUnknown")
      assert.include(error.message, `${host} did not answer within 300ms after the request was sent`)
      assert.deepStrictEqual(seen, ["POST /"])
    }).pipe(Effect.scoped, Effect.provide(NodeHttpClient.layerUndici))
  )
})

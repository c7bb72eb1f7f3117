/**
 * The listener over real sockets, with a store in memory and a door that takes what is signed with a word.
 */
import { once } from "node:events"
import { request as httpRequest } from "node:http"
import { connect } from "node:net"
import { gzipSync } from "node:zlib"
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber, Layer } from "effect"
import { BlockList } from "node:net"
import { listen, type ListenOptions } from "../../src/console/listen.ts"
import { plain, refused } from "../../src/http/eventBody.ts"
import type { EventRequest } from "../../src/pipeline/EventDoor.ts"
import type { Plan, PlannedDoor } from "../../src/plan/Plan.ts"
import { HintStore, type ReportedHint } from "../../src/store/HintStore.ts"
import { StoreError } from "../../src/store/StoreError.ts"
import { secretsOf } from "../support/eventRequest.ts"
import { webhookPipeline } from "./webhookPipeline.ts"

interface Sent {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
}

/** One request over a connection of its own. */
const send = (
  port: number,
  given: {
    readonly method?: string
    readonly path?: string
    readonly headers?: Readonly<Record<string, string | ReadonlyArray<string>>>
    readonly body?: string | Uint8Array
  }
) =>
  Effect.promise(
    () =>
      new Promise<Sent>((resolve, reject) => {
        const sending = httpRequest({
          port,
          host: "127.0.0.1",
          method: given.method ?? "POST",
          path: given.path ?? "/events/shop",
          headers: { ...given.headers, connection: "close" },
          agent: false
        })
        sending.on("error", reject)
        sending.on("response", (response) => {
          const parts: Array<Buffer> = []
          response.on("data", (part: Buffer) => parts.push(part))
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              body: Buffer.concat(parts).toString(),
              headers: response.headers
            })
          )
        })
        sending.end(given.body ?? "")
      })
  )

const doorWith = (seen: Array<EventRequest>, more: Partial<PlannedDoor> = {}): PlannedDoor => ({
  connection: "shop",
  path: "/events/shop",
  methods: ["POST"],
  bodyBytesMaximum: 1_000,
  open: Effect.succeed({
    receive: (request) =>
      Effect.sync(() => {
        seen.push(request)
        const text = Buffer.from(request.body).toString()
        if (!text.startsWith("genuine ")) return refused(401, "not genuine")
        const hint = { resource: "invoice", id: text.slice(8) }
        return { _tag: "Accepted" as const, hints: [hint], answer: plain(202, "accepted") }
      })
  }),
  ...more
})

interface Listening {
  readonly port: number
  readonly stored: Array<ReportedHint>
  readonly seen: Array<EventRequest>
  readonly trouble: Array<string>
}

const listening = <A, E>(
  given: {
    readonly door?: Partial<PlannedDoor>
    readonly options?: Partial<ListenOptions>
    readonly add?: (stored: Array<ReportedHint>) => HintStore["Service"]["add"]
  },
  play: (listening: Listening) => Effect.Effect<A, E>
) =>
  Effect.gen(function* () {
    const stored: Array<ReportedHint> = []
    const seen: Array<EventRequest> = []
    const trouble: Array<string> = []
    const plan: Plan = {
      pipelines: [],
      customers: [],
      readings: [webhookPipeline],
      connections: [],
      doors: [doorWith(seen, given.door)]
    }
    const unused = Effect.die("not used")
    const store = HintStore.of({
      add: given.add?.(stored) ?? ((hints) => Effect.sync(() => void stored.push(...hints))),
      due: () => unused,
      settle: () => unused,
      postpone: () => unused,
      postponeAll: () => unused,
      waiting: unused,
      forget: unused
    })
    const { port } = yield* listen(plan, {
      host: "127.0.0.1",
      port: 0,
      proxies: new BlockList(),
      perSource: { perSecond: 1_000, burst: 1_000 },
      perDoor: { perSecond: 1_000, burst: 1_000 },
      onHints: () => Effect.void,
      onTrouble: (message) => Effect.sync(() => void trouble.push(message)),
      ...given.options
    }).pipe(Effect.provideService(HintStore, store))
    return yield* play({ port, stored, seen, trouble })
  }).pipe(Effect.scoped, Effect.provide(Layer.merge(NodeHttpClient.layerUndici, secretsOf({}))))

describe("A6 listen", () => {
  it.live("stores a hint for the pipeline that asks for it, and then acknowledges", () =>
    listening({}, ({ port, seen, stored }) =>
      Effect.gen(function* () {
        const body = "genuine 7"
        const { status } = yield* send(port, {
          path: "/events/shop?a=1",
          headers: { "x-a": ["1", "2"] },
          body
        })
        assert.strictEqual(status, 202)
        assert.deepStrictEqual(stored, [
          {
            connection: "shop",
            pipeline: "invoices",
            resource: "invoice",
            externalId: "7",
            settleMillis: 2000
          }
        ])
        assert.deepStrictEqual(seen[0]?.headers.get("x-a"), ["1", "2"])
        assert.strictEqual(seen[0]?.query.get("a"), "1")
        assert.strictEqual(Buffer.from(seen[0]?.body ?? []).toString(), body)
      })
    )
  )

  it.live("acknowledges nothing before it is stored, and writes together what comes together", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const batches: Array<number> = []
      const add = () => (hints: ReadonlyArray<ReportedHint>) =>
        Effect.andThen(
          Effect.sync(() => void batches.push(hints.length)),
          Deferred.await(gate)
        )
      yield* listening({ add }, ({ port, seen }) =>
        Effect.gen(function* () {
          let answered = 0
          const sending = yield* Effect.forEach(
            [...Array.from({ length: 40 }).keys()],
            (id) =>
              Effect.tap(send(port, { body: `genuine ${id}` }), () => Effect.sync(() => void answered++)),
            { concurrency: "unbounded" }
          ).pipe(Effect.forkChild)
          // All of them were received; the first waits in the store, the others behind it.
          yield* Effect.sleep("20 millis").pipe(Effect.repeat({ until: () => seen.length === 40 }))
          yield* Effect.sleep("50 millis")
          assert.strictEqual(answered, 0)
          yield* Deferred.succeed(gate, undefined)
          yield* Fiber.join(sending)
        })
      )
      assert.isBelow(batches.length, 10)
    })
  )

  it.live(
    "asks the sender to come again while the database is away, and says so to the operator once",
    () => {
      const add = () => () =>
        Effect.fail(new StoreError({ operation: "add", message: "the database is away" }))
      return listening({ add }, ({ port, trouble }) =>
        Effect.gen(function* () {
          for (const id of [1, 2, 3]) {
            const { headers, status } = yield* send(port, { body: `genuine ${id}` })
            assert.strictEqual(status, 503)
            assert.strictEqual(headers["retry-after"], "30")
          }
          assert.lengthOf(trouble, 1)
          assert.include(trouble[0] ?? "", "the database is away")
        })
      )
    }
  )

  it.live("a sender that must not be held up is let go on while the database is away", () => {
    const add = () => () => Effect.fail(new StoreError({ operation: "add", message: "away" }))
    const door = {
      answerWhenAway: { status: 200, contentType: "application/json", body: '{"op":"success"}' }
    }
    return listening({ add, door }, ({ port }) =>
      Effect.gen(function* () {
        assert.include(yield* send(port, { body: "genuine 1" }), { status: 200, body: '{"op":"success"}' })
      })
    )
  })

  it.live("a bug in a door is our trouble, not the sender's", () =>
    listening({ door: { open: Effect.succeed({ receive: () => Effect.die("a bug") }) } }, ({ port }) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* send(port, { body: "genuine 1" })).status, 503)
      })
    )
  )

  it.live.each([
    ["GET", "/healthz", 200],
    ["HEAD", "/healthz", 200],
    ["POST", "/healthz", 404],
    ["GET", "/", 404],
    ["GET", "/metrics", 404],
    ["GET", "/status", 404],
    ["POST", "/api/errors", 404],
    ["GET", "/console", 404],
    ["POST", "/events", 404],
    ["POST", "/events/shop/", 404],
    ["POST", "/events/shop/../shop", 404],
    ["POST", "/events/%73hop", 404],
    ["POST", "http://elsewhere.example/events/shop", 404],
    ["GET", "/events/shop", 405],
    ["PUT", "/events/shop", 405],
    ["DELETE", "/events/shop", 405],
    ["OPTIONS", "/events/shop", 405]
  ] as const)("%s %s is answered with %d: nothing else is there", ([method, path, status]) =>
    listening({}, ({ port, seen }) =>
      Effect.gen(function* () {
        const sent = yield* send(port, { method, path })
        assert.strictEqual(sent.status, status)
        assert.isAtMost(sent.body.length, 60)
        assert.isEmpty(seen)
      })
    )
  )

  it.live("a forged request is refused, and nothing is stored", () =>
    listening({}, ({ port, stored }) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* send(port, { body: "forged 7" })).status, 401)
        assert.isEmpty(stored)
      })
    )
  )

  it.live.each(["gzip", "br", "deflate", "identity, gzip", "GZIP"])(
    "a body compressed with %s is not decompressed",
    (encoding) =>
      listening({}, ({ port, seen }) =>
        Effect.gen(function* () {
          const body = gzipSync(Buffer.alloc(1_000_000))
          const headers = { "content-encoding": encoding }
          assert.strictEqual((yield* send(port, { headers, body: body.subarray(0, 900) })).status, 415)
          assert.isEmpty(seen)
        })
      )
  )

  it.live("a body that is announced as too long is not waited for", () =>
    listening({}, ({ port, seen }) =>
      Effect.gen(function* () {
        const socket = connect(port, "127.0.0.1")
        socket.write("POST /events/shop HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000\r\n\r\n")
        const [answer]: ReadonlyArray<unknown> = yield* Effect.promise(() => once(socket, "data"))
        assert.match(String(answer), /^HTTP\/1.1 413/u)
        socket.destroy()
        assert.isEmpty(seen)
      })
    )
  )

  it.live("a gigabyte in pieces is cut off after the limit", () =>
    listening({}, ({ port, seen }) =>
      Effect.gen(function* () {
        const socket = connect(port, "127.0.0.1")
        const received: Array<string> = []
        socket.on("data", (part) => received.push(part.toString()))
        socket.on("error", () => {})
        socket.write("POST /events/shop HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
        const piece = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(65_536, 97), Buffer.from("\r\n")])
        const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()))
        const pour = () => {
          while (!socket.destroyed && socket.bytesWritten < 1_000_000_000) if (!socket.write(piece)) return
        }
        socket.on("drain", pour)
        pour()
        yield* Effect.promise(() => closed)
        assert.match(received.join(""), /^HTTP\/1.1 413/u)
        assert.isBelow(socket.bytesWritten, 50_000_000)
        assert.isEmpty(seen)
      })
    )
  )

  it.live(
    "one who sends a header byte by byte is cut off, and others are served meanwhile",
    () =>
      listening({}, ({ port }) =>
        Effect.gen(function* () {
          const sockets = [...Array.from({ length: 50 }).keys()].map(() => {
            const socket = connect(port, "127.0.0.1")
            socket.on("error", () => {})
            socket.write("POST /events/shop HTTP/1.1\r\nhost: a\r\nx-slow: ")
            return socket
          })
          const closed = Promise.all(
            sockets.map((socket) => new Promise<void>((resolve) => socket.once("close", () => resolve())))
          )
          // What they are told is read, or they would not see the end.
          for (const socket of sockets) socket.resume()
          assert.strictEqual((yield* send(port, { body: "genuine 1" })).status, 202)
          yield* Effect.promise(() => closed).pipe(Effect.timeout("9 seconds"))
        })
      ),
    15_000
  )

  it.live(
    "one who sends the body byte by byte is cut off",
    () =>
      listening({}, ({ port, seen }) =>
        Effect.gen(function* () {
          const socket = connect(port, "127.0.0.1")
          socket.on("error", () => {})
          socket.write("POST /events/shop HTTP/1.1\r\nhost: a\r\ncontent-length: 900\r\n\r\ngenuine")
          const [answer]: ReadonlyArray<unknown> = yield* Effect.promise(() => once(socket, "data")).pipe(
            Effect.timeout("12 seconds")
          )
          assert.match(String(answer), /^HTTP\/1.1 (?:408|503)/u)
          socket.destroy()
          assert.isEmpty(seen)
        })
      ),
    20_000
  )

  it.live("one address is slowed down before anything is read, and not for the others", () =>
    listening(
      {
        options: {
          perSource: { perSecond: 0.001, burst: 3 },
          proxies: (() => {
            const list = new BlockList()
            list.addAddress("127.0.0.1")
            return list
          })()
        }
      },
      ({ port, seen }) =>
        Effect.gen(function* () {
          const from = (address: string) =>
            Effect.map(
              send(port, { headers: { "x-forwarded-for": address }, body: "forged" }),
              ({ status }) => status
            )
          const statuses = yield* Effect.forEach([1, 2, 3, 4], () => from("198.51.100.1"))
          assert.deepStrictEqual(statuses, [401, 401, 401, 429])
          assert.lengthOf(seen, 3)
          assert.strictEqual(yield* from("198.51.100.2"), 401)
          assert.strictEqual(yield* from("spoofed, 198.51.100.1"), 429)
        })
    )
  )

  it.live("genuine events beyond the pace of a door are put off, not lost", () =>
    listening({ options: { perDoor: { perSecond: 0.001, burst: 2 } } }, ({ port, stored }) =>
      Effect.gen(function* () {
        const statuses = yield* Effect.forEach([1, 2, 3], (id) =>
          Effect.map(send(port, { body: `genuine ${id}` }), ({ status }) => status)
        )
        assert.deepStrictEqual(statuses, [202, 202, 429])
        assert.lengthOf(stored, 2)
      })
    )
  )

  it.live("an id that no database takes is not stored, and keeps no other out", () =>
    listening({}, ({ port, stored }) =>
      Effect.gen(function* () {
        yield* send(port, { body: "genuine \u0000" })
        yield* send(port, { body: `genuine ${"9".repeat(400)}` })
        yield* send(port, { body: "genuine 5" })
        assert.deepStrictEqual(
          stored.map(({ externalId }) => externalId),
          ["5"]
        )
      })
    )
  )

  it.live(
    "answers that take too long become our trouble in time for the sender",
    () =>
      listening({ add: () => () => Effect.never }, ({ port }) =>
        Effect.gen(function* () {
          const [took, { status }] = yield* Effect.timed(send(port, { body: "genuine 1" }))
          assert.strictEqual(status, 503)
          assert.isBelow(Duration.toSeconds(took), 10)
        })
      ),
    15_000
  )
})

/**
 * The guard at the door: real connections, and a name server of our own that lies.
 */
import type { IncomingMessage } from "node:http"
import type { LookupFunction } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect, Layer, Redacted } from "effect"
import { HttpClientRequest } from "effect/http"
import { guardedHttp } from "../../src/http/guardedHttp.ts"
import { makeOAuthToken } from "../../src/http/OAuthToken.ts"
import { makeRateLimit } from "../../src/http/RateLimit.ts"
import { makeRestClient } from "../../src/http/RestClient.ts"
import { serve } from "./serve.ts"

const withCredentials = ({ headers, url }: IncomingMessage) =>
  `${url} ${headers["authorization"] ?? "without credentials"}`

/** A name server that gives its answers in turn, and then the last one for ever. */
const nameServer = (...answers: ReadonlyArray<ReadonlyArray<string>>) => {
  const asked: Array<string> = []
  const lookUp: LookupFunction = (hostname, _options, answer) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? []
    asked.push(hostname)
    answer(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }))
    )
  }
  return { asked, lookUp }
}

const http = (options: { readonly lookUp?: LookupFunction; readonly allowed?: string }) =>
  guardedHttp(options.lookUp === undefined ? {} : { lookUp: options.lookUp }).pipe(
    Layer.provide(
      ConfigProvider.layer(
        ConfigProvider.fromUnknown(
          options.allowed === undefined ? {} : { LEDGERLINE_ALLOWED_HOSTS: options.allowed }
        )
      )
    )
  )

const get = (baseUrl: string, connection = "erp") =>
  Effect.gen(function* () {
    const client = yield* makeRestClient({
      connection,
      baseUrl,
      timeout: Duration.seconds(20),
      pace: yield* makeRateLimit(60_000),
      authorize: (request) =>
        Effect.succeed({
          request: HttpClientRequest.setHeader(request, "authorization", "Bearer of-the-erp")
        }),
      refuse: () => undefined,
      readAttempts: 2
    })
    return yield* client.get("/orders")
  })

/** The tag and message of what a request is refused with, and how often the name server and the server were asked. */
const refusalOf = (
  host: string,
  options: {
    readonly addresses?: ReadonlyArray<ReadonlyArray<string>>
    readonly allowed?: string
    readonly scheme?: string
  }
) =>
  Effect.gen(function* () {
    const { port, seen } = yield* serve((_request, response) => response.end("{}"))
    const { asked, lookUp } = nameServer(...(options.addresses ?? [["127.0.0.1"]]))
    const error = yield* get(`${options.scheme ?? "https"}://${host}:${port}`).pipe(
      Effect.flip,
      Effect.provide(http({ lookUp, ...(options.allowed === undefined ? {} : { allowed: options.allowed }) }))
    )
    assert.deepStrictEqual(seen, [], "the server was asked")
    return { tag: error.reason._tag, message: error.message, asked: asked.length }
  }).pipe(Effect.scoped)

describe("guardedHttp", () => {
  it.live("a name that stands in a private network is refused, and what to set is said", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* refusalOf("erp.example.com", { addresses: [["10.1.2.3"]] }), {
        tag: "Unauthorized",
        message:
          'erp: erp.example.com, which stands at 10.1.2.3, is in a private network and is not among the hosts that LEDGERLINE_ALLOWED_HOSTS opens for erp. If it is the right one, the operator sets LEDGERLINE_ALLOWED_HOSTS="public, loopback, erp.example.com"; else correct connections.yaml.',
        asked: 1
      })
    })
  )

  it.live("one private address among public ones is enough to refuse the host", () =>
    Effect.gen(function* () {
      for (const addresses of [
        ["93.184.216.34", "127.0.0.1"],
        ["2606:4700::1111", "::ffff:10.0.0.1"]
      ]) {
        const { tag, message } = yield* refusalOf("erp.example.com", { addresses: [addresses] })
        assert.strictEqual(tag, "Unauthorized")
        assert.include(message, `erp.example.com, which stands at ${addresses[1]},`)
      }
    })
  )

  it.live(
    "a name that first stands on the internet and then on this machine is refused the second time",
    () =>
      Effect.gen(function* () {
        const { port, seen } = yield* serve((_request, response) => response.end("{}"))
        // The first address has no one behind it, so a second connection is tried.
        const { asked, lookUp } = nameServer(["127.0.0.2"], ["127.0.0.1"])
        const error = yield* get(`http://erp.example.com:${port}`).pipe(
          Effect.flip,
          Effect.provide(http({ lookUp, allowed: "127.0.0.2" }))
        )
        assert.deepStrictEqual([error.reason._tag, asked.length, seen], ["Unauthorized", 2, []])
      }).pipe(Effect.scoped)
  )

  it.live("the address that was judged is the one connected to: the name is looked up once", () =>
    Effect.gen(function* () {
      const { port, seen } = yield* serve((_request, response) => response.end("{}"), withCredentials)
      const { asked, lookUp } = nameServer(["127.0.0.1"], ["169.254.169.254"])
      const response = yield* get(`http://erp.example.com:${port}`).pipe(
        Effect.provide(http({ lookUp, allowed: "erp.example.com" }))
      )
      assert.deepStrictEqual([response.status, asked.length], [200, 1])
      assert.deepStrictEqual(seen, ["/orders Bearer of-the-erp"])
    }).pipe(Effect.scoped)
  )

  it.live.each([
    ["127.0.0.1", "127.0.0.1"],
    ["2130706433", "127.0.0.1"],
    ["0x7f.1", "127.0.0.1"],
    ["0177.0.0.1", "127.0.0.1"],
    ["127.0.0.1.", "127.0.0.1"],
    ["[::1]", "::1"],
    ["[::ffff:127.0.0.1]", "::ffff:7f00:1"],
    ["169.254.169.254", "169.254.169.254"],
    ["[fe80::1]", "fe80::1"],
    ["0", "0.0.0.0"],
    ["10.0.0.1", "10.0.0.1"]
  ] as const)("https://%s is refused as %s, without being looked up", ([host, address]) =>
    Effect.gen(function* () {
      const { asked, message, tag } = yield* refusalOf(host, {})
      assert.deepStrictEqual([tag, asked], ["Unauthorized", 0])
      assert.include(message, `erp: ${address} `)
    })
  )

  it.live(
    "a host that gives away credentials of the machine is refused even where the operator names it",
    () =>
      Effect.gen(function* () {
        const { message } = yield* refusalOf("erp.example.com", {
          addresses: [["169.254.169.254"]],
          allowed: "erp.example.com, 169.254.0.0/16, 0.0.0.0/0"
        })
        assert.strictEqual(
          message,
          "erp: erp.example.com, which stands at 169.254.169.254, is never contacted: no business system has such an address, and some give away credentials of the machine. Correct the address in connections.yaml, or the entry of the name server."
        )
      })
  )

  it.live("where the operator gives a list, no other host is looked up", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* refusalOf("evil.example.net", {
          addresses: [["93.184.216.34"]],
          allowed: "shop.example.com, *.erp.example.com"
        }),
        {
          tag: "Unauthorized",
          message:
            'erp: evil.example.net is not among the hosts that LEDGERLINE_ALLOWED_HOSTS opens for erp. If it is the right one, the operator sets LEDGERLINE_ALLOWED_HOSTS="shop.example.com, *.erp.example.com, evil.example.net"; else correct connections.yaml.',
          asked: 0
        }
      )
    })
  )

  it.live("without encryption only this machine and hosts that the operator names are spoken to", () =>
    Effect.gen(function* () {
      const { message } = yield* refusalOf("shop.example.com", {
        addresses: [["93.184.216.34"]],
        scheme: "http"
      })
      assert.strictEqual(
        message,
        'erp: shop.example.com, which stands at 93.184.216.34, would be spoken to without encryption, so that everybody on the way could read the credentials. Use https://. If it is the right one, the operator sets LEDGERLINE_ALLOWED_HOSTS="public, loopback, shop.example.com"; else correct connections.yaml.'
      )
    })
  )

  it.live.each([
    ["erp.example.com", "erp.example.com", true],
    ["erp.example.com", "ERP.example.com", true],
    ["erp.example.com", "erp=erp.example.com", true],
    ["erp.example.com", "shop=erp.example.com", false],
    ["erp.example.com", "*.example.com", true],
    ["example.com", "*.example.com", false],
    ["evil-example.com", "*.example.com", false],
    ["erp.example.com.evil.net", "erp.example.com", false],
    ["erp.example.com.", "erp.example.com", true],
    ["erp.example.com", "127.0.0.0/8", true],
    ["erp.example.com", "erp=127.0.0.1", true],
    ["erp.example.com", "shop=127.0.0.1", false],
    ["erp.example.com", "10.0.0.0/8", false],
    ["erp.example.com", "loopback", true],
    ["127.0.0.1", "127.0.0.1", true],
    ["127.0.0.1", "public", false]
  ] as const)("connection erp to http://%s with the list %s: %s", ([host, allowed, isReached]) =>
    Effect.gen(function* () {
      const { port } = yield* serve((_request, response) => response.end("{}"))
      const { lookUp } = nameServer(["127.0.0.1"])
      const outcome = yield* get(`http://${host}:${port}`).pipe(
        Effect.match({ onFailure: ({ reason }) => reason._tag, onSuccess: () => "reached" }),
        Effect.provide(http({ lookUp, allowed }))
      )
      assert.strictEqual(outcome, isReached ? "reached" : "Unauthorized")
    }).pipe(Effect.scoped)
  )

  it.live("a connection that was opened for one is not used for another", () =>
    Effect.gen(function* () {
      const { port, seen } = yield* serve((_request, response) => response.end("{}"))
      const url = `http://127.0.0.1:${port}`
      yield* Effect.gen(function* () {
        yield* get(url, "erp")
        const error = yield* Effect.flip(get(url, "shop"))
        assert.include(error.message, "shop: 127.0.0.1 is this machine itself")
      }).pipe(Effect.provide(http({ allowed: "erp=127.0.0.1, shop=public" })))
      assert.lengthOf(seen, 1)
    }).pipe(Effect.scoped)
  )

  it.live("a redirect to another host is not followed, and credentials never reach it", () =>
    Effect.gen(function* () {
      const other = yield* serve((_request, response) => response.end("{}"))
      for (const status of [301, 302, 303, 307, 308]) {
        const { port, seen } = yield* serve((_request, response) =>
          response.writeHead(status, { location: `http://127.0.0.1:${other.port}/` }).end()
        )
        const error = yield* get(`http://127.0.0.1:${port}`).pipe(Effect.flip, Effect.provide(http({})))
        assert.include(error.message, "redirects are not followed")
        assert.lengthOf(seen, 1)
      }
      assert.deepStrictEqual(other.seen, [])
    }).pipe(Effect.scoped)
  )

  it.live("a token is asked for at allowed hosts only, and its client secret never leaves", () =>
    Effect.gen(function* () {
      const { port, seen } = yield* serve((_request, response) => response.end("{}"))
      const token = yield* makeOAuthToken({
        connection: "erp",
        tokenUrl: `http://127.0.0.1:${port}/token`,
        scope: "openid",
        credentials: Effect.succeed({ clientId: Redacted.make("id"), clientSecret: Redacted.make("secret") }),
        timeout: Duration.seconds(20),
        remedy: ""
      })
      const error = yield* Effect.flip(token.authorize(HttpClientRequest.get("https://erp.example.com")))
      assert.strictEqual(error.reason._tag, "Unauthorized")
      assert.include(error.message, 'sets LEDGERLINE_ALLOWED_HOSTS="public, 127.0.0.1"')
      assert.deepStrictEqual(seen, [])
    }).pipe(Effect.scoped, Effect.provide(http({ allowed: "public" })))
  )

  it.effect.each([
    ["https://erp.example.com", "https://erp.example.com"],
    ["erp.example.com:443", "erp.example.com:443"],
    ["10.0.0.0/33", "10.0.0.0/33"],
    ["10.0.0", "10.0.0"],
    ["erp.*.com", "erp.*.com"],
    ["shop.example.com, user@erp", "user@erp"]
  ] as const)("the list %s is refused and the entry named", ([allowed, entry]) =>
    Effect.gen(function* () {
      const error = yield* get("https://erp.example.com").pipe(Effect.provide(http({ allowed })), Effect.flip)
      assert.include(
        error.message,
        `LEDGERLINE_ALLOWED_HOSTS has the entry ${entry}, which is neither a host name`
      )
    })
  )
})

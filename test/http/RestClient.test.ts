import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect } from "effect"
import { HttpClientRequest } from "effect/http"
import { makeRateLimit } from "../../src/http/RateLimit.ts"
import {
  type Authorized,
  makeRestClient,
  rateLimited,
  type RestClient,
  type RestClientOptions,
  withParameters
} from "../../src/http/RestClient.ts"
import { ConnectorError, NotSent, Rejected } from "../../src/pipeline/ConnectorError.ts"
import { type Answer, type Attempt, scriptedHttp, withTimePassing } from "./scriptedHttp.ts"

const credential = "s3cr3t-token"

/** Runs `use` with a client whose system answers as told; every attempt is authorised with a number of its own. */
const withAnswers = <A, E>(
  answers: ReadonlyArray<Answer>,
  use: (client: RestClient, attempts: ReadonlyArray<Attempt>) => Effect.Effect<A, E>,
  { renew, ...changes }: Partial<RestClientOptions> & Pick<Authorized, "renew"> = {}
) => {
  const http = scriptedHttp(answers)
  let authorized = 0
  return Effect.gen(function* () {
    const client = yield* makeRestClient({
      connection: "shop",
      baseUrl: "https://shop.example.com/rest",
      timeout: Duration.seconds(30),
      pace: yield* makeRateLimit(60_000),
      authorize: (request) =>
        Effect.sync(() => {
          authorized += 1
          return {
            request: HttpClientRequest.setHeader(request, "authorization", `${credential} ${authorized}`),
            ...(renew === undefined ? {} : { renew })
          }
        }),
      refuse: rateLimited,
      ...changes
    })
    return yield* withTimePassing(use(client, http.attempts))
  }).pipe(Effect.provide(http.layer))
}

const failureOf = (
  answers: ReadonlyArray<Answer>,
  call: (client: RestClient) => Effect.Effect<unknown, unknown>,
  changes: Parameters<typeof withAnswers>[2] = {}
) =>
  withAnswers(
    answers,
    (client, attempts) => Effect.map(Effect.flip(call(client)), (error) => ({ error, attempts })),
    changes
  )

const get = (client: RestClient) => client.get("/V1/invoices")
const write = (client: RestClient) => client.write("POST", "/entries", { body: { amount: "119.00" } })

describe("RestClient reading", () => {
  it.effect("gives status, text and exact JSON, its decimals as written", () =>
    withAnswers([{ status: 200, body: '{"grand_total":22.50,"id":7}' }], (client) =>
      Effect.gen(function* () {
        const answer = yield* get(client)
        assert.strictEqual(answer.status, 200)
        assert.deepStrictEqual(answer.body, { grand_total: "22.50", id: 7 })
      })
    )
  )

  it.effect("an answer that is not JSON has a text and no body", () =>
    withAnswers([{ status: 200, body: "<html>" }], (client) =>
      Effect.map(get(client), (answer) =>
        assert.deepStrictEqual([answer.text, answer.body], ["<html>", undefined])
      )
    )
  )

  it.effect("a busy server is asked again, no sooner than it says", () =>
    withAnswers(
      [
        { status: 503, headers: { "retry-after": "7" } },
        { status: 429, headers: { "retry-after": "3" } },
        { status: 200 }
      ],
      (client, attempts) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* get(client)).status, 200)
          const [first, second, third] = attempts.map(({ atMillis }) => atMillis)
          assert.strictEqual(attempts.length, 3)
          assert.isAtLeast((second ?? 0) - (first ?? 0), 7_000)
          assert.isAtLeast((third ?? 0) - (second ?? 0), 3_000)
        })
    )
  )

  it.effect("a server that is away is tried five times in all, longer apart each time, then reported", () =>
    Effect.gen(function* () {
      const { attempts, error } = yield* failureOf([{ status: 502 }], get)
      assert.strictEqual(attempts.length, 5)
      assert.include(
        String(error),
        "shop: shop.example.com answered 502 to GET /V1/invoices. Check that the system is up."
      )
    })
  )

  it.effect.each([{ code: "ECONNRESET" }, { never: true }] as const)(
    "no answer is tried again, and is unreachable in the end: %o",
    (answer) =>
      Effect.gen(function* () {
        const { attempts, error } = yield* failureOf([answer], get, { readAttempts: 3 })
        assert.strictEqual(attempts.length, 3)
        assert.deepNestedInclude(error, { "reason._tag": "Unreachable" })
      })
  )

  it.effect("a refusal that the vendor explains is final", () =>
    Effect.gen(function* () {
      const { attempts, error } = yield* failureOf([{ status: 400 }], get, {
        refuse: () => new Rejected({ code: "no-field", message: "there is no such field." })
      })
      assert.strictEqual(attempts.length, 1)
      assert.include(String(error), "shop: there is no such field.")
    })
  )

  it.effect("more bytes than allowed are not read to the end", () =>
    Effect.gen(function* () {
      const { attempts, error } = yield* failureOf([{ status: 200, body: "x".repeat(2_000) }], get, {
        bytesMaximum: 1_000
      })
      assert.strictEqual(attempts.length, 1)
      assert.include(String(error), "shop.example.com sent more than 1000 bytes. Use a smaller page size.")
    })
  )

  it.effect("parameters are encoded as RFC 3986 asks, in the order given", () =>
    withAnswers([{ status: 200 }], (client, attempts) =>
      Effect.gen(function* () {
        yield* client.get("/V1/invoices", {
          parameters: [
            ["filter[value]", "2026-03-31 10:00:00"],
            ["a", "x*(y)'!"]
          ]
        })
        assert.strictEqual(
          attempts[0]?.url,
          "https://shop.example.com/rest/V1/invoices?filter%5Bvalue%5D=2026-03-31%2010%3A00%3A00&a=x%2A%28y%29%27%21"
        )
      })
    )
  )

  it("a path without parameters stays as it is", () => {
    assert.strictEqual(withParameters("/V1/invoices"), "/V1/invoices")
  })
})

describe("RestClient writing", () => {
  it.effect("sends the body once, as JSON", () =>
    withAnswers([{ status: 201 }], (client, attempts) =>
      Effect.gen(function* () {
        yield* write(client)
        assert.deepStrictEqual(
          attempts.map(({ body, method }) => [method, body]),
          [["POST", '{"amount":"119.00"}']]
        )
      })
    )
  )

  it.effect.each([
    {
      name: "a 500",
      answer: { status: 500 },
      says: "answered 500 to POST /entries; it may or may not have taken effect"
    },
    {
      name: "a 503 without a time",
      answer: { status: 503 },
      says: "answered 503 to POST /entries; it may or may not"
    },
    {
      name: "a connection that broke",
      answer: { code: "ECONNRESET" },
      says: "broke off (ECONNRESET) after the request was sent"
    },
    { name: "silence", answer: { never: true }, says: "did not answer within 30s after the request was sent" }
  ] as const)("$name leaves the outcome unknown, and is never sent again", ({ answer, says }) =>
    Effect.gen(function* () {
      const { attempts, error } = yield* failureOf([answer, { status: 200 }], write)
      assert.strictEqual(attempts.length, 1)
      assert.deepNestedInclude(error, { "reason._tag": "OutcomeUnknown", disposition: "ambiguous" })
      assert.include(String(error), says)
    })
  )

  it.effect("a busy server has done nothing, and the next request waits as long as it says", () =>
    withAnswers([{ status: 429, headers: { "retry-after": "9" } }, { status: 200 }], (client, attempts) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(write(client))
        assert.deepNestedInclude(error, { "reason._tag": "RateLimited", "reason.retryAfterMillis": 9_000 })
        assert.strictEqual(attempts.length, 1)
        yield* get(client)
        assert.isAtLeast((attempts[1]?.atMillis ?? 0) - (attempts[0]?.atMillis ?? 0), 9_000)
      })
    )
  )

  it.effect.each([
    { what: "429", answer: { status: 429, headers: { "retry-after": "9" } }, rest: 9_000 },
    {
      what: "503 with Retry-After, though its outcome is unknown",
      answer: { status: 503, headers: { "retry-after": "9" } },
      rest: 9_000
    },
    {
      what: "a date by the clock of the server",
      answer: {
        status: 429,
        headers: { "retry-after": "Mon, 02 Nov 2026 10:00:20 GMT", date: "Mon, 02 Nov 2026 10:00:00 GMT" }
      },
      rest: 20_000
    },
    {
      what: "no figure we understand",
      answer: { status: 429, headers: { "retry-after": "soon" } },
      rest: 1_000
    },
    {
      what: "a figure beyond an hour",
      answer: { status: 429, headers: { "retry-after": "99999999" } },
      rest: 3_600_000
    }
  ])("the request after $what waits its time", ({ answer, rest }) =>
    withAnswers([answer, { status: 200 }], (client, attempts) =>
      Effect.gen(function* () {
        yield* Effect.flip(write(client))
        yield* get(client)
        const waited = (attempts[1]?.atMillis ?? 0) - (attempts[0]?.atMillis ?? 0)
        assert.isAtLeast(waited, rest)
        assert.isBelow(waited, rest + 2_000)
      })
    )
  )

  it.effect.each([
    { status: 429, what: "goes on more slowly after", gap: 1_200 },
    { status: 503, what: "keeps its pace after", gap: 1_000 }
  ])("$what a $status", ({ gap, status }) =>
    Effect.gen(function* () {
      const pace = yield* makeRateLimit(60)
      const answers = [{ status, headers: { "retry-after": "1" } }, { status: 200 }]
      yield* withAnswers(
        answers,
        (client, attempts) =>
          Effect.gen(function* () {
            yield* Effect.flip(write(client))
            yield* get(client)
            yield* get(client)
            const waited = (attempts[2]?.atMillis ?? 0) - (attempts[1]?.atMillis ?? 0)
            assert.isAtLeast(waited, gap)
            assert.isBelow(waited, gap + 100)
          }),
        { pace }
      )
    })
  )

  it.effect.each(["ECONNREFUSED", "ENOTFOUND", "UND_ERR_CONNECT_TIMEOUT", "CERT_HAS_EXPIRED"])(
    "a connection that was never made (%s) is no unknown outcome",
    (code) =>
      Effect.gen(function* () {
        const { error } = yield* failureOf([{ code }], write)
        assert.deepNestedInclude(error, { "reason._tag": "Unreachable" })
        assert.match(
          String(error),
          /cannot connect to shop\.example\.com: [a-z' ]+\. Check the URL and the network\./u
        )
      })
  )
})

describe("RestClient right before sending", () => {
  it.effect("asks once the request has its turn and its credentials, however long those took", () => {
    const asked: Array<number> = []
    const beforeSending = Effect.map(Clock.currentTimeMillis, (now) => void asked.push(now))
    return Effect.gen(function* () {
      const pace = yield* makeRateLimit(60_000)
      yield* pace.pause(40_000)
      yield* withAnswers(
        [{ status: 200 }],
        (client, attempts) =>
          Effect.map(client.write("POST", "/entries", { body: {}, beforeSending }), () => {
            assert.deepStrictEqual(
              asked,
              attempts.map(({ atMillis }) => atMillis)
            )
            assert.isAtLeast(asked[0] ?? 0, 70_000)
          }),
        { pace, authorize: (request) => Effect.as(Effect.sleep("30 seconds"), { request }) }
      )
    })
  })

  it.effect(
    "sends not one byte when the answer is no, and asks again before the repetition after a 401",
    () => {
      const no = new ConnectorError({ connection: "shop", reason: new NotSent({ message: "too old" }) })
      let asked = 0
      return withAnswers(
        [{ status: 401 }, { status: 200 }],
        (client, attempts) =>
          Effect.gen(function* () {
            const beforeSending = Effect.suspend(() => (++asked === 2 ? Effect.fail(no) : Effect.void))
            const error = yield* Effect.flip(client.write("POST", "/entries", { body: {}, beforeSending }))
            assert.strictEqual(error, no)
            assert.strictEqual(attempts.length, 1)
          }),
        { renew: Effect.succeed(true) }
      )
    }
  )
})

describe("RestClient and credentials", () => {
  it.effect("every attempt is authorised anew, so that no signature is sent twice", () =>
    withAnswers([{ status: 502 }, { status: 502 }, { status: 200 }], (client, attempts) =>
      Effect.gen(function* () {
        yield* get(client)
        assert.deepStrictEqual(
          attempts.map(({ authorization }) => authorization),
          [1, 2, 3].map((attempt) => `${credential} ${attempt}`)
        )
      })
    )
  )

  it.effect("a 401 renews the credentials once, and repeats even a writing request: nothing was done", () => {
    let renewed = 0
    const renew = Effect.sync(() => {
      renewed += 1
      return true
    })
    return withAnswers(
      [{ status: 401 }, { status: 200 }],
      (client, attempts) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* write(client)).status, 200)
          assert.deepStrictEqual([renewed, attempts.length], [1, 2])
        }),
      { renew }
    )
  })

  it.effect("a second 401 is final", () =>
    Effect.gen(function* () {
      const { attempts } = yield* failureOf([{ status: 401 }], write, {
        renew: Effect.succeed(true),
        refuse: () => new Rejected({ code: "unauthorised", message: "no." })
      })
      assert.strictEqual(attempts.length, 2)
    })
  )

  it.effect("a 401 is final where the credentials are still the same", () =>
    Effect.gen(function* () {
      const { attempts } = yield* failureOf([{ status: 401 }], get, {
        renew: Effect.succeed(false),
        refuse: () => new Rejected({ code: "unauthorised", message: "no." })
      })
      assert.strictEqual(attempts.length, 1)
    })
  )

  it.effect("a redirect is not followed, since it would carry the credentials elsewhere", () =>
    Effect.gen(function* () {
      const { attempts, error } = yield* failureOf(
        [{ status: 302, headers: { location: "https://other.example.com/" } }, { status: 200 }],
        get
      )
      assert.strictEqual(attempts.length, 1)
      assert.include(
        String(error),
        "answered with a redirect to https://other.example.com/; redirects are not followed. Put the final URL into connections.yaml."
      )
    })
  )

  it.effect.each([
    { status: 500 },
    { status: 302 },
    { status: 429 },
    { never: true },
    { code: "ECONNRESET" },
    { code: "ECONNREFUSED" }
  ] as const)("no failure says the credentials: %o", (answer) =>
    Effect.gen(function* () {
      for (const call of [get, write]) {
        const { attempts, error } = yield* failureOf([answer], call, { readAttempts: 1 })
        assert.include(attempts[0]?.authorization, credential)
        assert.notInclude(`${String(error)} ${JSON.stringify(error)}`, credential)
      }
    })
  )
})

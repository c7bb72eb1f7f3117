import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Redacted } from "effect"
import { HttpClientRequest } from "effect/http"
import { TestClock } from "effect/testing"
import {
  makeOAuthToken,
  type OAuthToken,
  type OAuthTokenOptions,
  renewalLeadMillis
} from "../../src/http/OAuthToken.ts"
import { memoryTokenCache, TokenCache } from "../../src/http/TokenCache.ts"
import { SecretMissing } from "../../src/pipeline/Secrets.ts"
import { type Answer, type Attempt, scriptedHttp, withTimePassing } from "./scriptedHttp.ts"

const clientSecret = "hunter2-and-more"

const token = (name: string, lifeSeconds: number): Answer => ({
  status: 200,
  body: JSON.stringify({ access_token: name, expires_in: lifeSeconds, token_type: "Bearer" })
})

const options: OAuthTokenOptions = {
  connection: "erp",
  tokenUrl: "https://erp.example.com/token",
  scope: "openid",
  credentials: Effect.succeed({
    clientId: Redacted.make("ledgerline"),
    clientSecret: Redacted.make(clientSecret)
  }),
  timeout: Duration.seconds(10),
  remedy: "Check the client secret in the Identity and Access Manager."
}

/** Runs `use` with a token holder whose server answers as told. */
const withAnswers = <A, E>(
  answers: ReadonlyArray<Answer>,
  use: (holder: OAuthToken, attempts: ReadonlyArray<Attempt>) => Effect.Effect<A, E>,
  changes: Partial<OAuthTokenOptions> = {}
) => {
  const http = scriptedHttp(answers)
  return Effect.flatMap(makeOAuthToken({ ...options, ...changes }), (holder) =>
    use(holder, http.attempts)
  ).pipe(Effect.provide(http.layer))
}

/** Sends a request with the current token, as it were; the effect in it is what a 401 sets off. */
const send = (holder: OAuthToken) =>
  Effect.map(
    holder.authorize(HttpClientRequest.get("https://erp.example.com/rows")),
    ({ renew, request }) => ({
      authorization: request.headers["authorization"],
      refused: renew ?? Effect.succeed(false)
    })
  )

const valueOf = (holder: OAuthToken) => Effect.map(holder.get, Redacted.value)

describe("OAuthToken", () => {
  it.effect("asks with the client credentials in the body, as a form", () =>
    withAnswers([token("one", 3600)], (holder, attempts) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* valueOf(holder), "one")
        const form = new URLSearchParams(attempts[0]?.body)
        assert.deepStrictEqual(Object.fromEntries(form), {
          grant_type: "client_credentials",
          client_id: "ledgerline",
          client_secret: clientSecret,
          scope: "openid"
        })
        assert.deepStrictEqual([attempts[0]?.method, attempts[0]?.url], ["POST", options.tokenUrl])
      })
    )
  )

  it.effect("keeps a token until shortly before it expires, then asks for the next", () =>
    withAnswers([token("one", 3600), token("two", 3600)], (holder, attempts) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* valueOf(holder), "one")
        yield* TestClock.adjust("54 minutes")
        assert.strictEqual(yield* valueOf(holder), "one")
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* valueOf(holder), "two")
        assert.strictEqual(attempts.length, 2)
      })
    )
  )

  it.effect("a token that lives a minute is used for three quarters of it", () =>
    withAnswers([token("one", 60), token("two", 60)], (holder) =>
      Effect.gen(function* () {
        yield* holder.get
        yield* TestClock.adjust("44 seconds")
        assert.strictEqual(yield* valueOf(holder), "one")
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* valueOf(holder), "two")
      })
    )
  )

  it.each([
    { life: 60_000, lead: 15_000 },
    { life: 20 * 60_000, lead: 5 * 60_000 },
    { life: 24 * 3_600_000, lead: 5 * 60_000 }
  ])("a token of $life ms is renewed $lead ms ahead", ({ lead, life }) => {
    assert.strictEqual(renewalLeadMillis(life), lead)
  })

  it.effect("many who ask at once cause one request and get the same token", () =>
    withAnswers([token("one", 3600), token("two", 3600)], (holder, attempts) =>
      Effect.gen(function* () {
        const tokens = yield* Effect.replicateEffect(valueOf(holder), 20, { concurrency: "unbounded" })
        assert.deepStrictEqual([...new Set(tokens)], ["one"])
        assert.strictEqual(attempts.length, 1)
      })
    )
  )

  it.effect("a token that the server refused is forgotten, and the next is asked for", () =>
    withAnswers([token("one", 3600), token("two", 3600)], (holder) =>
      Effect.gen(function* () {
        const { authorization, refused } = yield* send(holder)
        assert.strictEqual(authorization, "Bearer one")
        assert.isTrue(yield* refused)
        assert.strictEqual(yield* valueOf(holder), "two")
      })
    )
  )

  it.effect("many requests refused with one token cause one new token", () =>
    withAnswers([token("one", 3600), token("two", 3600), token("three", 3600)], (holder, attempts) =>
      Effect.gen(function* () {
        const sent = yield* Effect.replicateEffect(send(holder), 20)
        const tokens = yield* Effect.forEach(
          sent,
          ({ refused }) => Effect.andThen(refused, valueOf(holder)),
          {
            concurrency: "unbounded"
          }
        )
        assert.deepStrictEqual([...new Set(tokens)], ["two"])
        assert.strictEqual(attempts.length, 2)
      })
    )
  )

  describe("while one client secret replaces another", () => {
    const credentials = Effect.succeed({
      clientId: Redacted.make("ledgerline"),
      clientSecret: Redacted.make("new-secret"),
      previousClientSecret: Redacted.make("old-secret")
    })
    const refused: Answer = { status: 401, body: '{"error":"invalid_client","error_description":"no."}' }
    const secrets = (attempts: ReadonlyArray<Attempt>) =>
      attempts.map(({ body }) => new URLSearchParams(body).get("client_secret"))

    it.effect("the previous one is tried when the current one is refused", () =>
      withAnswers(
        [refused, token("one", 3600)],
        (holder, attempts) =>
          Effect.gen(function* () {
            assert.strictEqual(yield* valueOf(holder), "one")
            assert.strictEqual(yield* valueOf(holder), "one")
            assert.deepStrictEqual(secrets(attempts), ["new-secret", "old-secret"])
          }),
        { credentials }
      )
    )

    it.effect("the previous one is left alone while the current one is accepted", () =>
      withAnswers(
        [token("one", 3600)],
        (holder, attempts) =>
          Effect.map(holder.get, () => assert.deepStrictEqual(secrets(attempts), ["new-secret"])),
        { credentials }
      )
    )

    it.effect("when both are refused, each was tried once and the current one is named", () =>
      withAnswers(
        [refused, { status: 401, body: '{"error":"invalid_client","error_description":"also no."}' }],
        (holder, attempts) =>
          Effect.map(Effect.flip(holder.get), (error) => {
            assert.include(error.message, "(401, invalid_client, no.)")
            assert.strictEqual(attempts.length, 2)
          }),
        { credentials }
      )
    )

    it.effect("a wrong scope is no reason to try the other one", () =>
      withAnswers(
        [{ status: 400, body: '{"error":"invalid_scope"}' }],
        (holder, attempts) =>
          Effect.map(Effect.flip(holder.get), (error) => {
            assert.include(error.message, "was refused (400, invalid_scope). Check the scopes.")
            assert.strictEqual(attempts.length, 1)
          }),
        { credentials, remedies: { invalid_scope: "Check the scopes." } }
      )
    )
  })

  it.effect("a refusal that quotes the secret is not quoted", () =>
    withAnswers(
      [{ status: 401, body: `{"error":"invalid_client","error_description":"not ${clientSecret}"}` }],
      (holder) =>
        Effect.map(Effect.flip(holder.get), (error) => {
          assert.include(error.message, "was refused (401, invalid_client). ")
          assert.notInclude(error.message, clientSecret)
        })
    )
  )

  it.effect(
    "a rotated secret is picked up within five seconds, while the token got with the old one still lives",
    () => {
      let secret = "old"
      const credentials = Effect.sync(() => ({
        clientId: Redacted.make("ledgerline"),
        clientSecret: Redacted.make(secret)
      }))
      return withAnswers(
        [token("one", 3600), token("two", 3600)],
        (holder, attempts) =>
          Effect.gen(function* () {
            assert.strictEqual(yield* valueOf(holder), "one")
            secret = "new"
            yield* TestClock.adjust("5 seconds")
            assert.strictEqual(yield* valueOf(holder), "two")
            assert.deepStrictEqual(
              attempts.map(({ body }) => new URLSearchParams(body).get("client_secret")),
              ["old", "new"]
            )
          }),
        { credentials }
      )
    }
  )

  it.effect("many requests read the credentials once, and a refusal has them read afresh", () => {
    let reads = 0
    const credentials = Effect.sync(() => {
      reads++
      return { clientId: Redacted.make("ledgerline"), clientSecret: Redacted.make(clientSecret) }
    })
    return withAnswers(
      [token("one", 3600), token("two", 3600)],
      (holder) =>
        Effect.gen(function* () {
          for (let request = 0; request < 10; request++) yield* valueOf(holder)
          assert.strictEqual(reads, 1)
          const { renew } = yield* holder.authorize(HttpClientRequest.get("https://erp.example.com"))
          yield* renew ?? Effect.void
          assert.strictEqual(yield* valueOf(holder), "two")
          assert.strictEqual(reads, 2)
        }),
      { credentials }
    )
  })

  describe("with a cache", () => {
    /** Two holders, as two pipelines on one connection have them, whose server answers as told. */
    const withTwoHolders = <A, E>(
      answers: ReadonlyArray<Answer>,
      use: (first: OAuthToken, second: OAuthToken, attempts: ReadonlyArray<Attempt>) => Effect.Effect<A, E>,
      changes: Partial<OAuthTokenOptions> = {}
    ) => {
      const http = scriptedHttp(answers)
      return Effect.gen(function* () {
        const first = yield* makeOAuthToken(options)
        const second = yield* makeOAuthToken({ ...options, ...changes })
        return yield* use(first, second, http.attempts)
      }).pipe(Effect.provide(http.layer), Effect.provideServiceEffect(TokenCache, memoryTokenCache))
    }

    it.effect("a token that one holder got serves the other, until it is due to be renewed", () =>
      withTwoHolders([token("one", 3600), token("two", 3600)], (first, second, attempts) =>
        Effect.gen(function* () {
          assert.strictEqual(yield* valueOf(first), "one")
          assert.strictEqual(yield* valueOf(second), "one")
          assert.strictEqual(attempts.length, 1)
          yield* TestClock.adjust("55 minutes")
          assert.strictEqual(yield* valueOf(second), "two")
          assert.strictEqual(yield* valueOf(first), "two")
          assert.strictEqual(attempts.length, 2)
        })
      )
    )

    it.effect("a token that the server refused serves nobody who has not taken it yet", () =>
      withTwoHolders([token("one", 3600), token("two", 3600)], (first, second) =>
        Effect.gen(function* () {
          yield* (yield* send(first)).refused
          assert.strictEqual(yield* valueOf(second), "two")
        })
      )
    )

    it.effect("a holder that is refused late does not throw away the token renewed meanwhile", () =>
      withTwoHolders([token("one", 3600), token("two", 3600)], (first, second, attempts) =>
        Effect.gen(function* () {
          const early = yield* send(first)
          const late = yield* send(second)
          yield* early.refused
          assert.strictEqual(yield* valueOf(first), "two")
          yield* late.refused
          assert.strictEqual(yield* valueOf(second), "two")
          assert.strictEqual(attempts.length, 2)
        })
      )
    )

    it.effect.each<{ readonly what: string; readonly changes: Partial<OAuthTokenOptions> }>([
      { what: "connection", changes: { connection: "other" } },
      { what: "address", changes: { tokenUrl: "https://other.example.com/token" } },
      { what: "scope", changes: { scope: "openid more" } },
      {
        what: "secret",
        changes: {
          credentials: Effect.succeed({
            clientId: Redacted.make("ledgerline"),
            clientSecret: Redacted.make("another")
          })
        }
      }
    ])("a token is not shared with a holder of another $what", ({ changes }) =>
      withTwoHolders(
        [token("one", 3600), token("two", 3600)],
        (first, second) =>
          Effect.gen(function* () {
            assert.strictEqual(yield* valueOf(first), "one")
            assert.strictEqual(yield* valueOf(second), "two")
          }),
        changes
      )
    )
  })

  it.effect("a wrong secret halts with what to check, and does not say the secret", () =>
    withAnswers([{ status: 401, body: `{"error":"invalid_client","secret":"${clientSecret}"}` }], (holder) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(holder.get)
        assert.strictEqual(error.reason._tag, "Unauthorized")
        assert.strictEqual(error.disposition, "halt")
        assert.strictEqual(
          error.message,
          `erp: the token request to ${options.tokenUrl} was refused (401, invalid_client). ${options.remedy}`
        )
        assert.notInclude(JSON.stringify(error), clientSecret)
      })
    )
  )

  it.effect("a secret that is not set halts with the message that names it", () =>
    withAnswers(
      [token("one", 60)],
      (holder) =>
        Effect.map(Effect.flip(holder.get), (error) => {
          assert.strictEqual(error.message, "erp: environment variable IFS_SECRET is not set.")
          assert.strictEqual(error.disposition, "halt")
        }),
      {
        credentials: Effect.fail(
          new SecretMissing({ message: "environment variable IFS_SECRET is not set." })
        )
      }
    )
  )

  it.effect.each([
    { name: "an outage", answer: { status: 503 }, says: "it answered 503" },
    { name: "a busy server", answer: { status: 429 }, says: "it answered 429" },
    {
      name: "a page instead of a token",
      answer: { status: 200, body: "<html>" },
      says: "the answer is not a token"
    },
    {
      name: "a closed connection",
      answer: { code: "ECONNRESET" },
      says: "the connection to it broke off (ECONNRESET). Check the URL and the network"
    },
    {
      name: "a silent server",
      answer: { never: true },
      says: "it did not answer within 10s. Check the URL and the network"
    }
  ] as const)("$name may be tried again, names the URL, and says no secret", ({ answer, says }) =>
    withAnswers([answer], (holder) =>
      Effect.gen(function* () {
        const error = yield* withTimePassing(Effect.flip(holder.get))
        assert.strictEqual(error.reason._tag, "Unreachable")
        assert.include(error.message, `no token from ${options.tokenUrl}: ${says}`)
        assert.notInclude(JSON.stringify(error), clientSecret)
      })
    )
  )

  it.effect("a failure is not kept: the next who asks tries again", () =>
    withAnswers([{ status: 503 }, token("one", 60)], (holder) =>
      Effect.gen(function* () {
        yield* Effect.flip(holder.get)
        assert.strictEqual(yield* valueOf(holder), "one")
      })
    )
  )
})

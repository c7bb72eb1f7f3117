import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Schema } from "effect"
import { odata } from "../../../src/connectors/ifs-cloud/odata.ts"
import { ifsServer } from "../../../src/sandbox/ifs/ifsServer.ts"
import { inTestTime } from "./inTestTime.ts"
import { openClient } from "./openClient.ts"

const periods = {
  entitySet: "AccountingPeriodsHandling.svc/AccountingPeriodSet",
  row: Schema.Struct({ Company: Schema.String }),
  filter: odata.and(
    odata.equal("Company", odata.string("10")),
    odata.equal(
      "PeriodStatus",
      odata.enumMember({ projection: "AccountingPeriodsHandling", type: "PeriodStatus", member: "Closed" })
    )
  ),
  orderBy: ["Company", "AccountingYear", "AccountingPeriod"]
}

describe("B1 the token", () => {
  it.effect.each([
    // A quarter of a life that is shorter than twenty minutes, else five minutes.
    { lifeSeconds: 180, stillGood: 134, renewed: 136 },
    { lifeSeconds: 3600, stillGood: 3298, renewed: 3302 }
  ])("that lives $lifeSeconds s is renewed ahead of its expiry", ({ lifeSeconds, renewed, stillGood }) =>
    Effect.gen(function* () {
      const server = yield* ifsServer({ tokenLifetimeSeconds: lifeSeconds })
      const client = yield* openClient(server)
      const ask = inTestTime(client.page(periods, { top: 1 }), "1 millis")
      yield* ask
      const start = yield* Clock.currentTimeMillis
      const until = (seconds: number) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          inTestTime(Effect.sleep(start + seconds * 1000 - now), "1 second")
        )
      yield* until(stillGood)
      yield* ask
      assert.strictEqual((yield* server.statistics).tokensIssued, 1)
      yield* until(renewed)
      yield* ask
      const { tokensIssued, unauthorized } = yield* server.statistics
      assert.deepStrictEqual([tokensIssued, unauthorized], [2, 0])
    })
  )

  it.live("that is refused early is renewed once, and the request goes out again", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const client = yield* openClient(server)
      yield* client.page(periods, { top: 1 })
      yield* server.revokeTokens
      const { rows } = yield* client.page(periods, { top: 1 })
      assert.strictEqual(rows.length, 1)
      const { tokensIssued, unauthorized } = yield* server.statistics
      assert.deepStrictEqual([tokensIssued, unauthorized], [2, 1])
    })
  )
})

describe("B2 questions", () => {
  it.live("an enumeration is filtered by its qualified member", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const client = yield* openClient(server)
      assert.strictEqual((yield* client.list(periods)).length, 6)
    })
  )

  it.live("main or int is the first segment of the address", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const client = yield* openClient(server, { endpoint: "int" })
      yield* server.faults.add({ match: "GET /main/", kind: "status", status: 404 })
      assert.strictEqual((yield* client.list(periods)).length, 6)
    })
  )

  it.effect("reading is tried again while IFS is away", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const client = yield* openClient(server)
      yield* server.faults.add({ match: "GET AccountingPeriodSet", kind: "status", status: 503, times: 2 })
      assert.strictEqual((yield* inTestTime(client.list(periods))).length, 6)
    })
  )
})

describe("B4 the pace", () => {
  it.effect("never meets a limit that is set as it is", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer({ requestsPerMinute: 60 })
      const client = yield* openClient(server, { requestsPerMinute: 60 })
      yield* inTestTime(
        Effect.replicateEffect(client.page(periods, { top: 1 }), 150, { concurrency: 20, discard: true })
      )
      assert.strictEqual((yield* server.statistics).throttled, 0)
      // 98 % of 60 a minute.
      assert.isAtLeast(yield* Clock.currentTimeMillis, (149 / 58.8) * 60_000)
    })
  )

  it.effect("waits as long as a 429 says, and all requests get through", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer({ requestsPerMinute: 60 })
      const client = yield* openClient(server, { requestsPerMinute: 600 })
      yield* inTestTime(
        Effect.replicateEffect(client.page(periods, { top: 1 }), 130, { concurrency: 10, discard: true })
      )
      const { requests, throttled } = yield* server.statistics
      assert.strictEqual(
        (requests["GET AccountingPeriodsHandling.svc/AccountingPeriodSet"] ?? 0) - throttled,
        130
      )
      assert.isAbove(throttled, 0)
      assert.isBelow(throttled, 40)
    })
  )
})

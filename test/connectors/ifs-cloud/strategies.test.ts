import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Option, Result, Schema } from "effect"
import { TestClock } from "effect/testing"
import { formatDecimal } from "../../../src/accounting/Decimal.ts"
import { reverse } from "../../../src/accounting/reverse.ts"
import { Connection } from "../../../src/connectors/ifs-cloud/Connection.ts"
import { VouchersConfig } from "../../../src/connectors/ifs-cloud/VouchersConfig.ts"
import { VouchersSink } from "../../../src/connectors/ifs-cloud/VouchersSink.ts"
import { ConnectorError, NotSent } from "../../../src/pipeline/ConnectorError.ts"
import { calendarPeriods } from "../../../src/sandbox/ifs/CompanyData.ts"
import { type IfsServer, ifsServer } from "../../../src/sandbox/ifs/ifsServer.ts"
import { invoice, linesWith } from "./entries.ts"
import { inTestTime } from "./inTestTime.ts"
import { openSink } from "./openSink.ts"

const direct = {
  connection: { projections: { directVouchers: "VoucherIntegrationHandling.svc/VoucherSet" } },
  config: { strategy: "direct" }
}
const externalLoad = { config: { strategy: "external-load", voucherType: "X" } }

/** Each strategy, its settings, and the one request of it that posts. */
const all = [
  { strategy: "assistant", settings: {}, type: "Q", commit: "POST VoucherEntry_CreateVoucher" },
  { strategy: "direct", settings: direct, type: "Q", commit: "POST VoucherIntegrationHandling" },
  { strategy: "external-load", settings: externalLoad, type: "X", commit: "POST ExtLoadInfo_DoCreateVoucher" }
] as const

const codeOf = (error: ConnectorError) =>
  error.reason._tag === "Rejected" ? error.reason.code : error.reason._tag

const numbered = (number: number) =>
  invoice({
    idempotencyKey: `shop/10/invoice/${number}/post/1`,
    document: { resource: "invoice", id: `${number}`, number: `${number}` }
  })

const requestsTo = (server: IfsServer, part = "") =>
  Effect.map(server.statistics, ({ requests }) =>
    Object.entries(requests)
      .filter(([route]) => route.includes(part))
      .reduce((sum, [, count]) => sum + count, 0)
  )

const writesTo = (server: IfsServer) =>
  Effect.map(server.statistics, ({ requests }) =>
    Object.entries(requests)
      .filter(([route]) => route.startsWith("POST ") && route.includes(".svc"))
      .reduce((sum, [, count]) => sum + count, 0)
  )

const vouchersIn = (server: IfsServer) => Effect.map(server.books, ({ vouchers }) => vouchers)

describe("each strategy", () => {
  describe.each(all)("$strategy", ({ commit, settings, type }) => {
    it.live("posts an entry as one balanced voucher with a row per line, and finds it", () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server, settings)
        const receipt = yield* sink.post(invoice())
        const [voucher, ...more] = yield* vouchersIn(server)
        assert.strictEqual(more.length, 0)
        assert.deepStrictEqual(receipt, {
          reference: `10/2026/${type}/${voucher?.voucherNo}`,
          stage: "accepted"
        })
        assert.deepStrictEqual(
          voucher?.rows.map((row) => [
            row.account,
            formatDecimal(row.debit ?? row.credit ?? row.currencyRate),
            row.codeParts["B"],
            row.taxCode
          ]),
          [
            ["1510", "119.00", undefined, null],
            ["4000", "100.00", "100", null],
            ["2610", "19.00", undefined, "DE-19"]
          ]
        )
        assert.deepStrictEqual(yield* sink.find(invoice()), Option.some(receipt))
      })
    )

    it.live("posts a storno with negative amounts", () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server, settings)
        const storno = reverse(invoice(), {
          style: "storno",
          idempotencyKey: "shop/10/invoice/42/reversal/1",
          postingDate: "2026-11-02"
        })
        yield* sink.post(storno)
        const [voucher] = yield* vouchersIn(server)
        assert.strictEqual(
          voucher?.rows.map((row) => formatDecimal(row.debit ?? row.credit ?? row.currencyRate)).join(" "),
          "-119.00 -100.00 -19.00"
        )
        assert.isTrue(voucher?.rows.every((row) => row.correction))
      })
    )

    it.live.each([
      { what: "a closed period", change: { postingDate: "2026-03-31" }, code: "period-closed" },
      {
        what: "an unknown account",
        change: { lines: linesWith("revenue", { account: "4999" }) },
        code: "unknown-account"
      }
    ])("refuses $what, names it, and posts nothing", ({ change, code }) =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server, settings)
        const error = yield* Effect.flip(sink.post(invoice(change)))
        assert.strictEqual(codeOf(error), code)
        if (code === "unknown-account") assert.match(error.message, /^erp: line revenue \(account 4999/u)
        assert.deepStrictEqual(yield* server.books, { vouchers: [], temporary: 0 })
      })
    )

    it.live.each(["after-commit", "truncate"] as const)(
      "an answer that is lost (%s) leaves the outcome open, and looking it up tells",
      (kind) =>
        Effect.gen(function* () {
          const server = yield* ifsServer()
          const sink = yield* openSink(server, settings)
          yield* server.faults.add({ match: commit, times: 1, kind })
          // An action without a body cannot be cut off: its success is seen as one.
          const result = yield* Effect.result(sink.post(invoice()))
          if (Result.isFailure(result)) assert.strictEqual(result.failure.reason._tag, "OutcomeUnknown")
          const [voucher] = yield* vouchersIn(server)
          assert.strictEqual(
            Option.getOrUndefined(yield* sink.find(invoice()))?.reference,
            `10/2026/${type}/${voucher?.voucherNo}`
          )
        })
    )

    it.live("a busy server is no unknown outcome: nothing was posted", () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server, settings)
        yield* server.faults.add({
          match: commit,
          kind: "status",
          status: 429,
          retryAfterSeconds: 0,
          times: 1
        })
        const error = yield* Effect.flip(sink.post(invoice()))
        assert.strictEqual(error.reason._tag, "RateLimited")
        assert.strictEqual((yield* vouchersIn(server)).length, 0)
        yield* sink.post(invoice())
        assert.strictEqual((yield* vouchersIn(server)).length, 1)
      })
    )

    it.live("asks the caller right before the one request that posts", () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server, settings)
        let prepared = -1
        yield* sink.post(
          invoice(),
          Effect.map(writesTo(server), (writes) => {
            prepared = writes
          })
        )
        assert.strictEqual(yield* writesTo(server), prepared + 1)
      })
    )

    it.live("posts nothing when the caller says no", () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server, settings)
        const no = new ConnectorError({
          connection: "erp",
          reason: new NotSent({ message: "the mark is old" })
        })
        const error = yield* Effect.flip(sink.post(invoice(), Effect.fail(no)))
        assert.strictEqual(error, no)
        assert.deepStrictEqual(yield* server.books, { vouchers: [], temporary: 0 })
        yield* sink.post(invoice())
        assert.strictEqual((yield* vouchersIn(server)).length, 1)
      })
    )
  })
})

describe("external-load", () => {
  it.live("posting again makes no second voucher and gives the same receipt", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server, externalLoad)
      const first = yield* sink.post(invoice())
      const before = yield* writesTo(server)
      assert.deepStrictEqual(yield* sink.post(invoice()), first)
      assert.strictEqual((yield* vouchersIn(server)).length, 1)
      // The attempt to open the load is all it takes to see that it is created.
      assert.strictEqual((yield* writesTo(server)) - before, 1)
    })
  )

  it.live("ten who post the same entry at once make one voucher, whoever wins", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sinks = yield* Effect.replicateEffect(openSink(server, externalLoad), 10)
      yield* Effect.forEach(sinks, (sink) => Effect.result(sink.post(invoice())), { concurrency: 10 })
      assert.isAtMost((yield* vouchersIn(server)).length, 1)
      const [sink] = sinks
      if (sink !== undefined) yield* sink.post(invoice())
      assert.strictEqual((yield* vouchersIn(server)).length, 1)
    })
  )

  it.live.each([
    { step: "the load", match: "POST ExtLoadInfoSet", transactions: 4 },
    { step: "a transaction", match: "POST ExternalVouchersSet", transactions: 4 },
    { step: "the check", match: "POST DoCheckTransactions", transactions: 4 },
    { step: "the create", match: "POST DoCreateVoucher", transactions: 3 }
  ])("an attempt that broke off after $step is taken up where it was", ({ match, transactions }) =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const first = yield* openSink(server, externalLoad)
      yield* server.faults.add({ match, kind: "after-commit", times: 1 })
      const error = yield* Effect.flip(first.post(invoice()))
      assert.include(["Unreachable", "OutcomeUnknown"], error.reason._tag)
      const other = yield* openSink(server, externalLoad)
      yield* other.post(invoice())
      const [voucher, ...more] = yield* vouchersIn(server)
      assert.deepStrictEqual([voucher?.rows.length, more.length], [3, 0])
      assert.strictEqual(yield* requestsTo(server, "ExternalVouchersSet"), transactions)
    })
  )

  it.effect("a create that arrives after another attempt has finished does nothing", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server, externalLoad)
      yield* server.faults.add({
        match: "POST DoCreateVoucher",
        kind: "delay",
        delayMillis: 900_000,
        times: 1
      })
      const error = yield* Effect.flip(inTestTime(sink.post(invoice())))
      assert.strictEqual(error.reason._tag, "OutcomeUnknown")
      assert.strictEqual((yield* vouchersIn(server)).length, 0)
      yield* inTestTime(sink.post(invoice()))
      yield* TestClock.adjust("15 minutes")
      // Anything asked after the late create has begun is answered after it.
      yield* inTestTime(sink.find(invoice()))
      assert.strictEqual((yield* vouchersIn(server)).length, 1)
    })
  )

  it.live("a refused entry is posted once what was wrong is put right", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server, externalLoad)
      const march = invoice({ postingDate: "2026-03-31" })
      assert.strictEqual(codeOf(yield* Effect.flip(sink.post(march))), "period-closed")
      yield* server.updateCompanies((companies) =>
        companies.map((company) => ({ ...company, periods: calendarPeriods([2026], "2026-01") }))
      )
      yield* sink.post(march)
      assert.strictEqual((yield* vouchersIn(server)).length, 1)
    })
  )

  it.live("a refused entry leaves nothing behind that its correction would meet", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server, externalLoad)
      yield* Effect.flip(sink.post(invoice({ postingDate: "2026-03-31" })))
      yield* sink.post(invoice())
      assert.strictEqual((yield* vouchersIn(server)).length, 1)
    })
  )

  it.live("what an earlier content of the entry left behind is removed, not created", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server, externalLoad)
      yield* server.faults.add({ match: "POST DoCheckTransactions", kind: "reset", times: 1 })
      yield* Effect.flip(sink.post(invoice()))
      const changed = invoice({ postingDate: "2026-11-01" })
      assert.strictEqual((yield* Effect.flip(sink.post(changed))).reason._tag, "Unreachable")
      yield* sink.post(changed)
      assert.deepStrictEqual(
        (yield* vouchersIn(server)).map((voucher) => voucher.voucherDate),
        ["2026-11-01"]
      )
    })
  )

  it.live("a load that was created but shows no voucher is no success", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server, externalLoad)
      yield* sink.post(invoice())
      const elsewhere = yield* openSink(server, {
        config: { ...externalLoad.config, referenceSerie: "ANOTHER" }
      })
      const error = yield* Effect.flip(elsewhere.post(invoice()))
      assert.strictEqual(error.reason._tag, "OutcomeUnknown")
      assert.match(error.message, /load L\w{19} was created, but IFS shows no voucher/u)
    })
  )
})

describe("settings of a strategy", () => {
  const made = (config: Record<string, unknown>, connection: Record<string, unknown> = {}) =>
    Effect.gen(function* () {
      return VouchersSink.make({
        name: "erp",
        connection: yield* Schema.decodeUnknownEffect(Connection)({
          baseUrl: "https://erp.example.com",
          realm: "acme1",
          credentials: { clientId: { env: "A" }, clientSecret: { env: "B" } },
          ...connection
        }),
        config: yield* Schema.decodeUnknownEffect(VouchersConfig)({
          voucherType: "M",
          userGroup: "AC",
          ...config
        })
      })
    })

  it.effect("assistant is the usual one, and waits as long as IFS may work", () =>
    Effect.gen(function* () {
      const sink = yield* made({})
      assert.strictEqual(sink.strategy.name, "assistant")
      assert.include(sink.strategy.guarantee, "statementTimeout")
      assert.strictEqual(sink.ambiguityMillis, Duration.toMillis("15 minutes"))
      assert.deepStrictEqual(sink.problems, [])
    })
  )

  it.effect("external-load waits for an answer only", () =>
    Effect.gen(function* () {
      const sink = yield* made({ strategy: "external-load" })
      assert.strictEqual(sink.ambiguityMillis, Duration.toMillis("60 seconds"))
      assert.deepStrictEqual(sink.problems, [])
    })
  )

  it.effect.each([
    {
      what: "direct without a projection",
      config: { strategy: "direct" },
      said: "Name it in directVouchers"
    },
    {
      what: "external-load that should leave vouchers unapproved",
      config: { strategy: "external-load", voucherStatus: "NotApproved" },
      said: "Remove voucherStatus"
    }
  ])("$what is a problem, said in a sentence", ({ config, said }) =>
    Effect.gen(function* () {
      const [problem = ""] = (yield* made(config)).problems
      assert.include(problem, said)
    })
  )

  it.live("a sink with a problem does not open", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const error = yield* Effect.flip(openSink(server, { config: { strategy: "direct" } }))
      assert.include(error.message, "Name it in directVouchers")
      assert.strictEqual(yield* requestsTo(server), 0)
    })
  )
})

describe("requests", () => {
  it.effect("are two in a hundred fewer than allowed, since they bunch up on their way", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server, { connection: { requestsPerMinute: 1 } })
      const start = yield* Clock.currentTimeMillis
      yield* inTestTime(sink.find(invoice()))
      assert.isAtLeast((yield* Clock.currentTimeMillis) - start, (2 * 60_000) / 0.98)
    })
  )

  it.live.each([
    { strategy: "assistant", settings: {}, most: 5.5 },
    { strategy: "direct", settings: direct, most: 1.5 },
    { strategy: "external-load", settings: externalLoad, most: 7.7 }
  ])("an entry of three lines costs at most $most of them by $strategy", ({ most, settings }) =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server, settings)
      const entries = Array.from({ length: 48 }, (_, index) => numbered(index))
      for (let from = 0; from < entries.length; from += 16) {
        const batch = entries.slice(from, from + 16)
        yield* sink.findAll(batch)
        yield* Effect.forEach(batch, (entry) => sink.post(entry), { concurrency: 16 })
      }
      assert.strictEqual((yield* vouchersIn(server)).length, 48)
      assert.isAtMost((yield* requestsTo(server)) / 48, most)
    })
  )
})

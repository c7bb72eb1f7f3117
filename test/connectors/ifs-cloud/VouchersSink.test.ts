import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { formatDecimal } from "../../../src/accounting/Decimal.ts"
import { reverse } from "../../../src/accounting/reverse.ts"
import type { ConnectorError } from "../../../src/pipeline/ConnectorError.ts"
import { type IfsServer, ifsServer } from "../../../src/sandbox/ifs/ifsServer.ts"
import { encodedInvoice, invoice, linesWith } from "./entries.ts"
import { inTestTime } from "./inTestTime.ts"
import { openSink } from "./openSink.ts"

const codeOf = (error: ConnectorError) =>
  error.reason._tag === "Rejected" ? error.reason.code : error.reason._tag

const amount = (value: Parameters<typeof formatDecimal>[0] | null) =>
  value === null ? null : formatDecimal(value)

const requestsOf = (server: IfsServer, part: string) =>
  Effect.map(server.statistics, ({ requests }) =>
    Object.entries(requests)
      .filter(([route]) => route.includes(part))
      .reduce((sum, [, count]) => sum + count, 0)
  )

describe("VouchersSink", () => {
  it.live("posts an entry as one voucher with one row per line, and leaves no draft", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      const receipt = yield* sink.post(invoice())
      const books = yield* server.books
      const [voucher] = books.vouchers
      assert.strictEqual(books.vouchers.length, 1)
      assert.deepStrictEqual(receipt, { reference: `10/2026/Q/${voucher?.voucherNo}`, stage: "accepted" })
      assert.deepStrictEqual(
        voucher?.rows.map((row) => [row.account, amount(row.debit), amount(row.credit), row.codeParts["B"]]),
        [
          ["1510", "119.00", null, undefined],
          ["4000", null, "100.00", "100"],
          ["2610", null, "19.00", undefined]
        ]
      )
      assert.strictEqual(voucher?.status, "Confirmed")
      assert.include(voucher?.text, "Müller & Söhne")
      assert.strictEqual(books.temporary, 0)
    })
  )

  it.live("finds nothing before posting and its own voucher afterwards, in both places", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      assert.isTrue(Option.isNone(yield* sink.find(invoice())))
      const receipt = yield* sink.post(invoice())
      assert.deepStrictEqual(yield* sink.find(invoice()), Option.some(receipt))
      yield* server.updateGeneralLedger
      assert.deepStrictEqual(
        yield* sink.find(invoice()),
        Option.some({ reference: receipt.reference, stage: "in-general-ledger" as const })
      )
    })
  )

  it.live("takes JSON numbers where the gateway does not pass IEEE754Compatible on", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server, { connection: { ieee754Compatible: false } })
      const lines = encodedInvoice.lines.map((line, index) => {
        const text = ["123456789012345.29", "123456789012345.19", "0.10"][index]
        return { ...line, amount: text, accountingAmount: text }
      })
      yield* sink.post(invoice({ lines }))
      const [voucher] = (yield* server.books).vouchers
      assert.strictEqual(amount(voucher?.rows[0]?.debit ?? null), "123456789012345.29")
    })
  )

  it.live("posts in two currencies, each amount as the entry states it", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      const lines = encodedInvoice.lines.map((line, index) => ({
        ...line,
        accountingAmount: ["103.94", "87.35", "16.59"][index]
      }))
      yield* sink.post(invoice({ currency: "USD", lines }))
      const [voucher] = (yield* server.books).vouchers
      assert.deepStrictEqual(
        voucher?.rows.map((row) => [
          row.currencyCode,
          amount(row.currencyDebit ?? row.currencyCredit),
          amount(row.debit ?? row.credit)
        ]),
        [
          ["USD", "119.00", "103.94"],
          ["USD", "100.00", "87.35"],
          ["USD", "19.00", "16.59"]
        ]
      )
    })
  )

  it.live("posts a storno with negative amounts, and finds original and storno apart", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      const original = yield* sink.post(invoice())
      const storno = reverse(invoice(), {
        style: "storno",
        idempotencyKey: "shop/10/invoice/42/reversal/1",
        postingDate: "2026-11-02"
      })
      const reversal = yield* sink.post(storno)
      const [, voucher] = (yield* server.books).vouchers
      assert.strictEqual(amount(voucher?.rows[0]?.debit ?? null), "-119.00")
      assert.isTrue(voucher?.rows.every((row) => row.correction))
      assert.deepStrictEqual(yield* sink.find(invoice()), Option.some(original))
      assert.deepStrictEqual(yield* sink.find(storno), Option.some(reversal))
    })
  )

  describe("refusals", () => {
    it.live.each([
      {
        what: "a closed period",
        change: { postingDate: "2026-03-31" },
        code: "period-closed",
        said: /Open it in IFS/u
      },
      {
        what: "an unknown account",
        change: { lines: linesWith("revenue", { account: "4999" }) },
        code: "unknown-account",
        said: /^erp: line revenue \(account 4999, costCenter 100\): .*posting rule/u
      },
      {
        what: "an unknown cost centre",
        change: { lines: linesWith("revenue", { dimensions: { costCenter: "999" } }) },
        code: "unknown-dimension-value",
        said: /line revenue .*costCenter 999/u
      },
      {
        what: "a missing cost centre",
        change: { lines: linesWith("revenue", { dimensions: {} }) },
        code: "dimension-demand",
        said: /line revenue .*Add the dimension/u
      },
      {
        what: "a forbidden cost centre",
        change: { lines: linesWith("vat", { dimensions: { costCenter: "100" } }) },
        code: "dimension-demand",
        said: /line vat \(account 2610/u
      },
      {
        what: "a ledger account",
        change: { lines: linesWith("receivable", { account: "2400" }) },
        code: "ledger-account",
        said: /line receivable .*clearing account/u
      },
      {
        what: "a dimension without a code part",
        change: { lines: linesWith("revenue", { dimensions: { project: "P1" } }) },
        code: "unknown-dimension",
        said: /Add it under codeParts/u
      },
      {
        what: "a company that is not allowed",
        change: { company: "20" },
        code: "company",
        said: /Allowed Companies/u
      },
      {
        what: "a currency the company does not use",
        change: { currency: "CHF", accountingCurrency: "CHF" },
        code: "unknown-currency",
        said: /Add the currency code/u
      },
      {
        what: "a document in the company's currency that the shop converted",
        change: {
          accountingCurrency: "USD",
          lines: encodedInvoice.lines.map((line, index) => ({
            ...line,
            accountingAmount: ["130.00", "110.00", "20.00"][index]
          }))
        },
        code: "currency-rate",
        said: /currencies of company and shop/u
      },
      {
        what: "a shop with another accounting currency",
        change: { currency: "USD", accountingCurrency: "USD" },
        code: "accounting-currency",
        said: /books in USD, but company 10 in EUR/u,
        config: { accountingCurrency: "EUR" }
      }
    ])("$what: $code, nothing posted, no draft left", ({ change, code, said, ...given }) =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server, given)
        const error = yield* Effect.flip(sink.post(invoice(change)))
        assert.strictEqual(codeOf(error), code)
        assert.match(error.message, said)
        assert.deepStrictEqual(yield* server.books, { vouchers: [], temporary: 0 })
      })
    )

    it.live("an unknown voucher type and a user group that may not use it", () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const unknown = yield* openSink(server, { config: { voucherType: "Z" } })
        assert.strictEqual(codeOf(yield* Effect.flip(unknown.post(invoice()))), "voucher-type")
        const group = yield* openSink(server, { config: { userGroup: "XX" } })
        assert.strictEqual(codeOf(yield* Effect.flip(group.post(invoice()))), "user-group")
      })
    )
  })

  describe("credentials", () => {
    it.live("a wrong secret is Unauthorized and says what to check", () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server, { clientSecret: "wrong" })
        const error = yield* Effect.flip(sink.find(invoice()))
        assert.strictEqual(error.reason._tag, "Unauthorized")
        assert.include(error.message, "Identity and Access Manager")
        assert.notInclude(error.message, "wrong")
      })
    )

    it.live("a secret that is not set is told when the sink is opened", () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const credentials = { clientId: { env: "NOWHERE" }, clientSecret: { env: "IFS_CLIENT_SECRET" } }
        const error = yield* Effect.flip(openSink(server, { connection: { credentials } }))
        assert.strictEqual(error._tag, "SecretMissing")
      })
    )

    it.live("a token the server revoked is renewed once, in the middle of a voucher too", () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server)
        yield* sink.find(invoice())
        yield* server.revokeTokens
        yield* sink.post(invoice())
        const { tokensIssued, unauthorized } = yield* server.statistics
        assert.deepStrictEqual({ tokensIssued, unauthorized }, { tokensIssued: 2, unauthorized: 1 })
        assert.strictEqual((yield* server.books).vouchers.length, 1)
      })
    )

    it.effect("a token is renewed before it expires, so that no request meets an old one", () =>
      Effect.gen(function* () {
        const server = yield* ifsServer({ tokenLifetimeSeconds: 180 })
        const sink = yield* openSink(server)
        yield* inTestTime(sink.find(invoice()))
        yield* TestClock.adjust("140 seconds")
        yield* inTestTime(sink.find(invoice()))
        const { tokensIssued, unauthorized } = yield* server.statistics
        assert.deepStrictEqual({ tokensIssued, unauthorized }, { tokensIssued: 2, unauthorized: 0 })
      })
    )
  })

  describe("outcomes", () => {
    it.live.each([
      {
        what: "the connection breaks after IFS has created it",
        fault: { kind: "after-commit" },
        exists: true
      },
      { what: "the answer is cut off", fault: { kind: "truncate" }, exists: true },
      {
        what: "IFS answers 500 after creating it",
        fault: { kind: "after-commit", status: 500 },
        exists: true
      },
      { what: "a gateway answers 503", fault: { kind: "status", status: 503 }, exists: false },
      { what: "the connection breaks before IFS has begun", fault: { kind: "reset" }, exists: false }
    ] as const)("$what: unknown, and looking it up tells", ({ exists, fault }) =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server)
        yield* server.faults.add({ match: "POST VoucherEntry_CreateVoucher", times: 1, ...fault })
        const error = yield* Effect.flip(sink.post(invoice()))
        assert.strictEqual(error.reason._tag, "OutcomeUnknown")
        assert.strictEqual(yield* requestsOf(server, "CreateVoucher"), 1)
        const found = yield* sink.find(invoice())
        const [voucher] = (yield* server.books).vouchers
        assert.strictEqual(
          Option.getOrUndefined(found)?.reference,
          exists ? `10/2026/Q/${voucher?.voucherNo}` : undefined
        )
      })
    )

    it.effect("IFS finishes after we gave up: unknown, then adopted", () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server)
        yield* server.faults.add({
          match: "POST VoucherEntry_CreateVoucher",
          kind: "delay",
          delayMillis: 90_000,
          times: 1
        })
        const error = yield* Effect.flip(inTestTime(sink.post(invoice())))
        assert.strictEqual(error.reason._tag, "OutcomeUnknown")
        assert.include(error.message, "did not answer within 1m")
        assert.strictEqual((yield* server.books).vouchers.length, 0)
        yield* TestClock.adjust("15 minutes")
        yield* inTestTime(Effect.repeat(server.books, { until: (books) => books.vouchers.length > 0 }))
        const found = yield* inTestTime(sink.find(invoice()))
        assert.isTrue(Option.isSome(found))
      })
    )

    it.live("a voucher that cannot be read back is unknown and names the voucher", () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server)
        yield* server.faults.add({ match: "GET VoucherRowsAnalysis", kind: "status", status: 403 })
        const error = yield* Effect.flip(sink.post(invoice()))
        assert.strictEqual(error.reason._tag, "OutcomeUnknown")
        assert.match(error.message, /voucher 10\/2026\/Q\/\d+ was created but not read back/u)
      })
    )

    it.live.each([
      { step: "the header", match: "POST VoucherEntryAssistantHandling.svc/VoucherSet", status: 500 },
      { step: "a row", match: "POST VoucherPostingArray", status: 500 }
    ])("an unclear answer to $step can be tried again: only a draft is at stake", ({ match, status }) =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server)
        yield* server.faults.add({ match, kind: "status", status, times: 1 })
        const error = yield* Effect.flip(sink.post(invoice()))
        assert.strictEqual(error.reason._tag, "Unreachable")
        assert.deepStrictEqual(yield* server.books, { vouchers: [], temporary: 0 })
        yield* sink.post(invoice())
        assert.strictEqual((yield* server.books).vouchers.length, 1)
      })
    )

    it.live("a draft that cannot be removed does not hide why the voucher failed", () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server)
        yield* server.faults.add({
          match: "POST VoucherEntry_RemoveTempVoucher",
          kind: "status",
          status: 500
        })
        const error = yield* Effect.flip(
          sink.post(invoice({ lines: linesWith("revenue", { account: "4999" }) }))
        )
        assert.strictEqual(codeOf(error), "unknown-account")
      })
    )

    it.live("429 is not done, and waits as long as the server says", () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server)
        yield* server.faults.add({
          match: "POST VoucherEntry_CreateVoucher",
          kind: "status",
          status: 429,
          retryAfterSeconds: 0,
          times: 1
        })
        const error = yield* Effect.flip(sink.post(invoice()))
        assert.strictEqual(error.reason._tag, "RateLimited")
        assert.deepStrictEqual(yield* server.books, { vouchers: [], temporary: 0 })
      })
    )

    it.live("an unreachable host was never asked", () =>
      Effect.gen(function* () {
        const server = yield* Effect.scoped(ifsServer())
        const sink = yield* openSink(server)
        const error = yield* Effect.flip(sink.post(invoice()))
        assert.strictEqual(error.reason._tag, "Unreachable")
      })
    )
  })

  describe("find", () => {
    it.live("fails closed when the company is invisible: empty is not believed", () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server)
        yield* sink.post(invoice())
        yield* server.updateCompanies((companies) =>
          companies.map((company) => ({ ...company, allowedUsers: [] }))
        )
        const error = yield* Effect.flip(sink.find(invoice()))
        assert.strictEqual(error.reason._tag, "Unauthorized")
        assert.include(error.message, "Allowed Companies")
      })
    )

    it.live("proves a company visible once", () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server)
        yield* sink.find(invoice())
        yield* sink.find(invoice({ idempotencyKey: "another" }))
        assert.strictEqual(yield* requestsOf(server, "AccountSet"), 1)
      })
    )

    it.live("looks in the hold table before the general ledger, the way vouchers move", () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server)
        yield* sink.post(invoice())
        yield* server.faults.add({ match: "GET VoucherRowsAnalysis", kind: "status", status: 403, times: 1 })
        yield* Effect.flip(sink.find(invoice()))
        assert.strictEqual(yield* requestsOf(server, "GenLedVoucherRow"), 0)
      })
    )

    it.live("refuses a voucher of the same key with other content", () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server)
        const { reference } = yield* sink.post(invoice())
        const error = yield* Effect.flip(sink.find(invoice({ postingDate: "2026-11-01" })))
        assert.strictEqual(codeOf(error), "marker-conflict")
        assert.include(error.message, reference)
      })
    )

    it.live("refuses to choose when the entry was posted twice", () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server)
        const first = yield* sink.post(invoice())
        const second = yield* sink.post(invoice())
        const error = yield* Effect.flip(sink.find(invoice()))
        assert.strictEqual(codeOf(error), "marker-duplicate")
        assert.include(error.message, `${first.reference}, ${second.reference}`)
      })
    )

    it.live("another document is not found, even with the same number", () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const sink = yield* openSink(server)
        yield* sink.post(invoice())
        assert.isTrue(
          Option.isNone(yield* sink.find(invoice({ idempotencyKey: "shop/10/invoice/43/post/1" })))
        )
      })
    )
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import type { CompanyData } from "../../../src/sandbox/ifs/CompanyData.ts"
import { type IfsServer, ifsServer } from "../../../src/sandbox/ifs/ifsServer.ts"
import { encodedInvoice, invoice, linesWith } from "./entries.ts"
import { inTestTime } from "./inTestTime.ts"
import { openSink } from "./openSink.ts"

const direct = {
  connection: { projections: { directVouchers: "VoucherIntegrationHandling.svc/VoucherSet" } },
  config: { strategy: "direct" }
}
const all = [
  { strategy: "assistant", settings: {} },
  { strategy: "direct", settings: direct },
  { strategy: "external-load", settings: { config: { strategy: "external-load", voucherType: "X" } } }
] as const

const requests = (server: IfsServer, part: string) =>
  Effect.map(server.statistics, (statistics) =>
    Object.entries(statistics.requests)
      .filter(([route]) => route.includes(part))
      .reduce((sum, [, count]) => sum + count, 0)
  )

/** Everything that was sent beside questions and the token. */
const writes = (server: IfsServer) =>
  Effect.map(server.statistics, (statistics) =>
    Object.keys(statistics.requests).filter((route) => route.startsWith("POST ") && !route.includes("token"))
  )

const change = (server: IfsServer, one: (company: CompanyData) => CompanyData) =>
  server.updateCompanies((companies) => companies.map(one))

const withAccount =
  (account: string, changes: Partial<CompanyData["accounts"][number]>) => (company: CompanyData) => ({
    ...company,
    accounts: company.accounts.map((it) => (it.account === account ? { ...it, ...changes } : it))
  })

const refusals = [
  {
    what: "an account that does not exist",
    lines: linesWith("revenue", { account: "4001" }),
    code: "unknown-account",
    said: /^erp: line revenue \(account 4001, costCenter 100\): Company 10 has no account 4001\. Correct the account/u
  },
  {
    what: "an account that has expired",
    data: withAccount("4000", { validUntil: "2025-12-31" }),
    code: "unknown-account",
    said: /line revenue .*Account 4000 of company 10 is not valid on 2026-10-31, but from 2000-01-01 until 2025-12-31/u
  },
  {
    what: "a ledger account",
    lines: linesWith("receivable", { account: "2400" }),
    code: "ledger-account",
    said: /line receivable .*clearing account/u
  },
  {
    what: "an account that demands a code part",
    lines: linesWith("revenue", { dimensions: {} }),
    code: "dimension-demand",
    said: /line revenue .*Account 4000 of company 10 demands code part B \(costCenter\).*Add/u
  },
  {
    what: "an account that demands a code part to which no dimension leads",
    data: withAccount("4000", { demands: { B: "Mandatory", D: "Mandatory" } }),
    code: "dimension-demand",
    said: /demands code part D, and the line carries none\. Lead a dimension to code part D under codeParts/u
  },
  {
    what: "an account that blocks a code part",
    lines: linesWith("vat", { dimensions: { costCenter: "100" } }),
    code: "dimension-demand",
    said: /line vat .*Account 2610 of company 10 forbids code part B \(costCenter\), and the line carries 100/u
  },
  {
    what: "a value that the code part does not have",
    lines: linesWith("revenue", { dimensions: { costCenter: "999" } }),
    code: "unknown-dimension-value",
    said: /line revenue .*no value 999 of code part B \(costCenter\)/u
  }
]

describe("B6 what IFS would refuse is refused before anything is sent", () => {
  describe.each(all)("$strategy", ({ settings }) => {
    it.live.each(refusals)("$what", ({ code, said, ...given }) =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        if (given.data !== undefined) yield* change(server, given.data)
        const sink = yield* openSink(server, settings)
        const error = yield* Effect.flip(
          sink.post(invoice(given.lines === undefined ? {} : { lines: given.lines }))
        )
        assert.strictEqual(error.reason._tag === "Rejected" ? error.reason.code : error.reason._tag, code)
        assert.match(error.message, said)
        assert.deepStrictEqual(yield* writes(server), [])
      })
    )
  })

  it.live("every line at fault is named, not only the first", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      const lines = encodedInvoice.lines.map((line) => ({ ...line, account: `9${line.account}` }))
      const error = yield* Effect.flip(sink.post(invoice({ lines })))
      for (const account of ["91510", "94000", "92610"])
        assert.include(error.message, `no account ${account}`)
    })
  )

  it.live("tax codes in function group M, where IFS would compute the tax once more", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server, { config: { voucherType: "M" } })
      const error = yield* Effect.flip(sink.post(invoice()))
      assert.match(error.message, /function group M.*Use a voucher type of function group Q/u)
      assert.deepStrictEqual(yield* writes(server), [])
      // Left to IFS, it is IFS that finds the voucher out of balance by the tax it added.
      const unchecked = yield* openSink(server, { config: { voucherType: "M", checkBeforePosting: false } })
      assert.match((yield* Effect.flip(unchecked.post(invoice()))).message, /VOUNOTBALANCED/u)
    })
  )

  it.live("an entry with more lines than a voucher may have rows", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server, { config: { rowsMaximum: 2 } })
      const error = yield* Effect.flip(sink.post(invoice()))
      assert.include(error.message, "has 3 lines, and a voucher takes 2 rows")
      assert.deepStrictEqual(yield* writes(server), [])
    })
  )

  it.live("a line that is worth nothing in the accounting currency, which IFS takes no row for", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      const [receivable, revenue, vat] = encodedInvoice.lines
      const lines = [
        { ...receivable, accountingAmount: "87.35" },
        { ...revenue, accountingAmount: "87.35" },
        { ...vat, accountingAmount: "0.00" }
      ]
      const error = yield* Effect.flip(sink.post(invoice({ currency: "USD", lines })))
      assert.match(error.message, /line vat \(account 2610\): 19\.00 USD are worth 0 EUR/u)
      assert.deepStrictEqual(yield* writes(server), [])
    })
  )
})

describe("B6 what is read for the checks", () => {
  const entries = Array.from({ length: 5 }, (_, index) =>
    invoice({ idempotencyKey: `shop/10/invoice/${index}/post/1` })
  )

  it.live("is read once for many vouchers", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server, direct)
      yield* Effect.forEach(entries, (entry) => sink.post(entry), { concurrency: 5 })
      yield* Effect.forEach(entries, (entry) => sink.post(entry))
      for (const set of ["AccountSet", "CodePartValueSet", "VoucherTypes"]) {
        assert.strictEqual(yield* requests(server, set), 1, set)
      }
    })
  )

  it.effect("is read again when it has expired", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server, {
        ...direct,
        config: { ...direct.config, basicDataExpiry: "10 minutes" }
      })
      yield* inTestTime(sink.post(invoice()))
      yield* change(server, withAccount("4000", { ledger: true }))
      yield* TestClock.adjust("10 minutes")
      const error = yield* Effect.flip(inTestTime(sink.post(invoice({ idempotencyKey: "later" }))))
      assert.include(error.message, "is a ledger account")
    })
  )

  it.effect("refuses nobody by what is old: an account that was added meanwhile is found", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server, direct)
      const lines = linesWith("revenue", { account: "4001" })
      yield* Effect.flip(inTestTime(sink.post(invoice({ lines }))))
      yield* change(server, (company) => ({
        ...company,
        accounts: company.accounts.map((it) => (it.account === "4010" ? { ...it, account: "4001" } : it))
      }))
      yield* TestClock.adjust("1 minute")
      yield* inTestTime(sink.post(invoice({ lines })))
      assert.strictEqual((yield* server.books).vouchers.length, 1)
    })
  )

  it.live("is not read at all by a sink that leaves the checks to IFS", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server, {
        ...direct,
        config: { ...direct.config, checkBeforePosting: false }
      })
      yield* sink.post(invoice())
      assert.strictEqual(yield* requests(server, "AccountSet"), 0)
    })
  )
})

describe("B6 several companies through one connection", () => {
  it.live("each entry becomes a voucher of its own company, with rows of no other", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      yield* server.updateCompanies(([first, ...others]) =>
        first === undefined ? others : [first, { ...first, company: "30" }, ...others]
      )
      const sink = yield* openSink(server)
      for (const company of ["10", "30"]) {
        yield* sink.post(invoice({ company, idempotencyKey: `shop/${company}/invoice/42/post/1` }))
      }
      const { vouchers } = yield* server.books
      assert.deepStrictEqual(
        vouchers.map(({ company, rows }) => [company, rows.length]),
        [
          ["10", 3],
          ["30", 3]
        ]
      )
    })
  )
})

import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect, Option, Result, Stream } from "effect"
import { formatDecimal } from "../../../src/accounting/Decimal.ts"
import { reverse } from "../../../src/accounting/reverse.ts"
import { calendarPeriods } from "../../../src/sandbox/ifs/CompanyData.ts"
import { defaultCompany } from "../../../src/sandbox/ifs/defaultCompany.ts"
import { type IfsServer, ifsServer } from "../../../src/sandbox/ifs/ifsServer.ts"
import { encodedInvoice, invoice } from "./entries.ts"
import { openSink } from "./openSink.ts"

const numbered = (number: number, change: Record<string, unknown> = {}) =>
  invoice({
    idempotencyKey: `shop/10/invoice/${number}/post/1`,
    document: { resource: "invoice", id: `${number}`, number: `${number}` },
    ...change
  })

/** An entry of so many lines of one cent each, and the line that balances them. */
const long = (number: number, lines: number) => {
  const [receivable, revenue] = encodedInvoice.lines
  const cents = formatDecimal(BigDecimal.make(BigInt(lines - 1), 2))
  return numbered(number, {
    lines: [
      { ...receivable, amount: cents, accountingAmount: cents },
      ...Array.from({ length: lines - 1 }, () => ({ ...revenue, amount: "0.01", accountingAmount: "0.01" }))
    ]
  })
}

const requestsTo = (server: IfsServer, part: string) =>
  Effect.map(server.statistics, ({ requests }) =>
    Object.entries(requests)
      .filter(([route]) => route.includes(part))
      .reduce((sum, [, count]) => sum + count, 0)
  )

const direct = {
  connection: { projections: { directVouchers: "VoucherIntegrationHandling.svc/VoucherSet" } },
  config: { strategy: "direct" }
}

describe("findAll", () => {
  it.live("answers for each entry in its order, in one question to each place", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      const [second, fourth] = [yield* sink.post(numbered(2)), yield* sink.post(numbered(4))]
      const before = yield* requestsTo(server, "GET V")
      const found = yield* sink.findAll([1, 2, 3, 4].map((number) => numbered(number)))
      assert.deepStrictEqual(
        found.map((one) => Option.getOrUndefined(Result.getOrThrow(one))),
        [undefined, second, undefined, fourth]
      )
      assert.strictEqual((yield* requestsTo(server, "GET V")) - before, 1)
    })
  )

  it.live("asks about at most twenty at once, and about each company by itself", () =>
    Effect.gen(function* () {
      const companies = ["10", "30"].map((company) => ({ ...defaultCompany, company }))
      const server = yield* ifsServer({ companies })
      const sink = yield* openSink(server)
      yield* sink.findAll([
        ...Array.from({ length: 41 }, (_, number) => numbered(number)),
        numbered(41, { company: "30" })
      ])
      assert.strictEqual(yield* requestsTo(server, "GET VoucherRows"), 4)
    })
  )

  it.live("asks about entries with many lines in smaller groups, so that one page holds the answer", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      yield* sink.findAll([long(1, 150), long(2, 150), long(3, 20)])
      assert.strictEqual(yield* requestsTo(server, "GET VoucherRows"), 2)
    })
  )

  it.live("a contradiction about one entry is its own", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      yield* sink.post(numbered(1))
      const receipt = yield* sink.post(numbered(2))
      const [first, second] = yield* sink.findAll([numbered(1, { postingDate: "2026-11-01" }), numbered(2)])
      assert.isTrue(first !== undefined && Result.isFailure(first))
      assert.deepStrictEqual(second, Result.succeed(Option.some(receipt)))
    })
  )

  it.live("fails closed when the company is invisible, for all that would be absent", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      yield* sink.post(numbered(1))
      yield* server.updateCompanies((companies) =>
        companies.map((company) => ({ ...company, allowedUsers: [] }))
      )
      const error = yield* Effect.flip(sink.findAll([numbered(1), numbered(2)]))
      assert.strictEqual(error.reason._tag, "Unauthorized")
    })
  )
})

describe("list", () => {
  it.live("gives every entry with its marker, date and lines, from both places", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      const posted = yield* sink.post(numbered(1))
      yield* server.updateGeneralLedger
      const storno = reverse(numbered(1), {
        style: "storno",
        idempotencyKey: "shop/10/invoice/1/reversal/1",
        postingDate: "2026-11-02"
      })
      const reversal = yield* sink.post(storno)
      const held = yield* Stream.runCollect(sink.list({ company: "10" }))
      assert.deepStrictEqual(
        held.map((one) => [one.receipt, one.markerKey, one.postingDate, one.correction]),
        [
          [reversal, sink.markerKey(storno), "2026-11-02", true],
          [{ ...posted, stage: "in-general-ledger" }, sink.markerKey(numbered(1)), "2026-10-31", false]
        ]
      )
      for (const { lines } of held) {
        assert.deepStrictEqual(
          lines.map((line) => [
            line.account,
            line.side,
            formatDecimal(line.amount),
            formatDecimal(line.accountingAmount),
            line.dimensions,
            line.taxCode
          ]),
          [
            ["1510", "debit", "119.00", "119.00", {}, undefined],
            ["4000", "credit", "100.00", "100.00", { costCenter: "100" }, undefined],
            ["2610", "credit", "19.00", "19.00", {}, "DE-19"]
          ]
        )
      }
    })
  )

  it.live("starts at a posting date", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      for (const day of ["2026-09-30", "2026-10-01", "2026-10-02"]) {
        yield* sink.post(numbered(Number(day.slice(-2)), { postingDate: day }))
      }
      const held = yield* Stream.runCollect(sink.list({ company: "10", since: "2026-10-01" }))
      assert.deepStrictEqual(
        held.map(({ postingDate }) => postingDate),
        ["2026-10-01", "2026-10-02"]
      )
    })
  )

  it.live("lists one day, or what carries given names whatever the day, in few questions", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      const entries = Array.from({ length: 25 }, (_, index) =>
        numbered(index + 1, { postingDate: `2026-10-${String(index + 1).padStart(2, "0")}` })
      )
      yield* Effect.forEach(entries, (entry) => sink.post(entry))
      yield* server.updateGeneralLedger
      yield* sink.post(numbered(26, { postingDate: "2026-10-02" }))
      const day = yield* Stream.runCollect(
        sink.list({ company: "10", since: "2026-10-02", until: "2026-10-02" })
      )
      assert.deepStrictEqual(
        day.map(({ receipt }) => receipt.stage),
        ["accepted", "in-general-ledger"]
      )
      const before = yield* requestsTo(server, "GET GenLedVoucherRows")
      const named = yield* Stream.runCollect(
        sink.list({ company: "10", markerKeys: entries.slice(0, 21).map((entry) => sink.markerKey(entry)) })
      )
      assert.deepStrictEqual(
        named.map(({ postingDate }) => postingDate).toSorted(),
        entries.slice(0, 21).map(({ postingDate }) => postingDate)
      )
      assert.strictEqual((yield* requestsTo(server, "GET GenLedVoucherRows")) - before, 2)
    })
  )

  it.live("says which were cancelled, where it is asked", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      yield* sink.post(numbered(1))
      const { reference } = yield* sink.post(numbered(2))
      yield* server.editBooks((vouchers) =>
        vouchers.map((voucher, index) => (index === 1 ? { ...voucher, status: "Cancelled" } : voucher))
      )
      const held = yield* Stream.runCollect(sink.list({ company: "10", withState: true }))
      assert.deepStrictEqual(
        held.filter(({ isCancelled }) => isCancelled === true).map(({ receipt }) => receipt.reference),
        [reference]
      )
      const unasked = yield* Stream.runCollect(sink.list({ company: "10" }))
      assert.isTrue(unasked.every(({ isCancelled }) => isCancelled === undefined))
    })
  )

  it.live("leaves out what others wrote, and other series", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      const other = yield* openSink(server, { config: { referenceSerie: "ANOTHER" } })
      yield* other.post(numbered(1))
      const receipt = yield* sink.post(numbered(2))
      const held = yield* Stream.runCollect(sink.list({ company: "10" }))
      assert.deepStrictEqual(
        held.map((one) => one.receipt),
        [receipt]
      )
    })
  )

  it.live("names a voucher once that moves to the general ledger while it reads", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      yield* sink.post(numbered(1))
      yield* sink.post(numbered(2))
      const held = yield* Stream.runCollect(
        Stream.tap(sink.list({ company: "10" }), () => server.updateGeneralLedger)
      )
      assert.strictEqual(held.length, 2)
    })
  )

  it.live("keeps vouchers whole where a page ends inside one, and where one is longer than a page", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server, direct)
      const lengths = [200, 400, 600, 500, 30]
      yield* Effect.forEach(lengths, (lines, index) => sink.post(long(index, lines)))
      const held = yield* Stream.runCollect(sink.list({ company: "10" }))
      assert.deepStrictEqual(
        held.map(({ lines }) => lines.length),
        lengths
      )
    })
  )

  it.live("fails closed when the company is invisible", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      const error = yield* Effect.flip(Stream.runCollect(sink.list({ company: "20" })))
      assert.strictEqual(error.reason._tag, "Unauthorized")
    })
  )
})

describe("newest", () => {
  it.live("is the entry that was posted last, wherever it stands and whatever its date", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      assert.deepStrictEqual(yield* sink.newest("10"), Option.none())
      yield* sink.post(numbered(1, { postingDate: "2026-12-31" }))
      const second = yield* sink.post(numbered(2, { postingDate: "2026-08-01" }))
      yield* server.updateGeneralLedger
      const newest = yield* sink.newest("10")
      assert.strictEqual(Option.getOrUndefined(newest)?.receipt.reference, second.reference)
      assert.strictEqual(Option.getOrUndefined(newest)?.markerKey, sink.markerKey(numbered(2)))
      const third = yield* sink.post(numbered(3))
      assert.deepStrictEqual(Option.getOrUndefined(yield* sink.newest("10"))?.receipt, third)
    })
  )

  it.live("fails closed when the company is invisible", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      assert.strictEqual((yield* Effect.flip(sink.newest("20"))).reason._tag, "Unauthorized")
    })
  )
})

describe("nextOpenDate", () => {
  const closing = (server: IfsServer, months: ReadonlyArray<string>) =>
    server.updateCompanies((companies) =>
      companies.map((company) => ({
        ...company,
        periods: calendarPeriods([2026], "2026-07").map((period) =>
          months.includes(period.from.slice(0, 7)) ? { ...period, closedForUserGroups: ["AC"] } : period
        )
      }))
    )

  it.live.each([
    { what: "the date itself when its period is open", date: "2026-08-15", expected: "2026-08-15" },
    { what: "the first day of the next open period", date: "2026-03-31", expected: "2026-07-01" },
    { what: "a period that is open to our user group", date: "2026-09-10", expected: "2026-11-01" },
    { what: "nothing when no later period is open", date: "2027-01-01", expected: undefined }
  ])("is $what", ({ date, expected }) =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      yield* closing(server, ["2026-09", "2026-10"])
      assert.strictEqual(Option.getOrUndefined(yield* sink.nextOpenDate("10", date)), expected)
    })
  )

  it.live("is a date on which IFS takes the entry", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const sink = yield* openSink(server)
      yield* closing(server, ["2026-07"])
      const [postingDate] = Option.toArray(yield* sink.nextOpenDate("10", "2026-02-28"))
      assert.strictEqual(postingDate, "2026-08-01")
      yield* sink.post(invoice({ postingDate }))
    })
  )
})

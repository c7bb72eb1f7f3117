import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect } from "effect"
import { defaultCompany } from "../../../src/sandbox/ifs/defaultCompany.ts"
import { ifsServer } from "../../../src/sandbox/ifs/ifsServer.ts"
import type { IfsServerOptions } from "../../../src/sandbox/ifs/ifsServer.ts"
import {
  connect,
  createPath,
  credit,
  debit,
  enter,
  invoiceRows,
  postVoucher,
  removePath,
  rowPath,
  header
} from "./IfsClient.ts"

const start = (options: IfsServerOptions = {}) => Effect.flatMap(ifsServer(options), connect)

const decimals = (value: BigDecimal.BigDecimal | null) => (value === null ? null : BigDecimal.format(value))

describe("VoucherEntryAssistantHandling", () => {
  it.effect(
    "a header, three rows and the create action make one voucher with the first number of the series",
    () =>
      Effect.gen(function* () {
        const client = yield* start()
        const created = yield* postVoucher(client)
        assert.strictEqual(created.status, 200)
        assert.strictEqual(created.body["value"], "2026000001")

        const books = yield* client.server.books
        assert.strictEqual(books.temporary, 0)
        assert.strictEqual(books.vouchers.length, 1)
        const voucher = books.vouchers[0]
        assert.strictEqual(voucher?.voucherNo, "2026000001")
        assert.strictEqual(voucher?.status, "Confirmed")
        assert.strictEqual(voucher?.text, "Invoice 100000123")
        assert.deepStrictEqual(
          voucher?.rows.map((row) => [row.account, decimals(row.debit), decimals(row.credit), row.codeParts]),
          [
            ["1510", "119", null, {}],
            ["4000", null, "100", { B: "100", C: "DE" }],
            ["2610", null, "19", {}]
          ]
        )
      })
  )

  it.effect("the create action called twice on one Objkey makes two vouchers", () =>
    Effect.gen(function* () {
      const client = yield* start()
      const { etag, objkey } = yield* enter(client)
      yield* client.post(createPath(objkey), {}, { "if-match": etag })
      const second = yield* client.post(createPath(objkey), {}, { "if-match": etag })
      assert.strictEqual(second.body["value"], "2026000002")
      assert.strictEqual((yield* client.server.books).vouchers.length, 2)
    })
  )

  it.effect("numbers run per company, voucher type and year", () =>
    Effect.gen(function* () {
      const client = yield* start()
      const numbers = yield* Effect.forEach(
        [
          {},
          { VoucherType: "K" },
          { VoucherDate: "2027-01-31", AccountingYear: "2027", AccountingPeriod: "1" },
          {}
        ],
        (changes) => Effect.map(postVoucher(client, changes), (answer) => answer.body["value"])
      )
      assert.deepStrictEqual(numbers, ["2026000001", "2026000001", "2027000001", "2026000002"])
    })
  )

  it.effect("creating needs the ETag of the header: 428 without, 412 with another, accepted with *", () =>
    Effect.gen(function* () {
      const client = yield* start()
      const { objkey } = yield* enter(client)
      const without = yield* client.post(createPath(objkey), {})
      assert.strictEqual(without.status, 428)
      assert.include(without.text, "ODP_MISSING_PRECONDITION")
      const stale = yield* client.post(createPath(objkey), {}, { "if-match": 'W/"c3RhbGU6MQ=="' })
      assert.strictEqual(stale.status, 412)
      assert.strictEqual((yield* client.server.books).vouchers.length, 0)
      const any = yield* client.post(createPath(objkey), {}, { "if-match": "*" })
      assert.strictEqual(any.status, 200)
    })
  )

  it.effect("a server set up not to need If-Match creates without it", () =>
    Effect.gen(function* () {
      const client = yield* start({ requireIfMatch: false })
      const { objkey } = yield* enter(client)
      assert.strictEqual((yield* client.post(createPath(objkey), {})).status, 200)
    })
  )

  it.effect("a removed temporary voucher is gone, and what was not removed is counted", () =>
    Effect.gen(function* () {
      const client = yield* start()
      const { etag, objkey } = yield* enter(client)
      assert.strictEqual((yield* client.server.books).temporary, 1)
      assert.strictEqual((yield* client.post(removePath(objkey), {})).status, 204)
      assert.strictEqual((yield* client.server.books).temporary, 0)
      const created = yield* client.post(createPath(objkey), {}, { "if-match": etag })
      assert.strictEqual(created.status, 404)
      assert.include(created.text, "ODP_RESOURCE_NOTFOUND")
    })
  )

  it.effect("a row takes period, date and voucher type from the header, whatever was sent", () =>
    Effect.gen(function* () {
      const client = yield* start()
      const { objkey } = yield* enter(client, {}, [])
      const added = yield* client.post(rowPath(objkey), {
        ...debit("1510", "1"),
        AccountingYear: "1999",
        VoucherType: "X",
        TransCode: "MINE"
      })
      assert.strictEqual(added.body["AccountingYear"], "2026")
      assert.strictEqual(added.body["VoucherType"], "M")
      assert.strictEqual(added.body["TransCode"], "MANUAL")
    })
  )

  it.effect("numbers without IEEE754Compatible are JSON numbers both ways", () =>
    Effect.gen(function* () {
      const client = yield* start()
      const plain = { accept: "application/json", "content-type": "application/json" }
      const opened = yield* client.post(
        "VoucherEntryAssistantHandling.svc/VoucherSet",
        { ...header, AccountingYear: 2026, AccountingPeriod: 9, VoucherNo: 0 },
        plain
      )
      assert.strictEqual(opened.status, 201)
      assert.strictEqual(opened.body["AccountingYear"], 2026)
    })
  )

  it.effect.each([
    {
      name: "a decimal string without IEEE754Compatible",
      type: "application/json",
      change: { AccountingYear: "2026" }
    },
    {
      name: "a JSON number with IEEE754Compatible",
      type: "application/json;IEEE754Compatible=true",
      change: { AccountingYear: 2026 }
    }
  ])("$name is refused", ({ change, type }) =>
    Effect.gen(function* () {
      const client = yield* start()
      const body =
        type === "application/json"
          ? { ...header, AccountingPeriod: 9, VoucherNo: 0, ...change }
          : { ...header, ...change }
      const answer = yield* client.post("VoucherEntryAssistantHandling.svc/VoucherSet", body, {
        "content-type": type
      })
      assert.strictEqual(answer.status, 400)
      assert.include(answer.text, "ODP_DESERIALIZATION_ERROR")
      assert.include(answer.text, "AccountingYear")
    })
  )

  it.effect("an amount no binary float can hold arrives digit by digit", () =>
    Effect.gen(function* () {
      const client = yield* start()
      const amount = "90071992547409931.07"
      yield* postVoucher(client, {}, [debit("1510", amount), credit("1520", amount)])
      const [voucher] = (yield* client.server.books).vouchers
      assert.strictEqual(decimals(voucher?.rows[0]?.debit ?? null), amount)
      const read = yield* client.get("VoucherRowsAnalysis.svc/VoucherRowSet?$select=DebetAmount", {
        accept: "application/json"
      })
      assert.include(read.text, `"DebetAmount":${amount}}`)
    })
  )

  describe("refuses a header", () => {
    it.effect.each([
      { tag: "ORA-20111: Company.NOTEXIST", change: { Company: "99" } },
      { tag: "ORA-20110: UserFinance.USERNOTALLOWED", change: { Company: "20" } },
      { tag: "ORA-20124: Voucher.NULLVALUE", change: { VoucherDate: null } },
      { tag: "ORA-20124: Voucher.NULLVALUE", change: { UserGroup: "" } },
      { tag: "ORA-20110: Voucher.NOSOURCE", change: { OpennedFrom: "COPY" } },
      { tag: "ORA-20110: Voucher.AUTOMATICNO", change: { VoucherNo: "7" } },
      { tag: "ORA-20111: UserGroupFinance.NOTEXIST", change: { UserGroup: "XX" } },
      { tag: "ORA-20110: UserGroupMemberFinance.NOTMEMBER", change: { UserGroup: "BOSS" } },
      { tag: "ORA-20110: Voucher.APPONLYUSERGRP", change: { UserGroup: "AP" } },
      { tag: "ORA-20111: VoucherType.NOTEXIST", change: { VoucherType: "Z" } },
      { tag: "ORA-20110: VoucherTypeUserGroup.VOUTYPEUSRGRP", change: { UserGroup: "EN" } },
      {
        tag: "ORA-20110: AccountingPeriod.PERCLOSED",
        change: { VoucherDate: "2026-03-31", AccountingPeriod: "3" }
      },
      {
        tag: "ORA-20110: UserGroupPeriod.USRGRPPER",
        change: { VoucherDate: "2026-08-31", AccountingPeriod: "8" }
      },
      {
        tag: "ORA-20110: AccountingPeriod.NOTOPENPERIOD",
        change: { VoucherDate: "2031-01-01", AccountingYear: "2031", AccountingPeriod: "1" }
      },
      { tag: "ORA-20110: Voucher.DATENOTINPERIOD", change: { AccountingPeriod: "10" } },
      { tag: "ORA-20110: Voucher.DATENOTINPERIOD", change: { AccountingYear: "2027" } },
      { tag: "ORA-20110: Voucher.INVALIDSTATUS", change: { VoucherStatus: "Cancelled" } },
      { tag: "ODP_DESERIALIZATION_ERROR", change: { VoucherStatus: "Sure" } },
      { tag: "ODP_DESERIALIZATION_ERROR", change: { VoucherDate: "2026-02-30" } },
      { tag: "ODP_DESERIALIZATION_ERROR", change: { VoucherDate: "30.09.2026" } },
      { tag: "ODP_DESERIALIZATION_ERROR", change: { VoucherText2: "x".repeat(2001) } },
      { tag: "'VoucherDtae' can not be mapped", change: { VoucherDtae: "2026-09-30" } }
    ])("$tag for $change", ({ change, tag }) =>
      Effect.gen(function* () {
        const client = yield* start({
          companies: [companyWithGroups, { ...defaultCompany, company: "20", allowedUsers: [] }]
        })
        const answer = yield* postVoucher(client, change)
        assert.strictEqual(answer.status, 400)
        assert.include(answer.text, tag)
        assert.strictEqual((yield* client.server.books).vouchers.length, 0)
      })
    )
  })

  describe("refuses a voucher", () => {
    const sale = credit("4000", "10.00", { CodeB: "100" })
    it.effect.each([
      { tag: "Account.NOTEXIST", rows: [debit("9999", "10.00"), sale] },
      { tag: "Account.ACCNOTVALID", rows: [debit("1530", "10.00"), sale] },
      { tag: "VoucherRow.VOUISLEDGER", rows: [debit("2400", "10.00"), sale] },
      { tag: "AccountingCodePartValue.NOTEXIST", rows: [debit("1510", "10.00", { CodeB: "999" }), sale] },
      { tag: "AccountingCodePartValue.NOTEXIST", rows: [debit("1510", "10.00", { CodeD: "100" }), sale] },
      { tag: "AccountingCodestr.CODEPARTMANDATORY", rows: [debit("1510", "10.00"), credit("4000", "10.00")] },
      {
        tag: "AccountingCodestr.CODEPARTBLOCKED",
        rows: [debit("1510", "10.00"), credit("2610", "10.00", { CodeB: "100" })]
      },
      {
        tag: "VoucherRow.INCORRECTAMOUNTS",
        rows: [debit("1510", "10.00", { CreditAmount: "10.00", CurrencyCreditAmount: "10.00" }), sale]
      },
      { tag: "VoucherRow.INCORRECTAMOUNTS", rows: [debit("1510", "10.00", { Amount: "-10.00" }), sale] },
      {
        tag: "VoucherRow.INCORRECTAMOUNTS",
        rows: [debit("1510", "10.00", { CurrencyDebetAmount: "9.00" }), sale]
      },
      { tag: "VoucherRow.NOAMOUNT", rows: [debit("1510", "0"), sale] },
      { tag: "VoucherRow.NOAMOUNT", rows: [debit("1510", "10.00", { DebetAmount: null }), sale] },
      { tag: "VoucherRow.BASECURRSAME", rows: [debit("1510", "10.00", { CurrencyRate: "1.1" }), sale] },
      { tag: "VoucherRow.BASECURRSAME", rows: [debit("1510", "10.00", { CurrencyRate: null }), sale] },
      { tag: "VoucherRow.RATETYPENULL", rows: [debit("1510", "10.00", { CurrencyType: null }), sale] },
      { tag: "CurrencyType.NOTEXIST", rows: [debit("1510", "10.00", { CurrencyType: "9" }), sale] },
      { tag: "CurrencyCode.NOTEXIST", rows: [debit("1510", "10.00", { CurrencyCode: "XXX" }), sale] },
      {
        tag: "VoucherRow.RATENULL",
        rows: [debit("1510", "10.00", { CurrencyCode: "USD", CurrencyRate: null }), sale]
      },
      { tag: "VoucherRow.CORRECTIONSIGN", rows: [debit("1510", "-10.00"), sale] },
      { tag: "VoucherRow.CORRECTIONSIGN", rows: [debit("1510", "10.00", { Correction: true }), sale] },
      { tag: "VoucherRow.TOOMANYDECIMALS", rows: [debit("1510", "10.001"), sale] },
      {
        tag: "VoucherRow.TOOMANYDECIMALS",
        rows: [
          debit("1510", "10.00", {
            CurrencyCode: "JPY",
            CurrencyRate: "0.0062",
            CurrencyDebetAmount: "1612.9"
          }),
          sale
        ]
      },
      { tag: "VoucherRow.COMPANYDIFF", rows: [debit("1510", "10.00", { Company: "20" }), sale] },
      {
        tag: "ORA-20124: VoucherRow.NULLVALUE",
        rows: [debit("1510", "10.00", { CurrencyCode: null }), sale]
      },
      { tag: "Voucher.VOUNOTBALANCED", rows: [debit("1510", "10.01"), sale] },
      {
        tag: "not balanced in USD",
        rows: [
          debit("1510", "10.00", {
            CurrencyCode: "USD",
            CurrencyRate: "0.9174",
            CurrencyDebetAmount: "10.90"
          }),
          sale
        ]
      },
      { tag: "Voucher.NOROWS", rows: [] },
      {
        tag: "ODP_DESERIALIZATION_ERROR",
        rows: [debit("1510", "10.00", { ReferenceNumber: "x".repeat(51) }), sale]
      },
      { tag: "ODP_DESERIALIZATION_ERROR", rows: [debit("1510", "10.00", { Text: "x".repeat(201) }), sale] },
      { tag: "ODP_DESERIALIZATION_ERROR", rows: [debit("1510", "ten"), sale] },
      {
        tag: "'DebitAmount' can not be mapped",
        rows: [debit("1510", "10.00", { DebitAmount: "10.00" }), sale]
      }
    ])("$tag", ({ rows, tag }) =>
      Effect.gen(function* () {
        const client = yield* start({ companies: [companyWithGroups] })
        const answer = yield* postVoucher(client, {}, rows)
        assert.strictEqual(answer.status, 400)
        assert.include(answer.text, tag)
        assert.strictEqual((yield* client.server.books).vouchers.length, 0)
      })
    )

    it.effect(
      "a period that closes while the voucher is entered stops its creation, in the error body of IFS",
      () =>
        Effect.gen(function* () {
          const client = yield* start()
          const { etag, objkey } = yield* enter(client)
          yield* client.server.updateCompanies((companies) =>
            companies.map((company) => ({
              ...company,
              periods: company.periods.map((period) => ({ ...period, open: false }))
            }))
          )
          const answer = yield* client.post(createPath(objkey), {}, { "if-match": etag })
          assert.deepStrictEqual(answer.body, {
            error: {
              code: "DATABASE_ERROR",
              message: "Database error occurred.",
              details: [
                {
                  code: "DATABASE_ERROR",
                  message: "ORA-20110: AccountingPeriod.PERCLOSED: Period 2026 9 is closed in company 10."
                }
              ]
            }
          })
        })
    )
  })

  it.effect("correction rows with negative amounts on the same sides are accepted", () =>
    Effect.gen(function* () {
      const client = yield* start()
      const rows = [
        debit("1510", "-119.00", { Correction: true }),
        credit("4000", "-119.00", { Correction: true, CodeB: "100" })
      ]
      assert.strictEqual((yield* postVoucher(client, {}, rows)).status, 200)
      const [voucher] = (yield* client.server.books).vouchers
      assert.deepStrictEqual(
        voucher?.rows.map((row) => [row.correction, decimals(row.debit), decimals(row.credit)]),
        [
          [true, "-119", null],
          [true, null, "-119"]
        ]
      )
    })
  )

  it.effect("a voucher in US dollars balances in dollars and in the accounting currency", () =>
    Effect.gen(function* () {
      const client = yield* start()
      const dollars = { CurrencyCode: "USD", CurrencyRate: "0.9174" }
      const rows = [
        debit("1510", "91.74", { ...dollars, CurrencyDebetAmount: "100.00" }),
        credit("4020", "91.74", { ...dollars, CurrencyCreditAmount: "100.00", CodeB: "120" })
      ]
      assert.strictEqual((yield* postVoucher(client, {}, rows)).status, 200)
    })
  )

  it.effect("a voucher entered by an enter-only group awaits approval and stays in the hold table", () =>
    Effect.gen(function* () {
      const client = yield* start({
        companies: [
          {
            ...defaultCompany,
            userGroups: [{ userGroup: "AC", members: ["LEDGERLINE"], authorization: "enter-only" }]
          }
        ]
      })
      yield* postVoucher(client)
      assert.strictEqual((yield* client.server.books).vouchers[0]?.status, "AwaitingApproval")
      assert.strictEqual(yield* client.server.updateGeneralLedger, 0)
    })
  )

  it.effect("invoice rows in any order give the same voucher total", () =>
    Effect.gen(function* () {
      const client = yield* start()
      yield* postVoucher(client, {}, invoiceRows.toReversed())
      const [voucher] = (yield* client.server.books).vouchers
      assert.deepStrictEqual(
        voucher?.rows.map((row) => row.account),
        ["2610", "4000", "1510"]
      )
    })
  )
})

/** Company 10 with a group we are not in, one that only approves, one without voucher types, and an expired account. */
const companyWithGroups = {
  ...defaultCompany,
  userGroups: [
    ...defaultCompany.userGroups,
    { userGroup: "BOSS", members: ["OTHER"], authorization: "enter-and-approve" as const },
    { userGroup: "AP", members: ["LEDGERLINE"], authorization: "approve-only" as const },
    { userGroup: "EN", members: ["LEDGERLINE"], authorization: "enter-and-approve" as const }
  ],
  accounts: [
    ...defaultCompany.accounts,
    {
      account: "1530",
      description: "Old clearing",
      ledger: false,
      validFrom: "2000-01-01",
      validUntil: "2026-08-31",
      demands: {}
    }
  ],
  periods: defaultCompany.periods.map((period) =>
    period.year === 2026 && period.period === 8 ? { ...period, closedForUserGroups: ["AC"] } : period
  )
}

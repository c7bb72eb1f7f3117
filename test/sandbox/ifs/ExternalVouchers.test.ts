import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ifsServer } from "../../../src/sandbox/ifs/ifsServer.ts"
import { type Answer, connect, type IfsClient } from "./IfsClient.ts"

const loads = "ExternalVoucherLoadInformationHandling.svc/ExtLoadInfoSet"
const transactions = "ExternalVouchers.svc/ExternalVouchersSet"
const direct = "VoucherIntegrationHandling.svc/VoucherSet"

const row = (side: "Debet" | "Credit", account: string) => ({
  Company: "10",
  Account: account,
  CurrencyCode: "EUR",
  CurrencyType: "1",
  CurrencyRate: "1",
  ConversionFactor: "1",
  [`Currency${side}Amount`]: "12.50",
  [`${side}Amount`]: "12.50",
  ReferenceSerie: "S",
  ReferenceNumber: "R"
})
const transaction = (recordNo: number, side: "Debet" | "Credit", account: string, type = "X") => ({
  ...row(side, account),
  LoadId: "L1",
  RecordNo: `${recordNo}`,
  LoadGroupItem: "1",
  VoucherType: type,
  TransactionDate: "2026-10-31",
  UserGroup: "AC"
})

const etagOf = (client: IfsClient) =>
  Effect.map(client.get(`${loads}(Company='10',LoadId='L1')`), ({ body }) => `${body["@odata.etag"]}`)
const stateOf = (client: IfsClient) =>
  Effect.map(client.get(`${loads}(Company='10',LoadId='L1')`), ({ body }) => body["Objstate"])
const act = (client: IfsClient, action: string, etag: string) =>
  client.post(
    `${loads}(Company='10',LoadId='L1')/IfsApp.ExternalVoucherLoadInformationHandling.ExtLoadInfo_${action}`,
    {},
    { "if-match": etag }
  )
const actNow = (client: IfsClient, action: string) =>
  Effect.flatMap(etagOf(client), (etag) => act(client, action, etag))

const filled = Effect.fnUntraced(function* (type = "X") {
  const client = yield* connect(yield* ifsServer())
  yield* client.post(loads, { Company: "10", LoadId: "L1" })
  yield* client.post(transactions, transaction(1, "Debet", "1510", type))
  yield* client.post(transactions, transaction(2, "Credit", "7990", type))
  return client
})

const refuses = (answer: Answer, status: number, tag: string) => {
  assert.strictEqual(answer.status, status)
  assert.include(answer.text, tag)
}

describe("external vouchers", () => {
  it.live("load, check, create: one voucher of each group, and the load is Created", () =>
    Effect.gen(function* () {
      const client = yield* filled()
      assert.strictEqual(yield* stateOf(client), "Loaded")
      yield* actNow(client, "DoCheckTransactions")
      assert.strictEqual(yield* stateOf(client), "Checked")
      assert.strictEqual((yield* actNow(client, "DoCreateVoucher")).status, 204)
      assert.strictEqual(yield* stateOf(client), "Created")
      const [voucher, ...more] = (yield* client.server.books).vouchers
      assert.strictEqual(more.length, 0)
      assert.deepStrictEqual(
        [voucher?.voucherType, voucher?.functionGroup, voucher?.rows.map((it) => it.referenceNumber)],
        ["X", "X", ["R", "R"]]
      )
    })
  )

  it.live("a LoadId exists once per company, a record number once per load", () =>
    Effect.gen(function* () {
      const client = yield* filled()
      refuses(yield* client.post(loads, { Company: "10", LoadId: "L1" }), 400, "ExtLoadInfo.VALIDATELOADID")
      refuses(yield* client.post(transactions, transaction(1, "Debet", "1510")), 400, "ORA-20112")
    })
  )

  it.live("transactions are added to an existing load only", () =>
    Effect.gen(function* () {
      const client = yield* connect(yield* ifsServer())
      refuses(yield* client.post(transactions, transaction(1, "Debet", "1510")), 400, "ExtLoadInfo.NOTEXIST")
    })
  )

  it.live("a created load takes no transaction and cannot be checked, created or removed", () =>
    Effect.gen(function* () {
      const client = yield* filled()
      yield* actNow(client, "DoCheckTransactions")
      yield* actNow(client, "DoCreateVoucher")
      refuses(yield* client.post(transactions, transaction(3, "Debet", "1510")), 400, "LOADCREATED")
      for (const action of ["DoCheckTransactions", "DoCreateVoucher", "DoRemoveLoads"]) {
        refuses(yield* actNow(client, action), 400, "LOADCREATED")
      }
      assert.strictEqual((yield* client.server.books).vouchers.length, 1)
    })
  )

  it.live("a create needs a checked load, and its ETag as it was then", () =>
    Effect.gen(function* () {
      const client = yield* filled()
      refuses(yield* actNow(client, "DoCreateVoucher"), 400, "NOTCHECKED")
      const before = yield* etagOf(client)
      yield* actNow(client, "DoCheckTransactions")
      refuses(yield* act(client, "DoCreateVoucher", before), 412, "FND_MODIFIED")
      const checked = yield* etagOf(client)
      yield* client.post(transactions, transaction(3, "Debet", "1510"))
      refuses(yield* act(client, "DoCreateVoucher", checked), 412, "FND_MODIFIED")
      assert.strictEqual((yield* client.server.books).vouchers.length, 0)
    })
  )

  it.live.each([
    { what: "an unknown account", change: transaction(3, "Debet", "9999"), said: "Account.NOTEXIST" },
    { what: "an unbalanced group", change: transaction(3, "Debet", "1510"), said: "VOUNOTBALANCED" }
  ])("a check with $what leaves its finding on the transactions", ({ change, said }) =>
    Effect.gen(function* () {
      const client = yield* filled()
      yield* client.post(transactions, change)
      yield* actNow(client, "DoCheckTransactions")
      assert.strictEqual(yield* stateOf(client), "LoadedWithErrors")
      const answer = yield* client.get(`${transactions}?$filter=LoadId eq 'L1'&$select=LoadError`)
      assert.include(answer.text, said)
    })
  )

  it.live("only voucher types of function group X take external vouchers", () =>
    Effect.gen(function* () {
      const client = yield* filled("M")
      yield* actNow(client, "DoCheckTransactions")
      assert.strictEqual(yield* stateOf(client), "LoadedWithErrors")
    })
  )

  it.live("a removed load can be filled anew", () =>
    Effect.gen(function* () {
      const client = yield* filled()
      yield* actNow(client, "DoRemoveLoads")
      assert.strictEqual((yield* client.post(loads, { Company: "10", LoadId: "L1" })).status, 201)
    })
  )

  it.live("loads of a company that the user may not see are not there", () =>
    Effect.gen(function* () {
      const client = yield* filled()
      yield* client.server.updateCompanies((companies) =>
        companies.map((company) => ({ ...company, allowedUsers: [] }))
      )
      assert.strictEqual((yield* client.get(`${loads}(Company='10',LoadId='L1')`)).status, 404)
      refuses(yield* client.post(loads, { Company: "10", LoadId: "L2" }), 400, "USERNOTALLOWED")
    })
  )
})

describe("the projection for whole vouchers", () => {
  const voucher = {
    Company: "10",
    VoucherDate: "2026-10-31",
    UserGroup: "AC",
    VoucherType: "M",
    AccountingYear: "2026",
    AccountingPeriod: "10",
    VoucherNo: "0",
    VoucherStatus: "Approved",
    AmountMethod: "NetAmountEntry"
  }

  it.live("makes one voucher of a request with rows, and another when it is repeated", () =>
    Effect.gen(function* () {
      const client = yield* connect(yield* ifsServer())
      const body = { ...voucher, VoucherRows: [row("Debet", "1510"), row("Credit", "7990")] }
      const answer = yield* client.post(direct, body)
      assert.strictEqual(answer.status, 201)
      const again = yield* client.post(direct, body)
      assert.deepStrictEqual(
        (yield* client.server.books).vouchers.map((it) => it.voucherNo),
        [`${answer.body["VoucherNo"]}`, `${again.body["VoucherNo"]}`]
      )
    })
  )

  it.live("is all or nothing, and as strict as the assistant", () =>
    Effect.gen(function* () {
      const client = yield* connect(yield* ifsServer())
      refuses(
        yield* client.post(direct, { ...voucher, VoucherRows: [row("Debet", "1510")] }),
        400,
        "VOUNOTBALANCED"
      )
      refuses(yield* client.post(direct, voucher), 400, "NOROWS")
      refuses(
        yield* client.post(direct, { ...voucher, VoucherRows: [{ ...row("Debet", "1510"), Misspelt: "1" }] }),
        400,
        "'Misspelt' can not be mapped"
      )
      refuses(yield* client.post(direct, { ...voucher, Others: [] }), 400, "'Others' can not be mapped")
      assert.strictEqual((yield* client.server.books).vouchers.length, 0)
    })
  )
})

import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, FileSystem } from "effect"
import { TestClock } from "effect/testing"
import type { FaultRule } from "../../../src/sandbox/Faults.ts"
import { ifsServer } from "../../../src/sandbox/ifs/ifsServer.ts"
import type { IfsServerOptions } from "../../../src/sandbox/ifs/ifsServer.ts"
import {
  connect,
  createPath,
  enter,
  invoiceRows,
  pageOf,
  postVoucher,
  requestToken,
  send
} from "./IfsClient.ts"
import type { IfsClient } from "./IfsClient.ts"

const start = (options: IfsServerOptions = {}) => Effect.flatMap(ifsServer(options), connect)

const rowSet = "VoucherRowsAnalysis.svc/VoucherRowSet"

/** Three vouchers of three rows each, with the references I-1, I-2 and O'Hara. */
const postThree = (client: IfsClient) =>
  Effect.forEach(["I-1", "I-2", "O'Hara"], (reference) =>
    postVoucher(
      client,
      {},
      invoiceRows.map((row) => ({ ...row, ReferenceNumber: reference }))
    )
  )

describe("the token endpoint", () => {
  it.effect("issues a bearer token for 180 seconds, and after them the token is refused with 401", () =>
    Effect.gen(function* () {
      const client = yield* start()
      const token = yield* requestToken(client.server)
      assert.strictEqual(token.body["expires_in"], 180)
      assert.strictEqual(token.body["token_type"], "Bearer")

      yield* TestClock.adjust("179 seconds")
      assert.strictEqual((yield* client.get(rowSet)).status, 200)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* client.get(rowSet)).status, 401)
      assert.strictEqual((yield* client.server.statistics).unauthorized, 1)
    })
  )

  it.effect("a wrong secret is answered as the identity provider does", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const answer = yield* requestToken(server, "wrong")
      assert.strictEqual(answer.status, 401)
      assert.deepStrictEqual(answer.body, {
        error: "unauthorized_client",
        error_description: "Invalid client or Invalid client credentials"
      })
    })
  )

  it.effect("another realm is unknown", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      assert.strictEqual((yield* requestToken({ ...server, realm: "other" })).status, 404)
    })
  )

  it.effect("revoked tokens are refused at once, and a new one is accepted", () =>
    Effect.gen(function* () {
      const client = yield* start()
      yield* client.server.revokeTokens
      assert.strictEqual((yield* client.get(rowSet)).status, 401)
      const again = yield* connect(client.server)
      assert.strictEqual((yield* again.get(rowSet)).status, 200)
      assert.strictEqual((yield* client.server.statistics).tokensIssued, 2)
    })
  )

  it.effect("a request without a token is refused with 401", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const answer = yield* send(`${server.url}/int/ifsapplications/projection/v1/${rowSet}`)
      assert.strictEqual(answer.status, 401)
    })
  )
})

describe("reading", () => {
  it.effect("/int/ answers as /main/ does", () =>
    Effect.gen(function* () {
      const client = yield* start()
      const token = yield* requestToken(client.server)
      const answer = yield* send(`${client.server.url}/int/ifsapplications/projection/v1/${rowSet}`, {
        headers: { authorization: `Bearer ${String(token.body["access_token"])}` }
      })
      assert.strictEqual(answer.status, 200)
    })
  )

  it.effect("a voucher row carries its keys, its reference and both amounts as decimal strings", () =>
    Effect.gen(function* () {
      const client = yield* start()
      yield* postVoucher(client)
      const page = pageOf(
        yield* client.get(`${rowSet}?$select=Account,CreditAmount,ReferenceNumber&$filter=Account eq '4000'`)
      )
      assert.strictEqual(page.length, 1)
      const { "@odata.etag": etag, ...row } = page[0] ?? {}
      assert.match(String(etag), /^W\/"/u)
      assert.deepStrictEqual(row, {
        Company: "10",
        VoucherType: "M",
        AccountingYear: "2026",
        VoucherNo: "2026000001",
        RowNo: "2",
        Account: "4000",
        CreditAmount: "100.00",
        ReferenceNumber: "I-100000123"
      })
    })
  )

  it.effect.each([
    { filter: "ReferenceNumber eq 'I-1'", rows: 3 },
    { filter: "ReferenceNumber eq 'O''Hara'", rows: 3 },
    { filter: "ReferenceNumber ne 'I-1'", rows: 6 },
    { filter: "'I-1' eq ReferenceNumber and Company eq '10'", rows: 3 },
    { filter: "ReferenceNumber eq 'I-1' or ReferenceNumber eq 'I-2'", rows: 6 },
    { filter: "startswith(ReferenceNumber,'I-')", rows: 6 },
    { filter: "endswith(ReferenceNumber,'Hara') and contains(Account,'61')", rows: 1 },
    { filter: "not startswith(ReferenceNumber,'I-')", rows: 3 },
    { filter: "Account eq '1510' or Account eq '2610' and ReferenceNumber eq 'I-1'", rows: 4 },
    { filter: "(Account eq '1510' or Account eq '2610') and ReferenceNumber eq 'I-1'", rows: 2 },
    { filter: "((Company eq '10'))", rows: 9 },
    { filter: "CreditAmount gt 19", rows: 3 },
    { filter: "CreditAmount ge 19.00", rows: 6 },
    { filter: "CreditAmount lt 100 and CreditAmount le 19", rows: 3 },
    { filter: "DebetAmount eq null", rows: 6 },
    { filter: "DebetAmount ne null", rows: 3 },
    { filter: "VoucherNo eq 2026000002", rows: 3 },
    { filter: "VoucherNo eq 2026000002 and ReferenceNumber eq 'I-1'", rows: 0 },
    { filter: "VoucherDate gt 2026-09-29 and VoucherDate le 2026-09-30", rows: 9 },
    { filter: "Correction eq false", rows: 9 },
    { filter: "Correction", rows: 0 }
  ])("$filter finds $rows of nine rows", ({ filter, rows }) =>
    Effect.gen(function* () {
      const client = yield* start()
      yield* postThree(client)
      const answer = yield* client.get(`${rowSet}?$filter=${filter}`)
      assert.strictEqual(answer.status, 200)
      assert.strictEqual(pageOf(answer).length, rows)
    })
  )

  it.effect.each([
    {
      query: "$filter=NotAColumn eq 'x'",
      status: 400,
      text: "The property 'NotAColumn', used in a query expression, is not defined in type 'IfsApp.VoucherRowsAnalysis.VoucherRow'."
    },
    {
      query: "$select=Company,Referenz",
      status: 400,
      text: "The property 'Referenz', used in a query expression, is not defined in type"
    },
    { query: "$orderby=Nothing", status: 400, text: "The property 'Nothing'" },
    {
      query: "$filter=AccountingYear eq '2026'",
      status: 400,
      text: "The types 'Edm.Decimal' and 'Edm.String' are not compatible."
    },
    { query: "$filter=Company eq 10", status: 400, text: "not compatible" },
    { query: "$filter=Company eq", status: 400, text: "The URI is malformed." },
    { query: "$filter=(Company eq '10'", status: 400, text: "The URI is malformed." },
    { query: "$filter=Company eq '10' Account", status: 400, text: "The URI is malformed." },
    { query: "$filter=Company+eq+'10'", status: 400, text: "The URI is malformed." },
    { query: "$filter=tolower(Account) eq 'x'", status: 501, text: "ODP_NOT_IMPLEMENTED" },
    { query: "$top=-1", status: 400, text: "has the not-allowed value '-1'" },
    {
      query: "$filters=Company eq '10'",
      status: 400,
      text: "The system query option '$filters' is not defined."
    },
    { query: "$expand=VoucherTypeRef", status: 501, text: "ODP_NOT_IMPLEMENTED" },
    { query: "$count=true", status: 501, text: "ODP_NOT_IMPLEMENTED" }
  ])("$query is refused with $status", ({ query, status, text }) =>
    Effect.gen(function* () {
      const client = yield* start()
      const answer = yield* client.get(`${rowSet}?${query}`)
      assert.strictEqual(answer.status, status)
      assert.include(answer.text, text)
    })
  )

  it.effect("an enum is filtered by its qualified member", () =>
    Effect.gen(function* () {
      const client = yield* start()
      const set = "AccountingPeriodsHandling.svc/AccountingPeriodSet"
      const closed = yield* client.get(
        `${set}?$filter=PeriodStatus eq IfsApp.AccountingPeriodsHandling.PeriodStatus'Closed'&$select=AccountingPeriod`
      )
      assert.deepStrictEqual(
        pageOf(closed).map((row) => row["AccountingPeriod"]),
        ["1", "2", "3", "4", "5", "6"]
      )
      assert.strictEqual((yield* client.get(`${set}?$filter=PeriodStatus eq 'Closed'`)).status, 400)
    })
  )

  it.effect("pages with $top carry no nextLink; without it the server cuts the page and gives one", () =>
    Effect.gen(function* () {
      const client = yield* start({ pageSizeMaximum: 4 })
      yield* postThree(client)
      const query = "$orderby=VoucherNo desc,RowNo&$select=RowNo"
      const top = yield* client.get(`${rowSet}?${query}&$top=2&$skip=2`)
      assert.notProperty(top.body, "@odata.nextLink")
      assert.deepStrictEqual(
        pageOf(top).map((row) => [row["VoucherNo"], row["RowNo"]]),
        [
          ["2026000003", "3"],
          ["2026000002", "1"]
        ]
      )
      const first = yield* client.get(`${rowSet}?${query}`)
      assert.strictEqual(pageOf(first).length, 4)
      const below = String(first.body["@odata.nextLink"]).split("/projection/v1/")[1] ?? ""
      const second = yield* client.get(decodeURI(below))
      assert.deepStrictEqual(
        pageOf(second).map((row) => [row["VoucherNo"], row["RowNo"]]),
        [
          ["2026000002", "2"],
          ["2026000002", "3"],
          ["2026000001", "1"],
          ["2026000001", "2"]
        ]
      )
    })
  )

  it.effect("a voucher is read by its key, numbers unquoted", () =>
    Effect.gen(function* () {
      const client = yield* start()
      yield* postVoucher(client)
      const set = "VouchersAnalysis.svc/VoucherSet"
      const found = yield* client.get(
        `${set}(Company='10',AccountingYear=2026,VoucherType='M',VoucherNo=2026000001)`
      )
      assert.strictEqual(found.body["VoucherText2"], "Invoice 100000123")
      const missing = yield* client.get(
        `${set}(Company='10',AccountingYear=2026,VoucherType='M',VoucherNo=7)`
      )
      assert.strictEqual(missing.status, 404)
      const quoted = yield* client.get(
        `${set}(Company='10',AccountingYear='2026',VoucherType='M',VoucherNo=7)`
      )
      assert.include(quoted.text, "The key value ''2026'' is invalid.")
      const partial = yield* client.get(`${set}(Company='10')`)
      assert.include(partial.text, "There are 1 key properties instead of the expected 4.")
    })
  )

  it.effect("a company the user is not allowed for reads as empty, not as forbidden", () =>
    Effect.gen(function* () {
      const client = yield* start()
      const answer = yield* client.get("AccountsHandling.svc/AccountSet?$filter=Company eq '20'")
      assert.strictEqual(answer.status, 200)
      assert.deepStrictEqual(answer.body["value"], [])
      const companies = yield* client.get("CompaniesHandling.svc/CompanySet?$select=Company")
      assert.deepStrictEqual(
        pageOf(companies).map((row) => row["Company"]),
        ["10"]
      )
    })
  )

  it.effect.each([
    {
      path: "AccountsHandling.svc/AccountSet?$filter=Account eq '4000'",
      property: "ReqCodeB",
      value: "Mandatory"
    },
    {
      path: "CodePartValuesHandling.svc/CodePartValueSet?$filter=CodePart eq 'C' and CodePartValue eq 'AT'",
      property: "Description",
      value: "Austria"
    },
    {
      path: "UserRelatedVoucherData.svc/VoucherTypeSet?$filter=VoucherType eq 'K'",
      property: "UserGroup",
      value: "AC"
    },
    {
      path: "CurrencyRatesHandling.svc/CurrencyRateSet?$filter=CurrencyCode eq 'USD'",
      property: "CurrencyRate",
      value: "0.9174"
    },
    {
      path: "AccountingPeriodsHandling.svc/AccountingPeriodSet?$filter=AccountingYear eq 2026 and AccountingPeriod eq 2",
      property: "DateUntil",
      value: "2026-02-28"
    }
  ])("$path has $property $value", ({ path, property, value }) =>
    Effect.gen(function* () {
      const client = yield* start()
      const page = pageOf(yield* client.get(path))
      assert.deepStrictEqual(
        page.map((row) => row[property]),
        [value]
      )
    })
  )

  it.effect("an unknown projection and an unknown entity set answer 404", () =>
    Effect.gen(function* () {
      const client = yield* start()
      const projection = yield* client.get("ManualVoucher.svc/VoucherSet")
      assert.strictEqual(projection.status, 404)
      assert.include(projection.text, "Metadata not found.")
      assert.strictEqual((yield* client.get("VouchersAnalysis.svc/Vouchers")).status, 404)
    })
  )
})

describe("the general ledger", () => {
  it.effect("approved vouchers leave the hold table and are found in the general ledger", () =>
    Effect.gen(function* () {
      const client = yield* start()
      yield* postVoucher(client)
      yield* postVoucher(client, { VoucherStatus: "NotApproved" })
      const moved = yield* send(`${client.server.url}/sandbox/update-general-ledger`, { method: "POST" })
      assert.deepStrictEqual(moved.body, { moved: 1 })
      const query = "$filter=ReferenceNumber eq 'I-100000123'"
      const numbers = (set: string) =>
        Effect.map(client.get(`${set}?${query}`), (answer) => pageOf(answer).map((row) => row["VoucherNo"]))
      assert.deepStrictEqual(yield* numbers(rowSet), ["2026000002", "2026000002", "2026000002"])
      assert.deepStrictEqual(yield* numbers("GenLedVoucherRowsAnalysis.svc/GenLedVoucherRowSet"), [
        "2026000001",
        "2026000001",
        "2026000001"
      ])
    })
  )

  it.effect(
    "the text of a voucher is changed with its ETag only, and not once it is in the general ledger",
    () =>
      Effect.gen(function* () {
        const client = yield* start()
        yield* postVoucher(client)
        const path =
          "VoucherHandling.svc/VoucherSet(Company='10',AccountingYear=2026,VoucherType='M',VoucherNo=2026000001)"
        const etag = String((yield* client.get(path)).body["@odata.etag"])
        assert.strictEqual((yield* client.patch(path, { VoucherText2: "new" })).status, 428)
        const changed = yield* client.patch(path, { VoucherText2: "new" }, { "if-match": etag })
        assert.strictEqual(changed.status, 200)
        assert.strictEqual(changed.body["VoucherText2"], "new")
        const stale = yield* client.patch(path, { VoucherText2: "newer" }, { "if-match": etag })
        assert.strictEqual(stale.status, 412)
        assert.strictEqual((yield* client.server.books).vouchers[0]?.text, "new")
        yield* client.server.updateGeneralLedger
        const late = yield* client.patch(path, { VoucherText2: "late" }, { "if-match": "*" })
        assert.include(late.text, "Voucher.VOUUPD")
      })
  )
})

describe("limits and statistics", () => {
  it.effect("more requests than a minute allows are refused with 429 and the seconds to wait", () =>
    Effect.gen(function* () {
      const client = yield* start({ requestsPerMinute: 2 })
      yield* client.get(rowSet)
      yield* TestClock.adjust("20 seconds")
      yield* client.get(rowSet)
      const refused = yield* client.get(rowSet)
      assert.strictEqual(refused.status, 429)
      assert.strictEqual(refused.headers.get("retry-after"), "40")
      assert.include(refused.text, '"error":{"code"')
      yield* TestClock.adjust("40 seconds")
      assert.strictEqual((yield* client.get(rowSet)).status, 200)
      assert.strictEqual((yield* client.server.statistics).throttled, 1)
    })
  )

  it.effect("requests are counted by route, keys left out", () =>
    Effect.gen(function* () {
      const client = yield* start()
      yield* postVoucher(client)
      const assistant = "POST VoucherEntryAssistantHandling.svc/VoucherSet"
      assert.deepStrictEqual((yield* client.server.statistics).requests, {
        "POST token": 1,
        [assistant]: 1,
        [`${assistant}/VoucherPostingArray`]: 3,
        [`${assistant}/IfsApp.VoucherEntryAssistantHandling.VoucherEntry_CreateVoucher`]: 1
      })
    })
  )
})

describe("faults", () => {
  const create = "POST VoucherEntry_CreateVoucher"
  const withFault = (rule: FaultRule) =>
    Effect.gen(function* () {
      const client = yield* start()
      const { etag, objkey } = yield* enter(client)
      const added = yield* send(`${client.server.url}/sandbox/faults`, {
        method: "POST",
        body: JSON.stringify(rule)
      })
      assert.strictEqual(added.status, 201)
      const attempt = client.post(createPath(objkey), {}, { "if-match": etag })
      const posted = Effect.map(client.server.books, (books) => books.vouchers.length)
      return { client, attempt, posted }
    })

  it.effect("reset breaks the connection before anything is done, as often as asked", () =>
    Effect.gen(function* () {
      const { attempt, posted } = yield* withFault({ match: create, kind: "reset", times: 2 })
      yield* Effect.flip(attempt)
      yield* Effect.flip(attempt)
      assert.strictEqual(yield* posted, 0)
      assert.strictEqual((yield* attempt).status, 200)
    })
  )

  it.effect("after-commit posts the voucher and breaks the connection", () =>
    Effect.gen(function* () {
      const { attempt, posted } = yield* withFault({ match: create, kind: "after-commit", times: 1 })
      yield* Effect.flip(attempt)
      assert.strictEqual(yield* posted, 1)
    })
  )

  it.effect("after-commit with a status posts the voucher and answers the status", () =>
    Effect.gen(function* () {
      const { attempt, posted } = yield* withFault({
        match: create,
        kind: "after-commit",
        status: 502,
        times: 1
      })
      assert.strictEqual((yield* attempt).status, 502)
      assert.strictEqual(yield* posted, 1)
    })
  )

  it.effect("truncate posts the voucher and sends half of the answer", () =>
    Effect.gen(function* () {
      const { attempt, posted } = yield* withFault({ match: create, kind: "truncate", times: 1 })
      yield* Effect.flip(attempt)
      assert.strictEqual(yield* posted, 1)
    })
  )

  it.effect("status answers without posting, with Retry-After, until the faults are cleared", () =>
    Effect.gen(function* () {
      const { attempt, client, posted } = yield* withFault({
        match: create,
        kind: "status",
        status: 429,
        retryAfterSeconds: 7
      })
      yield* attempt
      const refused = yield* attempt
      assert.strictEqual(refused.status, 429)
      assert.strictEqual(refused.headers.get("retry-after"), "7")
      assert.strictEqual(yield* posted, 0)
      yield* send(`${client.server.url}/sandbox/faults`, { method: "DELETE" })
      assert.strictEqual((yield* attempt).status, 200)
    })
  )

  it.effect("delay posts the voucher even though the client has hung up meanwhile", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const client = yield* connect(server)
      const { etag, objkey } = yield* enter(client)
      yield* server.faults.add({ match: create, kind: "delay", delayMillis: 30_000, times: 1 })
      const waiting = yield* Effect.forkChild(client.post(createPath(objkey), {}, { "if-match": etag }))
      const nextTurn = Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void)))
      // The request has arrived once the server has counted it.
      const arrived = Effect.map(server.statistics, ({ requests }) =>
        Object.keys(requests).some((route) => route.includes("CreateVoucher"))
      )
      yield* Effect.repeat(nextTurn, { until: () => arrived })
      yield* Fiber.interrupt(waiting)
      yield* TestClock.adjust("29 seconds")
      yield* nextTurn
      assert.strictEqual((yield* server.books).vouchers.length, 0)
      yield* TestClock.adjust("1 second")
      yield* Effect.repeat(nextTurn, {
        until: () => Effect.map(server.books, (books) => books.vouchers.length === 1)
      })
    })
  )

  it.effect("a rule for another method or path leaves a request alone", () =>
    Effect.gen(function* () {
      const { attempt } = yield* withFault({ match: "GET VoucherEntry_CreateVoucher", kind: "status" })
      assert.strictEqual((yield* attempt).status, 200)
    })
  )
})

describe("the state file", () => {
  it.effect(
    "vouchers, their changes and the number series outlive the server, and a torn last line is left out",
    () =>
      Effect.gen(function* () {
        const fileSystem = yield* FileSystem.FileSystem
        const stateFile = `${yield* fileSystem.makeTempDirectoryScoped()}/ifs.jsonl`
        const before = yield* Effect.scoped(
          Effect.gen(function* () {
            const client = yield* start({ stateFile })
            yield* postVoucher(client)
            yield* postVoucher(client)
            yield* client.server.updateGeneralLedger
            return (yield* send(`${client.server.url}/sandbox/books`)).body
          })
        )
        const text = yield* fileSystem.readFileString(stateFile)
        yield* fileSystem.writeFileString(stateFile, `${text}${text.slice(0, 40)}`)

        const client = yield* start({ stateFile })
        const after = (yield* send(`${client.server.url}/sandbox/books`)).body
        assert.deepStrictEqual(after, before)
        const created = yield* postVoucher(client)
        assert.strictEqual(created.body["value"], "2026000003")

        const reopened = yield* start({ stateFile })
        assert.strictEqual((yield* reopened.server.books).vouchers.length, 3)
      }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.effect("the books show amounts as decimal strings", () =>
    Effect.gen(function* () {
      const client = yield* start()
      yield* postVoucher(client)
      const books = yield* send(`${client.server.url}/sandbox/books`)
      assert.include(books.text, '"debit":"119.00"')
      assert.include(books.text, '"inGeneralLedger":false')
      assert.strictEqual(books.body["temporary"], 0)
    })
  )
})

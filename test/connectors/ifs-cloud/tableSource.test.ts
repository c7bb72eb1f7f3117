import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Layer, Schema, Stream } from "effect"
import { ifsCloud } from "../../../src/connectors/ifs-cloud/ifsCloud.ts"
import { earlier } from "../../../src/connectors/ifs-cloud/readTable.ts"
import type { Cursor, OpenSource, Page } from "../../../src/pipeline/Source.ts"
import type { Json, SourceRecord } from "../../../src/pipeline/SourceRecord.ts"
import {
  addressType,
  communicationMethodType,
  customerType
} from "../../../src/sandbox/ifs/CustomerRegister.ts"
import type { CompanyData } from "../../../src/sandbox/ifs/CompanyData.ts"
import { defaultCompany } from "../../../src/sandbox/ifs/defaultCompany.ts"
import { type IfsServer, ifsServer } from "../../../src/sandbox/ifs/ifsServer.ts"
import type { Sale } from "../../../src/sandbox/ifs/Sale.ts"
import { inTestTime } from "./inTestTime.ts"
import { connectionTo, services } from "./openClient.ts"

const definitionOf = (type: string) => {
  const definition = ifsCloud.sources.find((source) => source.type === `ifs-cloud/${type}`)
  assert.isDefined(definition, type)
  return definition
}

const makeSource = Effect.fnUntraced(function* (
  server: IfsServer,
  type: string,
  settings: { readonly with?: Record<string, unknown>; readonly connection?: Record<string, unknown> } = {}
) {
  const definition = definitionOf(type)
  const usual = type === "customers" ? {} : { companies: ["10"] }
  return definition.make({
    name: "erp",
    connection: yield* connectionTo(server, settings.connection),
    config: yield* Schema.decodeUnknownEffect(definition.config)({ ...usual, ...settings.with })
  })
})

const open = Effect.fnUntraced(function* (...args: Parameters<typeof makeSource>) {
  const context = yield* Layer.build(services(args[0]))
  return yield* Effect.flatMap(makeSource(...args), ({ open }) => open).pipe(Effect.provideContext(context))
})

const readAll = (source: OpenSource, cursor?: Cursor) => Stream.runCollect(source.read(cursor))
const recordsOf = (pages: ReadonlyArray<Page>) => pages.flatMap(({ records }) => records)
const ids = (pages: ReadonlyArray<Page>) => recordsOf(pages).map(({ origin }) => origin.id)
const contentOf = (record: SourceRecord | undefined): unknown =>
  record?.normalised._tag === "Record" ? record.normalised.record : record?.normalised
const cursorAfter = (pages: ReadonlyArray<Page>): Json => pages.at(-1)?.cursor ?? null

const requestsTo = (server: IfsServer, part: string) =>
  Effect.map(server.statistics, ({ requests }) =>
    Object.entries(requests)
      .filter(([route]) => route.includes(part))
      .reduce((sum, [, count]) => sum + count, 0)
  )

const changeSales = (server: IfsServer, change: (sales: ReadonlyArray<Sale>) => ReadonlyArray<Sale>) =>
  server.updateCompanies((companies) =>
    companies.map((it): CompanyData => ({ ...it, sales: change(it.sales ?? []) }))
  )

const newCustomer = (server: IfsServer, id: string, name = "Acme") =>
  server.customers.insert(customerType, {
    CustomerId: id,
    Name: name,
    CountryCode: "SE",
    DefaultLanguage: "sv",
    CustomerCategory: "Customer",
    PartyType: "Customer",
    DefaultDomain: true
  })

const examples: ReadonlyArray<{ readonly type: string; readonly id: string; readonly record: unknown }> = [
  {
    type: "accounts",
    id: "10/1510",
    record: {
      id: "10/1510",
      company: "10",
      account: "1510",
      description: "Trade receivables",
      subledger: false,
      validFrom: "2000-01-01",
      validUntil: "2049-12-31"
    }
  },
  {
    type: "code-part-values",
    id: "10/B/100",
    record: { id: "10/B/100", company: "10", dimension: "B", value: "100", description: "Web shop" }
  },
  {
    type: "voucher-types",
    id: "10/AC/M",
    record: {
      id: "10/AC/M",
      company: "10",
      userGroup: "AC",
      type: "M",
      description: "Manual vouchers",
      functionGroup: "M"
    }
  },
  {
    type: "periods",
    id: "10/2026/9",
    record: {
      id: "10/2026/9",
      company: "10",
      year: "2026",
      period: "9",
      from: "2026-09-01",
      until: "2026-09-30",
      status: "open"
    }
  },
  {
    type: "customer-orders",
    id: "C1003",
    record: {
      id: "C1003",
      company: "10",
      site: "1",
      customer: "1001",
      currency: "EUR",
      purchaseOrderNumber: "100001003",
      enteredOn: "2026-09-30",
      state: "cancelled"
    }
  },
  {
    type: "invoices",
    id: "10/1002",
    record: {
      id: "10/1002",
      company: "10",
      number: "CD1002",
      customer: "1001",
      invoicedOn: "2026-09-30",
      dueOn: "2026-09-30",
      currency: "EUR",
      net: "100.00",
      tax: "19.00",
      gross: "119.00",
      open: "119.00",
      state: "posted"
    }
  },
  {
    type: "payments",
    id: "10/CUPAY/6001/1",
    record: {
      id: "10/CUPAY/6001/1",
      company: "10",
      customer: "1001",
      paidOn: "2026-10-05",
      currency: "EUR",
      amount: "119.00",
      accountingAmount: "119.00",
      invoiceNumber: "CD1001"
    }
  }
]

describe("B5 sources of IFS", () => {
  for (const { id, record, type } of examples) {
    it.live(`${type}: reads rows in our own words, as its schema says, and one by its id`, () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const source = yield* open(server, type)
        const pages = yield* readAll(source)
        const found = recordsOf(pages).find(({ origin }) => origin.id === id)
        assert.deepStrictEqual(contentOf(found), record)
        assert.deepStrictEqual(contentOf(yield* source.fetch(id)), record)
        for (const each of recordsOf(pages)) {
          yield* Schema.decodeUnknownEffect(definitionOf(type).record)(contentOf(each), {
            onExcessProperty: "error"
          })
        }
        assert.match(found?.origin.revision ?? "", /^W\/"/u)
        assert.strictEqual((yield* Effect.flip(source.fetch("no/such"))).reason._tag, "NotFound")
      })
    )

    it.live(`${type}: a saved answer gives the same records as reading`, () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        const read = recordsOf(yield* readAll(yield* open(server, type)))
        const source = yield* makeSource(server, type)
        const saved = source.fixture({ value: read.map(({ raw }) => raw) })
        assert.isTrue(Array.isArray(saved))
        assert.deepStrictEqual(Array.isArray(saved) ? saved.map(contentOf) : [], read.map(contentOf))
        assert.property(source.fixture("text"), "code")
      })
    )
  }

  it.live("customers: come with their addresses and the ways to reach them", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      yield* newCustomer(server, "O'Neill/7")
      const below = { CustomerId: "O'Neill/7" }
      yield* server.customers.insert(addressType, {
        ...below,
        AddressId: "1",
        Address1: "Storgatan 1",
        Address2: "c/o Berg",
        ZipCode: "111 22",
        City: "Stockholm",
        Country: "SE",
        DefaultDomain: true
      })
      for (const [MethodId, Value] of [
        ["Phone", "+46 8 1"],
        ["EMail", "ap@acme.example"]
      ] as const) {
        yield* server.customers.insert(communicationMethodType, { ...below, MethodId, Value })
      }
      const source = yield* open(server, "customers")
      const [record] = recordsOf(yield* readAll(source))
      assert.deepStrictEqual(contentOf(record), {
        id: "O'Neill/7",
        number: "O'Neill/7",
        state: "active",
        name: "Acme",
        email: "ap@acme.example",
        phone: "+46 8 1",
        group: "Customer",
        language: "sv",
        addresses: [
          {
            id: "1",
            street: ["Storgatan 1", "c/o Berg"],
            postcode: "111 22",
            city: "Stockholm",
            country: "SE"
          }
        ]
      })
      yield* Schema.decodeUnknownEffect(definitionOf("customers").record)(contentOf(record))
      const bare = yield* open(server, "customers", { with: { addresses: false } })
      const before = yield* requestsTo(server, "CustomerHandling.svc/")
      yield* readAll(bare)
      assert.strictEqual(yield* requestsTo(server, "CustomerHandling.svc/"), before)
    })
  )

  it.live("each company is asked for by itself, and one our user may not see is no empty answer", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer({
        companies: [
          defaultCompany,
          { ...defaultCompany, company: "30", accounts: [] },
          { ...defaultCompany, company: "20", allowedUsers: ["OTHER"] }
        ]
      })
      const both = yield* open(server, "periods", { with: { companies: ["10", "20"] } })
      const error = yield* Effect.flip(readAll(both))
      assert.strictEqual(error.reason._tag, "Unauthorized")
      assert.include(error.message, "IFS shows nothing of company 20")
      assert.include(error.message, "Allowed Companies")
      const visible = yield* open(server, "periods", { with: { companies: ["10", "30"] } })
      const read = ids(yield* readAll(visible))
      assert.strictEqual(read.length, 2 * defaultCompany.periods.length)
      assert.strictEqual(new Set(read).size, read.length)
    })
  )

  it.live("a company without such rows is empty once IFS has shown an account of it", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer({ companies: [{ ...defaultCompany, sales: [] }] })
      const pages = yield* readAll(yield* open(server, "invoices"))
      assert.deepStrictEqual(ids(pages), [])
      assert.strictEqual(yield* requestsTo(server, "GET AccountsHandling"), 1)
    })
  )

  it.live("entity set, properties and what a tenant lacks are settings", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const renamed = yield* open(server, "invoices", {
        with: {
          entitySet: "CustomerOrderHandling.svc/CustomerOrderSet",
          properties: {
            InvoiceNo: "OrderNo",
            Identity: "CustomerNo",
            Currency: "CurrencyCode",
            SeriesId: "Contract"
          },
          without: [
            "InvoiceId",
            "DueDate",
            "InvoiceDate",
            "NetCurrAmount",
            "VatCurrAmount",
            "GrossCurrAmount",
            "OpenCurrAmount"
          ]
        }
      })
      // The key cannot be left out.
      const error = yield* Effect.flip(readAll(renamed))
      assert.include(error.message, "InvoiceId")
      const orders = yield* open(server, "customer-orders", {
        with: { properties: { CustomerPoNo: "Contract" }, without: ["Contract", "DateEntered"] }
      })
      const [first] = recordsOf(yield* readAll(orders))
      assert.deepInclude(contentOf(first), { purchaseOrderNumber: "1" })
      assert.notProperty(contentOf(first), "enteredOn")
    })
  )

  it.live("a row that is not as documented is a problem of its own, and the others are read", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const source = yield* makeSource(server, "periods")
      const good = {
        Company: "10",
        AccountingYear: 2026,
        AccountingPeriod: 1,
        DateFrom: "2026-01-01",
        DateUntil: "2026-01-31",
        PeriodStatus: "Open"
      }
      const records = source.fixture([good, { ...good, DateFrom: "soon" }])
      assert.deepStrictEqual(Array.isArray(records) ? records.map(({ normalised }) => normalised._tag) : [], [
        "Record",
        "Problems"
      ])
    })
  )
})

describe("B2 finding changes", () => {
  it.live("scan: goes on in the middle, company and key, where it was stopped", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer({
        companies: [defaultCompany, { ...defaultCompany, company: "30" }]
      })
      const source = yield* open(server, "accounts", {
        with: { companies: ["10", "30"] },
        connection: { pageRows: 5 }
      })
      const all = yield* readAll(source)
      for (const [index, { cursor }] of all.entries()) {
        const rest = index === all.length - 1 ? [] : ids(yield* readAll(source, cursor))
        assert.deepStrictEqual([...ids(all.slice(0, index + 1)), ...rest], ids(all), `after page ${index}`)
      }
      // At the end it starts anew: IFS does not say what changed.
      assert.deepStrictEqual(ids(yield* readAll(source, cursorAfter(all))), ids(all))
      assert.isTrue(all.every(({ records }) => records.length <= 5))
    })
  )

  it.live("modifiedColumn: reads what changed since, an overlap earlier, in IFS's own times", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const source = yield* open(server, "customer-orders", {
        with: { changes: { modifiedColumn: "CfChangedAt" }, overlap: "1 hour" }
      })
      const first = yield* readAll(source)
      assert.deepStrictEqual(ids(first), ["C1001", "C1002", "C1003"])
      // All three lie within the hour.
      assert.strictEqual(ids(yield* readAll(source, cursorAfter(first))).length, 3)
      yield* changeSales(server, (sales) =>
        sales.map((sale) =>
          sale.orderNo === "C1001"
            ? { ...sale, customerPoNo: "NEW", changedAt: "2031-01-01T00:00:00Z" }
            : sale
        )
      )
      const second = yield* readAll(source, cursorAfter(first))
      assert.deepStrictEqual(ids(second), ["C1002", "C1003", "C1001"])
      const third = yield* readAll(source, cursorAfter(second))
      assert.deepStrictEqual(ids(third), ["C1001"])
      assert.deepInclude(contentOf(recordsOf(third)[0]), { purchaseOrderNumber: "NEW" })
    })
  )

  it.live("modifiedColumn: a row that changes while others are read is met at the end", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const source = yield* open(server, "customer-orders", {
        with: { changes: { modifiedColumn: "CfChangedAt" } },
        connection: { pageRows: 1 }
      })
      let asked = 0
      const pages = yield* source.read(undefined).pipe(
        Stream.tap(() =>
          asked++ > 0
            ? Effect.void
            : changeSales(server, (sales) =>
                sales.map((sale) =>
                  sale.orderNo === "C1001" ? { ...sale, changedAt: "2031-01-01T00:00:00Z" } : sale
                )
              )
        ),
        Stream.runCollect
      )
      assert.deepStrictEqual(ids(pages), ["C1001", "C1002", "C1003", "C1001"])
    })
  )

  it.live("modifiedColumn: one that a row lacks is refused, since the row would never be read", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      yield* changeSales(server, (sales) => sales.map((sale) => ({ ...sale, paidOn: "2026-10-05" })))
      const source = yield* open(server, "payments", { with: { changes: { modifiedColumn: "Text" } } })
      const error = yield* Effect.flip(readAll(source))
      assert.include(error.message, "without Text")
    })
  )

  it.effect("historyLog: reads all first, then what the log names, and not what was removed", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      for (const id of ["1", "2", "3"]) yield* newCustomer(server, id)
      const source = yield* open(server, "customers", {
        with: { changes: { historyLog: "CustomerInfo" }, addresses: false, overlap: "1 minute" }
      })
      const first = yield* inTestTime(readAll(source))
      assert.deepStrictEqual(ids(first), ["1", "2", "3"])
      yield* inTestTime(Effect.sleep("10 minutes"))
      const [, second, third] = server.customers.rows(customerType)
      assert.isDefined(second)
      assert.isDefined(third)
      yield* server.customers.update(customerType, second, { Name: "Acme AB" })
      yield* server.customers.update(customerType, second, { Name: "Acme Group" })
      yield* server.customers.remove(customerType, third)
      const changes = yield* inTestTime(readAll(source, cursorAfter(first)))
      assert.include(ids(changes), "2")
      assert.notInclude(ids(changes), "3")
      assert.strictEqual(ids(changes).filter((id) => id === "2").length, 1)
      yield* inTestTime(Effect.sleep("10 minutes"))
      yield* newCustomer(server, "4")
      assert.deepStrictEqual(ids(yield* inTestTime(readAll(source, cursorAfter(changes)))).slice(-1), ["4"])
    })
  )

  it.live("historyLog: a unit of which the log has nothing is refused", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const source = yield* open(server, "accounts", { with: { changes: { historyLog: "Account" } } })
      const error = yield* Effect.flip(readAll(source))
      assert.include(error.message, "nothing of Account")
    })
  )

  it.live("a cursor of something else is refused", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const error = yield* Effect.flip(readAll(yield* open(server, "accounts"), { page: 7 }))
      assert.include(error.message, "Reset the pipeline's cursor")
    })
  )

  it.each([
    ["2026-10-01T00:30:00Z", "2026-09-30T22:30:00Z"],
    ["2026-10-01", "2026-09-30"],
    ["2026-03-01T01:00:00Z", "2026-02-28T23:00:00Z"]
  ])("two hours before %s is %s, of the same kind", (time, expected) => {
    assert.strictEqual(earlier(time, Duration.hours(2)), expected)
  })
})

describe("a past period", () => {
  const october = {
    from: DateTime.makeUnsafe("2026-10-02T00:00:00Z"),
    until: DateTime.makeUnsafe("2026-10-04T00:00:00Z")
  }
  const dated = (server: IfsServer) =>
    changeSales(server, (sales) =>
      sales.map((sale, index) => ({
        ...sale,
        date: `2026-10-0${index + 1}`,
        paidOn: `2026-10-0${index + 1}`
      }))
    )

  it.live.each(["customer-orders", "invoices", "payments"])(
    "of %s has the rows of its days, page by page",
    (type) =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        yield* dated(server)
        const source = yield* open(server, type, { connection: { pageRows: 1 } })
        const all = yield* readAll(source)
        const reading = source.period?.(october) ?? assert.fail("has no period")
        const pages = yield* Stream.runCollect(reading.read(undefined))
        // The sandbox has sales of the first, second and third of October.
        assert.deepStrictEqual(ids(pages), ids(all).slice(1, 3))
        assert.deepStrictEqual(
          ids(yield* Stream.runCollect(reading.read(pages[0]?.cursor))),
          ids(pages).slice(1)
        )
        assert.deepStrictEqual(ids(yield* Stream.runCollect(reading.read(cursorAfter(pages)))), [])
      })
  )

  it.live(
    "of rows that keep no day is that of their last change, where a column says so, else there is none",
    () =>
      Effect.gen(function* () {
        const server = yield* ifsServer()
        assert.isUndefined((yield* open(server, "customers")).period)
        const byChange = yield* open(server, "customers", {
          with: { changes: { modifiedColumn: "CfChangedAt" }, addresses: false }
        })
        assert.include(byChange.period?.(october).by, "CfChangedAt")
        const without = yield* open(server, "invoices", { with: { without: ["InvoiceDate"] } })
        assert.isUndefined(without.period)
      })
  )
})

describe("B7 a look-up", () => {
  const openLookUp = Effect.fnUntraced(function* (
    server: IfsServer,
    type: string,
    settings?: { readonly with?: Record<string, unknown> }
  ) {
    const context = yield* Layer.build(services(server))
    const source = yield* makeSource(server, type, settings)
    const lookUp = source.lookUp ?? assert.fail(`${type} cannot be looked up`)
    return yield* lookUp.pipe(Effect.provideContext(context))
  })

  it.live("finds customers by their number, their association number and their name", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      yield* newCustomer(server, "7", "O'Hara & Co")
      yield* server.customers.insert(customerType, {
        CustomerId: "8",
        Name: "Acme",
        AssociationNo: "shop-12",
        PartyType: "Customer",
        DefaultDomain: true
      })
      const { find } = yield* openLookUp(server, "customers")
      const idsBy = (field: string, value: string) =>
        Effect.map(find(field, value), (found) => found.map(({ id }) => id))
      assert.deepStrictEqual(yield* idsBy("id", "7"), ["7"])
      assert.deepStrictEqual(yield* idsBy("name", "O'Hara & Co"), ["7"])
      assert.deepStrictEqual(yield* idsBy("associationNumber", "shop-12"), ["8"])
      assert.deepStrictEqual(yield* idsBy("id", "7' or '1' eq '1"), [])
    })
  )

  it.live("finds accounts of the companies of the source, and believes nothing of a hidden one", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const { find } = yield* openLookUp(server, "accounts")
      assert.deepStrictEqual(
        (yield* find("account", "1510")).map(({ id }) => id),
        ["10/1510"]
      )
      assert.deepStrictEqual(yield* find("account", "9999"), [])
      const hidden = yield* openLookUp(server, "accounts", { with: { companies: ["77"] } })
      const error = yield* Effect.flip(hidden.find("account", "1510"))
      assert.strictEqual(error.reason._tag, "Unauthorized")
    })
  )
})

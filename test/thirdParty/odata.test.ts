/**
 * The OData client against an OData v4 server of another author, SAP's CAP:
 * what both of our own ends might misunderstand alike shows here. CAP has no
 * enumeration literals and no ORA numbers; for those there is only our sandbox.
 */
import { assert, describe, layer } from "@effect/vitest"
import { BigDecimal, Context, DateTime, Effect, Layer, Queue, Schema, Stream } from "effect"
import { makeIfsClient, WireDecimal } from "../../src/connectors/ifs-cloud/IfsClient.ts"
import { ifsReason } from "../../src/connectors/ifs-cloud/ifsReason.ts"
import { type Filter, odata, PropertyName } from "../../src/connectors/ifs-cloud/odata.ts"
import { type OrderColumn, seekRows, textOf } from "../../src/connectors/ifs-cloud/seekRows.ts"
import { updateRow } from "../../src/connectors/ifs-cloud/updateRow.ts"
import { ConnectorError } from "../../src/pipeline/ConnectorError.ts"
import { connectionTo, services } from "../connectors/ifs-cloud/openClient.ts"
import { send } from "../sandbox/ifs/IfsClient.ts"
import { startChildProgram } from "../support/childProgram.ts"

/** The address of the server. */
class Server extends Context.Service<Server, string>()("test/thirdParty/Server") {
  static readonly layer = Layer.effect(
    Server,
    Effect.gen(function* () {
      const program = yield* startChildProgram("../thirdParty/odataServer.mjs", [])
      let line = ""
      while (!line.startsWith("http://")) line = yield* Queue.take(program.lines)
      return line
    })
  )
}

const open = (change: Record<string, unknown> = {}) =>
  Effect.gen(function* () {
    const server = { url: yield* Server, realm: "third", clientId: "any", clientSecret: "any" }
    const context = yield* Layer.build(services(server))
    const connection = yield* connectionTo(server, change)
    return yield* makeIfsClient({ name: "third", connection }).pipe(Effect.provideContext(context))
  })

const customers = "CustomerHandling.svc/CustomerInfoSet"
const periods = "CustomerHandling.svc/PeriodSet"
const Customer = Schema.Struct({
  CustomerId: Schema.String,
  Name: Schema.String,
  CreditLimit: WireDecimal,
  CreationDate: Schema.String
})
const day = DateTime.makeUnsafe("2026-09-03T00:00:00Z")
const second = DateTime.makeUnsafe("2026-09-30T12:00:02Z")
const exactly = (text: string) => odata.decimal(BigDecimal.fromStringUnsafe(text))
const name = Schema.decodeSync(PropertyName)
const order: ReadonlyArray<OrderColumn> = [
  { property: name("Company"), type: "string" },
  { property: name("AccountingYear"), type: "decimal" },
  { property: name("AccountingPeriod"), type: "decimal" }
]
const allPeriods = [2026, 2027].flatMap((year) =>
  [1, 2, 3, 4, 9, 10, 11].map((period) => `10/${year}/${period}`)
)

const questions: ReadonlyArray<readonly [what: string, filter: Filter, ids: ReadonlyArray<string>]> = [
  ["a text", odata.equal("CustomerId", odata.string("1000")), ["1000"]],
  ["a quote in a text", odata.equal("Name", odata.string("O'Hara & Söhne")), ["O'Neill/7"]],
  ["signs of an address in a text", odata.equal("Name", odata.string("100% + 1/2 #?")), ["A+B C"]],
  ["letters beyond Latin", odata.equal("Name", odata.string("Zoë “quoted”")), ["Ö&1=2"]],
  ["text that looks like a filter", odata.equal("Name", odata.string("x' or Name ne '")), []],
  ["a decimal", odata.equal("CreditLimit", exactly("1234.50")), ["O'Neill/7"]],
  ["a negative decimal", odata.equal("CreditLimit", exactly("-5.00")), ["Ö&1=2"]],
  ["more than a decimal", odata.greaterThan("CreditLimit", exactly("99.99")), ["O'Neill/7"]],
  ["from a day on", odata.greaterOrEqual("CreationDate", odata.date(day)), ["A+B C", "Ö&1=2"]],
  ["from a second on", odata.greaterOrEqual("ChangedAt", odata.timestamp(second)), ["A+B C", "Ö&1=2"]],
  ["a truth value", odata.equal("OneTime", odata.boolean(true)), ["O'Neill/7"]],
  ["the beginning of a text", odata.startsWith("Name", odata.string("O'H")), ["O'Neill/7"]],
  [
    "or inside of and",
    odata.and(
      odata.equal("OneTime", odata.boolean(false)),
      odata.or(
        odata.equal("CustomerId", odata.string("1000")),
        odata.equal("CustomerId", odata.string("O'Neill/7"))
      )
    ),
    ["1000"]
  ]
]

describe("B2 against an OData server of another author", () => {
  layer(Server.layer, { timeout: "60 seconds", excludeTestServices: true })((it) => {
    for (const [what, filter, ids] of questions) {
      it.effect(`finds by ${what}`, () =>
        Effect.gen(function* () {
          const client = yield* open()
          const rows = yield* client.list({
            entitySet: customers,
            row: Customer,
            filter,
            orderBy: ["CustomerId"]
          })
          assert.deepStrictEqual(rows.map((row) => row.CustomerId).toSorted(), ids.toSorted())
        })
      )
    }

    it.effect("reads decimals as strings, and as numbers where the server knows no other", () =>
      Effect.gen(function* () {
        for (const ieee754Compatible of [true, false]) {
          const client = yield* open({ ieee754Compatible })
          const [row] = yield* client.list({
            entitySet: customers,
            row: Customer,
            filter: odata.equal("CustomerId", odata.string("1000")),
            orderBy: ["CustomerId"]
          })
          assert.isTrue(row !== undefined && BigDecimal.equals(row.CreditLimit, BigDecimal.make(10n, 2)))
        }
      })
    )

    it.effect("a key stays in its segment, whatever is in it", () =>
      Effect.gen(function* () {
        const client = yield* open()
        for (const id of ["1000", "O'Neill/7", "A+B C", "Ö&1=2"]) {
          const row = yield* client.row(`${customers}${odata.key({ CustomerId: odata.string(id) })}`, [
            "CustomerId"
          ])
          assert.strictEqual(row["CustomerId"], id)
        }
        const key = odata.key({
          Company: odata.string("10"),
          AccountingYear: odata.decimal(BigDecimal.make(2026n, 0)),
          AccountingPeriod: odata.decimal(BigDecimal.make(9n, 0))
        })
        const row = yield* client.row(`${periods}${key}`, ["Status"])
        assert.strictEqual(row["Status"], "Open")
      })
    )

    for (const paging of ["key", "skip"]) {
      it.effect(
        `by ${paging}, reads all rows once, in the order of the key, from pages cut short by the server`,
        () =>
          Effect.gen(function* () {
            const client = yield* open({ paging, pageRows: 5 })
            const pages = yield* Stream.runCollect(
              seekRows(client, { entitySet: periods, select: order.map(({ property }) => property), order })
            )
            const read = pages.flatMap(({ rows }) =>
              rows.map((row) => order.map(({ property }) => textOf(row, property)).join("/"))
            )
            assert.deepStrictEqual(read, allPeriods)
            assert.isTrue(pages.every(({ rows }) => rows.length <= 3))
          })
      )
    }

    it.effect("goes on after any row", () =>
      Effect.gen(function* () {
        const client = yield* open({ pageRows: 5 })
        const pages = yield* Stream.runCollect(
          seekRows(client, { entitySet: periods, select: order.map(({ property }) => property), order }, [
            "10",
            "2026",
            "9"
          ])
        )
        const read = pages.flatMap(({ rows }) =>
          rows.map((row) => order.map(({ property }) => textOf(row, property)).join("/"))
        )
        assert.deepStrictEqual(read, allPeriods.slice(5))
      })
    )

    it.effect("lists all rows although the server gives three at a time", () =>
      Effect.gen(function* () {
        const client = yield* open()
        const rows = yield* client.list({
          entitySet: periods,
          row: Schema.Struct({ AccountingYear: WireDecimal, AccountingPeriod: WireDecimal }),
          filter: odata.equal("Status", odata.string("Open")),
          orderBy: ["Company", "AccountingYear", "AccountingPeriod"]
        })
        assert.strictEqual(rows.length, 10)
      })
    )

    it.effect("B3 a stale version is refused by the server, and decided on again", () =>
      Effect.gen(function* () {
        const client = yield* open()
        const of = {
          entitySet: customers,
          key: { CustomerId: odata.string("1000") },
          select: ["Name", "Country"]
        }
        const path = `${customers}${odata.key(of.key)}`
        const base = `${yield* Server}/main/ifsapplications/projection/v1`
        let asked = 0
        const stale = yield* client.row(path, of.select)
        const changed = yield* updateRow(client, of, (row) => {
          asked++
          return row["Name"] === "Acme AB" ? undefined : { Name: "Acme AB" }
        })
        assert.strictEqual(changed["Name"], "Acme AB")
        assert.strictEqual(asked, 1)
        for (const headers of [{ "if-match": String(stale["@odata.etag"]) }, {}]) {
          const answer = yield* send(`${base}/${path}`, {
            method: "PATCH",
            headers: { "content-type": "application/json", ...headers },
            body: JSON.stringify({ Country: "NO" })
          })
          assert.strictEqual(answer.status, "if-match" in headers ? 412 : 428)
          const reason = ifsReason(
            { status: answer.status, headers: {}, text: answer.text, body: undefined },
            { method: "PATCH", path: `/${path}` }
          )
          assert.strictEqual(reason?._tag === "Rejected" ? reason.code : reason?._tag, "changed-meanwhile")
        }
      })
    )

    it.effect(
      "a property that is not there, a set that is not there and a row that is not there are told apart",
      () =>
        Effect.gen(function* () {
          const client = yield* open()
          const tagOf = (error: unknown) => (error instanceof ConnectorError ? error.reason._tag : "none")
          const question = { entitySet: customers, select: [name("Nope")], orderBy: ["CustomerId"] }
          assert.strictEqual(
            tagOf(yield* Effect.flip(client.rawPage(question, { top: 1 }))),
            "UnexpectedResponse"
          )
          const elsewhere = { ...question, entitySet: "CustomerHandling.svc/NopeSet" }
          assert.strictEqual(
            tagOf(yield* Effect.flip(client.rawPage(elsewhere, { top: 1 }))),
            "UnexpectedResponse"
          )
          const nobody = `${customers}${odata.key({ CustomerId: odata.string("nobody") })}`
          assert.strictEqual(tagOf(yield* Effect.flip(client.row(nobody, ["Name"]))), "NotFound")
        })
    )
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { odata, PropertyName } from "../../../src/connectors/ifs-cloud/odata.ts"
import { type Place, type Seek, seekRows, textOf } from "../../../src/connectors/ifs-cloud/seekRows.ts"
import { defaultCompany } from "../../../src/sandbox/ifs/defaultCompany.ts"
import { ifsServer } from "../../../src/sandbox/ifs/ifsServer.ts"
import { openClient } from "./openClient.ts"

const name = Schema.decodeSync(PropertyName)
const accounts: Seek = {
  entitySet: "AccountsHandling.svc/AccountSet",
  select: [name("Account")],
  filter: odata.equal("Company", odata.string("10")),
  order: [
    { property: name("Company"), type: "string" },
    { property: name("Account"), type: "string" }
  ]
}

const read = (
  server: Parameters<typeof openClient>[0],
  seek: Seek,
  change: Record<string, unknown> = {},
  after?: Place
) =>
  Effect.gen(function* () {
    const client = yield* openClient(server, change)
    const pages = yield* Stream.runCollect(seekRows(client, seek, after))
    return pages.flatMap(({ rows }) => rows.map((row) => textOf(row, "Account") ?? ""))
  })

const all = defaultCompany.accounts.map(({ account }) => account).toSorted()

describe("B2 seekRows", () => {
  it.live("reads each row once, in as many requests as there are pages", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      assert.deepStrictEqual(yield* read(server, accounts, { pageRows: 5 }), all)
      const { requests } = yield* server.statistics
      assert.strictEqual(requests["GET AccountsHandling.svc/AccountSet"], Math.floor(all.length / 5) + 1)
    })
  )

  it.live("goes on after the row it is given", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      assert.deepStrictEqual(
        yield* read(server, accounts, {}, ["10", "2610"]),
        all.slice(all.indexOf("2610") + 1)
      )
    })
  )

  it.live("a row that comes before the next page neither repeats nor hides another", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const client = yield* openClient(server, { pageRows: 5 })
      const [first] = defaultCompany.accounts
      const seen = yield* seekRows(client, accounts).pipe(
        Stream.tap(() =>
          server.updateCompanies((companies) =>
            companies.map((it) =>
              first === undefined || it.accounts.length > all.length
                ? it
                : { ...it, accounts: [{ ...first, account: "0001" }, ...it.accounts] }
            )
          )
        ),
        Stream.runCollect
      )
      assert.deepStrictEqual(
        seen.flatMap(({ rows }) => rows.map((row) => textOf(row, "Account"))),
        all
      )
    })
  )

  it.live("stops when the database sorts in another order than it compares, and paging: skip reads all", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      // Sorted by number, where the client expects texts to be compared.
      const periods: Seek = {
        entitySet: "AccountingPeriodsHandling.svc/AccountingPeriodSet",
        select: [name("AccountingPeriod")],
        filter: odata.equal("Company", odata.string("10")),
        order: [
          { property: name("AccountingYear"), type: "decimal" },
          { property: name("AccountingPeriod"), type: "string" }
        ]
      }
      const client = yield* openClient(server, { pageRows: 500 })
      const error = yield* Effect.flip(Stream.runDrain(seekRows(client, periods)))
      assert.include(error.message, "Set paging: skip")
      const skipping = yield* openClient(server, { pageRows: 5, paging: "skip" })
      const pages = yield* Stream.runCollect(seekRows(skipping, periods))
      assert.strictEqual(pages.flatMap(({ rows }) => rows).length, defaultCompany.periods.length)
    })
  )

  it.live("a connection cannot ask for more than 5000 rows at once", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const error = yield* Effect.flip(openClient(server, { pageRows: 5001 }))
      assert.include(`${error}`, "5000")
    })
  )
})

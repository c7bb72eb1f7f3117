/**
 * probe: what `ping` finds out about an IFS Cloud, reading only.
 *
 * The right to enter vouchers cannot be tried without entering one.
 */
import { Clock, DateTime, Effect, Option, Schema } from "effect"
import { type ConnectorError, Unauthorized } from "../../pipeline/ConnectorError.ts"
import type { Connection } from "./Connection.ts"
import type { IfsClient } from "./IfsClient.ts"
import { odata } from "./odata.ts"

const companiesMaximum = 20

const CompanyRow = Schema.Struct({ Company: Schema.String })

// One question per company: the next account whose company comes after.
const visibleCompanies = Effect.fn("probe.visibleCompanies")(function* (
  client: IfsClient,
  connection: Connection
): Effect.fn.Return<
  { readonly companies: ReadonlyArray<string>; readonly date: string | undefined },
  ConnectorError
> {
  const companies: Array<string> = []
  let date: string | undefined
  while (companies.length < companiesMaximum) {
    const last = companies.at(-1)
    const page = yield* client.page(
      {
        entitySet: connection.projections.accounts,
        row: CompanyRow,
        ...(last === undefined ? {} : { filter: odata.greaterThan("Company", odata.string(last)) }),
        orderBy: ["Company", "Account"]
      },
      { top: 1 }
    )
    date ??= page.date
    const next = page.rows[0]?.Company
    if (next === undefined || next === last) break
    companies.push(next)
  }
  return { companies, date }
})

const clockLine = (date: string | undefined, nowMillis: number) =>
  Option.match(Option.flatMap(Option.fromUndefinedOr(date), DateTime.make), {
    onNone: () => "clock: IFS did not say what time it is",
    onSome: (theirs) =>
      `clock: differs from ours by ${Math.round(Math.abs(DateTime.toEpochMillis(theirs) - nowMillis) / 1000)} s`
  })

/** Token, companies visible to our user, both places vouchers are read from, and the clock. Fails at the first that is missing. */
export const probe = Effect.fn("probe")(function* (
  client: IfsClient,
  connection: Connection
): Effect.fn.Return<ReadonlyArray<string>, ConnectorError> {
  const { companies, date } = yield* visibleCompanies(client, connection)
  const nowMillis = yield* Clock.currentTimeMillis
  if (companies.length === 0) {
    return yield* client.fail(
      new Unauthorized({
        message:
          "IFS shows no company to our user. Add the companies to its Allowed Companies, and grant the projection of accounts."
      })
    )
  }
  const lines = [
    `token: granted for realm ${connection.realm}`,
    `companies visible: ${companies.join(", ")}${companies.length === companiesMaximum ? " and perhaps more" : ""}`
  ]
  const { generalLedgerRows, voucherRows } = connection.projections
  for (const [what, entitySet] of [
    ["hold table", voucherRows],
    ["general ledger", generalLedgerRows]
  ] as const) {
    const page = yield* client.page(
      {
        entitySet,
        row: Schema.Struct({ Company: Schema.String, ReferenceNumber: Schema.NullOr(Schema.String) }),
        orderBy: ["Company", "VoucherType", "AccountingYear", "VoucherNo", "RowNo"]
      },
      { top: 1 }
    )
    lines.push(`${what}: readable${page.rows.length === 0 ? ", no vouchers in it" : ""}`)
  }
  return [...lines, clockLine(date, nowMillis)]
})

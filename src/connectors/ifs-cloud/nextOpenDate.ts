/**
 * nextOpenDate: the first day, from a date on, on which IFS lets us post.
 *
 * A period is open to us when it is open, and not closed for our user group.
 *
 * Names of fields as on the sandbox: of these projections only the names are
 * documented (21R1), so compare $metadata of the tenant.
 */
import { BigDecimal, DateTime, Effect, Option, Schema } from "effect"
import { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import { formatDecimal } from "../../accounting/Decimal.ts"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { OpenSink } from "../../pipeline/Sink.ts"
import type { Connection } from "./Connection.ts"
import { type IfsClient, WireDecimal } from "./IfsClient.ts"
import { odata } from "./odata.ts"
import type { VouchersConfig } from "./VouchersConfig.ts"

const PeriodKey = {
  Company: Schema.String,
  AccountingYear: WireDecimal,
  AccountingPeriod: WireDecimal,
  PeriodStatus: Schema.String
}
/** What is read of a period. */
export const periodRow = Schema.Struct({ ...PeriodKey, DateFrom: CalendarDate, DateUntil: CalendarDate })
/** What is read of a period of a user group. */
export const userGroupPeriodRow = Schema.Struct({ ...PeriodKey, UserGroup: Schema.String })

const keyOf = (row: Pick<typeof periodRow.Type, "AccountingYear" | "AccountingPeriod">) =>
  `${formatDecimal(row.AccountingYear)}/${formatDecimal(row.AccountingPeriod)}`

/** Answers by two questions to the basic data of the company. */
export const nextOpenDate = (
  client: IfsClient,
  connection: Connection,
  config: VouchersConfig
): OpenSink["nextOpenDate"] =>
  Effect.fn("nextOpenDate")(function* (
    company: string,
    date: CalendarDate
  ): Effect.fn.Return<Option.Option<CalendarDate>, ConnectorError> {
    const day = DateTime.make(date)
    if (Option.isNone(day)) return Option.none()
    const periods = yield* client.list({
      entitySet: connection.projections.accountingPeriods,
      row: periodRow,
      filter: odata.and(
        odata.equal("Company", odata.string(company)),
        odata.greaterOrEqual("DateUntil", odata.date(day.value))
      ),
      orderBy: ["Company", "AccountingYear", "AccountingPeriod"]
    })
    const open = periods
      .filter((row) => row.PeriodStatus === "Open")
      .toSorted((a, b) => (a.DateFrom < b.DateFrom ? -1 : 1))
    const years = open.map((row) => row.AccountingYear)
    const [first] = years
    if (first === undefined) return Option.none()
    const groups = yield* client.list({
      entitySet: connection.projections.userGroupPeriods,
      row: userGroupPeriodRow,
      filter: odata.and(
        odata.equal("Company", odata.string(company)),
        odata.equal("UserGroup", odata.string(config.userGroup)),
        odata.greaterOrEqual(
          "AccountingYear",
          odata.decimal(years.reduce((a, b) => BigDecimal.min(a, b), first))
        )
      ),
      orderBy: ["Company", "AccountingYear", "AccountingPeriod", "UserGroup"]
    })
    const closed = new Set(groups.filter((row) => row.PeriodStatus !== "Open").map(keyOf))
    return Option.map(Option.fromUndefinedOr(open.find((row) => !closed.has(keyOf(row)))), ({ DateFrom }) =>
      DateFrom < date ? date : DateFrom
    )
  })

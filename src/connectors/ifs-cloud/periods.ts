/**
 * periods: the accounting periods of each company, open or closed.
 *
 * Source: release 21R1 for the projection, which has AccountingYearSet; the set
 * of periods and its properties are those of the sandbox.
 */
import { Schema } from "effect"
import { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import { formatDecimal } from "../../accounting/Decimal.ts"
import { WireDecimal } from "./IfsClient.ts"
import { present } from "./Table.ts"
import { companies, tableFields } from "./TableConfig.ts"
import { tableSource } from "./tableSource.ts"

/** An accounting period, in our words. */
export const LedgerPeriod = Schema.Struct({
  id: Schema.String.annotate({ description: "company/year/period" }),
  company: Schema.String.annotate({ description: "Legal entity." }),
  year: Schema.String.annotate({ description: "Fiscal year." }),
  period: Schema.String.annotate({ description: "Number of the period in its year." }),
  from: CalendarDate.annotateKey({ description: "First day." }),
  until: CalendarDate.annotateKey({ description: "Last day." }),
  status: Schema.Literals(["open", "closed"]).annotate({
    description: "For the company as a whole; a user group may find it closed all the same."
  })
}).annotate({ identifier: "LedgerPeriod" })

/** `ifs-cloud/periods` */
export const periods = tableSource({
  type: "ifs-cloud/periods",
  summary: "Reads the accounting periods of companies.",
  resource: "period",
  perCompany: true,
  config: Schema.Struct({
    companies,
    ...tableFields(
      "AccountingPeriodsHandling.svc/AccountingPeriodSet",
      "projection: release 21R1; set: not published, look it up in the API Explorer of your tenant"
    )
  }),
  record: LedgerPeriod,
  row: Schema.Struct({
    Company: Schema.String,
    AccountingYear: WireDecimal,
    AccountingPeriod: WireDecimal,
    DateFrom: CalendarDate,
    DateUntil: CalendarDate,
    PeriodStatus: Schema.String
  }),
  key: { Company: "string", AccountingYear: "decimal", AccountingPeriod: "decimal" },
  normalise: (row) => {
    const [year, period] = [formatDecimal(row.AccountingYear), formatDecimal(row.AccountingPeriod)]
    return present({
      id: `${row.Company}/${year}/${period}`,
      company: row.Company,
      year,
      period,
      from: row.DateFrom,
      until: row.DateUntil,
      status: row.PeriodStatus === "Open" ? "open" : "closed"
    })
  }
})

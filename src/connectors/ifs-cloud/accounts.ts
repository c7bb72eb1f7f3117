/**
 * accounts: the chart of accounts of each company.
 *
 * Source: release 21R1 for the projection; of its properties only Company and
 * Account are sure.
 */
import { Schema } from "effect"
import { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import { present, Text } from "./Table.ts"
import { companies, tableFields } from "./TableConfig.ts"
import { tableSource } from "./tableSource.ts"

/** An account, in our words. */
export const LedgerAccount = Schema.Struct({
  id: Schema.String.annotate({ description: "company/account" }),
  company: Schema.String.annotate({ description: "Legal entity." }),
  account: Schema.String.annotate({ description: "Number of the account." }),
  description: Schema.optionalKey(Schema.String.annotate({ description: "What people call it." })),
  subledger: Schema.optionalKey(
    Schema.Boolean.annotate({
      description: "Whether a subledger keeps it, so that manual entries are refused."
    })
  ),
  validFrom: Schema.optionalKey(CalendarDate),
  validUntil: Schema.optionalKey(CalendarDate)
}).annotate({ identifier: "LedgerAccount" })

/** `ifs-cloud/accounts` */
export const accounts = tableSource({
  type: "ifs-cloud/accounts",
  summary: "Reads the accounts of companies.",
  resource: "account",
  perCompany: true,
  lookUpBy: { account: "Account" },
  config: Schema.Struct({
    companies,
    ...tableFields("AccountsHandling.svc/AccountSet", "release 21R1")
  }),
  record: LedgerAccount,
  row: Schema.Struct({
    Company: Schema.String,
    Account: Schema.String,
    Description: Text,
    LedgerAccount: Schema.NullOr(Schema.Boolean),
    ValidFrom: Text,
    ValidUntil: Text
  }),
  key: { Company: "string", Account: "string" },
  number: (row) => row.Account,
  normalise: (row) =>
    present({
      id: `${row.Company}/${row.Account}`,
      company: row.Company,
      account: row.Account,
      description: row.Description,
      subledger: row.LedgerAccount,
      validFrom: row.ValidFrom,
      validUntil: row.ValidUntil
    })
})

/**
 * payments: what customers paid, as the ERP keeps it.
 *
 * IFS publishes neither projection nor set; the properties are the columns of
 * its payment transactions as of release 21R1.
 */
import { Schema } from "effect"
import { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import { Decimal, formatDecimal } from "../../accounting/Decimal.ts"
import { WireDecimal } from "./IfsClient.ts"
import { present, Text } from "./Table.ts"
import { companies, tableFields } from "./TableConfig.ts"
import { tableSource } from "./tableSource.ts"

/** A payment of a customer, in our words. */
export const LedgerPayment = Schema.Struct({
  id: Schema.String.annotate({ description: "company/series/payment/transaction" }),
  company: Schema.String.annotate({ description: "Legal entity." }),
  customer: Schema.String.annotate({ description: "Number of the customer in the ERP." }),
  paidOn: Schema.optionalKey(CalendarDate),
  currency: Schema.String.annotate({ description: "ISO 4217 code." }),
  amount: Decimal.annotate({ description: "In that currency; negative when it was paid out." }),
  accountingAmount: Decimal.annotate({ description: "In the accounting currency of the company." }),
  invoiceNumber: Schema.optionalKey(
    Schema.String.annotate({
      description: "Series and number of the invoice it settles, where it settles one."
    })
  ),
  text: Schema.optionalKey(Schema.String.annotate({ description: "As entered." }))
}).annotate({ identifier: "LedgerPayment" })

/** `ifs-cloud/payments` */
export const payments = tableSource({
  type: "ifs-cloud/payments",
  summary: "Reads the payments of customers.",
  resource: "ledger-payment",
  perCompany: true,
  config: Schema.Struct({
    companies,
    ...tableFields(
      "CustomerPaymentsAnalysis.svc/CustomerPaymentSet",
      "not published, look it up in the API Explorer of your tenant"
    )
  }),
  record: LedgerPayment,
  row: Schema.Struct({
    Company: Schema.String,
    SeriesId: Schema.String,
    PaymentId: WireDecimal,
    TransId: WireDecimal,
    Identity: Schema.String,
    PayDate: Text,
    Currency: Schema.String,
    CurrAmount: WireDecimal,
    DomAmount: WireDecimal,
    LedgerItemSeriesId: Text,
    LedgerItemId: Text,
    Text: Text
  }),
  key: { Company: "string", SeriesId: "string", PaymentId: "decimal", TransId: "decimal" },
  day: "PayDate",
  normalise: (row) =>
    present({
      id: [row.Company, row.SeriesId, formatDecimal(row.PaymentId), formatDecimal(row.TransId)].join("/"),
      company: row.Company,
      customer: row.Identity,
      paidOn: row.PayDate,
      currency: row.Currency,
      amount: formatDecimal(row.CurrAmount),
      accountingAmount: formatDecimal(row.DomAmount),
      invoiceNumber: `${row.LedgerItemSeriesId ?? ""}${row.LedgerItemId ?? ""}`,
      text: row.Text
    })
})

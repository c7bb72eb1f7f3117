/**
 * invoices: the invoices of customers, as the ERP keeps them.
 *
 * IFS publishes neither projection nor set; the properties are the columns of
 * its customer invoices as of release 21R1.
 */
import { Schema } from "effect"
import { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import { Decimal, formatDecimal } from "../../accounting/Decimal.ts"
import { WireDecimal } from "./IfsClient.ts"
import { present, Text } from "./Table.ts"
import { companies, tableFields } from "./TableConfig.ts"
import { tableSource } from "./tableSource.ts"

/** A customer's invoice, in our words. Amounts are in its own currency. */
export const LedgerInvoice = Schema.Struct({
  id: Schema.String.annotate({ description: "company/key of the invoice" }),
  company: Schema.String.annotate({ description: "Legal entity." }),
  number: Schema.optionalKey(
    Schema.String.annotate({ description: "Series and number, as printed; a preliminary invoice has none." })
  ),
  customer: Schema.String.annotate({ description: "Number of the customer in the ERP." }),
  invoicedOn: Schema.optionalKey(CalendarDate),
  dueOn: Schema.optionalKey(CalendarDate),
  currency: Schema.String.annotate({ description: "ISO 4217 code." }),
  net: Decimal.annotate({ description: "Without tax." }),
  tax: Decimal.annotate({ description: "Tax." }),
  gross: Decimal.annotate({ description: "With tax." }),
  open: Schema.optionalKey(Decimal.annotate({ description: "What is still to be paid." })),
  state: Schema.String.annotate({ description: "As the ERP calls it, in lower-case." })
}).annotate({ identifier: "LedgerInvoice" })

/** `ifs-cloud/invoices` */
export const invoices = tableSource({
  type: "ifs-cloud/invoices",
  summary: "Reads the invoices of customers.",
  resource: "ledger-invoice",
  perCompany: true,
  config: Schema.Struct({
    companies,
    ...tableFields(
      "CustomerInvoicesAnalysis.svc/CustomerInvoiceSet",
      "not published, look it up in the API Explorer of your tenant"
    )
  }),
  record: LedgerInvoice,
  row: Schema.Struct({
    Company: Schema.String,
    InvoiceId: WireDecimal,
    SeriesId: Text,
    InvoiceNo: Text,
    Identity: Schema.String,
    InvoiceDate: Text,
    DueDate: Text,
    Currency: Schema.String,
    NetCurrAmount: WireDecimal,
    VatCurrAmount: WireDecimal,
    GrossCurrAmount: WireDecimal,
    OpenCurrAmount: Schema.NullOr(Schema.Union([Schema.String, Schema.Int])),
    Objstate: Schema.String
  }),
  key: { Company: "string", InvoiceId: "decimal" },
  day: "InvoiceDate",
  number: (row) => `${row.SeriesId ?? ""}${row.InvoiceNo ?? ""}`,
  normalise: (row) =>
    present({
      id: `${row.Company}/${formatDecimal(row.InvoiceId)}`,
      company: row.Company,
      number: `${row.SeriesId ?? ""}${row.InvoiceNo ?? ""}`,
      customer: row.Identity,
      invoicedOn: row.InvoiceDate,
      dueOn: row.DueDate,
      currency: row.Currency,
      net: formatDecimal(row.NetCurrAmount),
      tax: formatDecimal(row.VatCurrAmount),
      gross: formatDecimal(row.GrossCurrAmount),
      open: row.OpenCurrAmount === null ? undefined : `${row.OpenCurrAmount}`,
      state: row.Objstate.toLowerCase()
    })
})

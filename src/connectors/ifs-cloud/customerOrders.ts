/**
 * customerOrders: the orders of customers, as IFS keeps them.
 *
 * Source: CustomerOrderHandling and its properties as public clients use them;
 * DateEntered is of release 21R1.
 */
import { Schema } from "effect"
import { present, Text } from "./Table.ts"
import { companies, tableFields } from "./TableConfig.ts"
import { tableSource } from "./tableSource.ts"

/** A customer's order, in our words. */
export const LedgerOrder = Schema.Struct({
  id: Schema.String.annotate({ description: "Number of the order in the ERP." }),
  company: Schema.String.annotate({ description: "Legal entity." }),
  site: Schema.optionalKey(Schema.String.annotate({ description: "Site that delivers." })),
  customer: Schema.String.annotate({ description: "Number of the customer in the ERP." }),
  currency: Schema.optionalKey(Schema.String.annotate({ description: "ISO 4217 code." })),
  purchaseOrderNumber: Schema.optionalKey(
    Schema.String.annotate({
      description: "The customer's own number; that of the shop's order, where it is kept here."
    })
  ),
  enteredOn: Schema.optionalKey(
    Schema.String.annotate({ description: "Day it was entered, in local time." })
  ),
  state: Schema.String.annotate({
    description: "As the ERP calls it, in lower-case: planned, released, invoiced, cancelled."
  })
}).annotate({ identifier: "LedgerOrder" })

/** `ifs-cloud/customer-orders` */
export const customerOrders = tableSource({
  type: "ifs-cloud/customer-orders",
  summary: "Reads the orders of customers.",
  resource: "customer-order",
  perCompany: true,
  config: Schema.Struct({
    companies,
    ...tableFields("CustomerOrderHandling.svc/CustomerOrderSet", "public clients")
  }),
  record: LedgerOrder,
  row: Schema.Struct({
    OrderNo: Schema.String,
    Company: Schema.String,
    Contract: Text,
    CustomerNo: Schema.String,
    CurrencyCode: Text,
    CustomerPoNo: Text,
    DateEntered: Text,
    Objstate: Schema.String
  }),
  key: { OrderNo: "string" },
  day: "DateEntered",
  normalise: (row) =>
    present({
      id: row.OrderNo,
      company: row.Company,
      site: row.Contract,
      customer: row.CustomerNo,
      currency: row.CurrencyCode,
      purchaseOrderNumber: row.CustomerPoNo,
      enteredOn: row.DateEntered?.slice(0, 10),
      state: row.Objstate.toLowerCase()
    })
})

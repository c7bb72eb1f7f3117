/**
 * Sale: an order of a customer in the local IFS Cloud, its invoice and what was paid, as a client reads them.
 *
 * IFS publishes no names for the sets of invoices and payments; these are the
 * connector's defaults. `CfChangedAt` is a custom field, as a tenant adds one to
 * find changes by; it is local time, like every timestamp of IFS.
 */
import { BigDecimal } from "effect"
import type { CompanyData } from "./CompanyData.ts"
import type { EntitySet } from "./EntitySet.ts"
import type { EntityType, Values } from "./EntityType.ts"
import { date, decimal, enumeration, makeEtag, string, timestamp, whole } from "./EntityType.ts"

/** One sale of a company. `paid` undefined: not paid yet. */
export interface Sale {
  readonly orderNo: string
  readonly customerNo: string
  /** The number of the order in the shop. */
  readonly customerPoNo: string
  readonly currencyCode: string
  readonly net: BigDecimal.BigDecimal
  readonly tax: BigDecimal.BigDecimal
  readonly invoiceId: number
  /** "2026-09-30" */
  readonly date: string
  readonly paidOn: string | undefined
  readonly state: "Released" | "Invoiced" | "Cancelled"
  /** "2026-09-30T12:00:00Z", local time. */
  readonly changedAt: string
}

const saleSet = (
  entityType: EntityType,
  list: (company: CompanyData, sale: Sale) => ReadonlyArray<Values>
): EntitySet => ({
  entityType,
  rows: (_books, companies) =>
    companies.flatMap((company) =>
      (company.sales ?? []).flatMap((sale) =>
        list(company, sale).map((values) => ({
          etag: makeEtag([entityType.entity, company.company, sale.orderNo, sale.changedAt].join("-"), 1),
          values
        }))
      )
    )
})

const gross = (sale: Sale) => BigDecimal.sum(sale.net, sale.tax)

/** Orders, invoices and payments. */
export const saleSets: ReadonlyArray<EntitySet> = [
  saleSet(
    {
      projection: "CustomerOrderHandling",
      entitySet: "CustomerOrderSet",
      entity: "CustomerOrder",
      keys: ["OrderNo"],
      properties: {
        OrderNo: string(12),
        Company: string(20),
        Contract: string(5),
        CustomerNo: string(20),
        CurrencyCode: string(3),
        CustomerPoNo: string(50),
        DateEntered: timestamp,
        CfChangedAt: timestamp,
        Objstate: enumeration("CustomerOrderState", ["Planned", "Released", "Invoiced", "Cancelled"])
      }
    },
    (company, sale) => [
      {
        OrderNo: sale.orderNo,
        Company: company.company,
        Contract: "1",
        CustomerNo: sale.customerNo,
        CurrencyCode: sale.currencyCode,
        CustomerPoNo: sale.customerPoNo,
        DateEntered: `${sale.date}T09:30:00Z`,
        CfChangedAt: sale.changedAt,
        Objstate: sale.state
      }
    ]
  ),
  saleSet(
    {
      projection: "CustomerInvoicesAnalysis",
      entitySet: "CustomerInvoiceSet",
      entity: "CustomerInvoice",
      keys: ["Company", "InvoiceId"],
      properties: {
        Company: string(20),
        InvoiceId: decimal,
        SeriesId: string(20),
        InvoiceNo: string(50),
        Identity: string(20),
        InvoiceDate: date,
        DueDate: date,
        Currency: string(3),
        NetCurrAmount: decimal,
        VatCurrAmount: decimal,
        GrossCurrAmount: decimal,
        OpenCurrAmount: decimal,
        Objstate: enumeration("InvoiceState", ["Preliminary", "Posted", "PaidPosted", "Cancelled"])
      }
    },
    (company, sale) =>
      sale.state === "Invoiced"
        ? [
            {
              Company: company.company,
              InvoiceId: whole(sale.invoiceId),
              SeriesId: "CD",
              InvoiceNo: `${sale.invoiceId}`,
              Identity: sale.customerNo,
              InvoiceDate: sale.date,
              DueDate: sale.date,
              Currency: sale.currencyCode,
              NetCurrAmount: sale.net,
              VatCurrAmount: sale.tax,
              GrossCurrAmount: gross(sale),
              OpenCurrAmount: sale.paidOn === undefined ? gross(sale) : BigDecimal.make(0n, 2),
              Objstate: sale.paidOn === undefined ? "Posted" : "PaidPosted"
            }
          ]
        : []
  ),
  saleSet(
    {
      projection: "CustomerPaymentsAnalysis",
      entitySet: "CustomerPaymentSet",
      entity: "CustomerPayment",
      keys: ["Company", "SeriesId", "PaymentId", "TransId"],
      properties: {
        Company: string(20),
        SeriesId: string(20),
        PaymentId: decimal,
        TransId: decimal,
        Identity: string(20),
        PayDate: date,
        Currency: string(3),
        CurrAmount: decimal,
        DomAmount: decimal,
        LedgerItemSeriesId: string(20),
        LedgerItemId: string(50),
        Text: string(200)
      }
    },
    (company, sale) =>
      sale.paidOn === undefined
        ? []
        : [
            {
              Company: company.company,
              SeriesId: "CUPAY",
              PaymentId: whole(sale.invoiceId + 5000),
              TransId: whole(1),
              Identity: sale.customerNo,
              PayDate: sale.paidOn,
              Currency: sale.currencyCode,
              CurrAmount: gross(sale),
              DomAmount: gross(sale),
              LedgerItemSeriesId: "CD",
              LedgerItemId: `${sale.invoiceId}`,
              Text: null
            }
          ]
  )
]

const sale = (number: number, change: Partial<Sale> = {}): Sale => ({
  orderNo: `C${number}`,
  customerNo: "1001",
  customerPoNo: `10000${number}`,
  currencyCode: "EUR",
  net: BigDecimal.make(10_000n, 2),
  tax: BigDecimal.make(1_900n, 2),
  invoiceId: number,
  date: "2026-09-30",
  paidOn: "2026-10-05",
  state: "Invoiced",
  changedAt: `2026-10-05T14:0${number % 10}:00Z`,
  ...change
})

/** Three orders: invoiced and paid, invoiced, cancelled. */
export const defaultSales: ReadonlyArray<Sale> = [
  sale(1001),
  sale(1002, { paidOn: undefined }),
  sale(1003, { state: "Cancelled", paidOn: undefined })
]

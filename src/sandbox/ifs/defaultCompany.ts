/**
 * defaultCompany: company 10, the one the shipped pipelines post to, and company 20, which exists but is not ours.
 */
import { BigDecimal } from "effect"
import type { Account, CodePartDemand, CodePart, CompanyData, CurrencyRate, TaxCode } from "./CompanyData.ts"
import { calendarPeriods } from "./CompanyData.ts"
import { defaultSales } from "./Sale.ts"

/** The service user the IAM client of the sandbox acts as. */
export const defaultUser = "LEDGERLINE"

const account = (
  number: string,
  description: string,
  demands: Partial<Record<CodePart, CodePartDemand>>,
  ledger = false
): Account => ({
  account: number,
  description,
  ledger,
  validFrom: "2000-01-01",
  validUntil: "2049-12-31",
  demands
})

const costCentreOptional = { B: "Can" } as const
const costCentreBlocked = { B: "Blocked" } as const
const costCentreMandatory = { B: "Mandatory" } as const

const tax = (taxCode: string, percent: string, taxAccount: string): TaxCode => ({
  taxCode,
  percent: BigDecimal.fromStringUnsafe(percent),
  taxAccount
})

const rate = (currencyCode: string, value: string): CurrencyRate => ({
  currencyType: "1",
  currencyCode,
  validFrom: "2020-01-01",
  rate: BigDecimal.fromStringUnsafe(value),
  conversionFactor: BigDecimal.fromBigInt(1n)
})

/**
 * Company 10: accounting currency EUR, voucher types M, Q, K and X for user group AC,
 * calendar months of 2026 and 2027 with January to June 2026 closed, cost
 * centre in code part B (wanted by 4xxx, refused by 26xx), country in C.
 */
export const defaultCompany: CompanyData = {
  company: "10",
  name: "Nordlicht Handels GmbH",
  currencyCode: "EUR",
  allowedUsers: [defaultUser],
  userGroups: [{ userGroup: "AC", members: [defaultUser], authorization: "enter-and-approve" }],
  voucherTypes: [
    { voucherType: "M", description: "Manual vouchers", functionGroup: "M", userGroups: ["AC"] },
    {
      voucherType: "Q",
      description: "Manual vouchers without automatic tax",
      functionGroup: "Q",
      userGroups: ["AC"]
    },
    { voucherType: "K", description: "Corrections", functionGroup: "K", userGroups: ["AC"] },
    { voucherType: "X", description: "External vouchers", functionGroup: "X", userGroups: ["AC"] }
  ],
  periods: calendarPeriods([2026, 2027], "2026-07"),
  accounts: [
    account("1510", "Trade receivables", costCentreOptional),
    account("1520", "Payment provider clearing", costCentreOptional),
    account("1590", "Orders placed, not invoiced", costCentreOptional),
    account("2400", "Trade payables", costCentreOptional, true),
    account("2410", "Gift card liability", costCentreOptional),
    account("2420", "Store credit liability", costCentreOptional),
    account("2610", "VAT 19 %", costCentreBlocked),
    account("2611", "VAT 7 %", costCentreBlocked),
    account("2620", "VAT Austria 20 %", costCentreBlocked),
    account("2630", "VAT France 20 %", costCentreBlocked),
    account("2640", "US sales tax state", costCentreBlocked),
    account("2641", "US sales tax county", costCentreBlocked),
    account("2650", "VAT Denmark 25 %", costCentreBlocked),
    account("2990", "Deferred revenue, orders placed", costCentreOptional),
    account("4000", "Revenue web", costCentreMandatory),
    account("4010", "Revenue wholesale", costCentreMandatory),
    account("4020", "Revenue US", costCentreMandatory),
    account("4100", "Shipping revenue", costCentreMandatory),
    account("4200", "Fees and gift wrap", costCentreMandatory),
    account("4810", "Refund adjustments", costCentreMandatory),
    account("4820", "Refund fees", costCentreMandatory),
    account("7990", "Rounding differences", costCentreOptional)
  ],
  codePartValues: [
    { codePart: "B", value: "100", description: "Web shop" },
    { codePart: "B", value: "110", description: "Wholesale" },
    { codePart: "B", value: "120", description: "US shop" },
    { codePart: "C", value: "DE", description: "Germany" },
    { codePart: "C", value: "AT", description: "Austria" },
    { codePart: "C", value: "FR", description: "France" },
    { codePart: "C", value: "US", description: "United States" },
    { codePart: "C", value: "DK", description: "Denmark" }
  ],
  currencies: [
    { currencyCode: "EUR", decimals: 2 },
    { currencyCode: "USD", decimals: 2 },
    { currencyCode: "DKK", decimals: 2 },
    { currencyCode: "GBP", decimals: 2 },
    { currencyCode: "JPY", decimals: 0 },
    { currencyCode: "KWD", decimals: 3 }
  ],
  sales: defaultSales,
  paymentTerms: ["0", "14", "30"],
  currencyRates: [
    rate("EUR", "1"),
    rate("USD", "0.9174"),
    rate("DKK", "0.134"),
    rate("GBP", "1.17"),
    rate("JPY", "0.0062"),
    rate("KWD", "2.98")
  ],
  taxCodes: [
    tax("DE-19", "19", "2610"),
    tax("DE-7", "7", "2611"),
    tax("AT-20", "20", "2620"),
    tax("FR-20", "20", "2630"),
    tax("EXEMPT", "0", "2610")
  ]
}

/** Company 10 and a second company of the group, for which the service user is not allowed. */
export const defaultCompanies: ReadonlyArray<CompanyData> = [
  defaultCompany,
  { ...defaultCompany, company: "20", name: "Nordlicht Polska sp. z o.o.", allowedUsers: ["OTHER"] }
]

/**
 * readings: every entity set of IFS that we read, with the fields that we read of it.
 *
 * `ping` tries each, and `discover` compares each with the tenant's metadata.
 */
import { Schema } from "effect"
import { basicDataRows } from "./basicData.ts"
import type { Connection } from "./Connection.ts"
import { AddressRow, AddressTypeRow, CompanyRow, CustomerRow, MethodRow } from "./customers/CustomerRows.ts"
import { listedRow } from "./listVouchers.ts"
import { periodRow, userGroupPeriodRow } from "./nextOpenDate.ts"
import { stateRow } from "./cancelledVouchers.ts"
import { heldRow } from "./readVouchers.ts"

/** One of them. */
export interface Reading {
  /** Its name under `projections` and `fields` of the connection. */
  readonly role: keyof Connection["projections"] & keyof Connection["fields"]
  /** What people call it. */
  readonly label: string
  /** Our names of the fields. */
  readonly fields: Readonly<Record<string, Schema.Top>>
  /** The key, in our names. */
  readonly orderBy: ReadonlyArray<string>
  /** What it is read for, where not every pipeline needs it. */
  readonly onlyFor?: string
  /** Arrays below a row, by role, with their fields. */
  readonly below?: ReadonlyArray<{
    readonly role: keyof Connection["projections"] & keyof Connection["fields"]
    readonly label: string
    readonly fields: Readonly<Record<string, Schema.Top>>
  }>
}

const voucherKey = ["Company", "VoucherType", "AccountingYear", "VoucherNo", "RowNo"]
const voucherFields = {
  // Asked by, never read.
  ReferenceSerie: Schema.NullOr(Schema.String),
  ...heldRow.fields,
  ...listedRow.fields
}

/** In the order in which a person sets a tenant up. */
export const readings: ReadonlyArray<Reading> = [
  {
    role: "accounts",
    label: "accounts",
    fields: basicDataRows.accounts.fields,
    orderBy: ["Company", "Account"]
  },
  { role: "voucherRows", label: "hold table", fields: voucherFields, orderBy: voucherKey },
  {
    role: "vouchers",
    label: "states of vouchers",
    fields: stateRow.fields,
    orderBy: ["Company", "VoucherType", "AccountingYear", "VoucherNo"]
  },
  { role: "generalLedgerRows", label: "general ledger", fields: voucherFields, orderBy: voucherKey },
  {
    role: "codePartValues",
    label: "code part values",
    fields: basicDataRows.codePartValues.fields,
    orderBy: ["Company", "CodePart", "CodePartValue"]
  },
  {
    role: "voucherTypes",
    label: "voucher types",
    fields: basicDataRows.voucherTypes.fields,
    orderBy: ["Company", "VoucherType"]
  },
  {
    role: "userVoucherTypes",
    label: "voucher types by user group",
    fields: basicDataRows.userVoucherTypes.fields,
    orderBy: ["Company", "UserGroup", "VoucherType"]
  },
  {
    role: "accountingPeriods",
    label: "accounting periods",
    fields: periodRow.fields,
    orderBy: ["Company", "AccountingYear", "AccountingPeriod"]
  },
  {
    role: "userGroupPeriods",
    label: "periods by user group",
    fields: userGroupPeriodRow.fields,
    orderBy: ["Company", "AccountingYear", "AccountingPeriod", "UserGroup"]
  },
  {
    role: "currencyRates",
    label: "currency rates",
    fields: basicDataRows.currencyRates.fields,
    orderBy: ["Company", "CurrencyType", "CurrencyCode", "ValidFrom"]
  },
  {
    role: "customers",
    label: "customers",
    fields: CustomerRow.fields,
    orderBy: ["CustomerId"],
    onlyFor: "pipelines that keep customers",
    below: [
      { role: "customerAddresses", label: "addresses", fields: AddressRow.fields },
      { role: "customerAddressTypes", label: "what an address is for", fields: AddressTypeRow.fields },
      { role: "customerMethods", label: "telephone and e-mail", fields: MethodRow.fields },
      { role: "customerCompanies", label: "payment terms and currency", fields: CompanyRow.fields }
    ]
  }
]

/**
 * Voucher: a voucher in the books of the local IFS Cloud, as `GET /sandbox/books` and the state file show it.
 */
import { Schema } from "effect"
import { Decimal } from "../../accounting/Decimal.ts"

/** The states a voucher of the hold table can be in; only `Confirmed` ones are moved to the general ledger. */
export const voucherStates = [
  "Waiting",
  "AwaitingApproval",
  "PartiallyApproved",
  "Confirmed",
  "Error",
  "Cancelled"
] as const

/**
 * One voucher row. `debit` and `credit` are in accounting currency, the others
 * in `currencyCode`, `third…` in the parallel currency; the side not used is null. Amounts of a correction are negative.
 */
export const VoucherRow = Schema.Struct({
  account: Schema.String,
  codeParts: Schema.Record(Schema.String, Schema.String),
  currencyCode: Schema.String,
  currencyRate: Decimal,
  conversionFactor: Decimal,
  debit: Schema.NullOr(Decimal),
  credit: Schema.NullOr(Decimal),
  currencyDebit: Schema.NullOr(Decimal),
  currencyCredit: Schema.NullOr(Decimal),
  thirdDebit: Schema.optionalKey(Decimal),
  thirdCredit: Schema.optionalKey(Decimal),
  taxCode: Schema.NullOr(Schema.String),
  text: Schema.NullOr(Schema.String),
  referenceSerie: Schema.NullOr(Schema.String),
  referenceNumber: Schema.NullOr(Schema.String),
  correction: Schema.Boolean
})
export type VoucherRow = typeof VoucherRow.Type

/** One voucher; company, year, type and number are its key. `version` counts the changes of its header. */
export const Voucher = Schema.Struct({
  company: Schema.String,
  accountingYear: Schema.Int,
  accountingPeriod: Schema.Int,
  voucherType: Schema.String,
  voucherNo: Schema.String,
  voucherDate: Schema.String,
  functionGroup: Schema.String,
  userGroup: Schema.String,
  user: Schema.String,
  status: Schema.Literals(voucherStates),
  text: Schema.NullOr(Schema.String),
  rows: Schema.Array(VoucherRow),
  inGeneralLedger: Schema.Boolean,
  version: Schema.Int
})
export type Voucher = typeof Voucher.Type

/** All vouchers in the order they were created, and how many temporary ones nobody finished or removed. */
export const BooksContent = Schema.Struct({
  vouchers: Schema.Array(Voucher),
  temporary: Schema.Int
})
export type BooksContent = typeof BooksContent.Type

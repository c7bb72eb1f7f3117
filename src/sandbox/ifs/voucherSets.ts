/**
 * voucherSets: the projections that show vouchers.
 *
 * The analysis projections hold only vouchers not yet updated to the general
 * ledger; the general ledger has a projection of its own. Property names and
 * lengths of voucher rows are those of a live tenant's metadata.
 */
import { BigDecimal } from "effect"
import { type Books, indexedPrefixLength } from "./Books.ts"
import type { CompanyData } from "./CompanyData.ts"
import { codeParts } from "./CompanyData.ts"
import type { EntitySet } from "./EntitySet.ts"
import { prefixOf, type RequiredValues } from "./Filter.ts"
import type { EntityType, Properties, Row, Value, Values } from "./EntityType.ts"
import { boolean, date, decimal, enumeration, makeEtag, string, whole } from "./EntityType.ts"
import type { Voucher, VoucherRow } from "./Voucher.ts"
import { voucherStates } from "./Voucher.ts"

const codePartProperties: Properties = Object.fromEntries(
  codeParts.map((part) => [`Code${part}`, string(20)])
)

const voucherKeys = ["Company", "AccountingYear", "VoucherType", "VoucherNo"]

const voucherProperties: Properties = {
  Company: string(20),
  AccountingYear: decimal,
  VoucherType: string(3),
  VoucherNo: decimal,
  VoucherDate: date,
  UserGroup: string(30),
  AccountingPeriod: decimal,
  Userid: string(30),
  FunctionGroup: string(10),
  VoucherText2: string(2000),
  Objstate: enumeration("VoucherState", voucherStates)
}

const voucherRowProperties: Properties = {
  Company: string(20),
  VoucherType: string(3),
  AccountingYear: decimal,
  VoucherNo: decimal,
  RowNo: decimal,
  VoucherDate: date,
  Account: string(20),
  AccountDesc: string(100),
  ...codePartProperties,
  CurrencyDebetAmount: decimal,
  CurrencyCreditAmount: decimal,
  CurrencyAmount: decimal,
  DebetAmount: decimal,
  CreditAmount: decimal,
  Amount: decimal,
  Correction: boolean,
  CurrencyCode: string(3),
  Quantity: decimal,
  ProcessCode: string(10),
  OptionalCode: string(20),
  Text: string(200),
  PartyTypeId: string(20),
  ReferenceSerie: string(50),
  ReferenceNumber: string(50),
  TransCode: string(100),
  UpdateError: string(200),
  TransferId: string(200),
  CurrencyRate: decimal,
  AccountingPeriod: decimal,
  MultiCompanyId: string(20),
  ConversionFactor: decimal,
  FunctionGroup: string(20),
  EnteredByUserGroup: string(30),
  Userid: string(30)
}

const voucherValues = (voucher: Voucher): Values => ({
  Company: voucher.company,
  AccountingYear: whole(voucher.accountingYear),
  VoucherType: voucher.voucherType,
  VoucherNo: whole(voucher.voucherNo),
  VoucherDate: voucher.voucherDate,
  UserGroup: voucher.userGroup,
  AccountingPeriod: whole(voucher.accountingPeriod),
  Userid: voucher.user,
  FunctionGroup: voucher.functionGroup,
  VoucherText2: voucher.text,
  Objstate: voucher.status
})

/** The ETag of a voucher; it changes with every change of its header. */
export const voucherEtag = (voucher: Voucher) =>
  makeEtag(
    ["VOU", voucher.company, voucher.accountingYear, voucher.voucherType, voucher.voucherNo].join("-"),
    voucher.version
  )

const difference = (debit: VoucherRow["debit"], credit: VoucherRow["credit"]): Value =>
  BigDecimal.subtract(debit ?? BigDecimal.make(0n, 0), credit ?? BigDecimal.make(0n, 0))

const voucherRow = (voucher: Voucher, row: VoucherRow, index: number, description: string | null): Row => ({
  etag: makeEtag(`${voucherEtag(voucher)}-${index + 1}`, voucher.version),
  values: {
    ...voucherValues(voucher),
    RowNo: whole(index + 1),
    Account: row.account,
    AccountDesc: description,
    ...Object.fromEntries(codeParts.map((part) => [`Code${part}`, row.codeParts[part] ?? null])),
    CurrencyDebetAmount: row.currencyDebit,
    CurrencyCreditAmount: row.currencyCredit,
    CurrencyAmount: difference(row.currencyDebit, row.currencyCredit),
    DebetAmount: row.debit,
    CreditAmount: row.credit,
    Amount: difference(row.debit, row.credit),
    Correction: row.correction,
    CurrencyCode: row.currencyCode,
    OptionalCode: row.taxCode,
    Text: row.text,
    ReferenceSerie: row.referenceSerie,
    ReferenceNumber: row.referenceNumber,
    TransCode: "MANUAL",
    CurrencyRate: row.currencyRate,
    ConversionFactor: row.conversionFactor,
    EnteredByUserGroup: voucher.userGroup
  }
})

const asText = (value: Value) =>
  typeof value === "string" ? [value] : BigDecimal.isBigDecimal(value) ? [BigDecimal.format(value)] : []

const vouchersOf = (
  books: Books,
  companies: ReadonlyArray<CompanyData>,
  required: RequiredValues,
  inGeneralLedger: boolean
) => {
  const texts = (property: string) => {
    const values = required.get(property)
    const all = values?.flatMap(asText)
    return all?.length === values?.length ? all : undefined
  }
  const numbers = texts("VoucherNo")
  const references = texts("ReferenceNumber")
  const prefixes = texts(prefixOf("ReferenceNumber"))
  const find = (by: Parameters<Books["find"]>[0], values: ReadonlyArray<string>) => [
    ...new Set(values.flatMap((value) => books.find(by, value)))
  ]
  const candidates =
    numbers !== undefined
      ? find("voucherNo", numbers)
      : references !== undefined
        ? find("referenceNumber", references)
        : prefixes?.every((prefix) => prefix.length >= indexedPrefixLength) === true
          ? find(
              "referencePrefix",
              prefixes.map((prefix) => prefix.slice(0, indexedPrefixLength))
            )
          : books.vouchers()
  return candidates.filter(
    (voucher) =>
      voucher.inGeneralLedger === inGeneralLedger && companies.some((it) => it.company === voucher.company)
  )
}

const voucherSet = (projection: string): EntitySet => ({
  entityType: {
    projection,
    entitySet: "VoucherSet",
    entity: "Voucher",
    keys: voucherKeys,
    properties: voucherProperties
  },
  rows: (books, companies, required) =>
    vouchersOf(books, companies, required, false).map((voucher) => ({
      etag: voucherEtag(voucher),
      values: voucherValues(voucher)
    }))
})

const voucherRowSet = (
  entityType: Pick<EntityType, "projection" | "entitySet" | "entity" | "properties">,
  inGeneralLedger: boolean
): EntitySet => ({
  entityType: { ...entityType, keys: [...voucherKeys, "RowNo"] },
  rows: (books, companies, required) =>
    vouchersOf(books, companies, required, inGeneralLedger).flatMap((voucher) => {
      const accounts = companies.find((it) => it.company === voucher.company)?.accounts ?? []
      return voucher.rows.map((row, index) =>
        voucherRow(
          voucher,
          row,
          index,
          accounts.find((it) => it.account === row.account)?.description ?? null
        )
      )
    })
})

/** The hold table twice (overview and single voucher), its rows, and the rows of the general ledger. */
export const voucherSets: ReadonlyArray<EntitySet> = [
  voucherSet("VouchersAnalysis"),
  voucherSet("VoucherHandling"),
  voucherRowSet(
    {
      projection: "VoucherRowsAnalysis",
      entitySet: "VoucherRowSet",
      entity: "VoucherRow",
      properties: voucherRowProperties
    },
    false
  ),
  voucherRowSet(
    {
      projection: "GenLedVoucherRowsAnalysis",
      entitySet: "GenLedVoucherRowSet",
      entity: "GenLedVoucherRow",
      properties: { ...voucherRowProperties, JouNo: decimal }
    },
    true
  )
]

/**
 * voucherDraft: a journal entry as the header and rows of a voucher.
 *
 * Both amounts of a line are sent, with the rate that explains them: at this
 * stage IFS fills in none of it. A storno has negative amounts on
 * the side of the original and the correction flag; otherwise the amount stands
 * positive on its side.
 *
 * Source: server logic of VoucherEntryAssistantHandling, release 21R1.
 */
import { BigDecimal } from "effect"
import { accountingPeriod } from "../../accounting/AccountingPeriod.ts"
import { type Decimal, zero } from "../../accounting/Decimal.ts"
import type { JournalEntry, JournalLine } from "../../accounting/JournalEntry.ts"
import type { Json } from "../../pipeline/SourceRecord.ts"
import { CodePart } from "./basicData.ts"
import type { Connection } from "./Connection.ts"
import type { RowCurrencies } from "./currencyRates.ts"
import { theirFields } from "./fieldNames.ts"
import { marker, reversedKey } from "./marker.ts"
import type { VouchersConfig } from "./VouchersConfig.ts"

const textMaximum = 200
const headerTextMaximum = 2000

type WriteDecimal = (value: Decimal) => Json

const whole = (value: number): Decimal => BigDecimal.make(BigInt(value), 0)

/** VoucherNo 0 asks for a number of the series. */
const draftHeader = (entry: JournalEntry, config: VouchersConfig, decimal: WriteDecimal) => {
  const { period, year } = accountingPeriod(entry.postingDate, config.fiscalYearStartsInMonth)
  const reversed = reversedKey(entry)
  const reference = reversed === undefined ? "" : ` (reverses ${config.referenceSerie} ${reversed})`
  const source = `${entry.document.resource} ${entry.document.number} [${entry.document.id}]`
  return {
    Company: entry.company,
    VoucherDate: entry.postingDate,
    UserGroup: config.userGroup,
    VoucherType: config.voucherType,
    AccountingYear: decimal(whole(year)),
    AccountingPeriod: decimal(whole(period)),
    VoucherNo: decimal(zero),
    VoucherStatus: config.voucherStatus,
    AmountMethod: config.amountMethod,
    UseCorrectionRows: entry.correction,
    VoucherText2: `${entry.text}${entry.text === "" ? "" : " | "}${source}${reference}`.slice(
      0,
      headerTextMaximum
    )
  } satisfies Json
}

/** One row. A dimension that the sink has no code part for is left out; the sink refuses it before. */
const draftRow = (
  entry: JournalEntry,
  line: JournalLine,
  { conversionFactor, parallelAmount, rate }: RowCurrencies,
  referenceNumber: string,
  config: VouchersConfig,
  decimal: WriteDecimal
) => {
  const signed = (value: Decimal) => decimal(entry.correction ? BigDecimal.negate(value) : value)
  const codeParts = Object.entries(line.dimensions).flatMap(([dimension, value]) => {
    const part = config.codeParts[dimension]
    return part === undefined ? [] : [[`Code${part}`, value] as const]
  })
  return {
    Company: entry.company,
    Account: line.account,
    ...Object.fromEntries(codeParts),
    CurrencyCode: entry.currency,
    CurrencyType: config.currencyType,
    CurrencyRate: decimal(rate),
    ConversionFactor: decimal(conversionFactor),
    // Spelt as IFS spells them.
    ...(line.side === "debit"
      ? { CurrencyDebetAmount: signed(line.amount), DebetAmount: signed(line.accountingAmount) }
      : { CurrencyCreditAmount: signed(line.amount), CreditAmount: signed(line.accountingAmount) }),
    ...(parallelAmount === undefined || config.parallelCurrency === undefined
      ? {}
      : {
          ParallelCurrRateType: config.parallelCurrency.rateType,
          [line.side === "debit" ? "ThirdCurrencyDebitAmount" : "ThirdCurrencyCreditAmount"]:
            signed(parallelAmount)
        }),
    Correction: entry.correction,
    ...(line.taxCode === undefined ? {} : { OptionalCode: line.taxCode, TaxDirection: config.taxDirection }),
    Text: line.text.slice(0, textMaximum),
    ReferenceSerie: config.referenceSerie,
    ReferenceNumber: referenceNumber
  } satisfies Json
}

/** Our names of the fields that are written; `discover` compares them with the tenant's. */
export const voucherFieldNames = {
  header: [
    "OpennedFrom",
    "Company",
    "VoucherDate",
    "UserGroup",
    "VoucherType",
    "AccountingYear",
    "AccountingPeriod",
    "VoucherNo",
    "VoucherStatus",
    "AmountMethod",
    "UseCorrectionRows",
    "VoucherText2"
  ],
  row: [
    "Company",
    "Account",
    ...CodePart.literals.map((part) => `Code${part}`),
    "CurrencyCode",
    "CurrencyType",
    "CurrencyRate",
    "ConversionFactor",
    "CurrencyDebetAmount",
    "CurrencyCreditAmount",
    "DebetAmount",
    "CreditAmount",
    "Correction",
    "OptionalCode",
    "TaxDirection",
    "Text",
    "ReferenceSerie",
    "ReferenceNumber"
  ]
}

/** A row as it is sent, and the line it stands for. */
export interface DraftRow {
  readonly line: JournalLine
  readonly body: Readonly<Record<string, Json>>
}

/** The parts of a voucher: its header, and its rows in the order of the lines. */
export interface VoucherDraft {
  readonly header: Readonly<Record<string, Json>>
  readonly rows: ReadonlyArray<DraftRow>
}

/**
 * The voucher of an entry, in the tenant's own field names. `currencies` stand
 * in the order of its lines; `decimal` writes a number as the tenant wants it.
 */
export const voucherDraft = (
  entry: JournalEntry,
  currencies: ReadonlyArray<RowCurrencies>,
  options: {
    readonly config: VouchersConfig
    readonly fields: Connection["fields"]
    readonly decimal: WriteDecimal
  }
): VoucherDraft => {
  const { config, decimal, fields } = options
  const { referenceNumber } = marker(entry)
  return {
    header: theirFields<Json>(fields.voucherHeader, draftHeader(entry, config, decimal)),
    rows: entry.lines.flatMap((line, index) => {
      const own = currencies[index]
      return own === undefined
        ? []
        : [
            {
              line,
              body: theirFields<Json>(
                fields.voucherPosting,
                draftRow(entry, line, own, referenceNumber, config, decimal)
              )
            }
          ]
    })
  }
}

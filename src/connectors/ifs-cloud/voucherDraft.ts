/**
 * voucherDraft: a journal entry as the header and rows of a voucher.
 *
 * Both amounts of a line are sent, with the rate that leads from one to the
 * other: at this stage IFS fills in neither. A storno has negative amounts on
 * the side of the original and the correction flag; otherwise the amount stands
 * positive on its side.
 *
 * Source: server logic of VoucherEntryAssistantHandling, release 21R1.
 */
import { BigDecimal } from "effect"
import { accountingPeriod } from "../../accounting/AccountingPeriod.ts"
import { roundTo } from "../../accounting/Amount.ts"
import { minorUnitDecimals } from "../../accounting/CurrencyCode.ts"
import { type Decimal, formatDecimal, zero } from "../../accounting/Decimal.ts"
import type { JournalEntry, JournalLine } from "../../accounting/JournalEntry.ts"
import type { Json } from "../../pipeline/SourceRecord.ts"
import { marker, reversedKey } from "./marker.ts"
import type { VouchersConfig } from "./VouchersConfig.ts"

const textMaximum = 200
const headerTextMaximum = 2000
const rateDecimals = 10

type WriteDecimal = (value: Decimal) => Json

const whole = (value: number): Decimal => BigDecimal.make(BigInt(value), 0)

const sum = (lines: ReadonlyArray<JournalLine>, of: "amount" | "accountingAmount") =>
  BigDecimal.sumAll(lines.map((line) => line[of]))

const ratio = (accounting: Decimal, amount: Decimal, decimals: number) =>
  BigDecimal.normalize(
    BigDecimal.round(BigDecimal.divideUnsafe(accounting, amount), {
      scale: decimals,
      mode: "half-from-zero"
    })
  )

/**
 * The rate of a line: units of accounting currency for one of the document's.
 *
 * All lines carry the rate of the whole entry as long as it gives their
 * accounting amount back to the minor unit; a line that took a rounding cent
 * carries its own, with so many decimals that it does.
 */
const currencyRate = (entry: JournalEntry, line: JournalLine): Decimal => {
  if (entry.currency === entry.accountingCurrency) return whole(1)
  const decimals = minorUnitDecimals(entry.accountingCurrency)
  const common = ratio(sum(entry.lines, "accountingAmount"), sum(entry.lines, "amount"), rateDecimals)
  const fits = BigDecimal.equals(
    roundTo(BigDecimal.multiply(line.amount, common), decimals),
    line.accountingAmount
  )
  if (fits || BigDecimal.isZero(line.accountingAmount)) return common
  const digits = formatDecimal(BigDecimal.normalize(line.amount)).split(".")[0] ?? ""
  return ratio(line.accountingAmount, line.amount, Math.max(rateDecimals, digits.length + decimals + 1))
}

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
    CurrencyRate: decimal(currencyRate(entry, line)),
    ConversionFactor: decimal(whole(1)),
    ...(line.side === "debit"
      ? { CurrencyDebetAmount: signed(line.amount), DebetAmount: signed(line.accountingAmount) }
      : { CurrencyCreditAmount: signed(line.amount), CreditAmount: signed(line.accountingAmount) }),
    Correction: entry.correction,
    ...(line.taxCode === undefined ? {} : { OptionalCode: line.taxCode }),
    Text: line.text.slice(0, textMaximum),
    ReferenceSerie: config.referenceSerie,
    ReferenceNumber: referenceNumber
  } satisfies Json
}

/** The parts of a voucher: its header, and its rows in the order of the lines. `decimal` writes a number as the tenant wants it. */
export const voucherDraft = (entry: JournalEntry, config: VouchersConfig, decimal: WriteDecimal) => {
  const { referenceNumber } = marker(entry)
  return {
    header: draftHeader(entry, config, decimal),
    rows: entry.lines.map((line) => ({
      line,
      body: draftRow(entry, line, referenceNumber, config, decimal)
    }))
  }
}

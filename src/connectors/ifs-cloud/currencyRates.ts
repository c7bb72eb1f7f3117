/**
 * currencyRates: rate, conversion factor and parallel amounts of a voucher's rows.
 *
 * Both amounts of a line come from the shop and are never computed here; the
 * rate explains how one leads to the other. IFS wants it on every row, and 1
 * where the document is in the accounting currency (BASECURRSAME).
 */
import { BigDecimal, Effect, Option } from "effect"
import { allocate, roundTo } from "../../accounting/Amount.ts"
import { type CurrencyCode, minorUnitDecimals } from "../../accounting/CurrencyCode.ts"
import { type Decimal, formatDecimal } from "../../accounting/Decimal.ts"
import type { JournalEntry, JournalLine, Side } from "../../accounting/JournalEntry.ts"
import { type ConnectorError, Rejected } from "../../pipeline/ConnectorError.ts"
import type { BasicData, CurrencyRate } from "./basicData.ts"
import type { IfsClient } from "./IfsClient.ts"
import type { VouchersConfig } from "./VouchersConfig.ts"

/** What a row says about currencies, line by line in the order of the entry. */
export interface RowCurrencies extends CurrencyRate {
  /** In the parallel currency, where the company keeps one; not negative. */
  readonly parallelAmount?: Decimal
}

const rateDecimals = 10
const one = BigDecimal.make(1n, 0)

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
 * The rate that leads from the amount to the accounting amount, quoted for
 * `conversionFactor` units.
 *
 * All lines carry the rate of the whole entry as long as it gives their
 * accounting amount back to the minor unit; a line that took a rounding cent
 * carries its own, with so many decimals that it does.
 */
const rateOf = (entry: JournalEntry, line: JournalLine, conversionFactor: Decimal): Decimal => {
  const decimals = minorUnitDecimals(entry.accountingCurrency)
  const quoted = (accounting: Decimal) => BigDecimal.multiply(accounting, conversionFactor)
  const common = ratio(quoted(sum(entry.lines, "accountingAmount")), sum(entry.lines, "amount"), rateDecimals)
  const back = roundTo(
    BigDecimal.divideUnsafe(BigDecimal.multiply(line.amount, common), conversionFactor),
    decimals
  )
  if (BigDecimal.equals(back, line.accountingAmount) && !BigDecimal.isZero(common)) return common
  const digits = formatDecimal(BigDecimal.normalize(line.amount)).split(".")[0] ?? ""
  return ratio(
    quoted(line.accountingAmount),
    line.amount,
    Math.max(rateDecimals, digits.length + decimals + 1)
  )
}

/** Amounts in the parallel currency; each side adds up to the same total. */
const parallelAmounts = (
  entry: JournalEntry,
  currency: CurrencyCode,
  rate: CurrencyRate | undefined
): ReadonlyArray<Decimal> => {
  if (currency === entry.currency) return entry.lines.map((line) => line.amount)
  if (currency === entry.accountingCurrency || rate === undefined) {
    return entry.lines.map((line) => line.accountingAmount)
  }
  const decimals = minorUnitDecimals(currency)
  const debits = entry.lines.filter((line) => line.side === "debit")
  // One unit of the parallel currency costs the rate: amounts are divided by it.
  const total = roundTo(
    BigDecimal.divideUnsafe(
      BigDecimal.multiply(sum(debits, "accountingAmount"), rate.conversionFactor),
      rate.rate
    ),
    decimals
  )
  const shares = (side: Side) =>
    allocate(
      total,
      entry.lines.filter((line) => line.side === side).map((line) => line.accountingAmount),
      decimals
    ).values()
  const [debit, credit] = [shares("debit"), shares("credit")]
  return entry.lines.map(({ side }) => (side === "debit" ? debit : credit).next().value ?? total)
}

/**
 * The currencies of an entry's rows. `read` holds the rates that were read from
 * IFS, where the settings ask for any. Pure.
 */
export const rowCurrencies = (
  entry: JournalEntry,
  config: VouchersConfig,
  read: { readonly document?: CurrencyRate; readonly parallel?: CurrencyRate } = {}
): ReadonlyArray<RowCurrencies> => {
  const isBase = entry.currency === entry.accountingCurrency
  const factor = BigDecimal.make(BigInt(config.conversionFactors[entry.currency] ?? 1), 0)
  const parallel =
    config.parallelCurrency === undefined
      ? undefined
      : parallelAmounts(entry, config.parallelCurrency.currency, read.parallel)
  return entry.lines.map((line, index): RowCurrencies => {
    const parallelAmount = parallel?.[index]
    return {
      ...(isBase
        ? { rate: one, conversionFactor: one }
        : (read.document ?? { rate: rateOf(entry, line, factor), conversionFactor: factor })),
      ...(parallelAmount === undefined ? {} : { parallelAmount })
    }
  })
}

/** Works the currencies of entries out, and reads rates from IFS where a setting says so. */
export const currencyRates = (client: IfsClient, basic: BasicData, config: VouchersConfig) => {
  const rateIn = Effect.fn("currencyRates.rateIn")(function* (
    entry: JournalEntry,
    currency: CurrencyCode,
    rateType: string
  ): Effect.fn.Return<CurrencyRate, ConnectorError> {
    const { company, postingDate: date } = entry
    const rate = yield* basic.currencyRate({ company, rateType, currency, date })
    const usable = Option.filter(rate, (it) => BigDecimal.isPositive(it.rate))
    return yield* Effect.mapError(Effect.fromOption(usable), () =>
      client.fail(
        new Rejected({
          code: "currency-rate-type",
          message: `company ${company} has no rate of type ${rateType} for ${currency} that is valid on ${date}. Add the rate in IFS, or correct the rate type of the sink.`
        })
      )
    )
  })

  return Effect.fn("currencyRates")(function* (
    entry: JournalEntry
  ): Effect.fn.Return<ReadonlyArray<RowCurrencies>, ConnectorError> {
    const { currency, accountingCurrency } = entry
    const { parallelCurrency } = config
    const isRead = config.rates === "from-ifs" && currency !== accountingCurrency
    const isComputed =
      parallelCurrency !== undefined && ![currency, accountingCurrency].includes(parallelCurrency.currency)
    return rowCurrencies(entry, config, {
      ...(isRead ? { document: yield* rateIn(entry, currency, config.currencyType) } : {}),
      ...(isComputed
        ? { parallel: yield* rateIn(entry, parallelCurrency.currency, parallelCurrency.rateType) }
        : {})
    })
  })
}

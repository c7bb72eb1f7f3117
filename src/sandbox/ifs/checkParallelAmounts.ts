/**
 * checkParallelAmounts: the amounts of a row in the company's second currency.
 *
 * A company that keeps a parallel currency wants its rate type on every row
 * (PARALLELRATETYPENULL, release 21R1) and, since nothing is filled in, the
 * amount on the same side as the others. A company without one takes neither.
 */
import { BigDecimal, Effect } from "effect"
import { decimalOf, textOf } from "./checkHeader.ts"
import type { CompanyData } from "./CompanyData.ts"
import type { Values } from "./EntityType.ts"
import { databaseError, type IfsError } from "./IfsError.ts"
import type { VoucherRow } from "./Voucher.ts"

/** The third amounts of a row whose other amounts stand on the debit side or not. */
export const checkParallelAmounts = Effect.fnUntraced(function* (
  values: Values,
  company: CompanyData,
  isDebit: boolean
): Effect.fn.Return<Pick<VoucherRow, "thirdDebit" | "thirdCredit">, IfsError> {
  const debit = decimalOf(values, "ThirdCurrencyDebitAmount")
  const credit = decimalOf(values, "ThirdCurrencyCreditAmount")
  if (company.parallelCurrency === undefined) return {}
  const rateType = textOf(values, "ParallelCurrRateType")
  if (rateType === "") {
    return yield* databaseError(
      20110,
      "VoucherRow.PARALLELRATETYPENULL",
      "The parallel currency rate type must have a value."
    )
  }
  if (!company.currencyRates.some((it) => it.currencyType === rateType)) {
    return yield* databaseError(
      20111,
      "CurrencyType.NOTEXIST",
      `The Currency Type "${rateType}" does not exist.`
    )
  }
  const [amount, other] = isDebit ? [debit, credit] : [credit, debit]
  if (other !== undefined) {
    return yield* databaseError(
      20110,
      "VoucherRow.INCORRECTAMOUNTS",
      "The parallel amount stands on the other side than the amount."
    )
  }
  const decimals =
    company.currencies.find((it) => it.currencyCode === company.parallelCurrency)?.decimals ?? 2
  if (amount === undefined || BigDecimal.normalize(amount).scale > decimals) {
    return yield* databaseError(
      20110,
      "VoucherRow.NOAMOUNT",
      `A row must have an amount in ${company.parallelCurrency} with at most ${decimals} decimals.`
    )
  }
  return isDebit ? { thirdDebit: amount } : { thirdCredit: amount }
})

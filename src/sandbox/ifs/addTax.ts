/**
 * addTax: what the server does with a tax code.
 *
 * In function group M it computes the tax of a row with a tax code and adds a
 * row for it, as if the amount were net; in group Q and the others it does not.
 * A client that posts the tax itself in M therefore finds its voucher out of
 * balance (VOUNOTBALANCED).
 */
import { BigDecimal, Effect } from "effect"
import { roundTo } from "../../accounting/Amount.ts"
import type { Decimal } from "../../accounting/Decimal.ts"
import type { CheckedHeader } from "./checkHeader.ts"
import type { CompanyData } from "./CompanyData.ts"
import { databaseError, type IfsError } from "./IfsError.ts"
import type { VoucherRow } from "./Voucher.ts"

/** The tax code of a row, which the company must know; null where none is sent. */
export const checkTaxCode = (id: string, company: CompanyData): Effect.Effect<string | null, IfsError> => {
  if (id === "") return Effect.succeed(null)
  return company.taxCodes.some(({ taxCode }) => taxCode === id)
    ? Effect.succeed(id)
    : databaseError(20111, "StatutoryFee.NOTEXIST", `The Tax Code "${id}" does not exist.`)
}

const hundred = BigDecimal.fromBigInt(100n)

/** The row, and the row of its tax where the server adds one. */
export const addTax = (
  row: VoucherRow,
  { company, voucherType }: CheckedHeader
): ReadonlyArray<VoucherRow> => {
  const code = company.taxCodes.find(({ taxCode }) => taxCode === row.taxCode)
  if (voucherType.functionGroup !== "M" || code === undefined || BigDecimal.isZero(code.percent)) return [row]
  const decimalsOf = (currency: string) =>
    company.currencies.find((it) => it.currencyCode === currency)?.decimals ?? 2
  const taxOn = (amount: Decimal | null, currency: string) =>
    amount === null
      ? null
      : roundTo(
          BigDecimal.divideUnsafe(BigDecimal.multiply(amount, code.percent), hundred),
          decimalsOf(currency)
        )
  return [
    row,
    {
      ...row,
      account: code.taxAccount,
      codeParts: {},
      debit: taxOn(row.debit, company.currencyCode),
      credit: taxOn(row.credit, company.currencyCode),
      currencyDebit: taxOn(row.currencyDebit, row.currencyCode),
      currencyCredit: taxOn(row.currencyCredit, row.currencyCode)
    }
  ]
}

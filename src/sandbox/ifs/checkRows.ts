/**
 * checkRows: the checks the server makes as it inserts the rows of a voucher.
 *
 * Tags: INCORRECTAMOUNTS, NOAMOUNT, BASECURRSAME, RATETYPENULL,
 * PARALLELRATETYPENULL, VOUISLEDGER and VOUNOTBALANCED are those of release
 * 21R1. Nothing is filled in: both the currency amount and the accounting
 * amount, the rate and its type must be sent. Only tax is added, in function
 * group M.
 */
import { BigDecimal, Effect } from "effect"
import { formatDecimal } from "../../accounting/Decimal.ts"
import type { Account, CompanyData } from "./CompanyData.ts"
import { codeParts } from "./CompanyData.ts"
import type { Values } from "./EntityType.ts"
import type { CheckedHeader } from "./checkHeader.ts"
import { addTax, checkTaxCode } from "./addTax.ts"
import { checkParallelAmounts } from "./checkParallelAmounts.ts"
import { decimalOf, requireValues, textOf } from "./checkHeader.ts"
import { databaseError } from "./IfsError.ts"
import type { IfsError } from "./IfsError.ts"
import type { VoucherRow } from "./Voucher.ts"

type Sides = Pick<VoucherRow, "debit" | "credit" | "currencyDebit" | "currencyCredit">

const one = BigDecimal.fromBigInt(1n)

/** Checks every row against the header's company and date, then that the voucher balances. */
export const checkRows = Effect.fnUntraced(function* (
  rows: ReadonlyArray<Values>,
  header: CheckedHeader
): Effect.fn.Return<ReadonlyArray<VoucherRow>, IfsError> {
  if (rows.length === 0) return yield* databaseError(20110, "Voucher.NOROWS", "The voucher has no rows.")
  const sent = yield* Effect.forEach(rows, (values) => checkRow(values, header))
  const checked = sent.flatMap((row) => addTax(row, header))
  yield* checkBalance(checked)
  return checked
})

const checkRow = Effect.fnUntraced(function* (
  values: Values,
  header: CheckedHeader
): Effect.fn.Return<VoucherRow, IfsError> {
  yield* requireValues("VoucherRow", values, ["Company", "Account", "CurrencyCode"])
  const { company } = header
  if (textOf(values, "Company") !== company.company) {
    return yield* databaseError(
      20110,
      "VoucherRow.COMPANYDIFF",
      "The row belongs to another company than the voucher."
    )
  }
  const account = yield* checkAccount(textOf(values, "Account"), header)
  const parts = yield* checkCodeParts(values, account, company)
  const rate = yield* checkRate(values, company)
  const correction = values["Correction"] === true
  const sides = yield* checkAmounts(values, { correction, currencyCode: rate.currencyCode, company })
  const third = yield* checkParallelAmounts(values, company, sides.debit !== null)
  const taxCode = yield* checkTaxCode(textOf(values, "OptionalCode"), company)
  return {
    account: account.account,
    codeParts: parts,
    ...rate,
    ...sides,
    ...third,
    taxCode,
    text: textOf(values, "Text") || null,
    referenceSerie: textOf(values, "ReferenceSerie") || null,
    referenceNumber: textOf(values, "ReferenceNumber") || null,
    correction
  }
})

const checkAccount = (id: string, { company, voucherDate }: CheckedHeader) => {
  const account = company.accounts.find((it) => it.account === id)
  if (account === undefined) {
    return databaseError(
      20111,
      "Account.NOTEXIST",
      `The Account "${id}" does not exist in company ${company.company}.`
    )
  }
  if (voucherDate < account.validFrom || voucherDate > account.validUntil) {
    return databaseError(
      20110,
      "Account.ACCNOTVALID",
      `Account ${id} is blocked for the date ${voucherDate}.`
    )
  }
  return account.ledger
    ? databaseError(
        20110,
        "VoucherRow.VOUISLEDGER",
        `Account ${id} is a ledger account and not allowed in manual vouchers.`
      )
    : Effect.succeed(account)
}

const checkCodeParts = Effect.fnUntraced(function* (
  values: Values,
  account: Account,
  company: CompanyData
): Effect.fn.Return<Readonly<Record<string, string>>, IfsError> {
  const given: Record<string, string> = {}
  for (const codePart of codeParts) {
    const value = textOf(values, `Code${codePart}`)
    const demand = account.demands[codePart]
    if (value === "") {
      if (demand !== "Mandatory") continue
      return yield* databaseError(
        20110,
        "AccountingCodestr.CODEPARTMANDATORY",
        `Code part ${codePart} is mandatory for account ${account.account}.`
      )
    }
    if (demand === "Blocked") {
      return yield* databaseError(
        20110,
        "AccountingCodestr.CODEPARTBLOCKED",
        `Code part ${codePart} is blocked for account ${account.account}.`
      )
    }
    if (!company.codePartValues.some((it) => it.codePart === codePart && it.value === value)) {
      return yield* databaseError(
        20111,
        "AccountingCodePartValue.NOTEXIST",
        `The value "${value}" of code part ${codePart} does not exist in company ${company.company}.`
      )
    }
    given[codePart] = value
  }
  return given
})

const checkRate = Effect.fnUntraced(function* (
  values: Values,
  company: CompanyData
): Effect.fn.Return<Pick<VoucherRow, "currencyCode" | "currencyRate" | "conversionFactor">, IfsError> {
  const currencyCode = textOf(values, "CurrencyCode")
  if (!company.currencies.some((it) => it.currencyCode === currencyCode)) {
    return yield* databaseError(
      20111,
      "CurrencyCode.NOTEXIST",
      `The Currency Code "${currencyCode}" does not exist.`
    )
  }
  const currencyType = textOf(values, "CurrencyType")
  if (currencyType === "") {
    return yield* databaseError(20110, "VoucherRow.RATETYPENULL", "The currency rate type must have a value.")
  }
  if (!company.currencyRates.some((it) => it.currencyType === currencyType)) {
    return yield* databaseError(
      20111,
      "CurrencyType.NOTEXIST",
      `The Currency Type "${currencyType}" does not exist.`
    )
  }
  const currencyRate = decimalOf(values, "CurrencyRate")
  const conversionFactor = decimalOf(values, "ConversionFactor")
  if (
    currencyCode === company.currencyCode &&
    (currencyRate === undefined || !BigDecimal.equals(currencyRate, one))
  ) {
    return yield* databaseError(
      20110,
      "VoucherRow.BASECURRSAME",
      "The rate of the accounting currency must be 1."
    )
  }
  if (
    currencyRate === undefined ||
    conversionFactor === undefined ||
    !BigDecimal.isPositive(currencyRate) ||
    !BigDecimal.isPositive(conversionFactor)
  ) {
    return yield* databaseError(
      20110,
      "VoucherRow.RATENULL",
      `There is no currency rate for ${currencyCode}.`
    )
  }
  return { currencyCode, currencyRate, conversionFactor }
})

interface AmountRules {
  readonly correction: boolean
  readonly currencyCode: string
  readonly company: CompanyData
}

const checkAmounts = Effect.fnUntraced(function* (
  values: Values,
  { company, correction, currencyCode }: AmountRules
): Effect.fn.Return<Sides, IfsError> {
  const sides: Sides = {
    debit: nonZero(values, "DebetAmount"),
    credit: nonZero(values, "CreditAmount"),
    currencyDebit: nonZero(values, "CurrencyDebetAmount"),
    currencyCredit: nonZero(values, "CurrencyCreditAmount")
  }
  const isDebit = sides.debit !== null || sides.currencyDebit !== null
  const isCredit = sides.credit !== null || sides.currencyCredit !== null
  if (isDebit && isCredit) {
    return yield* databaseError(
      20110,
      "VoucherRow.INCORRECTAMOUNTS",
      "A row cannot have both a debit and a credit amount."
    )
  }
  const amount = sides.debit ?? sides.credit
  const currencyAmount = sides.currencyDebit ?? sides.currencyCredit
  if (amount === null || currencyAmount === null) {
    return yield* databaseError(
      20110,
      "VoucherRow.NOAMOUNT",
      "A row must have an amount and a currency amount."
    )
  }
  yield* checkTotals(values, sides)
  yield* checkDecimals(amount, company.currencyCode, company)
  yield* checkDecimals(currencyAmount, currencyCode, company)
  if (currencyCode === company.currencyCode && !BigDecimal.equals(amount, currencyAmount)) {
    return yield* databaseError(
      20110,
      "VoucherRow.INCORRECTAMOUNTS",
      "The amount and the currency amount of a row in accounting currency must be equal."
    )
  }
  if (BigDecimal.isNegative(amount) !== correction || BigDecimal.isNegative(currencyAmount) !== correction) {
    return yield* databaseError(
      20110,
      "VoucherRow.CORRECTIONSIGN",
      "Negative amounts are for correction rows, and correction rows have negative amounts."
    )
  }
  return sides
})

const nonZero = (values: Values, name: string) => {
  const value = decimalOf(values, name)
  return value === undefined || BigDecimal.isZero(value) ? null : value
}

// The signed amounts need not be sent; if they are, they are debit less credit.
const checkTotals = (values: Values, sides: Sides) => {
  const zero = BigDecimal.fromBigInt(0n)
  const amount = decimalOf(values, "Amount")
  const currencyAmount = decimalOf(values, "CurrencyAmount")
  const differs = (
    given: BigDecimal.BigDecimal | undefined,
    debit: Sides["debit"],
    credit: Sides["credit"]
  ) => given !== undefined && !BigDecimal.equals(given, BigDecimal.subtract(debit ?? zero, credit ?? zero))
  return differs(amount, sides.debit, sides.credit) ||
    differs(currencyAmount, sides.currencyDebit, sides.currencyCredit)
    ? databaseError(
        20110,
        "VoucherRow.INCORRECTAMOUNTS",
        "The amount is not the debit less the credit amount."
      )
    : Effect.void
}

const checkDecimals = (amount: BigDecimal.BigDecimal, currencyCode: string, company: CompanyData) => {
  const decimals = company.currencies.find((it) => it.currencyCode === currencyCode)?.decimals ?? 0
  return BigDecimal.normalize(amount).scale > decimals
    ? databaseError(
        20110,
        "VoucherRow.TOOMANYDECIMALS",
        `The amount ${formatDecimal(amount)} has more decimals than ${currencyCode} allows.`
      )
    : Effect.void
}

const checkBalance = Effect.fnUntraced(function* (
  rows: ReadonlyArray<VoucherRow>
): Effect.fn.Return<void, IfsError> {
  yield* requireBalance("", [rows, "debit", "credit"])
  for (const currencyCode of new Set(rows.map((row) => row.currencyCode))) {
    const inCurrency = rows.filter((row) => row.currencyCode === currencyCode)
    yield* requireBalance(` in ${currencyCode}`, [inCurrency, "currencyDebit", "currencyCredit"])
  }
  yield* requireBalance(" in parallel currency", [rows, "thirdDebit", "thirdCredit"])
})

const requireBalance = (
  where: string,
  [rows, debitName, creditName]: readonly [
    ReadonlyArray<VoucherRow>,
    "debit" | "currencyDebit" | "thirdDebit",
    "credit" | "currencyCredit" | "thirdCredit"
  ]
) => {
  const debit = BigDecimal.sumAll(rows.flatMap((row) => row[debitName] ?? []))
  const credit = BigDecimal.sumAll(rows.flatMap((row) => row[creditName] ?? []))
  return BigDecimal.equals(debit, credit)
    ? Effect.void
    : databaseError(
        20110,
        "Voucher.VOUNOTBALANCED",
        `The voucher is not balanced${where}: debit ${formatDecimal(debit)}, credit ${formatDecimal(credit)}.`
      )
}

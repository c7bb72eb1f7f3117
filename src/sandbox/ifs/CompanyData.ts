/**
 * CompanyData: the basic data of one company in the local IFS Cloud.
 *
 * Everything a voucher is checked against: who may post, with which voucher
 * type, into which period, to which accounts and code parts, in which currency.
 */
import { BigDecimal } from "effect"
import type { Sale } from "./Sale.ts"

/** A code part beside the account (code part A). */
export type CodePart = "B" | "C" | "D" | "E" | "F" | "G" | "H" | "I" | "J"

/** The code parts beside the account, in the order of the code string. */
export const codeParts: ReadonlyArray<CodePart> = ["B", "C", "D", "E", "F", "G", "H", "I", "J"]

/** Whether an account wants a code part: `Can` is the same as not named. */
export type CodePartDemand = "Mandatory" | "Blocked" | "Can"

/** An account; `ledger` accounts belong to a sub-ledger and refuse manual vouchers. Dates are inclusive. */
export interface Account {
  readonly account: string
  readonly description: string
  readonly ledger: boolean
  readonly validFrom: string
  readonly validUntil: string
  readonly demands: Readonly<Partial<Record<CodePart, CodePartDemand>>>
}

/** A value of a code part, for example cost centre 100. */
export interface CodePartValue {
  readonly codePart: CodePart
  readonly value: string
  readonly description: string
}

/** One accounting period; it may be closed for all, or for some user groups only. Dates are inclusive. */
export interface Period {
  readonly year: number
  readonly period: number
  readonly from: string
  readonly until: string
  readonly open: boolean
  readonly closedForUserGroups: ReadonlyArray<string>
}

/** A user group of the finance module. An enter-only group creates vouchers that await approval. */
export interface UserGroup {
  readonly userGroup: string
  readonly members: ReadonlyArray<string>
  readonly authorization: "enter-and-approve" | "enter-only" | "approve-only"
}

/** A voucher type and the user groups it is connected to. */
export interface VoucherType {
  readonly voucherType: string
  readonly description: string
  readonly functionGroup: string
  readonly userGroups: ReadonlyArray<string>
}

/** A currency the company may use, with the number of decimals its amounts may have. */
export interface CompanyCurrency {
  readonly currencyCode: string
  readonly decimals: number
}

/** A rate: `conversionFactor` units of the currency are worth `rate` in accounting currency. */
export interface CurrencyRate {
  readonly currencyType: string
  readonly currencyCode: string
  readonly validFrom: string
  readonly rate: BigDecimal.BigDecimal
  readonly conversionFactor: BigDecimal.BigDecimal
}

/**
 * A tax code in percent. In function group M the server adds a row with the tax
 * on `taxAccount`; in Q and the others the tax is the client's business.
 */
export interface TaxCode {
  readonly taxCode: string
  readonly percent: BigDecimal.BigDecimal
  readonly taxAccount: string
}

/**
 * One company. `allowedUsers` are the users with the company among their
 * allowed companies: others read nothing, and are told nothing about it.
 */
export interface CompanyData {
  readonly company: string
  readonly name: string
  readonly currencyCode: string
  readonly allowedUsers: ReadonlyArray<string>
  readonly userGroups: ReadonlyArray<UserGroup>
  readonly voucherTypes: ReadonlyArray<VoucherType>
  readonly periods: ReadonlyArray<Period>
  readonly accounts: ReadonlyArray<Account>
  readonly codePartValues: ReadonlyArray<CodePartValue>
  readonly currencies: ReadonlyArray<CompanyCurrency>
  readonly currencyRates: ReadonlyArray<CurrencyRate>
  /** Ids of the payment terms that a customer may have. */
  readonly paymentTerms?: ReadonlyArray<string>
  readonly sales?: ReadonlyArray<Sale>
  readonly taxCodes: ReadonlyArray<TaxCode>
  /** The second currency that the company keeps books in, if it does; each row then states its amount in it too. */
  readonly parallelCurrency?: string
}

/** Calendar months of the given years as periods, those before `openFrom` ("2026-07") closed. */
export const calendarPeriods = (years: ReadonlyArray<number>, openFrom: string): ReadonlyArray<Period> =>
  years.flatMap((year) =>
    daysInMonths(year).map((days, index) => {
      const month = `${year}-${`${index + 1}`.padStart(2, "0")}`
      return {
        year,
        period: index + 1,
        from: `${month}-01`,
        until: `${month}-${days}`,
        open: month >= openFrom,
        closedForUserGroups: []
      }
    })
  )

const daysInMonths = (year: number) => {
  const isLeapYear = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return [31, isLeapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

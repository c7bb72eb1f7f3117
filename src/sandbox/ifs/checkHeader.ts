/**
 * checkHeader: may this user open this voucher, with this type, on this date?
 *
 * Numbers and tags are those of the server (release 21R1 where the tag is one
 * a client must know: PERCLOSED, USRGRPPER, NOTOPENPERIOD, APPONLYUSERGRP).
 */
import { BigDecimal, Effect } from "effect"
import type { CompanyData, Period, VoucherType } from "./CompanyData.ts"
import type { Values } from "./EntityType.ts"
import { databaseError } from "./IfsError.ts"
import type { IfsError } from "./IfsError.ts"
import type { Voucher } from "./Voucher.ts"

/** What the checks of a header found out. */
export interface CheckedHeader {
  readonly company: CompanyData
  readonly voucherType: VoucherType
  readonly userGroup: string
  readonly voucherDate: string
  readonly period: Period
  readonly status: Voucher["status"]
  readonly text: string | null
}

const mandatory = [
  "OpennedFrom",
  "Company",
  "VoucherDate",
  "UserGroup",
  "VoucherType",
  "AccountingYear",
  "AccountingPeriod",
  "VoucherNo",
  "VoucherStatus",
  "AmountMethod"
]

/** The string under `name`, or an empty one. */
export const textOf = (values: Values, name: string): string => {
  const value = values[name]
  return typeof value === "string" ? value : ""
}

/** The decimal under `name`, if there is one. */
export const decimalOf = (values: Values, name: string): BigDecimal.BigDecimal | undefined => {
  const value = values[name]
  return BigDecimal.isBigDecimal(value) ? value : undefined
}

/** Fails with ORA-20124 for the first of `names` that has no value. */
export const requireValues = (entity: string, values: Values, names: ReadonlyArray<string>) => {
  const missing = names.find((name) => (values[name] ?? null) === null)
  return missing === undefined
    ? Effect.void
    : databaseError(
        20124,
        `${entity}.NULLVALUE`,
        `Field [${missing}] is mandatory for ${entity} and requires a value.`
      )
}

/** Checks a header as the voucher is opened and again as it is created, when the period may have closed. */
export const checkHeader = Effect.fnUntraced(function* (
  values: Values,
  companies: ReadonlyArray<CompanyData>,
  user: string
): Effect.fn.Return<CheckedHeader, IfsError> {
  yield* requireValues("Voucher", values, mandatory)
  const company = yield* findCompany(textOf(values, "Company"), companies, user)
  if (textOf(values, "OpennedFrom") !== "NEW_VOUCHER") {
    return yield* databaseError(20110, "Voucher.NOSOURCE", "There is no voucher to copy from.")
  }
  const voucherNo = decimalOf(values, "VoucherNo")
  if (voucherNo === undefined || !BigDecimal.isZero(voucherNo)) {
    return yield* databaseError(
      20110,
      "Voucher.AUTOMATICNO",
      `Voucher type ${textOf(values, "VoucherType")} has automatic numbers, enter voucher number 0.`
    )
  }
  const { authorization, userGroup } = yield* findUserGroup(textOf(values, "UserGroup"), company, user)
  const voucherType = yield* findVoucherType(textOf(values, "VoucherType"), company, userGroup)
  const period = yield* findPeriod(values, company, userGroup)
  const entered = yield* enteredState(textOf(values, "VoucherStatus"))
  return {
    company,
    voucherType,
    userGroup,
    voucherDate: textOf(values, "VoucherDate"),
    period,
    status: authorization === "enter-only" ? "AwaitingApproval" : entered,
    text: textOf(values, "VoucherText2") || null
  }
})

const findCompany = (id: string, companies: ReadonlyArray<CompanyData>, user: string) => {
  const company = companies.find((it) => it.company === id)
  if (company === undefined) {
    return databaseError(20111, "Company.NOTEXIST", `The Company "${id}" does not exist.`)
  }
  return company.allowedUsers.includes(user)
    ? Effect.succeed(company)
    : databaseError(20110, "UserFinance.USERNOTALLOWED", `User ${user} is not allowed in company ${id}.`)
}

const findUserGroup = (id: string, company: CompanyData, user: string) => {
  const group = company.userGroups.find((it) => it.userGroup === id)
  if (group === undefined) {
    return databaseError(20111, "UserGroupFinance.NOTEXIST", `The User Group "${id}" does not exist.`)
  }
  if (!group.members.includes(user)) {
    return databaseError(
      20110,
      "UserGroupMemberFinance.NOTMEMBER",
      `User ${user} is not a member of user group ${id}.`
    )
  }
  return group.authorization === "approve-only"
    ? databaseError(
        20110,
        "Voucher.APPONLYUSERGRP",
        `User group ${id} may approve vouchers but not enter them.`
      )
    : Effect.succeed(group)
}

const findVoucherType = (id: string, company: CompanyData, userGroup: string) => {
  const type = company.voucherTypes.find((it) => it.voucherType === id)
  if (type === undefined) {
    return databaseError(20111, "VoucherType.NOTEXIST", `The Voucher Type "${id}" does not exist.`)
  }
  return type.userGroups.includes(userGroup)
    ? Effect.succeed(type)
    : databaseError(
        20110,
        "VoucherTypeUserGroup.VOUTYPEUSRGRP",
        `Voucher type ${id} is not connected to user group ${userGroup}.`
      )
}

const findPeriod = (values: Values, company: CompanyData, userGroup: string) => {
  const date = textOf(values, "VoucherDate")
  const period = company.periods.find((it) => it.from <= date && date <= it.until)
  if (period === undefined) {
    return databaseError(
      20110,
      "AccountingPeriod.NOTOPENPERIOD",
      `There is no open period for the date ${date} in company ${company.company}.`
    )
  }
  const name = `${period.year} ${period.period}`
  const year = decimalOf(values, "AccountingYear")
  const number = decimalOf(values, "AccountingPeriod")
  if (
    year === undefined ||
    number === undefined ||
    !BigDecimal.equals(year, BigDecimal.fromBigInt(BigInt(period.year))) ||
    !BigDecimal.equals(number, BigDecimal.fromBigInt(BigInt(period.period)))
  ) {
    return databaseError(20110, "Voucher.DATENOTINPERIOD", `The date ${date} belongs to period ${name}.`)
  }
  if (!period.open) {
    return databaseError(
      20110,
      "AccountingPeriod.PERCLOSED",
      `Period ${name} is closed in company ${company.company}.`
    )
  }
  return period.closedForUserGroups.includes(userGroup)
    ? databaseError(
        20110,
        "UserGroupPeriod.USRGRPPER",
        `Period ${name} is closed for user group ${userGroup}.`
      )
    : Effect.succeed(period)
}

const enteredState = (voucherStatus: string): Effect.Effect<Voucher["status"], IfsError> => {
  switch (voucherStatus) {
    case "Approved":
      return Effect.succeed("Confirmed")
    case "NotApproved":
      return Effect.succeed("Waiting")
    case "AwaitingApproval":
      return Effect.succeed("AwaitingApproval")
    default:
      return databaseError(20110, "Voucher.INVALIDSTATUS", `A voucher cannot be entered as ${voucherStatus}.`)
  }
}

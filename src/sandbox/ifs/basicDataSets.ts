/**
 * basicDataSets: the basic data a client can read to check what it is about to post.
 */
import type { CompanyData } from "./CompanyData.ts"
import { codeParts } from "./CompanyData.ts"
import type { EntitySet } from "./EntitySet.ts"
import type { EntityType, Values } from "./EntityType.ts"
import { boolean, date, decimal, enumeration, makeEtag, string, whole } from "./EntityType.ts"

const basicData = (
  entityType: EntityType,
  list: (company: CompanyData) => ReadonlyArray<Values>
): EntitySet => ({
  entityType,
  rows: (_books, companies) =>
    companies.flatMap((company) =>
      list(company).map((values) => ({
        etag: makeEtag([entityType.entity, ...entityType.keys.map((key) => `${values[key]}`)].join("-"), 1),
        values
      }))
    )
})

const hasMember = (company: CompanyData, userGroup: string) =>
  company.userGroups.some(
    (group) =>
      group.userGroup === userGroup && group.members.some((user) => company.allowedUsers.includes(user))
  )

/** Companies, accounts, code part values, voucher types by user group, periods, periods by user group, and currency rates. */
export const basicDataSets: ReadonlyArray<EntitySet> = [
  basicData(
    {
      projection: "CompaniesHandling",
      entitySet: "CompanySet",
      entity: "Company",
      keys: ["Company"],
      properties: { Company: string(20), Name: string(100), CurrencyCode: string(3) }
    },
    (it) => [{ Company: it.company, Name: it.name, CurrencyCode: it.currencyCode }]
  ),
  basicData(
    {
      projection: "AccountsHandling",
      entitySet: "AccountSet",
      entity: "Account",
      keys: ["Company", "Account"],
      properties: {
        Company: string(20),
        Account: string(20),
        Description: string(100),
        LedgerAccount: boolean,
        ValidFrom: date,
        ValidUntil: date,
        ...Object.fromEntries(
          codeParts.map((part) => [
            `ReqCode${part}`,
            enumeration("CodePartDemand", ["Can", "Mandatory", "Blocked"])
          ])
        )
      }
    },
    (it) =>
      it.accounts.map((account) => ({
        Company: it.company,
        Account: account.account,
        Description: account.description,
        LedgerAccount: account.ledger,
        ValidFrom: account.validFrom,
        ValidUntil: account.validUntil,
        ...Object.fromEntries(codeParts.map((part) => [`ReqCode${part}`, account.demands[part] ?? "Can"]))
      }))
  ),
  basicData(
    {
      projection: "CodePartValuesHandling",
      entitySet: "CodePartValueSet",
      entity: "CodePartValue",
      keys: ["Company", "CodePart", "CodePartValue"],
      properties: {
        Company: string(20),
        CodePart: string(1),
        CodePartValue: string(20),
        Description: string(100)
      }
    },
    (it) =>
      it.codePartValues.map((value) => ({
        Company: it.company,
        CodePart: value.codePart,
        CodePartValue: value.value,
        Description: value.description
      }))
  ),
  basicData(
    {
      projection: "VoucherTypeHandling",
      entitySet: "VoucherTypes",
      entity: "VoucherType",
      keys: ["Company", "VoucherType"],
      properties: {
        Company: string(20),
        VoucherType: string(3),
        Description: string(100),
        FunctionGroup: string(10)
      }
    },
    (it) =>
      it.voucherTypes.map((type) => ({
        Company: it.company,
        VoucherType: type.voucherType,
        Description: type.description,
        FunctionGroup: type.functionGroup
      }))
  ),
  basicData(
    {
      projection: "UserRelatedVoucherData",
      entitySet: "VoucherTypeSet",
      entity: "VoucherType",
      keys: ["Company", "UserGroup", "VoucherType"],
      properties: {
        Company: string(20),
        UserGroup: string(30),
        VoucherType: string(3),
        Description: string(100),
        FunctionGroup: string(10)
      }
    },
    // Only of the groups that somebody who may see the company is a member of.
    (it) =>
      it.voucherTypes.flatMap((type) =>
        type.userGroups
          .filter((userGroup) => hasMember(it, userGroup))
          .map((userGroup) => ({
            Company: it.company,
            UserGroup: userGroup,
            VoucherType: type.voucherType,
            Description: type.description,
            FunctionGroup: type.functionGroup
          }))
      )
  ),
  basicData(
    {
      projection: "AccountingPeriodsHandling",
      entitySet: "AccountingPeriodSet",
      entity: "AccountingPeriod",
      keys: ["Company", "AccountingYear", "AccountingPeriod"],
      properties: {
        Company: string(20),
        AccountingYear: decimal,
        AccountingPeriod: decimal,
        DateFrom: date,
        DateUntil: date,
        PeriodStatus: enumeration("PeriodStatus", ["Open", "Closed"])
      }
    },
    (it) =>
      it.periods.map((period) => ({
        Company: it.company,
        AccountingYear: whole(period.year),
        AccountingPeriod: whole(period.period),
        DateFrom: period.from,
        DateUntil: period.until,
        PeriodStatus: period.open ? "Open" : "Closed"
      }))
  ),
  basicData(
    {
      projection: "AccountingPeriodsHandling",
      entitySet: "UserGroupPeriodSet",
      entity: "UserGroupPeriod",
      keys: ["Company", "AccountingYear", "AccountingPeriod", "UserGroup"],
      properties: {
        Company: string(20),
        AccountingYear: decimal,
        AccountingPeriod: decimal,
        UserGroup: string(30),
        PeriodStatus: enumeration("PeriodStatus", ["Open", "Closed"])
      }
    },
    (it) =>
      it.periods.flatMap((period) =>
        it.userGroups.map(({ userGroup }) => ({
          Company: it.company,
          AccountingYear: whole(period.year),
          AccountingPeriod: whole(period.period),
          UserGroup: userGroup,
          PeriodStatus: period.closedForUserGroups.includes(userGroup) ? "Closed" : "Open"
        }))
      )
  ),
  basicData(
    {
      projection: "CurrencyRatesHandling",
      entitySet: "CurrencyRateSet",
      entity: "CurrencyRate",
      keys: ["Company", "CurrencyType", "CurrencyCode", "ValidFrom"],
      properties: {
        Company: string(20),
        CurrencyType: string(10),
        CurrencyCode: string(3),
        ValidFrom: date,
        CurrencyRate: decimal,
        ConvFactor: decimal
      }
    },
    (it) =>
      it.currencyRates.map((rate) => ({
        Company: it.company,
        CurrencyType: rate.currencyType,
        CurrencyCode: rate.currencyCode,
        ValidFrom: rate.validFrom,
        CurrencyRate: rate.rate,
        ConvFactor: rate.conversionFactor
      }))
  )
]

/**
 * basicData: what IFS holds that a voucher is checked against.
 *
 * Read when it is first needed, and kept for a while. Charts of accounts and
 * voucher types are read whole; of code part values, which may be hundreds of
 * thousands, only those that entries carry, and only that one is there is kept.
 *
 * Source: names of projections of release 21R1 and a live tenant; names of
 * fields as on the sandbox, so compare `ledgerline discover`.
 */
import { Cache, Clock, Duration, Effect, Option, Ref, Schema } from "effect"
import type { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import type { Decimal } from "../../accounting/Decimal.ts"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { Connection } from "./Connection.ts"
import { gather } from "./gather.ts"
import { type IfsClient, WireDecimal } from "./IfsClient.ts"
import { odata } from "./odata.ts"

/** A code part beside the account. */
export const CodePart = Schema.Literals(["B", "C", "D", "E", "F", "G", "H", "I", "J"])
export type CodePart = typeof CodePart.Type

/** An account; `Can`, and whatever we do not know, demands nothing of a code part. */
export interface Account {
  readonly account: string
  readonly isLedgerAccount: boolean
  readonly validFrom: string
  readonly validUntil: string
  readonly demands: ReadonlyMap<CodePart, string>
}

/** A rate of IFS: `conversionFactor` units of the currency are worth `rate`. */
export interface CurrencyRate {
  readonly rate: Decimal
  readonly conversionFactor: Decimal
}

/** A voucher type, and the user groups with our user in them that may use it. */
export interface VoucherType {
  readonly voucherType: string
  readonly functionGroup: string
}

/** A value of a code part. */
export interface CodePartValue {
  readonly codePart: CodePart
  readonly value: string
}

const text = Schema.NullOr(Schema.String)

const Demands = {
  ReqCodeB: text,
  ReqCodeC: text,
  ReqCodeD: text,
  ReqCodeE: text,
  ReqCodeF: text,
  ReqCodeG: text,
  ReqCodeH: text,
  ReqCodeI: text,
  ReqCodeJ: text
}

/** What is read of each entity set; `discover` compares these with the tenant's. */
export const basicDataRows = {
  accounts: Schema.Struct({
    Company: Schema.String,
    Account: Schema.String,
    LedgerAccount: Schema.NullOr(Schema.Boolean),
    ValidFrom: text,
    ValidUntil: text,
    ...Demands
  }),
  codePartValues: Schema.Struct({
    Company: Schema.String,
    CodePart,
    CodePartValue: Schema.String
  }),
  voucherTypes: Schema.Struct({
    Company: Schema.String,
    VoucherType: Schema.String,
    FunctionGroup: Schema.String
  }),
  userVoucherTypes: Schema.Struct({
    Company: Schema.String,
    UserGroup: Schema.String,
    VoucherType: Schema.String
  }),
  currencyRates: Schema.Struct({
    Company: Schema.String,
    CurrencyType: Schema.String,
    CurrencyCode: Schema.String,
    ValidFrom: Schema.String,
    CurrencyRate: WireDecimal,
    ConvFactor: WireDecimal
  })
}

/** Our row of an account to what is checked. */
const accountOf = (row: typeof basicDataRows.accounts.Type): Account => ({
  account: row.Account,
  isLedgerAccount: row.LedgerAccount === true,
  validFrom: row.ValidFrom ?? "",
  validUntil: row.ValidUntil ?? "9999-12-31",
  demands: new Map(CodePart.literals.map((part) => [part, row[`ReqCode${part}`] ?? "Can"]))
})

interface CompanyValue extends CodePartValue {
  readonly company: string
}

const valueKey = ({ codePart, company, value }: CompanyValue) => JSON.stringify([company, codePart, value])

const togetherMaximum = 20
const companiesMaximum = 100
/** What is older is read again before somebody is refused by it. */
const fresh = Duration.seconds(30)

/** Opens the basic data of one connection; nothing is read until it is asked for. */
export const openBasicData = Effect.fn("basicData.open")(function* (
  client: IfsClient,
  connection: Connection,
  expiry: Duration.Duration
) {
  const { projections } = connection
  const ofCompany = (company: string) => odata.equal("Company", odata.string(company))

  const cached = <Value>(lookup: (company: string) => Effect.Effect<Value, ConnectorError>) =>
    Effect.map(
      Cache.makeWith<string, { readonly value: Value; readonly readAt: number }, ConnectorError>(
        (company) =>
          Effect.map(Effect.zip(lookup(company), Clock.currentTimeMillis), ([value, readAt]) => ({
            value,
            readAt
          })),
        {
          capacity: companiesMaximum,
          timeToLive: (exit) => (exit._tag === "Success" ? expiry : Duration.zero)
        }
      ),
      (cache) => ({
        get: (company: string) => Effect.map(Cache.get(cache, company), ({ value }) => value),
        /** Forgets what is not fresh; says whether it did. */
        forgetOld: (company: string) =>
          Effect.gen(function* () {
            const { readAt } = yield* Cache.get(cache, company)
            const isOld = (yield* Clock.currentTimeMillis) - readAt > Duration.toMillis(fresh)
            if (isOld) yield* Cache.invalidate(cache, company)
            return isOld
          })
      })
    )

  const accounts = yield* cached((company) =>
    Effect.map(
      client.list({
        entitySet: projections.accounts,
        row: basicDataRows.accounts,
        filter: ofCompany(company),
        orderBy: ["Company", "Account"]
      }),
      (rows): ReadonlyMap<string, Account> => new Map(rows.map((row) => [row.Account, accountOf(row)]))
    )
  )

  const voucherTypes = yield* cached((company) =>
    Effect.map(
      client.list({
        entitySet: projections.voucherTypes,
        row: basicDataRows.voucherTypes,
        filter: ofCompany(company),
        orderBy: ["Company", "VoucherType"]
      }),
      (rows): ReadonlyArray<VoucherType> =>
        rows.map((row) => ({ voucherType: row.VoucherType, functionGroup: row.FunctionGroup }))
    )
  )

  const known = yield* Ref.make<ReadonlyMap<string, number>>(new Map())
  // Entries that are posted at one time ask together, and mostly for the same values.
  const isThere = gather({
    key: ({ company }: CompanyValue) => company,
    maximum: togetherMaximum,
    ask: Effect.fnUntraced(function* (
      asked: ReadonlyArray<CompanyValue>
    ): Effect.fn.Return<ReadonlyArray<boolean>, ConnectorError> {
      const distinct = new Map(asked.map((value) => [valueKey(value), value]))
      const rows = yield* client.list({
        entitySet: projections.codePartValues,
        row: basicDataRows.codePartValues,
        filter: odata.and(
          ofCompany(asked[0]?.company ?? ""),
          odata.or(
            ...[...distinct.values()].map(({ codePart, value }) =>
              odata.and(
                odata.equal("CodePart", odata.string(codePart)),
                odata.equal("CodePartValue", odata.string(value))
              )
            )
          )
        ),
        orderBy: ["Company", "CodePart", "CodePartValue"]
      })
      const found = rows.map((row) =>
        valueKey({ company: row.Company, codePart: row.CodePart, value: row.CodePartValue })
      )
      const until = (yield* Clock.currentTimeMillis) + Duration.toMillis(expiry)
      yield* Ref.update(known, (before) => new Map([...before, ...found.map((key) => [key, until] as const)]))
      return asked.map((value) => found.includes(valueKey(value)))
    })
  })
  /** Those of the values that the company does not have. */
  const missingCodePartValues = Effect.fn("basicData.missingCodePartValues")(function* (
    company: string,
    values: ReadonlyArray<CodePartValue>
  ): Effect.fn.Return<ReadonlyArray<CodePartValue>, ConnectorError> {
    const now = yield* Clock.currentTimeMillis
    const held = yield* Ref.get(known)
    const asked = values.filter((value) => (held.get(valueKey({ company, ...value })) ?? 0) <= now)
    return yield* Effect.filter(asked, (value) => Effect.map(isThere({ company, ...value }), (is) => !is), {
      concurrency: "unbounded"
    })
  })

  const userVoucherTypes = (company: string) =>
    client.list({
      entitySet: projections.userVoucherTypes,
      row: basicDataRows.userVoucherTypes,
      filter: ofCompany(company),
      orderBy: ["Company", "UserGroup", "VoucherType"]
    })

  const rates = yield* cached((key) => {
    const [company = "", currencyType = "", currency = ""] = key.split("\n")
    return client.list({
      entitySet: projections.currencyRates,
      row: basicDataRows.currencyRates,
      filter: odata.and(
        ofCompany(company),
        odata.equal("CurrencyType", odata.string(currencyType)),
        odata.equal("CurrencyCode", odata.string(currency))
      ),
      orderBy: ["Company", "CurrencyType", "CurrencyCode", "ValidFrom"]
    })
  })
  /** The latest rate that is valid on the day; none if there is none. */
  const currencyRate = Effect.fn("basicData.currencyRate")(function* (of: {
    readonly company: string
    readonly rateType: string
    readonly currency: string
    readonly date: CalendarDate
  }): Effect.fn.Return<Option.Option<CurrencyRate>, ConnectorError> {
    const key = [of.company, of.rateType, of.currency].join("\n")
    const on = (rows: ReadonlyArray<typeof basicDataRows.currencyRates.Type>) =>
      rows.filter((row) => row.ValidFrom <= of.date).at(-1)
    const row =
      on(yield* rates.get(key)) ?? ((yield* rates.forgetOld(key)) ? on(yield* rates.get(key)) : undefined)
    return Option.map(Option.fromUndefinedOr(row), ({ ConvFactor, CurrencyRate }) => ({
      rate: CurrencyRate,
      conversionFactor: ConvFactor
    }))
  })

  const hasRateType = (company: string, rateType: string) =>
    Effect.map(
      client.page(
        {
          entitySet: projections.currencyRates,
          row: basicDataRows.currencyRates,
          filter: odata.and(ofCompany(company), odata.equal("CurrencyType", odata.string(rateType))),
          orderBy: ["Company", "CurrencyType", "CurrencyCode", "ValidFrom"]
        },
        { top: 1 }
      ),
      ({ rows }) => rows.length > 0
    )

  return { accounts, currencyRate, hasRateType, missingCodePartValues, userVoucherTypes, voucherTypes }
})

/** The basic data of one connection. */
export type BasicData = Effect.Success<ReturnType<typeof openBasicData>>

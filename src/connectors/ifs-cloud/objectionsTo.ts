/**
 * objectionsTo: what IFS would refuse of some lines, known before anything is sent.
 *
 * An account that is not there, is a ledger account or is not valid on the day;
 * a code part that it demands and the line lacks, or that it blocks and the
 * line carries; a code part value that is not there; tax codes where IFS would
 * compute the tax once more.
 *
 * Source: server logic of release 21R1 (VOUISLEDGER, code part demand
 * Can/Mandatory/Blocked, function groups M and Q).
 */
import { Effect } from "effect"
import type { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import { suggest } from "../../pipeline/Shape.ts"
import type { ExpectedLine, Objection } from "../../pipeline/Sink.ts"
import { type Account, type BasicData, CodePart, type CodePartValue } from "./basicData.ts"
import type { VouchersConfig } from "./VouchersConfig.ts"

type Found = Omit<Objection, "line">

const inAccount = (code: string, message: string, suggestion?: string): Found => ({
  about: ["account"],
  code,
  message,
  ...(suggestion === undefined ? {} : { suggestion })
})

const ofAccount = (
  line: ExpectedLine,
  accounts: ReadonlyMap<string, Account>,
  date: CalendarDate
): ReadonlyArray<Found> => {
  if (line.account === undefined) return []
  const account = accounts.get(line.account)
  if (account === undefined) {
    return [
      inAccount(
        "unknown-account",
        `Company ${line.company} has no account ${line.account}. Correct the account in the posting rule or its table, or create it in IFS.`,
        suggest(line.account, [...accounts.keys()])
      )
    ]
  }
  if (date < account.validFrom || date > account.validUntil) {
    return [
      inAccount(
        "unknown-account",
        `Account ${line.account} of company ${line.company} is not valid on ${date}, but from ${account.validFrom} until ${account.validUntil}. Correct the account in the posting rule or its table, or its validity in IFS.`
      )
    ]
  }
  return account.isLedgerAccount
    ? [
        inAccount(
          "ledger-account",
          `Account ${line.account} of company ${line.company} is a ledger account, and IFS refuses those in manual vouchers. Post to a clearing account that is no ledger account.`
        )
      ]
    : []
}

/** Dimension names by the code part they lead to. */
const dimensionOf = (config: VouchersConfig, codePart: CodePart) =>
  Object.keys(config.codeParts).find((dimension) => config.codeParts[dimension] === codePart)

const ofDemands = (
  line: ExpectedLine,
  account: Account | undefined,
  config: VouchersConfig
): ReadonlyArray<Found> =>
  CodePart.literals.flatMap((codePart): ReadonlyArray<Found> => {
    const dimension = dimensionOf(config, codePart)
    const isNamed = dimension !== undefined && Object.hasOwn(line.dimensions, dimension)
    const value = dimension === undefined ? undefined : line.dimensions[dimension]
    const isEmpty = !isNamed || value === ""
    const about = dimension === undefined ? ["account"] : ["dimensions", dimension]
    const called = `code part ${codePart}${dimension === undefined ? "" : ` (${dimension})`}`
    switch (account?.demands.get(codePart)) {
      case "Mandatory":
        return isEmpty
          ? [
              {
                about: isNamed ? about : ["account"],
                code: "dimension-demand",
                message: `Account ${account.account} of company ${line.company} demands ${called}, and the line carries none. ${
                  dimension === undefined
                    ? `Lead a dimension to code part ${codePart} under codeParts of the sink and add it to the posting rule`
                    : "Add the dimension to the posting rule or its table"
                }, or change the code part demand of the account in IFS.`
              }
            ]
          : []
      case "Blocked":
        return isEmpty || value === undefined
          ? []
          : [
              {
                about,
                code: "dimension-demand",
                message: `Account ${account.account} of company ${line.company} forbids ${called}, and the line carries ${value}. Leave the dimension out of the posting rule or its table, or change the code part demand of the account in IFS.`
              }
            ]
      default:
        return []
    }
  })

const valuesOf = (line: ExpectedLine, config: VouchersConfig) =>
  Object.entries(line.dimensions).flatMap(([dimension, value]) => {
    const codePart = config.codeParts[dimension]
    return codePart === undefined || value === undefined || value === ""
      ? []
      : [{ dimension, codePart, value }]
  })

const ofValues = (
  line: ExpectedLine,
  missing: ReadonlyArray<CodePartValue>,
  config: VouchersConfig
): ReadonlyArray<Found> =>
  valuesOf(line, config)
    .filter(({ codePart, value }) => missing.some((one) => one.codePart === codePart && one.value === value))
    .map(({ codePart, dimension, value }) => ({
      about: ["dimensions", dimension],
      code: "unknown-dimension-value",
      message: `Company ${line.company} has no value ${value} of code part ${codePart} (${dimension}). Correct the dimension in the posting rule or its table, or create the value in IFS.`
    }))

/** Function groups that a strategy can post with. */
const isFitting = (config: VouchersConfig, functionGroup: string) =>
  (config.strategy === "external-load") === (functionGroup === "X")

/** What IFS would refuse of the voucher type; `hasTaxCodes` says whether lines carry any. */
export const ofVoucherType = Effect.fn("objections.ofVoucherType")(function* (
  basic: BasicData,
  config: VouchersConfig,
  company: string,
  hasTaxCodes: boolean
): Effect.fn.Return<ReadonlyArray<Found>, ConnectorError> {
  const types = yield* basic.voucherTypes.get(company)
  const type = types.find(({ voucherType }) => voucherType === config.voucherType)
  if (type === undefined) {
    const suggestion = suggest(
      config.voucherType,
      types.filter(({ functionGroup }) => isFitting(config, functionGroup)).map((one) => one.voucherType)
    )
    return [
      {
        about: ["voucherType"],
        code: "voucher-type",
        message: `Company ${company} has no voucher type ${config.voucherType}. Correct voucherType of the sink, or create it in IFS.`,
        ...(suggestion === undefined ? {} : { suggestion })
      }
    ]
  }
  if (!isFitting(config, type.functionGroup)) {
    return [
      {
        about: ["voucherType"],
        code: "voucher-type",
        message: `Voucher type ${config.voucherType} of company ${company} belongs to function group ${type.functionGroup}, but the strategy ${config.strategy} needs ${config.strategy === "external-load" ? "one of group X" : "one for manual vouchers, such as M or Q"}. Choose another voucherType.`
      }
    ]
  }
  return hasTaxCodes && type.functionGroup === "M"
    ? [
        {
          about: ["voucherType"],
          code: "tax-twice",
          message: `Voucher type ${config.voucherType} of company ${company} belongs to function group M, in which IFS computes the tax of a tax code once more. Use a voucher type of function group Q, or leave taxCode out of the posting rules.`
        }
      ]
    : []
})

const objectionsOnce = Effect.fn("objections.once")(function* (
  basic: BasicData,
  config: VouchersConfig,
  company: string,
  lines: ReadonlyArray<readonly [index: number, line: ExpectedLine]>,
  date: CalendarDate
): Effect.fn.Return<ReadonlyArray<Objection>, ConnectorError> {
  const accounts = yield* basic.accounts.get(company)
  if (accounts.size === 0) {
    return [
      {
        line: undefined,
        about: ["company"],
        code: "company",
        message: `IFS shows no account of company ${company} to our user: the company does not exist, or our user may not work in it. Correct company in the mapping, or add the company to Allowed Companies and to the finance users of the service user.`
      }
    ]
  }
  const values = new Map(
    lines.flatMap(([, line]) =>
      valuesOf(line, config).map(
        ({ codePart, value }) => [`${codePart} ${value}`, { codePart, value }] as const
      )
    )
  )
  const missing = yield* basic.missingCodePartValues(company, [...values.values()])
  const ofType =
    config.strategy === "external-load" || lines.some(([, line]) => line.hasTaxCode)
      ? yield* ofVoucherType(
          basic,
          config,
          company,
          lines.some(([, line]) => line.hasTaxCode)
        )
      : []
  return [
    ...ofType.map((found): Objection => ({ line: undefined, ...found })),
    ...lines.flatMap(([index, line]) => {
      const account = line.account === undefined ? undefined : accounts.get(line.account)
      return [
        ...ofAccount(line, accounts, date),
        ...ofDemands(line, account, config),
        ...ofValues(line, missing, config)
      ].map((found): Objection => ({ line: index, ...found }))
    })
  ]
})

/**
 * Everything that IFS would refuse of `lines` on `date`. Nobody is refused by
 * something that was put right meanwhile: what is old is read again first.
 */
export const objectionsTo = Effect.fn("objections")(function* (
  basic: BasicData,
  config: VouchersConfig,
  lines: ReadonlyArray<ExpectedLine>,
  date: CalendarDate
): Effect.fn.Return<ReadonlyArray<Objection>, ConnectorError> {
  const found: Array<Objection> = []
  for (const [company, own] of Map.groupBy([...lines.entries()], ([, line]) => line.company)) {
    const once = objectionsOnce(basic, config, company, own, date)
    const first = yield* once
    const isStale =
      first.length > 0 &&
      // Both, whatever the first says.
      [yield* basic.accounts.forgetOld(company), yield* basic.voucherTypes.forgetOld(company)].includes(true)
    found.push(...(isStale ? yield* once : first))
  }
  return found
})

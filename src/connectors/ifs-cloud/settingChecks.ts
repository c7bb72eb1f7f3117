/**
 * settingChecks: are the settings of a sink right for a company?
 *
 * Voucher type, user group, currency rate type and an open period, each read
 * from IFS. `ping` shows what is fine too; `validate --online` only what is not.
 */
import { Effect, Option } from "effect"
import type { CalendarDate } from "../../accounting/AccountingPeriod.ts"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import { suggest } from "../../pipeline/Shape.ts"
import type { Objection, OpenSink } from "../../pipeline/Sink.ts"
import type { BasicData } from "./basicData.ts"
import { ofVoucherType } from "./objectionsTo.ts"
import type { VouchersConfig } from "./VouchersConfig.ts"

/** What is asked about: the company, the day, and whether lines carry tax codes. */
export interface SettingQuestion {
  readonly company: string
  readonly date: CalendarDate
  readonly hasTaxCodes: boolean
}

/** What is right, in words, or what is not. */
export type SettingVerdict =
  | { readonly _tag: "Fine"; readonly text: string }
  | { readonly _tag: "Wrong"; readonly objection: Omit<Objection, "line"> }

/** One check; `name` is what a person calls the thing checked. */
export interface SettingCheck {
  readonly name: string
  readonly ask: (question: SettingQuestion) => Effect.Effect<SettingVerdict, ConnectorError>
}

const fine = (text: string): SettingVerdict => ({ _tag: "Fine", text })

const wrong = (about: string, code: string, message: string, suggestion?: string): SettingVerdict => ({
  _tag: "Wrong",
  objection: {
    about: [about],
    code,
    message,
    ...(suggestion === undefined ? {} : { suggestion })
  }
})

/** The checks of a sink with these settings. */
export const settingChecks = (
  basic: BasicData,
  config: VouchersConfig,
  nextOpenDate: OpenSink["nextOpenDate"]
): ReadonlyArray<SettingCheck> => {
  const { currencyType, userGroup, voucherType } = config

  const ofType: SettingCheck["ask"] = ({ company, hasTaxCodes }) =>
    Effect.gen(function* () {
      const [objection] = yield* ofVoucherType(basic, config, company, hasTaxCodes)
      if (objection !== undefined) return { _tag: "Wrong", objection }
      const type = (yield* basic.voucherTypes.get(company)).find((one) => one.voucherType === voucherType)
      return fine(`${voucherType}, function group ${type?.functionGroup ?? ""}`)
    })

  const ofGroup: SettingCheck["ask"] = ({ company }) =>
    Effect.gen(function* () {
      const rows = yield* basic.userVoucherTypes(company)
      const groups = [...new Set(rows.map((row) => row.UserGroup))]
      if (!groups.includes(userGroup)) {
        return wrong(
          "userGroup",
          "user-group",
          `Company ${company} has no user group ${userGroup} that our user is a member of${groups.length === 0 ? "" : `; it is one of ${groups.join(", ")}`}. Correct userGroup of the sink, or add the user to the group in IFS.`,
          suggest(userGroup, groups)
        )
      }
      return rows.some((row) => row.UserGroup === userGroup && row.VoucherType === voucherType)
        ? fine(`${userGroup}, our user is a member, linked to voucher type ${voucherType}`)
        : wrong(
            "voucherType",
            "voucher-type",
            `Voucher type ${voucherType} of company ${company} is not linked to user group ${userGroup}. Link it in IFS (Voucher Types, User Groups), or correct voucherType or userGroup of the sink.`
          )
    })

  const ofRateType: SettingCheck["ask"] = ({ company }) =>
    Effect.map(basic.hasRateType(company, currencyType), (has) =>
      has
        ? fine(currencyType)
        : wrong(
            "currencyType",
            "currency-rate-type",
            `Company ${company} has no rates of currency rate type ${currencyType}. Correct currencyType of the sink, or enter rates of it in IFS.`
          )
    )

  const ofPeriod: SettingCheck["ask"] = ({ company, date }) =>
    Effect.map(
      nextOpenDate(company, date),
      Option.match({
        onNone: () =>
          wrong(
            "userGroup",
            "period-closed",
            `Company ${company} has no period from ${date} on that is open for user group ${userGroup}. Open one in IFS (Accounting Periods, User Group per Period).`
          ),
        onSome: (open) =>
          open === date
            ? fine(`open on ${date} for user group ${userGroup}`)
            : wrong(
                "userGroup",
                "period-closed",
                `The period of ${date} is not open in company ${company} for user group ${userGroup}; the next open day is ${open}. Open the period in IFS (Accounting Periods, User Group per Period), or say closedPeriod: next-open in the mapping.`
              )
      })
    )

  return [
    { name: "voucher type", ask: ofType },
    { name: "user group", ask: ofGroup },
    { name: "currency rate type", ask: ofRateType },
    { name: "period", ask: ofPeriod }
  ]
}

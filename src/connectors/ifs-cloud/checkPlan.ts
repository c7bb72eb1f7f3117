/**
 * checkPlan: what IFS would refuse of a plan, before any document comes.
 */
import { Effect } from "effect"
import type { OpenSink } from "../../pipeline/Sink.ts"
import type { BasicData } from "./basicData.ts"
import { objectionsTo } from "./objectionsTo.ts"
import type { SettingCheck } from "./settingChecks.ts"
import type { VouchersConfig } from "./VouchersConfig.ts"

/** Asks about lines, and about the settings for each company that they name. */
export const checkPlan = (
  basic: BasicData,
  config: VouchersConfig,
  checks: ReadonlyArray<SettingCheck>
): OpenSink["check"] =>
  Effect.fn("checkPlan")(function* (lines, date) {
    const ofLines = yield* objectionsTo(basic, config, lines, date)
    const companies = [...new Set(lines.map(({ company }) => company))]
    // Of a company that shows nothing, nothing more can be said.
    const visible = yield* Effect.filter(companies, (company) =>
      Effect.map(basic.accounts.get(company), (accounts) => accounts.size > 0)
    )
    const verdicts = yield* Effect.forEach(visible, (company) =>
      Effect.forEach(checks, ({ ask }) =>
        ask({
          company,
          date,
          hasTaxCodes: lines.some((line) => line.company === company && line.hasTaxCode)
        })
      )
    )
    const ofSettings = verdicts
      .flat()
      .flatMap((verdict) => (verdict._tag === "Wrong" ? [{ line: undefined, ...verdict.objection }] : []))
    const said = new Set(ofLines.map(({ message }) => message))
    return [...ofLines, ...ofSettings.filter(({ message }) => !said.has(message))]
  })

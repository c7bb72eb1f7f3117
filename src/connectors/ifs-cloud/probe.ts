/**
 * probe: what `ping` finds out about an IFS Cloud, reading only.
 *
 * The right to enter vouchers cannot be tried without entering one.
 */
import { Clock, DateTime, Effect, Option, Result, Schema } from "effect"
import type { ProbeLine } from "../../pipeline/Connector.ts"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { Connection } from "./Connection.ts"
import type { IfsClient } from "./IfsClient.ts"
import { odata } from "./odata.ts"
import { readings } from "./readings.ts"
import type { SettingCheck } from "./settingChecks.ts"

const companiesMaximum = 20

const CompanyRow = Schema.Struct({ Company: Schema.String })

// One question per company: the next account whose company comes after.
const visibleCompanies = Effect.fn("probe.visibleCompanies")(function* (
  client: IfsClient,
  connection: Connection
): Effect.fn.Return<
  { readonly companies: ReadonlyArray<string>; readonly date: string | undefined },
  ConnectorError
> {
  const companies: Array<string> = []
  let date: string | undefined
  while (companies.length < companiesMaximum) {
    const last = companies.at(-1)
    const page = yield* client.page(
      {
        entitySet: connection.projections.accounts,
        row: CompanyRow,
        ...(last === undefined ? {} : { filter: odata.greaterThan("Company", odata.string(last)) }),
        orderBy: ["Company", "Account"]
      },
      { top: 1 }
    )
    date ??= page.date
    const next = page.rows[0]?.Company
    if (next === undefined || next === last) break
    companies.push(next)
  }
  return { companies, date }
})

const skewSecondsMaximum = 300

const clockLine = (date: string | undefined, nowMillis: number): ProbeLine =>
  Option.match(Option.flatMap(Option.fromUndefinedOr(date), DateTime.make), {
    onNone: () => "clock: IFS did not say what time it is",
    onSome: (theirs) => {
      const seconds = Math.round(Math.abs(DateTime.toEpochMillis(theirs) - nowMillis) / 1000)
      const line = `clock: differs from ours by ${seconds} s`
      return seconds > skewSecondsMaximum
        ? { failed: `${line}. Set the clock of this machine, or of IFS, by a time server.` }
        : line
    }
  })

const failedBy = (label: string, error: ConnectorError): ProbeLine => ({
  failed: `${label}: ${error.reason.message}`
})

/**
 * Token, companies visible to our user, everything that we read, and the clock.
 * Goes on after a refusal, since each has a remedy of its own; fails where
 * nothing more can be tried, for want of an answer or of a token.
 */
export const probe = Effect.fn("probe")(function* (
  client: IfsClient,
  connection: Connection
): Effect.fn.Return<ReadonlyArray<ProbeLine>, ConnectorError> {
  const tried = yield* Effect.result(visibleCompanies(client, connection))
  if (Result.isFailure(tried) && tried.failure.reason._tag === "Unreachable") return yield* tried.failure
  const nowMillis = yield* Clock.currentTimeMillis
  const asked = yield* Effect.forEach(readings, (reading) =>
    Effect.result(
      client.page(
        {
          entitySet: connection.projections[reading.role] ?? "",
          row: Schema.Struct(
            Object.fromEntries(Object.keys(reading.fields).map((name) => [name, Schema.Unknown]))
          ),
          orderBy: reading.orderBy
        },
        { top: 1 }
      )
    ).pipe(Effect.map((result) => ({ ...reading, result })))
  )
  const [first] = asked
  if (
    first !== undefined &&
    Result.isFailure(first.result) &&
    asked.every(
      ({ result }) =>
        Result.isFailure(result) &&
        Result.isFailure(first.result) &&
        result.failure.reason.message === first.result.failure.reason.message
    )
  ) {
    // One and the same for all: the token, not a grant.
    return yield* first.result.failure
  }
  const companies = Result.isSuccess(tried) ? tried.success.companies : []
  const readable = asked.filter(({ result }) => Result.isSuccess(result)).map(({ label }) => label)
  return [
    `token: granted for realm ${connection.realm}`,
    ...(Result.isFailure(tried)
      ? [{ failed: `companies visible: not known, since accounts cannot be read` }]
      : companies.length === 0
        ? [
            {
              failed:
                "companies visible: none, which an empty answer means and not that there are none. Add the companies to the Allowed Companies of the service user."
            }
          ]
        : [
            `companies visible: ${companies.join(", ")}${companies.length === companiesMaximum ? " and perhaps more" : ""}`
          ]),
    ...(readable.length === 0 ? [] : [`readable: ${readable.join(", ")}`]),
    ...asked.flatMap(({ label, onlyFor, result }): ReadonlyArray<ProbeLine> =>
      Result.isSuccess(result)
        ? []
        : onlyFor === undefined
          ? [failedBy(label, result.failure)]
          : [`${label}, only for ${onlyFor}: ${result.failure.reason.message}`]
    ),
    clockLine(Result.isSuccess(tried) ? tried.success.date : undefined, nowMillis)
  ]
})

/** What the settings of a sink name, in each company. */
export const probeSettings = Effect.fn("probe.settings")(function* (
  checks: ReadonlyArray<SettingCheck>,
  proveVisible: (company: string) => Effect.Effect<void, ConnectorError>,
  companies: ReadonlyArray<string>
): Effect.fn.Return<ReadonlyArray<ProbeLine>> {
  const date = DateTime.formatIsoDateUtc(yield* DateTime.now)
  const lines = yield* Effect.forEach(companies, (company) =>
    Effect.gen(function* () {
      const visible = yield* Effect.result(proveVisible(company))
      if (Result.isFailure(visible)) return [failedBy(`company ${company}`, visible.failure)]
      const verdicts = yield* Effect.forEach(checks, ({ ask, name }) =>
        ask({ company, date, hasTaxCodes: false }).pipe(
          Effect.match({
            onFailure: (error) => failedBy(`company ${company}, ${name}`, error),
            onSuccess: (verdict): ProbeLine =>
              verdict._tag === "Fine"
                ? `company ${company}, ${name}: ${verdict.text}`
                : { failed: `company ${company}, ${name}: ${verdict.objection.message}` }
          })
        )
      )
      return [`company ${company}: visible to our user`, ...verdicts]
    })
  )
  return lines.flat()
})

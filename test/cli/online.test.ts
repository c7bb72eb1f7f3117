/*
 * What a person reads when the ledger itself is asked: ping, and validate --online.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, FileSystem } from "effect"
import { calendarPeriods, type CompanyData } from "../../src/sandbox/ifs/CompanyData.ts"
import { openSandbox, pipelinesFor } from "../endToEnd/scene.ts"
import { matchGolden } from "../support/golden.ts"
import { assertEnded, ledgerline } from "./ledgerline.ts"

/** The shipped pipelines between a shop and a ledger whose periods are open this year. */
const place = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-online-" })
  const sandbox = yield* openSandbox(folder, { documents: 2 })
  yield* pipelinesFor(folder, sandbox)
  const today = DateTime.formatIsoDateUtc(yield* DateTime.now)
  const year = Number(today.slice(0, 4))
  const change = (one: (company: CompanyData) => CompanyData) =>
    sandbox.ifs.updateCompanies((companies) => companies.map(one))
  yield* change((company) => ({ ...company, periods: calendarPeriods([year, year + 1], `${year}-01`) }))
  const edit = (file: string, from: string, to: string) =>
    Effect.gen(function* () {
      const before = yield* files.readFileString(`${folder}/pipelines/${file}`)
      assert.include(before, from)
      yield* files.writeFileString(`${folder}/pipelines/${file}`, before.replace(from, to))
    })
  const run = (...words: ReadonlyArray<string>) => ledgerline({ folder }, ...words)
  const check = (name: string, code: number, command: string) =>
    Effect.gen(function* () {
      const ended = yield* run(...command.split(" "))
      assertEnded(ended, code)
      const text = `$ ledgerline ${command}\n${ended.output}${ended.messages}exit ${ended.code}\n`
      yield* matchGolden(
        `cli/${name}.txt`,
        text
          .replaceAll(`${folder}/`, "")
          .replaceAll(today, "<today>")
          .replaceAll(/(?:agrees with the shop|differs from ours by \d+ s)/gu, "<difference>")
          .replaceAll(/the next open day is [\d-]+/gu, "the next open day is <date>")
          .replaceAll(/127\.0\.0\.1:\d{4,5}\b/gu, "127.0.0.1:<port>")
      )
    })
  return { change, check, edit, run, sandbox, year }
})

const scoped = <A, E, R>(test: Effect.Effect<A, E, R>) =>
  test.pipe(Effect.scoped, Effect.provide(NodeServices.layer))

describe.concurrent("F7 validate --online", () => {
  it.live("finds nothing wrong with the shipped pipelines and the ledger they post to", () =>
    scoped(
      Effect.gen(function* () {
        const { run } = yield* place
        assertEnded(yield* run("validate", "--online"), 0)
      })
    )
  )

  it.live("says at file, line and column what the ledger lacks, and ends with 2", () =>
    scoped(
      Effect.gen(function* () {
        const { change, check, edit } = yield* place
        yield* edit("tables/revenue.csv", "*,wholesale,4010,110", "*,wholesale,4011,115")
        yield* edit("tables/revenue.csv", "*,us,4020,120", "*,us,4020,")
        yield* edit("invoices-to-gl.yaml", 'account: "4100"', 'account: "2400"')
        yield* edit("credit-notes-to-gl.yaml", "userGroup: AC", "userGroup: AB")
        yield* change((company) => ({
          ...company,
          accounts: company.accounts.map((it) =>
            it.account === "7990" ? { ...it, validUntil: "2020-12-31" } : it
          )
        }))
        yield* check("validate-online", 2, "validate --online")
      })
    )
  )

  it.live("without the flag contacts neither system", () =>
    scoped(
      Effect.gen(function* () {
        const { edit, run, sandbox } = yield* place
        yield* edit("tables/revenue.csv", "4010", "4011")
        assertEnded(yield* run("validate"), 0)
        assert.deepStrictEqual((yield* sandbox.ifs.statistics).requests, {})
        assertEnded(yield* run("validate", "--online"), 2)
        assert.notDeepEqual((yield* sandbox.ifs.statistics).requests, {})
      })
    )
  )

  it.live("writes nothing to the ledger", () =>
    scoped(
      Effect.gen(function* () {
        const { run, sandbox } = yield* place
        assertEnded(yield* run("validate", "--online"), 0)
        const { requests } = yield* sandbox.ifs.statistics
        assert.deepStrictEqual(
          Object.keys(requests).filter((route) => !route.startsWith("GET ")),
          ["POST token"]
        )
      })
    )
  )

  it.live("a ledger that cannot be reached ends with 3 and says so once", () =>
    scoped(
      Effect.gen(function* () {
        const { check, edit, sandbox } = yield* place
        yield* edit("connections.yaml", sandbox.ifs.url, "http://127.0.0.1:1")
        yield* check("validate-online-unreachable", 3, "validate --online")
      })
    )
  )
})

describe.concurrent("B6 ping", () => {
  it.live("proves token, companies, everything that is read, and the settings of each sink", () =>
    scoped(
      Effect.gen(function* () {
        const { check } = yield* place
        yield* check("ping", 0, "ping")
      })
    )
  )

  it.live("shows every failure with its remedy, not only the first", () =>
    scoped(
      Effect.gen(function* () {
        const { change, check, edit, sandbox, year } = yield* place
        yield* edit("invoices-to-gl.yaml", "voucherType: M", "voucherType: N")
        yield* edit("credit-notes-to-gl.yaml", "userGroup: AC", "userGroup: AB")
        yield* change((company) => ({ ...company, periods: calendarPeriods([year + 1], `${year}-01`) }))
        yield* sandbox.ifs.faults.add({ match: "GET CodePartValuesHandling", kind: "status", status: 403 })
        yield* sandbox.ifs.faults.add({ match: "GET GenLedVoucherRowsAnalysis", kind: "status", status: 403 })
        yield* check("ping-with-failures", 3, "ping")
      })
    )
  )

  it.live("a company that is not allowed is a failure, not an empty answer", () =>
    scoped(
      Effect.gen(function* () {
        const { check, edit } = yield* place
        yield* edit("invoices-to-gl.yaml", 'company: "10"', 'company: "20"')
        yield* check("ping-of-a-company-not-allowed", 3, "ping")
      })
    )
  )
})

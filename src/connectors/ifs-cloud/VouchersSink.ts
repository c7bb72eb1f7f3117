/**
 * VouchersSink: posts journal entries as vouchers of IFS Cloud.
 *
 * Three strategies, chosen by setting; all mark the voucher with a reference
 * made of the entry, and are looked up by it before anything is posted.
 */
import { Duration, Effect } from "effect"
import { defineSink, type OpenSink, type Sink } from "../../pipeline/Sink.ts"
import { Rejected } from "../../pipeline/ConnectorError.ts"
import type { Connection } from "./Connection.ts"
import { openBasicData } from "./basicData.ts"
import { checkPlan } from "./checkPlan.ts"
import { findVoucher } from "./findVoucher.ts"
import { makeIfsClient } from "./IfsClient.ts"
import { listVouchers } from "./listVouchers.ts"
import { marker } from "./marker.ts"
import { nextOpenDate } from "./nextOpenDate.ts"
import { postVoucher } from "./postVoucher.ts"
import { probeSettings } from "./probe.ts"
import { settingChecks } from "./settingChecks.ts"
import { strategies, strategyProblems } from "./strategies.ts"
import { VouchersConfig } from "./VouchersConfig.ts"

const open = Effect.fn("VouchersSink.open")(function* (options: {
  readonly name: string
  readonly connection: Connection
  readonly config: VouchersConfig
}) {
  const { config, connection } = options
  const client = yield* makeIfsClient(options)
  const [problem] = strategyProblems(connection, config)
  if (problem !== undefined) {
    return yield* client.fail(new Rejected({ code: "settings", message: problem }))
  }
  const basic = yield* openBasicData(client, connection, config.basicDataExpiry)
  const openDate = nextOpenDate(client, connection, config)
  const checks = settingChecks(basic, config, openDate)
  const { find, findAll, proveVisible } = yield* findVoucher(client, connection, config)
  const opened: OpenSink = {
    find,
    findAll,
    post: postVoucher(client, connection, config, basic, find),
    check: checkPlan(basic, config, checks),
    markerKey: (entry) => marker(entry).key,
    ...listVouchers(client, connection, config, proveVisible),
    nextOpenDate: openDate,
    probe: (companies) => probeSettings(checks, proveVisible, companies)
  }
  return opened
})

/**
 * `ifs-cloud/vouchers`: one voucher per entry, one row per line, in the order of
 * the lines. A receipt names the voucher company/year/type/number and says
 * whether it is in the hold table or in the general ledger.
 */
export const VouchersSink = defineSink({
  type: "ifs-cloud/vouchers",
  summary: "Posts entries as vouchers.",
  config: VouchersConfig,
  make: (options: {
    readonly name: string
    readonly connection: Connection
    readonly config: VouchersConfig
  }): Sink => ({
    open: open(options),
    dimensions: Object.keys(options.config.codeParts),
    concurrency: options.config.concurrency,
    // The state of a load decides, whatever IFS is still working on: it is only given time to answer.
    ambiguityMillis: Duration.toMillis(
      options.config.strategy === "external-load"
        ? options.connection.timeout
        : options.connection.statementTimeout
    ),
    strategy: { name: options.config.strategy, ...strategies[options.config.strategy] },
    problems: strategyProblems(options.connection, options.config)
  })
})

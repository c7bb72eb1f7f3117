/**
 * VouchersSink: posts journal entries as manual vouchers of IFS Cloud.
 *
 * Strategy: post with marker. IFS offers no idempotency header and refuses no
 * duplicate, so an entry is posted at most once because it is looked up first
 * and because an attempt of unknown outcome is looked up again after the time
 * IFS may still be working on it (`statementTimeout` of the connection).
 */
import { Duration, Effect } from "effect"
import { defineSink, type OpenSink, type Sink } from "../../pipeline/Sink.ts"
import type { Connection } from "./Connection.ts"
import { findVoucher } from "./findVoucher.ts"
import { makeIfsClient } from "./IfsClient.ts"
import { postVoucher } from "./postVoucher.ts"
import { probe } from "./probe.ts"
import { VouchersConfig } from "./VouchersConfig.ts"

const open = Effect.fn("VouchersSink.open")(function* (options: {
  readonly name: string
  readonly connection: Connection
  readonly config: VouchersConfig
}) {
  const client = yield* makeIfsClient(options)
  const opened: OpenSink = {
    find: yield* findVoucher(client, options.connection, options.config),
    post: postVoucher(client, options.connection, options.config),
    probe: probe(client, options.connection)
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
  summary: "Posts entries as manual vouchers through the voucher entry assistant.",
  config: VouchersConfig,
  make: (options: {
    readonly name: string
    readonly connection: Connection
    readonly config: VouchersConfig
  }): Sink => ({
    open: open(options),
    dimensions: Object.keys(options.config.codeParts),
    concurrency: options.config.concurrency,
    ambiguityMillis: Duration.toMillis(options.connection.statementTimeout)
  })
})

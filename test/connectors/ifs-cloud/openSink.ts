/**
 * openSink: the vouchers sink, connected to a local IFS Cloud.
 */
import { Effect, Layer, Schema } from "effect"
import { VouchersConfig } from "../../../src/connectors/ifs-cloud/VouchersConfig.ts"
import { VouchersSink } from "../../../src/connectors/ifs-cloud/VouchersSink.ts"
import type { IfsServer } from "../../../src/sandbox/ifs/ifsServer.ts"
import { connectionTo, services } from "./openClient.ts"

/** Opens the sink for as long as the scope; `connection` and `config` replace settings. */
export const openSink = Effect.fnUntraced(function* (
  server: IfsServer,
  options: {
    readonly connection?: Record<string, unknown>
    readonly config?: Record<string, unknown>
    readonly clientSecret?: string
  } = {}
) {
  // Built in the scope of the test: the client must outlive the opening.
  const context = yield* Layer.build(services(server, options.clientSecret))
  return yield* VouchersSink.make({
    name: "erp",
    connection: yield* connectionTo(server, options.connection),
    config: yield* Schema.decodeEffect(VouchersConfig)({
      // The tax code of the invoice: in function group M IFS would compute the tax once more.
      voucherType: "Q",
      userGroup: "AC",
      codeParts: { costCenter: "B" },
      ...options.config
    })
  }).open.pipe(Effect.provideContext(context))
})

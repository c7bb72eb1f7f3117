/**
 * openSink: the vouchers sink, connected to a local IFS Cloud.
 */
import { NodeHttpClient } from "@effect/platform-node"
import { Effect, Layer, Redacted, Schema } from "effect"
import { Connection } from "../../../src/connectors/ifs-cloud/Connection.ts"
import { VouchersConfig } from "../../../src/connectors/ifs-cloud/VouchersConfig.ts"
import { VouchersSink } from "../../../src/connectors/ifs-cloud/VouchersSink.ts"
import { SecretMissing, Secrets } from "../../../src/pipeline/Secrets.ts"
import type { IfsServer } from "../../../src/sandbox/ifs/ifsServer.ts"

/** The HTTP client, and the credentials of the local server. */
const services = (server: IfsServer, clientSecret = server.clientSecret) =>
  Layer.merge(
    NodeHttpClient.layerUndici,
    Layer.succeed(
      Secrets,
      Secrets.of({
        resolve: (reference) => {
          const name = "env" in reference ? reference.env : reference.file
          if (name === "IFS_CLIENT_ID") return Effect.succeed(Redacted.make(server.clientId))
          if (name === "IFS_CLIENT_SECRET") return Effect.succeed(Redacted.make(clientSecret))
          return Effect.fail(new SecretMissing({ message: `${name} is not set` }))
        }
      })
    )
  )

/** Settings of a connection to the local server. */
const connectionTo = (server: IfsServer, change: Record<string, unknown> = {}) =>
  Schema.decodeEffect(Connection)({
    baseUrl: server.url,
    insecure: true,
    realm: server.realm,
    credentials: { clientId: { env: "IFS_CLIENT_ID" }, clientSecret: { env: "IFS_CLIENT_SECRET" } },
    requestsPerMinute: 100_000,
    ...change
  })

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

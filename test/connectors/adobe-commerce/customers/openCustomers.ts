/**
 * openCustomers: the customers sink, connected to a local shop.
 */
import { NodeHttpClient } from "@effect/platform-node"
import { Effect, Layer, Redacted, Schema } from "effect"
import { Connection } from "../../../../src/connectors/adobe-commerce/Connection.ts"
import { CustomersConfig } from "../../../../src/connectors/adobe-commerce/customers/CustomersConfig.ts"
import { CustomersSink } from "../../../../src/connectors/adobe-commerce/customers/CustomersSink.ts"
import { memoryTokenCache, TokenCache } from "../../../../src/http/TokenCache.ts"
import { Secrets } from "../../../../src/pipeline/Secrets.ts"
import {
  type CommerceServer,
  commerceServer,
  type CommerceServerOptions
} from "../../../../src/sandbox/commerce/commerceServer.ts"
import { generateShop } from "../../../../src/sandbox/commerce/generateShop.ts"

const shop = generateShop({ documents: 1 })

const services = ({ credentials, ims }: CommerceServer) => {
  const values: Readonly<Record<string, string>> = { ...credentials, ...ims.client }
  return Layer.mergeAll(
    NodeHttpClient.layerUndici,
    Layer.effect(TokenCache, memoryTokenCache),
    Layer.succeed(
      Secrets,
      Secrets.of({
        resolve: (reference) =>
          Effect.succeed(Redacted.make(values["env" in reference ? reference.env : ""] ?? ""))
      })
    )
  )
}

/** A shop of nine customers, with the sink opened and closed. */
export const startCustomers = Effect.fnUntraced(function* (
  options: Partial<CommerceServerOptions> = {},
  settings: Record<string, unknown> = { externalIdAttribute: "erp_customer_id" }
) {
  const server = yield* commerceServer({ shop, ...options })
  const env = (name: string) => ({ env: name })
  const connection = yield* Schema.decodeEffect(Connection)({
    baseUrl: server.baseUrl,
    deployment: options.deployment ?? "paas",
    insecure: true,
    requestsPerMinute: 100_000,
    credentials: {
      consumerKey: env("consumerKey"),
      consumerSecret: env("consumerSecret"),
      accessToken: env("accessToken"),
      accessTokenSecret: env("accessTokenSecret")
    },
    ims: {
      clientId: env("clientId"),
      clientSecret: env("clientSecret"),
      organization: server.ims.client.organization,
      tokenUrl: `${server.url}${server.ims.tokenPath}`
    }
  })
  const sink = CustomersSink.make({
    name: "shop",
    connection,
    config: yield* Schema.decodeUnknownEffect(CustomersConfig)(settings)
  })
  const context = yield* Layer.build(services(server))
  const open = yield* sink.open.pipe(Effect.provideContext(context))
  return { server, sink, open, probe: sink.probe.pipe(Effect.provideContext(context)) }
})

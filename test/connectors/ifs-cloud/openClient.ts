/**
 * openClient: the client of IFS Cloud, connected to a local one.
 */
import { NodeHttpClient } from "@effect/platform-node"
import { Effect, Layer, Redacted, Schema } from "effect"
import { Connection } from "../../../src/connectors/ifs-cloud/Connection.ts"
import { makeIfsClient } from "../../../src/connectors/ifs-cloud/IfsClient.ts"
import { SecretMissing, Secrets } from "../../../src/pipeline/Secrets.ts"
import type { IfsServer } from "../../../src/sandbox/ifs/ifsServer.ts"

/** What is needed of a server to connect to it. */
export type LocalServer = Pick<IfsServer, "url" | "realm" | "clientId" | "clientSecret">

/** The HTTP client, and the credentials of the local server. */
export const services = (server: LocalServer, clientSecret = server.clientSecret) =>
  Layer.merge(
    NodeHttpClient.layerUndici,
    Layer.succeed(
      Secrets,
      Secrets.of({
        resolve: (reference) => {
          const [name] = Object.values(reference)
          if (name === "IFS_CLIENT_ID") return Effect.succeed(Redacted.make(server.clientId))
          if (name === "IFS_CLIENT_SECRET") return Effect.succeed(Redacted.make(clientSecret))
          return Effect.fail(new SecretMissing({ message: `${name} is not set` }))
        }
      })
    )
  )

/** Settings of a connection to the local server. */
export const connectionTo = (server: LocalServer, change: Record<string, unknown> = {}) =>
  Schema.decodeEffect(Connection)({
    baseUrl: server.url,
    insecure: true,
    realm: server.realm,
    credentials: { clientId: { env: "IFS_CLIENT_ID" }, clientSecret: { env: "IFS_CLIENT_SECRET" } },
    requestsPerMinute: 100_000,
    ...change
  })

/** Opens the client for as long as the scope; `change` replaces settings of the connection. */
export const openClient = Effect.fnUntraced(function* (
  server: LocalServer,
  change: Record<string, unknown> = {}
) {
  const context = yield* Layer.build(services(server))
  const connection = yield* connectionTo(server, change)
  return yield* makeIfsClient({ name: "erp", connection }).pipe(Effect.provideContext(context))
})

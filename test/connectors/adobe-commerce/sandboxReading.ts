/**
 * sandboxReading: reads a local shop through a source, as a pipeline would.
 */
import { NodeHttpClient } from "@effect/platform-node"
import { Clock, Config, ConfigProvider, Effect, Layer, Schema, Stream } from "effect"
import { Connection } from "../../../src/connectors/adobe-commerce/Connection.ts"
import { Secrets } from "../../../src/pipeline/Secrets.ts"
import type { SourceDefinition } from "../../../src/pipeline/Source.ts"
import type { Json } from "../../../src/pipeline/SourceRecord.ts"
import { sandboxCredentials } from "../../../src/sandbox/commerce/commerceServer.ts"
import { sandboxCustomerToken } from "../../../src/sandbox/commerce/graphQlAnswer.ts"

const secrets = ConfigProvider.fromUnknown({
  ...sandboxCredentials,
  customerToken: sandboxCustomerToken,
  expiredToken: "a customer token of yesterday"
})

/** The network, and the credentials that the sandbox accepts. */
export const services = Layer.mergeAll(
  NodeHttpClient.layerUndici,
  Layer.succeed(
    Secrets,
    Secrets.of({
      resolve: (reference) =>
        Config.Redacted("env" in reference ? reference.env : "none")
          .parse(secrets)
          .pipe(Effect.orDie)
    })
  )
)

/** A connection to a sandbox. */
export const connectionTo = (url: string, pageSize: number) =>
  Schema.decodeEffect(Connection)({
    baseUrl: url,
    insecure: true,
    pageSize,
    requestsPerMinute: 100_000,
    credentials: {
      consumerKey: { env: "consumerKey" },
      consumerSecret: { env: "consumerSecret" },
      accessToken: { env: "accessToken" },
      accessTokenSecret: { env: "accessTokenSecret" }
    }
  })

/** The generated documents end in October 2026; the shop's present is a week later, on any machine. */
const afterTheLastDocument = Date.UTC(2026, 10, 7)

/** Runs `effect` as if it were then. */
export const inNovember = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const live = yield* Clock.Clock
    const shift = afterTheLastDocument - live.currentTimeMillisUnsafe()
    return yield* Effect.provideService(effect, Clock.Clock, {
      currentTimeMillisUnsafe: () => live.currentTimeMillisUnsafe() + shift,
      currentTimeMillis: Effect.sync(() => live.currentTimeMillisUnsafe() + shift),
      currentTimeNanosUnsafe: () => live.currentTimeNanosUnsafe() + BigInt(shift) * 1_000_000n,
      currentTimeNanos: Effect.sync(() => live.currentTimeNanosUnsafe() + BigInt(shift) * 1_000_000n),
      monotonicTimeNanosUnsafe: () => live.monotonicTimeNanosUnsafe(),
      monotonicTimeNanos: live.monotonicTimeNanos,
      sleep: (duration) => live.sleep(duration)
    })
  })

/** All records of a source, from the beginning or after a cursor; what is not `pageSize` are its settings. */
export const readAll = Effect.fnUntraced(function* (
  source: SourceDefinition<Connection>,
  url: string,
  { pageSize, ...settings }: { readonly pageSize: number; readonly [setting: string]: Json },
  cursor?: Json
) {
  const connection = yield* connectionTo(url, pageSize)
  const config = yield* Schema.decodeEffect(source.config)(settings)
  const open = yield* source.make({ name: "shop", connection, config }).open
  const pages = yield* Stream.runCollect(open.read(cursor))
  return pages.flatMap(({ records }) => records)
})

/**
 * listenerServer: the event listener on a database of its own, in a process that can be killed.
 *
 * Prints its port. One pipeline wants to know of every invoice; nothing reads the
 * hints, so that only taking them in is measured.
 */
import { BlockList } from "node:net"
import { NodeHttpClient, NodeRuntime, NodeServices } from "@effect/platform-node"
import { Config, Console, Duration, Effect, Layer, Redacted, Schema, Stream } from "effect"
import { hmacDoor } from "../src/connectors/adobe-commerce/events/hmacDoor.ts"
import { HmacDoor } from "../src/connectors/adobe-commerce/events/DoorConfig.ts"
import { listen } from "../src/console/listen.ts"
import { Secrets } from "../src/pipeline/Secrets.ts"
import type { Plan } from "../src/plan/Plan.ts"
import { serverDatabase } from "../src/store/Database.ts"
import { HintStore } from "../src/store/HintStore.ts"

const door = hmacDoor(
  Schema.decodeUnknownSync(HmacDoor)({
    family: "hmac",
    path: "/events/shop",
    secrets: [{ env: "BENCH_SECRET" }],
    eventIdHeader: "x-event-id"
  })
)
const plan: Plan = {
  pipelines: [],
  connections: [],
  doors: [{ ...door, connection: "shop" }],
  customers: [],
  readings: [
    {
      _tag: "Reading",
      name: "invoices",
      file: "",
      contentHash: "",
      source: {
        open: Effect.succeed({ read: () => Stream.empty, fetch: () => Effect.die("not read here") }),
        fixture: () => []
      },
      sourceType: "adobe-commerce/invoices",
      sourceConnection: "shop",
      lookUps: [],
      pollEvery: Duration.days(1),
      webhook: { events: ["invoice.created"], settle: Duration.seconds(2) },
      process: () => Effect.succeed({ _tag: "Problems", problems: [] })
    }
  ]
}

Effect.gen(function* () {
  const size = { perSecond: 1_000_000, burst: 1_000_000 }
  const { port } = yield* listen(plan, {
    host: "127.0.0.1",
    port: 0,
    proxies: new BlockList(),
    perSource: size,
    perDoor: size,
    onHints: () => Effect.void,
    onTrouble: (message) => Console.error(message)
  })
  yield* Console.log(`${port}`)
  return yield* Effect.never
}).pipe(
  Effect.scoped,
  Effect.provide(
    HintStore.layerNoDeps.pipe(
      Layer.provide(
        Layer.unwrap(
          Effect.map(Config.String("BENCH_DATABASE_URL"), (url) => serverDatabase(Redacted.make(url)))
        )
      )
    )
  ),
  Effect.provide([NodeHttpClient.layerUndici, Secrets.layerNoDeps]),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain
)

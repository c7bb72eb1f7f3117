/**
 * services: what commands that run something are provided with.
 */
import { NodeHttpClient } from "@effect/platform-node"
import { Config, Effect, Layer, Option } from "effect"
import { Secrets } from "../pipeline/Secret.ts"
import { database, embeddedDatabase } from "../store/Database.ts"
import { storeLayerNoDeps } from "../store/Store.ts"
import { WorkQueue } from "../store/WorkQueue.ts"

/** To contact systems: HTTP without redirects, and secrets. */
export const contact = Layer.merge(NodeHttpClient.layerUndici, Secrets.layerNoDeps)

/** The store on the configured database. */
export const configuredStore = storeLayerNoDeps.pipe(Layer.provide(database))

/** Work shared by all processes on the configured server, or within this one on the embedded database. */
export const configuredQueue = Layer.unwrap(
  Effect.map(Config.option(Config.Redacted("LEDGERLINE_DATABASE_URL")), (url) =>
    Option.match(url, { onNone: () => WorkQueue.layerMemory, onSome: WorkQueue.layerServer })
  )
)

/** The store on the embedded database in `folder`, whatever is configured. */
export const embeddedStore = (folder: string) =>
  storeLayerNoDeps.pipe(Layer.provide(embeddedDatabase(folder)))

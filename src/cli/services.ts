/**
 * services: what commands that run something are provided with.
 */
import { NodeHttpClient } from "@effect/platform-node"
import { Layer } from "effect"
import { Secrets } from "../pipeline/Secret.ts"
import { database, embeddedDatabase } from "../store/Database.ts"
import { storeLayerNoDeps } from "../store/Store.ts"

/** To contact systems: HTTP without redirects, and secrets. */
export const contact = Layer.merge(NodeHttpClient.layerUndici, Secrets.layerNoDeps)

/** The store on the configured database. */
export const configuredStore = storeLayerNoDeps.pipe(Layer.provide(database))

/** The store on the embedded database in `folder`, whatever is configured. */
export const embeddedStore = (folder: string) =>
  storeLayerNoDeps.pipe(Layer.provide(embeddedDatabase(folder)))

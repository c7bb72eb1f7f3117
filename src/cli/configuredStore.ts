/**
 * configuredStore: the store and the work queue on the database of this environment.
 */
import { Config, Effect, Layer, Option } from "effect"
import { database, embeddedDatabase } from "../store/Database.ts"
import { storeLayerNoDeps } from "../store/Store.ts"
import { witnessFile } from "../store/witnessFile.ts"
import { WorkQueue } from "../store/WorkQueue.ts"

/** The store on the configured database. */
export const configuredStore = storeLayerNoDeps.pipe(Layer.provide([database, witnessFile]))

/** Work shared by all processes on the configured server, or within this one on the embedded database. */
export const configuredQueue = Layer.unwrap(
  Effect.map(Config.option(Config.Redacted("LEDGERLINE_DATABASE_URL")), (url) =>
    Option.match(url, { onNone: () => WorkQueue.layerMemory, onSome: WorkQueue.layerServer })
  )
)

/** The store on the embedded database in `folder`, whatever is configured. */
export const embeddedStore = (folder: string) =>
  storeLayerNoDeps.pipe(Layer.provide(embeddedDatabase(folder)))

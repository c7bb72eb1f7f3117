/**
 * configuredVault: secrets and tokens on the database of this environment, under its master key.
 */
import { Layer } from "effect"
import { DataKeys } from "../store/DataKeys.ts"
import { database } from "../store/Database.ts"
import { MasterKeys } from "../store/MasterKeys.ts"
import { SecretVault } from "../store/SecretVault.ts"
import { StoredTokens } from "../store/StoredTokens.ts"

const keys = DataKeys.layerNoDeps.pipe(
  Layer.provideMerge(MasterKeys.layerNoDeps),
  Layer.provideMerge(database)
)

/** The vault, and the keys it encrypts with. */
export const configuredVault = SecretVault.layerNoDeps.pipe(Layer.provideMerge(keys))

/** Access tokens that outlive a command. */
export const configuredTokens = StoredTokens.layerNoDeps.pipe(Layer.provide(keys))

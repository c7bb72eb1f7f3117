/**
 * vault: secrets on the database of a test, under master keys of the test's own.
 */
import { randomBytes } from "node:crypto"
import { NodeServices } from "@effect/platform-node"
import { ConfigProvider, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { DataKeys } from "../../src/store/DataKeys.ts"
import { MasterKeys } from "../../src/store/MasterKeys.ts"
import { SecretVault } from "../../src/store/SecretVault.ts"

/** A master key as people make one. */
export const newMasterKey = () => randomBytes(32).toString("base64")

/** The variables that say which master keys there are. */
export type MasterKeyVariables = Readonly<Record<string, string>>

/** What a process has that was started with `variables` on the database at hand; it remembers nothing of others. */
export const vaultServices = (variables: MasterKeyVariables) =>
  SecretVault.layerNoDeps.pipe(
    Layer.provideMerge(DataKeys.layerNoDeps),
    Layer.provideMerge(MasterKeys.layerNoDeps),
    Layer.provide(NodeServices.layer),
    Layer.provideMerge(Layer.succeed(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(variables)))
  )

/** A process with `variables`, on the database at hand. */
export const inProcess =
  (variables: MasterKeyVariables) =>
  <A, E, R>(work: Effect.Effect<A, E, R>) =>
    Effect.provide(work, vaultServices(variables), { local: true })

/** Empties the vault: tests of a suite share a database. */
export const emptyVault = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const table of ["secret", "access_token", "data_key"]) yield* sql`DELETE FROM ${sql(table)}`
})

/**
 * contact: what a command that contacts systems is provided with.
 */
import { NodeHttpClient } from "@effect/platform-node"
import { Layer } from "effect"
import { memoryTokenCache, TokenCache } from "../http/TokenCache.ts"
import { Secrets } from "../pipeline/Secrets.ts"

/** HTTP without redirects, secrets, and the tokens got with them. */
export const contact = Layer.mergeAll(
  NodeHttpClient.layerUndici,
  Secrets.layerNoDeps,
  Layer.effect(TokenCache, memoryTokenCache)
)

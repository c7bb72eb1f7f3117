/**
 * contact: what a command that contacts systems is provided with.
 */
import { NodeHttpClient } from "@effect/platform-node"
import { Layer } from "effect"
import { Secrets } from "../pipeline/Secrets.ts"

/** HTTP without redirects, and secrets. */
export const contact = Layer.merge(NodeHttpClient.layerUndici, Secrets.layerNoDeps)

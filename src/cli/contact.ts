/**
 * contact: what a command that contacts systems is provided with.
 */
import { Layer } from "effect"
import { guardedHttp } from "../http/guardedHttp.ts"
import { Secrets } from "../pipeline/Secrets.ts"

/** HTTP to the hosts that the operator allows, without redirects, and secrets. */
export const contact = Layer.merge(guardedHttp(), Secrets.layerNoDeps)

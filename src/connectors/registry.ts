/**
 * registry: the connectors of this build, one line each.
 */
import type { Connector } from "../pipeline/Connector.ts"
import { adobeCommerce } from "./adobe-commerce/adobeCommerce.ts"
import { ifsCloud } from "./ifs-cloud/ifsCloud.ts"

/** Every connector; `validate`, the JSON Schemas and the reference are made from this list. */
export const connectors: ReadonlyArray<Connector> = [adobeCommerce, ifsCloud]

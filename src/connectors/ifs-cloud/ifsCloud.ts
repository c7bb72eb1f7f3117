/**
 * ifsCloud: everything we can do with IFS Cloud.
 */
import { Effect } from "effect"
import { systemAddress } from "../../http/systemAddress.ts"
import { defineConnector } from "../../pipeline/Connector.ts"
import { Connection } from "./Connection.ts"
import { makeIfsClient } from "./IfsClient.ts"
import { probe } from "./probe.ts"
import { VouchersSink } from "./VouchersSink.ts"

/** The connector, for the registry. */
export const ifsCloud = defineConnector({
  name: "ifs-cloud",
  summary: "IFS Cloud, through its OData projections.",
  connection: Connection,
  sources: [],
  sinks: [VouchersSink],
  address: ({ baseUrl, insecure }) => systemAddress(baseUrl, { insecure }),
  probe: (options) => Effect.flatMap(makeIfsClient(options), (client) => probe(client, options.connection))
})

/**
 * ifsCloud: everything we can do with IFS Cloud.
 */
import { Effect } from "effect"
import { systemAddress } from "../../http/systemAddress.ts"
import { defineConnector } from "../../pipeline/Connector.ts"
import { accounts } from "./accounts.ts"
import { codePartValues } from "./codePartValues.ts"
import { Connection } from "./Connection.ts"
import { customerOrders } from "./customerOrders.ts"
import { customers } from "./customers/customers.ts"
import { CustomersSink } from "./customers/CustomersSink.ts"
import { discover } from "./discover.ts"
import { doors } from "./events/doors.ts"
import { makeIfsClient } from "./IfsClient.ts"
import { invoices } from "./invoices.ts"
import { payments } from "./payments.ts"
import { periods } from "./periods.ts"
import { probe } from "./probe.ts"
import { voucherTypes } from "./voucherTypes.ts"
import { VouchersSink } from "./VouchersSink.ts"

/** The connector, for the registry. */
export const ifsCloud = defineConnector({
  name: "ifs-cloud",
  summary: "IFS Cloud, through its OData projections.",
  connection: Connection,
  sources: [customers, customerOrders, invoices, payments, accounts, codePartValues, voucherTypes, periods],
  sinks: [VouchersSink],
  customerSinks: [CustomersSink],
  address: ({ baseUrl, insecure }) => systemAddress(baseUrl, { insecure }),
  discover: (options) =>
    Effect.flatMap(makeIfsClient(options), (client) => discover(client, options.connection)),
  events: doors,
  probe: (options) => Effect.flatMap(makeIfsClient(options), (client) => probe(client, options.connection))
})

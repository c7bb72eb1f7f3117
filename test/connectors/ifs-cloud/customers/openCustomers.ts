/**
 * openCustomers: the customers sink and source, connected to a local IFS Cloud.
 */
import { Effect, Layer, Schema } from "effect"
import { customers } from "../../../../src/connectors/ifs-cloud/customers/customers.ts"
import { CustomersConfig } from "../../../../src/connectors/ifs-cloud/customers/CustomersConfig.ts"
import { CustomersSink } from "../../../../src/connectors/ifs-cloud/customers/CustomersSink.ts"
import { connectionTo, type LocalServer, services } from "../openClient.ts"

/** Settings of the connection, and of the sink. */
export interface CustomerSettings {
  readonly connection?: Record<string, unknown>
  readonly config?: Record<string, unknown>
}

/** The sink, closed. */
export const customersSink = Effect.fnUntraced(function* (
  server: LocalServer,
  { config, connection }: CustomerSettings = {}
) {
  return CustomersSink.make({
    name: "erp",
    connection: yield* connectionTo(server, connection),
    config: yield* Schema.decodeUnknownEffect(CustomersConfig)({
      company: "10",
      vatNumberProperty: "IdentifierReference",
      newCompanyRow: { PayTermId: "30", DefCurrency: "EUR" },
      ...config
    })
  })
})

/** Opens the sink for as long as the scope. */
export const openCustomers = Effect.fnUntraced(function* (server: LocalServer, settings?: CustomerSettings) {
  const context = yield* Layer.build(services(server))
  const sink = yield* customersSink(server, settings)
  return yield* sink.open.pipe(Effect.provideContext(context))
})

/** What the source, set like the sink, reads of one customer. */
export const readCustomer = Effect.fnUntraced(function* (
  server: LocalServer,
  id: string,
  connection: Record<string, unknown> = {}
) {
  const context = yield* Layer.build(services(server))
  const source = yield* customers
    .make({
      name: "erp",
      connection: yield* connectionTo(server, connection),
      config: yield* Schema.decodeEffect(customers.config)({
        company: "10",
        vatNumberProperty: "IdentifierReference"
      })
    })
    .open.pipe(Effect.provideContext(context))
  return yield* source.fetch(id)
})

/**
 * probeCustomers: what `ping` finds out about the settings of the sink of customers.
 */
import { Effect, Result, Schema } from "effect"
import type { Probe, ProbeLine } from "../../../pipeline/Connector.ts"
import { companyVisibility } from "../companyVisibility.ts"
import type { Connection } from "../Connection.ts"
import { makeIfsClient } from "../IfsClient.ts"
import { PropertyName } from "../odata.ts"
import type { CustomersConfig } from "./CustomersConfig.ts"

const property = Schema.decodeSync(PropertyName)

/** The properties and the company that the settings name. That rows may be written shows at the first customer. */
export const probeCustomers = (
  config: CustomersConfig,
  options: { readonly name: string; readonly connection: Connection }
): Probe =>
  Effect.gen(function* () {
    const client = yield* makeIfsClient(options)
    const { customers } = options.connection.projections
    const { company, externalIdProperty, vatNumberProperty } = config

    const ofProperty = Effect.fnUntraced(function* (setting: string, what: string, name: string) {
      const asked = yield* Effect.result(
        client.rawPage(
          { entitySet: customers, select: ["CustomerId", property(name)], orderBy: ["CustomerId"] },
          { top: 1 }
        )
      )
      const line: ProbeLine = Result.isSuccess(asked)
        ? `${what}: ${name} of ${customers}`
        : {
            failed: `${what}: ${setting} ${name} cannot be read. ${asked.failure.reason.message}`
          }
      return line
    })

    const ofCompany = Effect.fnUntraced(function* (name: string) {
      const prove = yield* companyVisibility(client, options.connection, {
        doubt: "that it keeps nothing of a customer",
        place: "company of the sink"
      })
      const proof = yield* Effect.result(prove(name))
      const line: ProbeLine = Result.isSuccess(proof)
        ? `payment terms and currency: those of company ${name}, visible to our user`
        : { failed: `company ${name}: ${proof.failure.reason.message}` }
      return line
    })

    return [
      yield* ofProperty("externalIdProperty", "key in the other system", externalIdProperty),
      ...(vatNumberProperty === undefined
        ? []
        : [yield* ofProperty("vatNumberProperty", "VAT number", vatNumberProperty)]),
      ...(company === undefined ? [] : [yield* ofCompany(company)])
    ]
  })

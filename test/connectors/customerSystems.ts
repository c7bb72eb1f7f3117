/**
 * customerSystems: the systems whose customers we keep, each as a test needs it.
 */
import { Effect, type Scope } from "effect"
import type { CustomerChange, CustomerSink, OpenCustomerSink } from "../../src/pipeline/CustomerSink.ts"
import { payloadsAt, type PayloadObject } from "../../src/sandbox/commerce/Payload.ts"
import { addressType, customerType } from "../../src/sandbox/ifs/CustomerRegister.ts"
import { ifsServer } from "../../src/sandbox/ifs/ifsServer.ts"
import { startCustomers } from "./adobe-commerce/customers/openCustomers.ts"
import { customersSink, openCustomers } from "./ifs-cloud/customers/openCustomers.ts"

/** A system that runs, and our sink in it. */
export interface CustomerSystem {
  readonly sink: CustomerSink
  readonly open: OpenCustomerSink
  /** A field by which a creation without an answer is looked for, and its value in `jane`. */
  readonly identifiedBy: readonly ["externalId" | "email", string]
  /** What a person does there: gives all addresses of the customer this city. */
  readonly move: (id: string, city: string) => Effect.Effect<void>
  /** What a person does there: removes the customer. */
  readonly remove: (id: string) => Effect.Effect<void>
  /** How many customers there are. */
  readonly count: Effect.Effect<number>
  /** The next creation, or change, is carried out and its answer lost; `status` answers so instead. */
  readonly fail: (
    what: "create" | "update",
    how: { readonly kind: "after-commit" | "reset" | "status"; readonly status?: number }
  ) => Effect.Effect<void>
  /** Requests that the system lets pass and a careful client never sends. */
  readonly violations: Effect.Effect<ReadonlyArray<string>>
}

/** Jane of Odense, with one address for everything. */
export const jane: CustomerChange = {
  fields: {
    name: "Jane Holm",
    firstName: "Jane",
    lastName: "Holm",
    email: "jane.holm@example.com",
    phone: "+45 11",
    vatNumber: "DK12345674"
  },
  addresses: [
    {
      id: undefined,
      address: {
        name: "Jane Holm",
        street: ["Vestergade 21", "2. th"],
        postcode: "5000",
        city: "Odense",
        country: "DK",
        phone: "+45 11"
      },
      isBilling: true,
      isShipping: true
    }
  ],
  externalId: "4711"
}

const ifs = Effect.gen(function* () {
  const server = yield* ifsServer()
  const system: CustomerSystem = {
    sink: yield* customersSink(server),
    open: yield* openCustomers(server),
    identifiedBy: ["externalId", "4711"],
    move: (id, City) =>
      Effect.forEach(
        server.customers.rows(addressType).filter(({ values }) => values["CustomerId"] === id),
        (row) => server.customers.update(addressType, row, { City }),
        { discard: true }
      ),
    remove: (id) =>
      Effect.forEach(
        server.customers.rows(customerType).filter(({ values }) => values["CustomerId"] === id),
        (row) => server.customers.remove(customerType, row),
        { discard: true }
      ),
    count: Effect.sync(() => server.customers.rows(customerType).length),
    fail: (what, how) =>
      server.faults.add({
        match: `${what === "create" ? "POST" : "PATCH"} CustomerInfoSet`,
        times: 1,
        ...how
      }),
    violations: server.violations
  }
  return system
})

const shopOf = (deployment: "paas" | "saas") =>
  Effect.gen(function* () {
    const { open, server, sink } = yield* startCustomers({ deployment })
    const system: CustomerSystem = {
      sink,
      open,
      identifiedBy: ["email", "jane.holm@example.com"],
      move: (id, city) => server.editCustomer(id, (customer) => withCity(customer, city)),
      remove: (id) => server.editCustomer(id, () => undefined),
      count: Effect.map(server.shop, ({ customers }) => customers.length),
      fail: (what, how) =>
        server.faults.add({ match: `${what === "create" ? "POST" : "PUT"} V1/customers`, times: 1, ...how }),
      violations: Effect.succeed([])
    }
    return system
  })

const withCity = (customer: PayloadObject, city: string): PayloadObject => ({
  ...customer,
  addresses: payloadsAt(customer, "addresses").map((address) => ({ ...address, city }))
})

/** By name. */
export const customerSystems: ReadonlyArray<
  readonly [name: string, start: Effect.Effect<CustomerSystem, unknown, Scope.Scope>]
> = [
  ["IFS Cloud", ifs],
  ["Adobe Commerce on PaaS", shopOf("paas")],
  ["Adobe Commerce on SaaS", shopOf("saas")]
]

/**
 * linkedPipelines: the shipped invoice pipeline with a look-up by link, beside the shipped one that brings
 * customers to IFS.
 */
import { Effect, FileSystem } from "effect"
import type { PlannedLookUp } from "../../src/plan/Plan.ts"
import type { Sandbox } from "../../src/sandbox/Sandbox.ts"

type Policy = Pick<PlannedLookUp, "missing" | "guests">

/** What becomes of customers who are missing, and whether their own pipeline creates them. */
export interface LinkedPolicy {
  readonly policy: Policy
  readonly create: boolean
  /** Guests become customers too, by a pipeline of their own. */
  readonly withGuests?: boolean
}

const lookUps = ({ guests, missing }: Policy, withGuests: boolean) => `lookups:
  - name: customer
    type: ifs-cloud/customers
    connection: erp
    match: [{ link: customer.id }${withGuests ? ", { guestLink: customer.guestId }" : ""}]
    missing: ${missing}
    guests: ${guests}

transform:`

/** The shipped pipelines with a look-up, a text that names the customer and a cost centre that depends on him. */
const edited = (invoices: string, policy: Policy, withGuests: boolean) =>
  invoices
    .replace("transform:", lookUps(policy, withGuests))
    .replace("cancelled] }", `cancelled], guests: ${withGuests} }`)
    .replace(
      '        "channel":',
      '        "buyer": $exists(looked.customer) ? looked.customer.number : "guest",\n        "channel":'
    )
    .replace('text: "Invoice {number}"\n\n  # No row', 'text: "Invoice {number} of {buyer}"\n\n  # No row')
    .replace(
      "    channel:\n",
      '    buyer: { rows: [{ buyer: guest, costCenter: "100" }, { buyer: "*", costCenter: "110" }], hitPolicy: first }\n    channel:\n'
    )
    .replace(
      'account: "4100"\n      dimensions: { costCenter: { table: channel, column: costCenter } }',
      'account: "4100"\n      dimensions: { costCenter: { table: buyer, column: costCenter } }'
    )

/** Writes them to `folder`/pipelines, leading to the sandbox; `say` changes the policy of the invoices. */
export const linkedPipelines = Effect.fn("linkedPipelines")(function* (
  folder: string,
  sandbox: Pick<Sandbox, "connections">,
  given: LinkedPolicy
) {
  const files = yield* FileSystem.FileSystem
  const pipelines = `${folder}/pipelines`
  const shipped = new URL("../../pipelines", import.meta.url).pathname
  yield* files.makeDirectory(pipelines)
  yield* files.copy(`${shipped}/tables`, `${pipelines}/tables`)
  yield* files.copyFile(sandbox.connections, `${pipelines}/connections.yaml`)
  const invoices = yield* files.readFileString(`${shipped}/invoices-to-gl.yaml`)
  const customers = yield* files.readFileString(`${shipped}/customers/shop-to-erp.yaml`)
  const say = (policy: Policy) =>
    files.writeFileString(
      `${pipelines}/invoices-to-gl.yaml`,
      edited(invoices, policy, given.withGuests ?? false)
    )
  yield* say(given.policy)
  const toErp = customers.replace("conflicts: park", `conflicts: park\n  create: ${given.create}`)
  yield* files.writeFileString(`${pipelines}/shop-to-erp.yaml`, toErp)
  if (given.withGuests === true) {
    yield* files.writeFileString(
      `${pipelines}/guests-to-erp.yaml`,
      toErp
        .replace("name: customers-shop-to-erp", "name: guests-to-erp")
        .replace("adobe-commerce/customers", "adobe-commerce/guests")
    )
  }
  return { pipelines, say }
})

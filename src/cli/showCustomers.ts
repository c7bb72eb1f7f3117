/**
 * showCustomers: the part of the demo about customers: created in IFS, then changed on both sides.
 *
 * The people who change them are played by the demo, in the local systems
 * themselves; what is shown afterwards is read there too.
 */
import { Clock, Console, Effect } from "effect"
import { runOnce, type RunSummary } from "../engine/runOnce.ts"
import type { PayloadObject } from "../sandbox/commerce/Payload.ts"
import { timestamp } from "../sandbox/commerce/timestamp.ts"
import { communicationMethodType, customerType } from "../sandbox/ifs/CustomerRegister.ts"
import type { Sandbox } from "../sandbox/Sandbox.ts"
import { columns, indented } from "./columns.ts"
import { loadPlan } from "./loadPlan.ts"
import { styled } from "./styled.ts"

/** A person in the shop, and a company in IFS. */
const changedInShop = { id: "1", email: "greta.sommer@neu.example" }
const changedInIfs = { key: "8", vatNumber: "DE811907980" }

const written = ({ customers }: RunSummary) => {
  const sum = (what: "changed" | "created") => customers.reduce((all, one) => all + one[what], 0)
  return `${sum("created")} created, ${sum("changed")} changed`
}

const shown = (value: unknown) => (value === undefined || value === null ? "" : String(value))

const sideBySide = Effect.fnUntraced(function* (sandbox: Sandbox, only: ReadonlyArray<string>) {
  const { customers } = yield* sandbox.commerce.shop
  const rows = sandbox.ifs.customers.rows(customerType)
  const emailOf = (id: unknown) =>
    sandbox.ifs.customers
      .rows(communicationMethodType)
      .find(({ values }) => values["CustomerId"] === id && values["MethodId"] === "EMail")?.values["Value"]
  const line = (customer: PayloadObject) => {
    const key = shown(customer["id"])
    const there = rows.find(({ values }) => values["AssociationNo"] === key)?.values
    return [
      key,
      shown(customer["email"]),
      shown(customer["taxvat"]),
      shown(there?.["CustomerId"]),
      shown(there?.["Name"]),
      shown(emailOf(there?.["CustomerId"])),
      shown(there?.["IdentifierReference"])
    ]
  }
  return columns(
    ["Commerce", "e-mail", "VAT number", "IFS", "name", "e-mail", "VAT number"],
    customers.filter(({ id }) => only.includes(shown(id))).map(line)
  )
})

/** Shows them on the sandbox, with the pipelines of that folder and the store of the demo. */
export const showCustomers = Effect.fn("demo.showCustomers")(function* (sandbox: Sandbox, pipelines: string) {
  const plan = yield* loadPlan({ paths: [pipelines], connections: sandbox.connections })
  const run = Effect.scoped(runOnce(plan))
  const both = [changedInShop.id, changedInIfs.key]

  yield* Console.log(styled("bold", "\n6. Customers, the same in both systems\n"))
  const first = yield* run
  yield* Console.log(indented(`${written(first)}: customers of the shop that IFS did not have\n`))
  yield* Console.log(indented(yield* sideBySide(sandbox, both)))

  const now = yield* Clock.currentTimeMillis
  yield* sandbox.commerce.editCustomer(changedInShop.id, (customer) => ({
    ...customer,
    email: changedInShop.email,
    updated_at: timestamp(Math.floor(now / 1000))
  }))
  const row = sandbox.ifs.customers
    .rows(customerType)
    .find(({ values }) => values["AssociationNo"] === changedInIfs.key)
  if (row !== undefined) {
    yield* sandbox.ifs.customers.update(customerType, row, { IdentifierReference: changedInIfs.vatNumber })
  }
  const second = yield* run
  yield* Console.log(
    indented(
      `\nSomebody changed an e-mail address in the shop and a VAT number in IFS; each went to the other side. ${written(second)}\n`
    )
  )
  yield* Console.log(indented(yield* sideBySide(sandbox, both)))
  const third = yield* run
  yield* Console.log(indented(`\nA further run: ${written(third)}; our own writing is no change`))
})

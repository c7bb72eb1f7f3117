/*
 * A guest with strings that stand nowhere else becomes a customer of IFS for his invoice, and is forgotten.
 */
import { assert } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { SqlClient } from "effect/sql"
import { forget } from "../../src/engine/forget.ts"
import { sealAudit } from "../../src/engine/sealAudit.ts"
import type { PayloadObject } from "../../src/sandbox/commerce/Payload.ts"
import { customerType } from "../../src/sandbox/ifs/CustomerRegister.ts"
import { Seals } from "../../src/store/Seals.ts"
import { type Linked, linkedScene } from "../endToEnd/linkedScene.ts"
import { dump, linesWith } from "../endToEnd/plantPerson.ts"
import { describeOnDatabases } from "../support/databases.ts"

const email = "gast.zyx@planted.example"
const planted = [email, "Qvarnita", "Zyxholm", "Plantedweg 77b", "+49 30 5550199", "DE999888777"]

const address = {
  firstname: "Qvarnita",
  lastname: "Zyxholm",
  street: ["Plantedweg 77b"],
  city: "Köln",
  postcode: "50667",
  country_id: "DE",
  telephone: "+49 30 5550199",
  vat_id: "DE999888777",
  email
}

/** The shop with the planted person as one of its guests, and his name in the texts of invoices; gives his key. */
const plantGuest = ({ pipelines, sandbox }: Linked) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const { orders } = yield* sandbox.commerce.shop
    const guest = orders.find((order) => order["customer_is_guest"] === 1)?.["customer_email"]
    const plant = (order: PayloadObject): PayloadObject =>
      order["customer_email"] === guest
        ? {
            ...order,
            customer_email: email,
            customer_firstname: "Qvarnita",
            customer_lastname: "Zyxholm",
            billing_address: { ...address, entity_id: 1 }
          }
        : order
    yield* sandbox.commerce.update((shop) => ({ ...shop, orders: shop.orders.map(plant) }))
    const file = `${pipelines}/invoices-to-gl.yaml`
    const text = yield* files.readFileString(file)
    yield* files.writeFileString(file, text.replaceAll("of {buyer}", "of {buyer} {customer.name}"))
    const first = orders
      .filter((order) => order["customer_email"] === guest)
      .map((one) => Number(one["entity_id"]))
    return `guest-${Math.min(...first)}`
  })

describeOnDatabases("C4 forget a guest", (it) => {
  it.effect(
    "leaves no trace of him in any table, and nobody is created on his account again",
    () =>
      linkedScene(
        { policy: { missing: "create", guests: "continue" }, create: true, withGuests: true },
        (scene) =>
          Effect.gen(function* () {
            const sql = yield* SqlClient.SqlClient
            const seals = yield* Seals
            const key = yield* plantGuest(scene)
            yield* scene.run
            yield* sealAudit
            const before = yield* dump
            for (const text of planted) assert.isNotEmpty(linesWith(before, text), `${text} was not planted`)
            for (const table of ["source_record", "journal_entry", "customer_link"]) {
              assert.isTrue(
                linesWith(before, "Qvarnita").some((line) => line.startsWith(`${table}:`)),
                table
              )
            }
            assert.strictEqual(scene.inIfs(key)?.["Name"], "Qvarnita Zyxholm")
            assert.isNotEmpty(
              yield* sql`SELECT 1 FROM source_record WHERE resource = 'guest' AND external_id = ${key}`
            )

            const done = yield* forget(email.toUpperCase(), "anna")
            assert.deepInclude(done.traits.customers, { system: "adobe-commerce", id: key })
            const after = yield* dump
            for (const text of planted) assert.deepStrictEqual(linesWith(after, text), [], text)
            assert.deepStrictEqual(yield* sql`SELECT state FROM customer_link WHERE right_id = ${key}`, [
              { state: "closed" }
            ])
            assert.strictEqual((yield* seals.verify()).differences, 0)

            // Read again, with the customer gone from IFS: nobody is created for him, and nothing comes back.
            const row = scene.register
              .rows(customerType)
              .find(({ values }) => values["AssociationNo"] === key)
            if (row === undefined) return assert.fail("IFS has no such customer")
            yield* scene.register.update(customerType, row, { Name: "Gone", AssociationNo: null })
            const rows = scene.register.rows(customerType).length
            yield* sql`UPDATE cursor SET value = '{}'`
            yield* scene.run
            yield* scene.run
            assert.strictEqual(scene.register.rows(customerType).length, rows)
            const later = yield* dump
            for (const text of planted) assert.deepStrictEqual(linesWith(later, text), [], text)
            assert.strictEqual((yield* seals.verify()).differences, 0)

            // By the key that is left of him there is nothing more to be forgotten.
            const again = yield* forget(key, "anna")
            assert.notProperty(again.rows, "journal_entry")
          })
      ),
    120_000
  )
})

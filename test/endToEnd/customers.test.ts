/*
 * The shipped pipelines that keep customers the same, between the local Commerce
 * and the local IFS, changed on both sides as people change them there.
 */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { previewCustomer } from "../../src/engine/customers/previewCustomer.ts"
import { pairsOf } from "../../src/engine/customers/CustomerPair.ts"
import { openPair } from "../../src/engine/customers/openPair.ts"
import { retry } from "../../src/engine/retry.ts"
import { addressType, customerType } from "../../src/sandbox/ifs/CustomerRegister.ts"
import { describeOnDatabases } from "../support/databases.ts"
import { asShipped, type CustomerScene, inCustomerScene, written } from "./customerScene.ts"

const play = <A, E, R>(test: (scene: CustomerScene) => Effect.Effect<A, E, R>) =>
  inCustomerScene(asShipped, test)

describeOnDatabases("C4 A7 customers of the shipped pipelines", (it) => {
  it.effect(
    "are created in IFS with their addresses, once, and found there by the key of the shop",
    () =>
      play(({ inIfs, register, run }) =>
        Effect.gen(function* () {
          const before = register.rows(customerType).length
          const [first] = (yield* run).customers
          assert.deepInclude(first, { created: 9, parked: 0, waiting: 0 })
          assert.strictEqual(register.rows(customerType).length, before + 9)
          const company = inIfs("Nord Ausstatter GmbH")
          assert.deepInclude(company, { AssociationNo: "8", IdentifierReference: "DE123456788" })
          assert.deepInclude(
            register.rows(addressType).find(({ values }) => values["CustomerId"] === company?.["CustomerId"])
              ?.values,
            { Address1: "Domgasse 12", ZipCode: "50667", City: "Köln", Country: "DE" }
          )
          const again = yield* run
          assert.strictEqual(written(again), 0)
          assert.strictEqual(register.rows(customerType).length, before + 9)
        })
      ),
    60_000
  )

  it.effect(
    "are brought to what a person changed, from either side, without writing it back",
    () =>
      play(({ editIfs, editShop, inIfs, inShop, run, waiting }) =>
        Effect.gen(function* () {
          yield* run
          yield* editShop("1", { email: "greta.neu@example.com" })
          yield* editIfs("Nord Ausstatter GmbH", { IdentifierReference: "DE999999999" })
          assert.strictEqual(written(yield* run), 2)
          assert.deepInclude(yield* inShop("8"), { taxvat: "DE999999999" })
          yield* editIfs("Greta Sommer", { Name: "Greta Sommer-Wind" })
          assert.strictEqual(written(yield* run), 1)
          assert.deepInclude(yield* inShop("1"), { email: "greta.neu@example.com", lastname: "Sommer-Wind" })
          assert.strictEqual(written(yield* run), 0)
          assert.isDefined(inIfs("Greta Sommer-Wind"))
          assert.isEmpty(yield* waiting)
        })
      ),
    60_000
  )

  it.effect(
    "wait for a person where both sides changed one field, with both values kept, and go on once both say the same",
    () =>
      play(({ editIfs, editShop, inIfs, inShop, plan, run, waiting }) =>
        Effect.gen(function* () {
          yield* run
          yield* editShop("3", { lastname: "Huber-Berg" })
          yield* editIfs("Lena Huber", { Name: "Magdalena Huber" })
          yield* run
          const [item, ...others] = yield* waiting
          assert.isEmpty(others)
          assert.deepStrictEqual(
            item?.problems.map(({ code, path }) => [code, path]),
            [["customer/conflict", "name"]]
          )
          assert.include(item?.problems[0]?.message, "Huber-Berg")
          assert.include(item?.problems[0]?.message, "Magdalena Huber")
          assert.deepInclude(yield* inShop("3"), { lastname: "Huber-Berg" })
          assert.isDefined(inIfs("Magdalena Huber"))
          if (item === undefined) return
          assert.strictEqual(yield* retry(yield* plan, item, "anna"), "to be looked at")
          yield* run
          assert.strictEqual((yield* waiting).length, 1)
          yield* editIfs("Magdalena Huber", { Name: "Lena Huber-Berg" })
          assert.strictEqual(written(yield* run), 0)
          assert.isEmpty(yield* waiting)
        })
      ),
    60_000
  )

  it.effect(
    "are not created again once they were deleted, and nothing is deleted on the other side",
    () =>
      play(({ editIfs, inIfs, inShop, run, sandbox, waiting }) =>
        Effect.gen(function* () {
          yield* run
          yield* sandbox.commerce.editCustomer("4", () => undefined)
          yield* editIfs("Élise Moreau", { Name: "Élise Moreau-Petit" })
          assert.strictEqual(written(yield* run), 0)
          assert.isUndefined(yield* inShop("4"))
          assert.isDefined(inIfs("Élise Moreau-Petit"))
          assert.isEmpty(yield* waiting)
        })
      ),
    60_000
  )

  it.effect(
    "are previewed field by field, and nothing is written",
    () =>
      play(({ editShop, inIfs, plan, register, run }) =>
        Effect.gen(function* () {
          const before = register.rows(customerType).length
          const [pair] = pairsOf(yield* plan)
          if (pair === undefined) return assert.fail("no pair")
          const side = pair.left.reader?.sourceType === "adobe-commerce/customers" ? "left" : "right"
          const preview = (id: string) =>
            Effect.flatMap(openPair(pair), (both) =>
              previewCustomer(both, side, {
                system: "adobe-commerce",
                resource: "customer",
                id,
                number: id,
                revision: ""
              })
            )
          const created = yield* preview("8")
          assert.strictEqual(created.action, "create")
          assert.deepInclude(created.values, { field: "name", before: null, after: "Nord Ausstatter GmbH" })
          assert.strictEqual(register.rows(customerType).length, before)
          yield* run
          yield* editShop("8", { taxvat: "DE111111111" })
          const changed = yield* preview("8")
          assert.strictEqual(changed.action, "change")
          assert.deepStrictEqual(changed.values, [
            { field: "vatNumber", before: "DE123456788", after: "DE111111111" }
          ])
          assert.deepInclude(inIfs("Nord Ausstatter GmbH"), { IdentifierReference: "DE123456788" })
        })
      ),
    60_000
  )
})

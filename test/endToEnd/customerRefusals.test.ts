/*
 * Customers of whom the local IFS takes nothing, or a part only: what a person
 * is told, and what becomes of them after the mend.
 */
import { assert } from "@effect/vitest"
import { Effect, Struct } from "effect"
import { nextStep } from "../../src/engine/nextStep.ts"
import { retry } from "../../src/engine/retry.ts"
import { payloadsAt } from "../../src/sandbox/commerce/Payload.ts"
import { addressType, communicationMethodType, customerType } from "../../src/sandbox/ifs/CustomerRegister.ts"
import type { EntityType } from "../../src/sandbox/ifs/EntityType.ts"
import { describeOnDatabases } from "../support/databases.ts"
import {
  asShipped,
  codesOf,
  inCustomerScene,
  laterInDatabase,
  only,
  replaced,
  retried,
  written
} from "./customerScene.ts"

describeOnDatabases("C4 customers whom IFS refuses", (it) => {
  it.effect(
    "C4 a customer whom IFS refuses waits with the words of IFS, and is created once the shop says something else",
    () =>
      inCustomerScene(asShipped, (scene) =>
        Effect.gen(function* () {
          const { editShop, inIfs, register, run, waiting } = scene
          const before = register.rows(customerType).length
          yield* editShop("2", { lastname: "x".repeat(100) })
          const [first] = (yield* run).customers
          assert.deepInclude(first, { created: 8, parked: 1, waiting: 0 })
          const item = yield* only(scene)
          assert.deepStrictEqual(codesOf([item]), ["refused customer"])
          assert.include(item.problems[0]?.message, "IFS says: Invalid value for property 'Name'.")
          assert.notInclude(nextStep(item, []), "ledger refused the entry")
          assert.strictEqual(written(yield* run), 0)
          yield* editShop("2", { lastname: "Brandt" })
          assert.strictEqual(written(yield* run), 1)
          assert.deepInclude(inIfs("Jörg Brandt"), { AssociationNo: "2" })
          assert.strictEqual(register.rows(customerType).length, before + 9)
          assert.isEmpty(yield* waiting)
        })
      ),
    60_000
  )

  it.effect(
    "C4 a customer who lacks what IFS demands waits with the words of IFS, and is created by a retry once the pipeline says it",
    () =>
      inCustomerScene(asShipped, (scene) =>
        Effect.gen(function* () {
          const { changePipelines, inIfs, register, run, sandbox, waiting } = scene
          const before = register.rows(customerType).length
          // Without an address there is no country.
          yield* sandbox.commerce.editCustomer("2", (customer) => ({ ...customer, addresses: [] }))
          const [first] = (yield* run).customers
          assert.deepInclude(first, { created: 8, parked: 1, waiting: 0 })
          const item = yield* only(scene)
          assert.deepStrictEqual(codesOf([item]), ["value-refused customer"])
          assert.include(item.problems[0]?.message, "IFS says: Field [Country] is mandatory.")
          yield* retried(scene)
          assert.strictEqual(written(yield* run), 0)
          yield* changePipelines(replaced("    # Where your IFS", "    country: DE\n    # Where your IFS"))
          yield* retried(scene)
          assert.strictEqual(written(yield* run), 1)
          assert.deepInclude(inIfs("Jörg Brandt"), { AssociationNo: "2", Country: "DE" })
          assert.strictEqual(register.rows(customerType).length, before + 9)
          assert.isEmpty(yield* waiting)
        })
      ),
    60_000
  )

  it.effect(
    "C4 a customer whose address IFS refuses is there once, waits with the words of IFS, and has everything after the mend",
    () =>
      inCustomerScene(asShipped, (scene) =>
        Effect.gen(function* () {
          const { inIfs, inShop, register, run, sandbox, waiting } = scene
          const before = register.rows(customerType).length
          const moved = (street: string) =>
            sandbox.commerce.editCustomer("2", (customer) => ({
              ...customer,
              addresses: payloadsAt(customer, "addresses").map((address) => ({
                ...address,
                street: [street]
              }))
            }))
          const below = (type: EntityType) =>
            register
              .rows(type)
              .map(({ values }) => values)
              .filter(({ CustomerId }) => CustomerId === inIfs("Jörg Brandt")?.["CustomerId"])
          yield* moved("Straße der Republik hinter dem Bahnhof 17")
          const shop = yield* inShop("2")
          const [first] = (yield* run).customers
          assert.deepInclude(first, { created: 8, parked: 0, waiting: 1 })
          assert.isEmpty(below(communicationMethodType))
          yield* laterInDatabase
          yield* run
          const item = yield* only(scene)
          assert.include(item.problems[0]?.message, "IFS says: Invalid value for property 'Address1'.")
          yield* moved("Domgasse 12")
          yield* retried(scene)
          assert.strictEqual(written(yield* run), 1)
          assert.isEmpty(yield* waiting)
          assert.deepInclude(below(addressType)[0], { Address1: "Domgasse 12" })
          assert.sameMembers(
            below(communicationMethodType).map(({ Value }) => Value),
            ["jorg.brandt@example.com", "000000000"]
          )
          assert.deepInclude(yield* inShop("2"), { email: shop?.["email"] })
          assert.strictEqual(written(yield* run), 0)
          assert.strictEqual(register.rows(customerType).length, before + 9)
        })
      ),
    60_000
  )

  it.effect(
    "C4 a change of which IFS took a part, and no answer came, is not taken for a person's word against it",
    () =>
      inCustomerScene(asShipped, (scene) =>
        Effect.gen(function* () {
          const { editShop, inIfs, inShop, run, sandbox, waiting } = scene
          yield* run
          yield* run
          yield* editShop("2", { email: "j.vogel@example.com", lastname: "Vogel" })
          // The e-mail address goes first; then the line is cut before the name is there.
          const match = "PATCH CustomerHandling.svc/CustomerInfoSet"
          yield* sandbox.ifs.faults.add({ match, kind: "delay", delayMillis: 0, times: 1 })
          yield* sandbox.ifs.faults.add({ match, kind: "reset", times: 1 })
          yield* run
          yield* laterInDatabase
          yield* run
          assert.deepInclude(yield* inShop("2"), { email: "j.vogel@example.com", lastname: "Vogel" })
          assert.deepStrictEqual(codesOf([yield* only(scene)]), ["customer/unclear name"])
          yield* retried(scene)
          yield* run
          assert.isDefined(inIfs("Jörg Vogel"))
          assert.deepInclude(yield* inShop("2"), { email: "j.vogel@example.com", lastname: "Vogel" })
          assert.isEmpty(yield* waiting)
        })
      ),
    60_000
  )

  it.effect(
    "C4 a customer found in IFS has the language that the shop says with a country, and gets another one",
    () =>
      inCustomerScene(Struct.omit(["erp-to-shop.yaml"]), (scene) =>
        Effect.gen(function* () {
          const { editShop, inIfs, register, run, waiting } = scene
          yield* register.insert(customerType, {
            Name: "Nord Ausstatter GmbH",
            IdentifierReference: "DE123456788",
            DefaultLanguage: "de",
            PartyType: "Customer",
            DefaultDomain: true
          })
          // The store view of this customer is de_DE.
          yield* run
          assert.isEmpty(yield* waiting)
          assert.deepInclude(inIfs("Nord Ausstatter GmbH"), { AssociationNo: "8", DefaultLanguage: "de" })
          // And this one en_US.
          yield* editShop("8", { store_id: "3" })
          assert.strictEqual(written(yield* run), 1)
          assert.deepInclude(inIfs("Nord Ausstatter GmbH"), { DefaultLanguage: "en" })
          assert.isEmpty(yield* waiting)
        })
      ),
    60_000
  )

  it.effect(
    "C4 a customer whom the shop created without answering, and whose e-mail address somebody changed there, is not created twice",
    () =>
      inCustomerScene(replaced("create: false", "create: true"), (scene) =>
        Effect.gen(function* () {
          const { plan, register, run, sandbox, waiting } = scene
          const inShop = Effect.map(sandbox.commerce.shop, ({ customers }) => customers)
          yield* register.insert(customerType, {
            CustomerId: "3001",
            Name: "Hafen Kontor GmbH",
            DefaultLanguage: "de",
            PartyType: "Customer",
            DefaultDomain: true
          })
          yield* register.insert(communicationMethodType, {
            CustomerId: "3001",
            MethodId: "EMail",
            Value: "kontor@example.com",
            MethodDefault: true
          })
          // One of those whom IFS has already is refused, for want of a telephone number; the other is there.
          yield* sandbox.commerce.faults.add({ match: "POST /V1/customers", kind: "after-commit", times: 2 })
          yield* run
          const [created, ...others] = (yield* inShop).filter(({ email }) => email === "kontor@example.com")
          assert.isDefined(created)
          assert.isEmpty(others)
          const id = String(created?.["id"])
          const count = Effect.map(inShop, (all) => ({
            shop: all.length,
            erp: register.rows(customerType).length
          }))
          const before = yield* count
          const retype = (email: string) =>
            sandbox.commerce.editCustomer(id, (customer) => ({ ...customer, email }))
          yield* retype("hafen@example.com")
          yield* laterInDatabase
          yield* run
          const ours = Effect.map(waiting, (items) =>
            items.filter(({ number }) => ["3001", id].includes(number))
          )
          assert.sameMembers(
            (yield* ours).map(
              ({ number, problems }) => `${number} ${problems[0]?.code} ${problems[0]?.path}`
            ),
            ["3001 customer/creation-unknown name", `${id} customer/creation-unknown customer`]
          )
          assert.deepStrictEqual(yield* count, before)
          // They are the same: a person says so, and everybody finds the other.
          yield* retype("kontor@example.com")
          for (const item of yield* ours) yield* retry(yield* plan, item, "anna")
          yield* run
          assert.isEmpty(yield* ours)
          assert.deepStrictEqual(yield* count, before)
        })
      ),
    60_000
  )
})

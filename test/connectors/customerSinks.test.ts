/*
 * What the engine relies on in every sink of customers, whatever the system.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { type ConnectorError, OutcomeUnknown } from "../../src/pipeline/ConnectorError.ts"
import type { CustomerChange, HeldCustomer } from "../../src/pipeline/CustomerSink.ts"
import { type CustomerSystem, customerSystems, jane } from "./customerSystems.ts"

const nothing: CustomerChange = { fields: {}, addresses: [] }

const fetched = ({ open }: CustomerSystem, { customer }: HeldCustomer) =>
  Effect.map(open.fetch(customer.id), Option.getOrThrow)

const codeOf = ({ reason }: ConnectorError) => (reason._tag === "Rejected" ? reason.code : reason._tag)

/** The customer without what `field` names. */
const but = (held: HeldCustomer, ...fields: ReadonlyArray<string>) =>
  Object.fromEntries(
    Object.entries(held.customer).filter(([name]) => ![...fields, "updatedAt"].includes(name))
  )

describe.each(customerSystems)("A7 C4 a sink of customers: %s", (_name, start) => {
  it.live("what a creation gives is what is read afterwards, and by the sink's own source of truth", () =>
    Effect.gen(function* () {
      const system = yield* start
      const before = yield* system.count
      const created = yield* system.open.create(jane)
      assert.deepStrictEqual(yield* fetched(system, created), created)
      assert.strictEqual(yield* system.count, before + 1)
      const { customer } = created
      assert.strictEqual(customer.name, "Jane Holm")
      assert.strictEqual(customer.email, "jane.holm@example.com")
      assert.strictEqual(customer.phone, "+45 11")
      assert.strictEqual(customer.vatNumber, "DK12345674")
      assert.deepStrictEqual(customer.billingAddress, customer.shippingAddress)
      assert.strictEqual(customer.billingAddress?.city, "Odense")
      assert.deepStrictEqual(customer.billingAddress?.street, ["Vestergade 21", "2. th"])
      assert.deepStrictEqual(yield* system.violations, [])
    })
  )

  it.live(
    "a customer is found by everything that the sink says it can be searched by, and by nothing else",
    () =>
      Effect.gen(function* () {
        const { open, sink } = yield* start
        const created = yield* open.create(jane)
        const values = {
          externalId: "4711",
          vatNumber: "DK12345674",
          email: "jane.holm@example.com",
          name: "Jane Holm"
        }
        for (const field of ["externalId", "vatNumber", "email", "name"] as const) {
          const found = yield* Effect.result(open.search(field, values[field]))
          if (!sink.searches.has(field)) {
            assert.strictEqual(found._tag, "Failure", field)
            continue
          }
          assert.deepStrictEqual(found._tag === "Success" ? found.success : [], [created], field)
          assert.deepStrictEqual(yield* open.search(field, "nobody's"), [], field)
        }
      })
  )

  it.live("one field is changed and the others stay", () =>
    Effect.gen(function* () {
      const system = yield* start
      const created = yield* system.open.create(jane)
      const changed = yield* system.open.update(created, {
        ...nothing,
        fields: { email: "jane@example.com" }
      })
      assert.strictEqual(changed.customer.email, "jane@example.com")
      assert.deepStrictEqual(but(changed, "email"), but(created, "email"))
      assert.notStrictEqual(changed.version, created.version)
      assert.deepStrictEqual(yield* fetched(system, created), changed)
      assert.deepStrictEqual(yield* system.violations, [])
    })
  )

  it.live("a change of nothing, and of what is so already, leaves the customer at its version", () =>
    Effect.gen(function* () {
      const { open } = yield* start
      const created = yield* open.create(jane)
      const same = yield* open.update(created, { ...nothing, fields: jane.fields })
      assert.deepStrictEqual(but(same), but(created))
      assert.strictEqual(same.version, created.version)
      assert.strictEqual((yield* open.update(same, nothing)).version, created.version)
    })
  )

  it.live("a second address is added, and the first is kept as it is", () =>
    Effect.gen(function* () {
      const { open } = yield* start
      const created = yield* open.create(jane)
      const changed = yield* open.update(created, {
        ...nothing,
        addresses: [
          {
            id: undefined,
            address: {
              name: "Jane Holm",
              street: ["Havnegade 1"],
              postcode: "1058",
              city: "København",
              country: "DK",
              phone: "+45 11"
            },
            isBilling: false,
            isShipping: true
          }
        ]
      })
      assert.strictEqual(changed.customer.addresses.length, 2)
      assert.deepStrictEqual(changed.customer.billingAddress, created.customer.billingAddress)
      assert.strictEqual(changed.customer.shippingAddress?.city, "København")
      assert.deepInclude(changed.customer.addresses, created.customer.addresses[0])
    })
  )

  it.live("an address is changed by its key and not added", () =>
    Effect.gen(function* () {
      const { open } = yield* start
      const created = yield* open.create(jane)
      const [address] = created.customer.addresses
      assert.isDefined(address)
      const { id, ...rest } = address
      const changed = yield* open.update(created, {
        ...nothing,
        addresses: [{ id, address: { ...rest, city: "Aarhus" }, isBilling: true, isShipping: true }]
      })
      assert.deepStrictEqual(changed.customer.addresses, [{ ...address, city: "Aarhus" }])
    })
  )

  it.live("a customer whom a person has changed since is not written, and keeps that change", () =>
    Effect.gen(function* () {
      const system = yield* start
      const created = yield* system.open.create(jane)
      yield* system.move(created.customer.id, "Aarhus")
      const error = yield* Effect.flip(
        system.open.update(created, { ...nothing, fields: { email: "jane@example.com" } })
      )
      assert.strictEqual(codeOf(error), "changed-meanwhile")
      const now = yield* fetched(system, created)
      assert.strictEqual(now.customer.email, "jane.holm@example.com")
      assert.strictEqual(now.customer.billingAddress?.city, "Aarhus")
      const changed = yield* system.open.update(now, { ...nothing, fields: { email: "jane@example.com" } })
      assert.strictEqual(changed.customer.billingAddress?.city, "Aarhus")
    })
  )

  it.live("a customer who was removed is none, and is not written and not created again", () =>
    Effect.gen(function* () {
      const { count, open, remove } = yield* start
      const before = yield* count
      const created = yield* open.create(jane)
      yield* remove(created.customer.id)
      assert.isTrue(Option.isNone(yield* open.fetch(created.customer.id)))
      const error = yield* Effect.flip(open.update(created, { ...nothing, fields: { phone: "1" } }))
      assert.strictEqual(codeOf(error), "changed-meanwhile")
      assert.strictEqual(yield* count, before)
    })
  )

  it.live("a creation without an answer is unknown, is found by a search, and a second one is refused", () =>
    Effect.gen(function* () {
      const { count, fail, identifiedBy, open, violations } = yield* start
      const before = yield* count
      yield* fail("create", { kind: "after-commit" })
      const error = yield* Effect.flip(open.create(jane))
      assert.instanceOf(error.reason, OutcomeUnknown)
      const [found] = yield* open.search(...identifiedBy)
      assert.strictEqual(found?.customer.name, "Jane Holm")
      assert.include(["exists-already", "refused"], codeOf(yield* Effect.flip(open.create(jane))))
      assert.strictEqual(yield* count, before + 1)
      assert.deepStrictEqual(yield* violations, [])
    })
  )

  it.live("an answer of 500 after the creation is unknown too", () =>
    Effect.gen(function* () {
      const { fail, identifiedBy, open } = yield* start
      yield* fail("create", { kind: "after-commit", status: 500 })
      assert.strictEqual(codeOf(yield* Effect.flip(open.create(jane))), "OutcomeUnknown")
      assert.strictEqual((yield* open.search(...identifiedBy)).length, 1)
    })
  )

  it.live("a creation that the system was too busy for was not done, and is done when it is repeated", () =>
    Effect.gen(function* () {
      const { count, fail, open } = yield* start
      const before = yield* count
      yield* fail("create", { kind: "status", status: 429 })
      const error = yield* Effect.flip(open.create(jane))
      assert.strictEqual(error.disposition, "retry")
      assert.strictEqual(yield* count, before)
      yield* open.create(jane)
      assert.strictEqual(yield* count, before + 1)
    })
  )

  it.live("after a change without an answer, reading says what became of it", () =>
    Effect.gen(function* () {
      const system = yield* start
      const created = yield* system.open.create(jane)
      yield* system.fail("update", { kind: "after-commit" })
      const change = { ...nothing, fields: { phone: "+45 22" } }
      const result = yield* Effect.result(system.open.update(created, change))
      if (result._tag === "Failure") assert.strictEqual(codeOf(result.failure), "OutcomeUnknown")
      assert.strictEqual((yield* fetched(system, created)).customer.phone, "+45 22")
    })
  )

  it.live("what the system refuses is said in its own words, and nobody is created", () =>
    Effect.gen(function* () {
      const { count, open } = yield* start
      const before = yield* count
      const error = yield* Effect.flip(
        open.create({ ...jane, fields: { ...jane.fields, name: null, firstName: null, email: null } })
      )
      assert.strictEqual(error.reason._tag, "Rejected")
      assert.strictEqual(yield* count, before)
    })
  )
})

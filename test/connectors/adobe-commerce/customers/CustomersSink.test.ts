import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { ConnectorError } from "../../../../src/pipeline/ConnectorError.ts"
import type { AddressChange, CustomerChange, HeldCustomer } from "../../../../src/pipeline/CustomerSink.ts"
import type { CommerceServer } from "../../../../src/sandbox/commerce/commerceServer.ts"
import { payloadsAt, type PayloadObject } from "../../../../src/sandbox/commerce/Payload.ts"
import { jane } from "../../customerSystems.ts"
import { startCustomers } from "./openCustomers.ts"

const nothing: CustomerChange = { fields: {}, addresses: [] }

const reasonOf = ({ reason }: ConnectorError) =>
  reason._tag === "Rejected" ? `${reason.code}: ${reason.message}` : `${reason._tag}: ${reason.message}`

const storedOf = (server: CommerceServer, { customer }: HeldCustomer) =>
  Effect.map(
    server.shop,
    ({ customers }) => customers.find(({ id }) => `${String(id)}` === customer.id) ?? {}
  )

const addressesOf = (customer: PayloadObject) => payloadsAt(customer, "addresses")

const inCity = (city: string, more: Partial<AddressChange["address"]> = {}): AddressChange => ({
  id: undefined,
  address: {
    name: "Jane Holm",
    street: ["1 Main St"],
    postcode: "1",
    city,
    country: "DK",
    phone: "1",
    ...more
  },
  isBilling: false,
  isShipping: false
})

const greta = "1"

describe("A7 C4 customers of Adobe Commerce", () => {
  it.live.each([
    ["by its code", { country: "US", regionCode: "OR" }, { region: "Oregon", regionCode: "OR" }],
    ["by its name", { country: "US", region: "oregon" }, { region: "Oregon", regionCode: "OR" }],
    [
      "that the other system has as a name",
      { country: "US", regionCode: "Oregon" },
      { region: "Oregon", regionCode: "OR" }
    ],
    ["as a text where the country has none", { country: "GB", region: "Kent" }, { region: "Kent" }],
    ["as a text where the country has others", { country: "DE", region: "Franken" }, { region: "Franken" }]
  ] as const)("a region is found %s", ([_how, place, expected]) =>
    Effect.gen(function* () {
      const { open } = yield* startCustomers()
      const created = yield* open.create({ ...jane, addresses: [inCity("Salem", place)] })
      assert.deepInclude(created.customer.addresses[0], expected)
    })
  )

  it.live("a state that the shop demands and does not find is refused in its words", () =>
    Effect.gen(function* () {
      const { open, server } = yield* startCustomers()
      const before = (yield* server.shop).customers.length
      const error = yield* Effect.flip(
        open.create({ ...jane, addresses: [inCity("Salem", { country: "US", regionCode: "ZZ" })] })
      )
      assert.match(reasonOf(error), /^refused: .*"regionId" is required/u)
      assert.lengthOf((yield* server.shop).customers, before)
    })
  )

  it.live("every address is sent, so none is deleted, and what we do not know of it stays", () =>
    Effect.gen(function* () {
      const { open, server } = yield* startCustomers()
      yield* server.editCustomer(greta, (customer) => ({
        ...customer,
        addresses: addressesOf(customer).map((address) => ({ ...address, fax: "+49 30 1", prefix: "Dr." }))
      }))
      const held = Option.getOrThrow(yield* open.fetch(greta))
      const changed = yield* open.update(held, {
        fields: { phone: "+49 30 2" },
        addresses: [inCity("Odense"), inCity("Aarhus")]
      })
      assert.deepStrictEqual(
        changed.customer.addresses.map(({ city }) => city),
        ["Berlin", "Odense", "Aarhus"]
      )
      const [first] = addressesOf(yield* storedOf(server, changed))
      assert.deepInclude(first, {
        fax: "+49 30 1",
        prefix: "Dr.",
        telephone: "+49 30 2",
        default_billing: true
      })
    })
  )

  it.live("company and telephone stand in the address that invoices go to", () =>
    Effect.gen(function* () {
      const { open } = yield* startCustomers()
      const held = Option.getOrThrow(yield* open.fetch(greta))
      const changed = yield* open.update(held, { ...nothing, fields: { company: "Sommer GmbH", phone: "1" } })
      assert.deepInclude(changed.customer.billingAddress, {
        company: "Sommer GmbH",
        phone: "1",
        name: "Greta Sommer"
      })
      assert.strictEqual(changed.customer.name, "Sommer GmbH")
      const cleared = yield* open.update(changed, { ...nothing, fields: { company: null, phone: null } })
      assert.strictEqual(cleared.customer.name, "Greta Sommer")
      // Commerce demands a telephone number in every address.
      assert.strictEqual(cleared.customer.phone, "1")
    })
  )

  it.live("an address in the name of the company is one of the company, and of its person", () =>
    Effect.gen(function* () {
      const { open } = yield* startCustomers()
      const created = yield* open.create({
        ...jane,
        fields: { ...jane.fields, company: "Holm A/S" },
        addresses: [{ ...inCity("Odense", { name: "Holm A/S" }), isBilling: true }]
      })
      assert.deepInclude(created.customer.billingAddress, { company: "Holm A/S", name: "Jane Holm" })
    })
  )

  it.live.each(["Reception", "Jane Holm", "Jane van der Holm"])(
    "the name %s is read as it was written",
    (name) =>
      Effect.gen(function* () {
        const { open } = yield* startCustomers()
        const created = yield* open.create({ ...jane, addresses: [inCity("Odense", { name })] })
        assert.strictEqual(created.customer.addresses[0]?.name, name)
      })
  )

  /** What a ledger that knows one name says of a customer. */
  const named = (name: string): CustomerChange => ({
    fields: { name, email: "jane.holm@example.com" },
    addresses: [{ ...inCity("Odense", { name }), isBilling: true }]
  })

  it.live("a customer of one name is a company, and that name stands for its person too", () =>
    Effect.gen(function* () {
      const { open, server } = yield* startCustomers()
      const created = yield* open.create(named("Holm Handel A/S"))
      assert.strictEqual(created.customer.name, "Holm Handel A/S")
      assert.strictEqual(created.customer.company, "Holm Handel A/S")
      assert.notProperty(created.customer, "firstName")
      assert.deepInclude(yield* storedOf(server, created), { firstname: "Holm Handel A/S", lastname: "-" })
      const renamed = yield* open.update(created, { ...nothing, fields: { name: "Holm Group A/S" } })
      assert.strictEqual(renamed.customer.name, "Holm Group A/S")
      assert.strictEqual(renamed.customer.billingAddress?.company, "Holm Group A/S")
    })
  )

  it.live("where new customers are people, one name is taken apart", () =>
    Effect.gen(function* () {
      const { open } = yield* startCustomers({}, { newCustomers: "people" })
      const created = yield* open.create(named("Jane van der Holm"))
      assert.deepInclude(created.customer, {
        name: "Jane van der Holm",
        firstName: "Jane van der",
        lastName: "Holm"
      })
      assert.isUndefined(created.customer.company)
      const renamed = yield* open.update(created, { ...nothing, fields: { name: "Jane Berg" } })
      assert.deepInclude(renamed.customer, { name: "Jane Berg", firstName: "Jane", lastName: "Berg" })
    })
  )

  it.live("the new name of a company is not that of its person", () =>
    Effect.gen(function* () {
      const { open } = yield* startCustomers()
      const [petra] = yield* open.search("email", "petra.lang@example.com")
      assert.isDefined(petra)
      const renamed = yield* open.update(petra, { ...nothing, fields: { name: "Nord GmbH" } })
      assert.deepInclude(renamed.customer, { name: "Nord GmbH", firstName: "Petra", lastName: "Lang" })
    })
  )

  it.live.each(["2.3", "2.4.9"] as const)(
    "release %s: a new address becomes the default it is to be",
    (release) =>
      Effect.gen(function* () {
        const { open } = yield* startCustomers({ release })
        const held = Option.getOrThrow(yield* open.fetch(greta))
        const changed = yield* open.update(held, {
          ...nothing,
          addresses: [inCity("Odense"), { ...inCity("Aarhus"), isBilling: true }]
        })
        assert.strictEqual(changed.customer.billingAddress?.city, "Aarhus")
        assert.strictEqual(changed.customer.shippingAddress?.city, "Berlin")
        assert.lengthOf(changed.customer.addresses, 3)
      })
  )

  it.live("an address that the shop leaves out without a word is told of", () =>
    Effect.gen(function* () {
      const { open } = yield* startCustomers()
      const error = yield* Effect.flip(
        open.create({ ...jane, addresses: [inCity("Nuuk", { country: "GL" })] })
      )
      assert.match(reasonOf(error), /^OutcomeUnknown: customer 10 was created .*left out 1 of the addresses/u)
      const [found] = yield* open.search("email", "jane.holm@example.com")
      assert.strictEqual(found?.customer.id, "10")
    })
  )

  it.live("an e-mail address that another customer has is refused in the shop's words", () =>
    Effect.gen(function* () {
      const { open } = yield* startCustomers()
      const error = yield* Effect.flip(
        open.create({ ...jane, fields: { ...jane.fields, email: "Greta.Sommer@example.com" } })
      )
      assert.match(
        reasonOf(error),
        /^exists-already: .*A customer with the same email address already exists/u
      )
    })
  )

  it.live(
    "the key of the other system is stored in the attribute that is named, and no second customer gets it",
    () =>
      Effect.gen(function* () {
        const { open, server } = yield* startCustomers()
        const created = yield* open.create(jane)
        assert.strictEqual(created.externalId, "4711")
        const error = yield* Effect.flip(
          open.create({ ...jane, fields: { ...jane.fields, email: "jane2@example.com" } })
        )
        assert.match(reasonOf(error), /^exists-already: customer 10 of the shop has erp_customer_id 4711/u)
        const moved = yield* open.update(created, { ...nothing, externalId: "4712" })
        assert.deepStrictEqual((yield* storedOf(server, moved))["custom_attributes"], [
          { attribute_code: "erp_customer_id", value: "4712" }
        ])
      })
  )

  it.live("an attribute that the shop does not have is a failure before anybody is created", () =>
    Effect.gen(function* () {
      const { open, server } = yield* startCustomers({ customerAttributes: [] })
      const before = (yield* server.shop).customers.length
      assert.match(
        reasonOf(yield* Effect.flip(open.create(jane))),
        /Invalid attribute name: erp_customer_id/u
      )
      assert.lengthOf((yield* server.shop).customers, before)
    })
  )

  it.live("without such an attribute the key is stored nowhere and cannot be searched for", () =>
    Effect.gen(function* () {
      const { open, sink } = yield* startCustomers({}, {})
      assert.isFalse(sink.searches.has("externalId"))
      assert.isUndefined((yield* open.create(jane)).externalId)
      assert.match(reasonOf(yield* Effect.flip(open.search("externalId", "4711"))), /cannot be searched/u)
    })
  )

  it.live.each([
    ["Greta Sommer", ["1"]],
    ["greta sommer", ["1"]],
    ["Nord Ausstatter GmbH", ["8"]],
    ["Petra Lang", []],
    ["Greta", []],
    ["Sommer", []]
  ] as const)("searched by the name %s, who is called so is found, and nobody else", ([name, ids]) =>
    Effect.gen(function* () {
      const { open } = yield* startCustomers()
      const found = yield* open.search("name", name)
      assert.deepStrictEqual(
        found.map(({ customer }) => customer.id),
        [...ids]
      )
    })
  )

  it.live("one name that stands for first and last name is found, also without an address", () =>
    Effect.gen(function* () {
      const { open } = yield* startCustomers()
      const fields = { name: "Holm Handel A/S", email: "jane.holm@example.com" }
      const created = yield* open.create({ ...nothing, fields })
      assert.deepStrictEqual(yield* open.search("name", "Holm Handel A/S"), [created])
    })
  )

  it.live("more customers than can be told apart are a failure, and not the first of them", () =>
    Effect.gen(function* () {
      const { open, server } = yield* startCustomers()
      yield* server.update((shop) => ({
        ...shop,
        customers: Array.from({ length: 21 }, (_, index) => ({
          ...shop.customers[0],
          id: index + 1,
          email: `${index}@example.com`
        }))
      }))
      assert.match(
        reasonOf(yield* Effect.flip(open.search("name", "Greta Sommer"))),
        /too many to tell them apart/u
      )
    })
  )

  it.live("an address without a telephone number gets that of the settings, where there is one", () =>
    Effect.gen(function* () {
      const { phone: _phone, ...fields } = jane.fields
      const { phone: _number, ...address } = inCity("Odense").address
      const change = { ...jane, fields, addresses: [{ ...inCity("Odense"), address, isBilling: true }] }
      const { open: strict } = yield* startCustomers()
      assert.match(reasonOf(yield* Effect.flip(strict.create(change))), /"telephone" is required/u)
      const { open } = yield* startCustomers({}, { telephone: "0" })
      assert.strictEqual((yield* open.create(change)).customer.phone, "0")
    })
  )

  it.live("ping tells what of the settings the shop has, and what it has instead", () =>
    Effect.gen(function* () {
      const settings = { externalIdAttribute: "erp_customer_id", website: 1, store: 3, group: 2 }
      const { probe } = yield* startCustomers({}, settings)
      assert.deepStrictEqual(yield* probe, [
        "readable: 9 customers",
        "key in the other system: attribute erp_customer_id, 0 customers have one",
        "website of new customers: 1, base",
        "store of new customers: 3, us",
        "group of new customers: 2, Wholesale"
      ])
      const wrong = { externalIdAttribute: "erp_id", website: 7, store: 8, group: 9 }
      const lines = yield* Effect.flatMap(startCustomers({}, wrong), (started) => started.probe)
      assert.deepStrictEqual(
        lines.map((line) => (typeof line === "string" ? line : line.failed.slice(0, 26))),
        [
          "readable: 9 customers",
          "externalIdAttribute erp_id",
          "website 7: the shop has no",
          "store 8: the shop has none",
          "group 9: the shop has none"
        ]
      )
    })
  )

  it.live("the right that is missing is named, with its place in the Admin", () =>
    Effect.gen(function* () {
      const { open } = yield* startCustomers({ denied: ["Magento_Customer::manage"] })
      const attempts: ReadonlyArray<Effect.Effect<unknown, ConnectorError>> = [
        open.fetch(greta),
        open.search("email", "x"),
        open.create(jane)
      ]
      for (const attempt of attempts) {
        assert.match(
          reasonOf(yield* Effect.flip(attempt)),
          /^Unauthorized: .*Magento_Customer::manage \(Customers > All Customers\)/u
        )
      }
    })
  )

  it.live("customers who were made anonymous are none", () =>
    Effect.gen(function* () {
      const { open, server } = yield* startCustomers({}, { erasedEmails: ["@anonymous.invalid"] })
      yield* server.editCustomer(greta, (customer) => ({ ...customer, email: "1@anonymous.invalid" }))
      assert.isTrue(Option.isNone(yield* open.fetch(greta)))
      assert.deepStrictEqual(yield* open.search("email", "1@anonymous.invalid"), [])
    })
  )

  it.live("website, store view and group of new customers are those that the settings name", () =>
    Effect.gen(function* () {
      const { open, server } = yield* startCustomers({}, { website: 1, store: 3, group: 2 })
      const created = yield* open.create(jane)
      assert.deepInclude(yield* storedOf(server, created), { website_id: 1, store_id: 3, group_id: 2 })
      assert.strictEqual(created.customer.language, "en_US")
    })
  )

  it.live.each([500, 502, 503])("an answer of %d to a change leaves its outcome open", (status) =>
    Effect.gen(function* () {
      const { open, server } = yield* startCustomers()
      const held = Option.getOrThrow(yield* open.fetch(greta))
      yield* server.faults.add({ match: "PUT V1/customers", kind: "status", status, times: 1 })
      const change = { ...nothing, fields: { firstName: "Gretel" } }
      assert.match(reasonOf(yield* Effect.flip(open.update(held, change))), /^OutcomeUnknown/u)
      const now = Option.getOrThrow(yield* open.fetch(greta))
      assert.strictEqual((yield* open.update(now, change)).customer.firstName, "Gretel")
    })
  )

  it.live("a log-in on SaaS, and what Commerce stamps by itself, is no change", () =>
    Effect.gen(function* () {
      const { open, server } = yield* startCustomers({ deployment: "saas" })
      const held = Option.getOrThrow(yield* open.fetch(greta))
      yield* server.editCustomer(greta, (customer) => ({
        ...customer,
        updated_at: "2026-11-01 00:00:00",
        extension_attributes: { last_login_at: "2026-11-01 00:00:00" }
      }))
      assert.strictEqual(Option.getOrThrow(yield* open.fetch(greta)).version, held.version)
    })
  )
})

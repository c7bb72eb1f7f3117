import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { ConnectorError } from "../../../../src/pipeline/ConnectorError.ts"
import type { CustomerChange } from "../../../../src/pipeline/CustomerSink.ts"
import { fieldsOf } from "../../../../src/pipeline/SourceRecord.ts"
import {
  addressType,
  addressTypeType,
  communicationMethodType,
  companyType,
  customerType
} from "../../../../src/sandbox/ifs/CustomerRegister.ts"
import { defaultCompany } from "../../../../src/sandbox/ifs/defaultCompany.ts"
import type { EntityType } from "../../../../src/sandbox/ifs/EntityType.ts"
import { type IfsServer, ifsServer } from "../../../../src/sandbox/ifs/ifsServer.ts"
import { jane } from "../../customerSystems.ts"
import { services } from "../openClient.ts"
import { customersSink, openCustomers, readCustomer } from "./openCustomers.ts"

const nothing: CustomerChange = { fields: {}, addresses: [] }

const start = Effect.gen(function* () {
  const server = yield* ifsServer()
  return { server, open: yield* openCustomers(server) }
})

const rowsOf = (server: IfsServer, type: EntityType) =>
  server.customers.rows(type).map(({ values }) => values)

const reasonOf = ({ reason }: ConnectorError) =>
  reason._tag === "Rejected" ? `${reason.code}: ${reason.message}` : `${reason._tag}: ${reason.message}`

describe("A7 C4 customers of IFS", () => {
  it.live(
    "a new customer gets all that IFS demands, his number from IFS, and the key of the other system",
    () =>
      Effect.gen(function* () {
        const { open, server } = yield* start
        const { customer, externalId } = yield* open.create(jane)
        assert.strictEqual(customer.id, "1001")
        assert.strictEqual(externalId, "4711")
        const [row] = rowsOf(server, customerType)
        assert.deepInclude(row, {
          Name: "Jane Holm",
          AssociationNo: "4711",
          Country: "DK",
          CountryCode: "DK",
          DefaultLanguage: "en",
          PartyType: "Customer",
          DefaultDomain: true
        })
        assert.deepInclude(rowsOf(server, companyType)[0], {
          Company: "10",
          Identity: "1001",
          PayTermId: "30",
          DefCurrency: "EUR"
        })
        assert.deepStrictEqual(
          rowsOf(server, addressTypeType).map(({ AddressTypeCode, DefAddress }) => [
            AddressTypeCode,
            DefAddress
          ]),
          [
            ["Document", true],
            ["Delivery", true]
          ]
        )
      })
  )

  it.live("the source reads what the sink has written", () =>
    Effect.gen(function* () {
      const { open, server } = yield* start
      const { customer } = yield* open.create({
        ...jane,
        fields: { ...jane.fields, language: "da_DK", paymentTerms: "14", currency: "EUR" }
      })
      const { normalised } = yield* readCustomer(server, customer.id)
      assert.deepStrictEqual(fieldsOf(normalised), { ...customer })
      assert.strictEqual(customer.language, "da")
      assert.strictEqual(customer.paymentTerms, "14")
      assert.strictEqual(customer.currency, "EUR")
    })
  )

  it.live("e-mail and telephone are changed where they stand, and never entered twice", () =>
    Effect.gen(function* () {
      const { open, server } = yield* start
      const created = yield* open.create(jane)
      yield* server.customers.insert(communicationMethodType, {
        CustomerId: created.customer.id,
        MethodId: "EMail",
        Value: "second@example.com"
      })
      const now = Option.getOrThrow(yield* open.fetch(created.customer.id))
      yield* open.update(now, { ...nothing, fields: { email: "new@example.com", phone: "+45 33" } })
      assert.deepStrictEqual(
        rowsOf(server, communicationMethodType).map(({ MethodId, Value }) => [MethodId, Value]),
        [
          ["EMail", "new@example.com"],
          ["Phone", "+45 33"],
          ["EMail", "second@example.com"]
        ]
      )
    })
  )

  it.live("a telephone number that is cleared is removed, with the version that was read", () =>
    Effect.gen(function* () {
      const { open, server } = yield* start
      const created = yield* open.create(jane)
      const changed = yield* open.update(created, { ...nothing, fields: { phone: null } })
      assert.isUndefined(changed.customer.phone)
      assert.strictEqual(changed.customer.email, "jane.holm@example.com")
      assert.deepStrictEqual(yield* server.violations, [])
    })
  )

  it.live("a customer who has a mobile telephone only keeps it in its place", () =>
    Effect.gen(function* () {
      const { open, server } = yield* start
      const { phone: _phone, ...fields } = jane.fields
      const created = yield* open.create({ ...jane, fields })
      yield* server.customers.insert(communicationMethodType, {
        CustomerId: created.customer.id,
        MethodId: "Mobile",
        Value: "+45 44"
      })
      const now = Option.getOrThrow(yield* open.fetch(created.customer.id))
      assert.strictEqual(now.customer.phone, "+45 44")
      yield* open.update(now, { ...nothing, fields: { phone: "+45 55" } })
      assert.deepInclude(rowsOf(server, communicationMethodType)[1], { MethodId: "Mobile", Value: "+45 55" })
    })
  )

  it.live("the mark of the address for invoices moves to the address that gets it", () =>
    Effect.gen(function* () {
      const { open } = yield* start
      const created = yield* open.create(jane)
      const address = {
        name: "Jane Holm",
        street: ["410 Tulare St"],
        postcode: "93721",
        city: "Fresno",
        country: "US",
        region: "California",
        regionCode: "CA"
      }
      const changed = yield* open.update(created, {
        ...nothing,
        addresses: [{ id: undefined, address, isBilling: true, isShipping: false }]
      })
      const { region: _region, ...kept } = address
      assert.deepStrictEqual(changed.customer.billingAddress, { id: "2", ...kept })
      assert.strictEqual(changed.customer.shippingAddress?.id, "1")
    })
  )

  it.live(
    "an address that IFS refuses leaves a customer, who is found and told of; the change is then refused",
    () =>
      Effect.gen(function* () {
        const { open } = yield* start
        const [address] = jane.addresses
        assert.isDefined(address)
        const tooLong = { ...address, address: { ...address.address, city: "Å".repeat(36) } }
        const error = yield* Effect.flip(open.create({ ...jane, addresses: [tooLong] }))
        assert.match(reasonOf(error), /^OutcomeUnknown: customer 1001 was created in IFS, .*'City'/u)
        const [found] = yield* open.search("externalId", "4711")
        assert.isDefined(found)
        const refused = yield* Effect.flip(open.update(found, { ...nothing, addresses: [tooLong] }))
        assert.match(reasonOf(refused), /^refused: .*'City'/u)
      })
  )

  it.live("a company that keeps nothing of a customer is told of him only where the change says so", () =>
    Effect.gen(function* () {
      const { open, server } = yield* start
      yield* server.customers.insert(customerType, {
        CustomerId: "7",
        Name: "Acme",
        PartyType: "Customer",
        DefaultDomain: true
      })
      const acme = Option.getOrThrow(yield* open.fetch("7"))
      const reached = yield* open.update(acme, { ...nothing, fields: { phone: "1" } })
      assert.lengthOf(rowsOf(server, companyType), 0)
      const { customer } = yield* open.update(reached, { ...nothing, fields: { paymentTerms: "14" } })
      assert.deepStrictEqual([customer.paymentTerms, customer.currency], ["14", "EUR"])
    })
  )

  it.live("what IFS cuts off is given back as it holds it, and not sent again", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer({ cutsTexts: true })
      const open = yield* openCustomers(server)
      const [address] = jane.addresses
      assert.isDefined(address)
      const city = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"
      const long = { ...address, address: { ...address.address, city } }
      const created = yield* open.create({ ...jane, addresses: [long] })
      assert.strictEqual(created.customer.billingAddress?.city, city.slice(0, 35))
      assert.deepStrictEqual(Option.getOrThrow(yield* open.fetch(created.customer.id)), created)
      const changed = yield* open.update(created, { ...nothing, fields: { phone: "+45 22" } })
      assert.deepStrictEqual(changed.customer.addresses, created.customer.addresses)
    })
  )

  it.live("codes that the company does not have are refused with what IFS says", () =>
    Effect.gen(function* () {
      const { open } = yield* start
      const created = yield* open.create(jane)
      const error = yield* Effect.flip(open.update(created, { ...nothing, fields: { paymentTerms: "99" } }))
      assert.match(reasonOf(error), /^refused: .*Payment Term object does not exist/u)
    })
  )

  it.live("a company that our user may not see is a failure, and not a customer without terms", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer({ companies: [{ ...defaultCompany, allowedUsers: [] }] })
      const open = yield* openCustomers(server)
      yield* server.customers.insert(customerType, {
        CustomerId: "7",
        Name: "Acme",
        PartyType: "Customer",
        DefaultDomain: true
      })
      assert.match(
        reasonOf(yield* Effect.flip(open.fetch("7"))),
        /^Unauthorized: IFS shows nothing of company 10/u
      )
    })
  )

  it.live("two changes of a person within one second, which share an ETag, are two versions", () =>
    Effect.gen(function* () {
      const { open, server } = yield* start
      const created = yield* open.create(jane)
      const [row] = server.customers.rows(customerType)
      assert.isDefined(row)
      yield* server.customers.update(customerType, row, { Name: "Jane Berg" })
      const now = Option.getOrThrow(yield* open.fetch(created.customer.id))
      assert.notStrictEqual(now.version, created.version)
    })
  )

  it.live("ping tells which of the settings' names IFS has, and which not", () =>
    Effect.gen(function* () {
      const server = yield* ifsServer()
      const probe = (config: Record<string, unknown>) =>
        Effect.flatMap(customersSink(server, { config }), (sink) => sink.probe).pipe(
          Effect.provide(services(server))
        )
      assert.deepStrictEqual(yield* probe({}), [
        "key in the other system: AssociationNo of CustomerHandling.svc/CustomerInfoSet",
        "VAT number: IdentifierReference of CustomerHandling.svc/CustomerInfoSet",
        "payment terms and currency: those of company 10, visible to our user"
      ])
      const wrong = yield* probe({ company: "99", externalIdProperty: "AssocNo", vatNumberProperty: "VatNo" })
      assert.lengthOf(wrong, 3)
      for (const [index, said] of [
        "externalIdProperty AssocNo",
        "vatNumberProperty VatNo",
        "company 99"
      ].entries()) {
        const line = wrong[index]
        assert.include(typeof line === "string" ? "" : line?.failed, said)
      }
    })
  )

  it.live("a tenant's own names are used in what is asked, written and keyed", () =>
    Effect.gen(function* () {
      const customers = { CustomerId: "Customer", Name: "FullName", AssociationNo: "OrgNo" }
      const customerAddresses = { AddressId: "AddressNo", City: "Town" }
      const customerMethods = { Value: "Contact", CommId: "CommNo" }
      const server = yield* ifsServer({
        names: {
          projections: { CustomerHandling: "AcmeCustomerHandling" },
          fields: {
            "CustomerHandling.svc/CustomerInfoSet": customers,
            "CustomerHandling.svc/CustomerInfoAddresses": customerAddresses,
            "CustomerHandling.svc/CommunicationMethods": customerMethods
          }
        }
      })
      const open = yield* openCustomers(server, {
        connection: {
          projections: { customers: "AcmeCustomerHandling.svc/CustomerInfoSet" },
          fields: { customers, customerAddresses, customerMethods }
        }
      })
      const created = yield* open.create(jane)
      const [address] = created.customer.addresses
      assert.isDefined(address)
      const { id, ...rest } = address
      const changed = yield* open.update(created, {
        fields: { name: "Jane Berg", email: "jane@example.com" },
        addresses: [{ id, address: { ...rest, city: "Aarhus" }, isBilling: true, isShipping: true }]
      })
      assert.strictEqual(changed.externalId, "4711")
      assert.strictEqual(rowsOf(server, customerType)[0]?.["Name"], "Jane Berg")
      assert.strictEqual(rowsOf(server, addressType)[0]?.["City"], "Aarhus")
      assert.strictEqual(rowsOf(server, communicationMethodType)[0]?.["Value"], "jane@example.com")
      assert.deepStrictEqual(yield* open.search("externalId", "4711"), [changed])
    })
  )
})

import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Result, Schema } from "effect"
import {
  customerBody,
  listAt,
  type Payload
} from "../../../../src/connectors/adobe-commerce/customers/customerBody.ts"
import { CustomersConfig } from "../../../../src/connectors/adobe-commerce/customers/CustomersConfig.ts"
import { textAt } from "../../../../src/connectors/adobe-commerce/recordOf.ts"
import { generateShop } from "../../../../src/sandbox/commerce/generateShop.ts"
import { payloadsAt } from "../../../../src/sandbox/commerce/Payload.ts"
import { saveCustomer } from "../../../../src/sandbox/commerce/saveCustomer.ts"

const config = Schema.decodeSync(CustomersConfig)({})
const shop = generateShop({ documents: 1 })

const City = Schema.Literals(["Odense", "Aarhus", "København", "Skagen"])
const Wanted = Schema.Struct({
  /** Which of the addresses that are there; beyond them a new one. */
  of: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 })),
  city: City,
  company: Schema.Boolean,
  isBilling: Schema.Boolean,
  isShipping: Schema.Boolean
})
const Case = Schema.Struct({
  addresses: Schema.Array(City).check(Schema.isMaxLength(4)),
  billing: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4 })),
  shipping: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4 })),
  wanted: Schema.Array(Wanted).check(Schema.isMaxLength(4)),
  phone: Schema.Literals(["", "+45 22"]),
  name: Schema.Literals(["", "Jane Berg", "Holm A/S"])
})

const before = ({ addresses, billing, shipping }: typeof Case.Type): Payload => ({
  id: 1,
  email: "greta.sommer@example.com",
  firstname: "Greta",
  lastname: "Sommer",
  store_id: 1,
  website_id: 1,
  group_id: 1,
  ...(billing < addresses.length ? { default_billing: `${100 + billing}` } : {}),
  ...(shipping < addresses.length ? { default_shipping: `${100 + shipping}` } : {}),
  addresses: addresses.map((city, index) => ({
    id: 100 + index,
    firstname: "Greta",
    lastname: "Sommer",
    street: ["Vestergade 21"],
    fax: `fax ${index}`,
    city,
    postcode: "5000",
    country_id: "DK",
    telephone: "+45 11",
    ...(billing === index ? { default_billing: true } : {}),
    ...(shipping === index ? { default_shipping: true } : {})
  }))
})

const changeOf = ({ addresses, name, phone, wanted }: typeof Case.Type) => {
  const distinct = [...new Map(wanted.map((one) => [one.of < addresses.length ? one.of : one, one])).values()]
  return {
    fields: { ...(phone === "" ? {} : { phone }), ...(name === "" ? {} : { name }) },
    addresses: distinct.map(({ city, company, isBilling, isShipping, of }) => ({
      id: of < addresses.length ? `${100 + of}` : undefined,
      address: {
        name: "Greta Sommer",
        ...(company ? { company: "Sommer GmbH" } : {}),
        street: ["Havnegade 1"],
        postcode: "1058",
        city,
        country: "DK",
        phone: "+45 33"
      },
      region: { region_id: 0, region_code: "", region: "" },
      isBilling,
      isShipping
    }))
  }
}

describe("A7 any change of a customer of Commerce", () => {
  it.effect.prop(
    "sends every address that is there once, those that it does not name as they were, and at most one default of a kind",
    { given: Case },
    ({ given }) =>
      Effect.sync(() => {
        const [read, change] = [before(given), changeOf(given)]
        const body = customerBody(read, change, config)
        const sent = listAt(body, "addresses")
        const ids = (addresses: ReadonlyArray<Payload>) =>
          addresses.map((address) => textAt(address, "id")).filter((id) => id !== "")
        assert.deepStrictEqual(ids(sent), ids(listAt(read, "addresses")))
        assert.lengthOf(
          sent,
          given.addresses.length + change.addresses.filter(({ id }) => id === undefined).length
        )
        for (const role of ["default_billing", "default_shipping"] as const) {
          assert.isAtMost(sent.filter((address) => address[role] === true).length, 1)
        }
        for (const address of listAt(read, "addresses")) {
          const now = sent.find((one) => textAt(one, "id") === textAt(address, "id")) ?? {}
          assert.strictEqual(now["fax"], address["fax"])
          if (!change.addresses.some(({ id }) => id === textAt(address, "id"))) {
            assert.strictEqual(now["city"], address["city"])
          }
        }
      })
  )

  it.effect.prop(
    "is taken by the shop, loses no address there, and makes those the defaults that are to be",
    { given: Case },
    ({ given }) =>
      Effect.sync(() => {
        const [read, change] = [before(given), changeOf(given)]
        const customer = customerBody(read, change, config)
        const saved = saveCustomer(
          { id: 1, body: { customer }, now: "2026-11-07 00:00:00", release: "2.4.9", attributes: [] },
          { ...shop, customers: [read] }
        )
        const after = Option.getOrUndefined(Result.getSuccess(saved))?.customer ?? {}
        const addresses = payloadsAt(after, "addresses")
        assert.lengthOf(addresses, listAt(customer, "addresses").length)
        for (const [role, flag] of [
          ["default_billing", "isBilling"],
          ["default_shipping", "isShipping"]
        ] as const) {
          const wanted = change.addresses.find((one) => one[flag])
          const chosen = addresses.find(({ id }) => `${String(id)}` === after[role])
          if (wanted !== undefined) assert.strictEqual(chosen?.["city"], wanted.address.city)
          else assert.strictEqual(after[role], read[role])
        }
      })
  )
})

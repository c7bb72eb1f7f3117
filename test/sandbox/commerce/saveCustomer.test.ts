import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { generateShop } from "../../../src/sandbox/commerce/generateShop.ts"
import { payloadsAt, type PayloadObject } from "../../../src/sandbox/commerce/Payload.ts"
import type { Release } from "../../../src/sandbox/commerce/Release.ts"
import { saveCustomer } from "../../../src/sandbox/commerce/saveCustomer.ts"

const shop = generateShop({ documents: 1 })
const now = "2026-11-07 00:00:00"

const save = (
  customer: PayloadObject,
  options: { readonly id?: number; readonly release?: Release; readonly in?: typeof shop } = {}
) => {
  const { in: inShop = shop, release = "2.4.9", ...rest } = options
  return saveCustomer({ body: { customer }, now, release, attributes: ["erp_customer_id"], ...rest }, inShop)
}

const saved = (...args: Parameters<typeof save>) => Result.getOrThrow(save(...args))
const refused = (...args: Parameters<typeof save>) => {
  const { message, parameters } = Result.getOrThrow(Result.flip(save(...args)))
  return [message, parameters]
}

const address: PayloadObject = {
  firstname: "Jane",
  lastname: "Holm",
  street: ["Vestergade 21"],
  city: "Odense",
  postcode: "5000",
  country_id: "DK",
  telephone: "+45 11"
}
const jane: PayloadObject = { email: "jane@example.com", firstname: "Jane", lastname: "Holm" }

/** Greta of the generated shop. */
const [greta] = shop.customers
const gretasAddresses = payloadsAt(greta ?? {}, "addresses")

describe("A7 the local shop keeps customers as Commerce does", () => {
  it("a new account gets the next key, the website of its store, and keys for its addresses", () => {
    const { customer } = saved({
      ...jane,
      addresses: [{ ...address, default_billing: true, default_shipping: true }]
    })
    assert.strictEqual(customer["id"], shop.customers.length + 1)
    assert.strictEqual(customer["website_id"], 1)
    assert.strictEqual(customer["default_billing"], "10")
    assert.deepStrictEqual([customer["created_at"], customer["updated_at"]], [now, now])
  })

  it.each([
    ["without an e-mail address", { email: "" }, "The customer email is missing. Enter and try again."],
    ["without a first name", { firstname: "" }, '"First Name" is a required value.'],
    ["without a last name", { lastname: "" }, '"Last Name" is a required value.'],
    [
      "with an e-mail address that another account of the website has, in other letters",
      { email: "Greta.SOMMER@example.com" },
      "A customer with the same email address already exists in an associated website."
    ]
  ])("an account %s is refused", (_what, change, message) => {
    assert.strictEqual(refused({ ...jane, ...change })[0], message)
  })

  it.each([
    ["without a telephone", { telephone: "" }, { fieldName: "telephone" }],
    ["of a country that does not exist", { country_id: "XX" }, { fieldName: "countryId", value: "XX" }],
    ["in the United States without a state", { country_id: "US" }, { fieldName: "regionId" }],
    [
      "with a region where the country has none",
      { region: { region_id: 12 } },
      { fieldName: "regionId", value: "12" }
    ],
    [
      "with a region of another country",
      { country_id: "DE", region: { region_id: 12 } },
      { fieldName: "regionId", value: "12" }
    ]
  ])("an address %s is refused where an account is changed", (_what, change, parameters) => {
    const addresses = [...gretasAddresses, { ...address, ...change }]
    assert.deepStrictEqual(refused({ addresses }, { id: 1 })[1], parameters)
  })

  it("an address in a country that the shop does not sell to is left out of a new account without a word", () => {
    const { customer } = saved({ ...jane, addresses: [{ ...address, country_id: "XX" }] })
    assert.deepStrictEqual(customer["addresses"], [])
  })

  it("addresses that are not sent are deleted, and none are where the list is not sent", () => {
    const two = saved({ addresses: [...gretasAddresses, address] }, { id: 1 })
    assert.lengthOf(payloadsAt(two.customer, "addresses"), 2)
    const one = saved(
      { addresses: [payloadsAt(two.customer, "addresses")[1] ?? {}] },
      { id: 1, in: two.shop }
    )
    assert.deepStrictEqual(
      payloadsAt(one.customer, "addresses").map(({ city }) => city),
      ["Odense"]
    )
    assert.isUndefined(one.customer["default_billing"])
    const kept = saved({ taxvat: "DE1" }, { id: 1, in: two.shop })
    assert.lengthOf(payloadsAt(kept.customer, "addresses"), 2)
  })

  it("a field that is not sent stays, and an empty text clears it", () => {
    const { customer, shop: next } = saved({ taxvat: "DE1" }, { id: 1 })
    assert.strictEqual(customer["email"], greta?.["email"])
    assert.strictEqual(customer["taxvat"], "DE1")
    assert.isUndefined(saved({ taxvat: "" }, { id: 1, in: next }).customer["taxvat"])
    assert.strictEqual(saved({ taxvat: null }, { id: 1, in: next }).customer["taxvat"], "DE1")
  })

  it("a default address that is sent without saying so stops being the default", () => {
    const [own = {}] = gretasAddresses
    const { default_billing: _billing, ...unmarked } = own
    const { customer } = saved({ addresses: [unmarked] }, { id: 1 })
    assert.isUndefined(customer["default_billing"])
    assert.strictEqual(customer["default_shipping"], "1")
  })

  it.each([
    ["2.3", undefined],
    ["2.4.9", "10"]
  ] as const)("a new default address in release %s is %s", (release, expected) => {
    const [own = {}] = gretasAddresses
    const { default_billing: _billing, ...unmarked } = own
    const addresses = [unmarked, { ...address, default_billing: true }]
    assert.strictEqual(saved({ addresses }, { id: 1, release }).customer["default_billing"], expected)
  })

  it("updated_at moves for the account and not for an address", () => {
    const [own = {}] = gretasAddresses
    const moved = saved({ addresses: [{ ...own, city: "Hamburg" }] }, { id: 1 })
    assert.strictEqual(moved.customer["updated_at"], greta?.["updated_at"])
    assert.strictEqual(saved({ firstname: "Gretel" }, { id: 1 }).customer["updated_at"], now)
  })

  it("an attribute that the shop does not have is dropped without a word", () => {
    const { customer } = saved({
      ...jane,
      custom_attributes: [
        { attribute_code: "erp_customer_id", value: "1001" },
        { attribute_code: "erp_costumer_id", value: "1001" }
      ]
    })
    assert.deepStrictEqual(customer["custom_attributes"], [
      { attribute_code: "erp_customer_id", value: "1001" }
    ])
  })

  it("an account that is not there is not made by a change of it", () => {
    assert.deepStrictEqual(refused({ ...jane }, { id: 4711 }), [
      "No such entity with %fieldName = %fieldValue",
      { fieldName: "customerId", fieldValue: 4711 }
    ])
  })
})

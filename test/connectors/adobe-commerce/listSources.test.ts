import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { companies } from "../../../src/connectors/adobe-commerce/companies.ts"
import { companyCredits } from "../../../src/connectors/adobe-commerce/companyCredits.ts"
import { customers } from "../../../src/connectors/adobe-commerce/customers.ts"
import { products } from "../../../src/connectors/adobe-commerce/products.ts"
import { transactions } from "../../../src/connectors/adobe-commerce/transactions.ts"
import { Customer } from "../../../src/pipeline/Customer.ts"
import { Payment } from "../../../src/pipeline/Payment.ts"
import type { Json, SourceRecord } from "../../../src/pipeline/SourceRecord.ts"
import { connection, fakeShop, inFastTime } from "./fakeShop.ts"

type Fields = { readonly [key: string]: Json }

/** What a source makes of a saved payload. */
const fixture = (source: typeof customers, payload: Json): ReadonlyArray<SourceRecord> => {
  const made = source
    .make({ name: "shop", connection: connection(), config: Schema.decodeUnknownSync(source.config)({}) })
    .fixture(payload)
  return "code" in made ? assert.fail(made.message) : made
}

const recordOf = (source: typeof customers, payload: Json): Fields => {
  const [made] = fixture(source, payload)
  return made?.normalised._tag === "Record"
    ? made.normalised.record
    : assert.fail(JSON.stringify(made?.normalised))
}

const problemOf = (source: typeof customers, payload: Json): string => {
  const [made] = fixture(source, payload)
  return made?.normalised._tag === "Problems" ? (made.normalised.problems[0]?.code ?? "") : "none"
}

const address = (fields: Fields = {}): Fields => ({
  id: 31,
  customer_id: 12,
  region: { region_code: "BE", region: "Berlin", region_id: 82 },
  region_id: 82,
  country_id: "DE",
  street: ["Invalidenstr. 4", ""],
  company: "Nord GmbH",
  telephone: "030 1234",
  postcode: "10115",
  city: "Berlin ",
  firstname: "Greta",
  lastname: "Sommer",
  vat_id: "DE123456788",
  ...fields
})

const customer = (fields: Fields = {}): Fields => ({
  id: 12,
  group_id: 2,
  default_billing: "31",
  default_shipping: "32",
  created_at: "2026-03-01 08:00:00",
  updated_at: "2026-03-02 09:00:00",
  email: "greta@example.com",
  firstname: "Greta",
  lastname: "Sommer",
  store_id: 1,
  website_id: 1,
  addresses: [
    address(),
    address({ id: 32, region: { region_code: "London ", region: "London ", region_id: 0 }, region_id: 0 })
  ],
  extension_attributes: { company_attributes: { company_id: 4, status: 1 } },
  ...fields
})

const beside = {
  store: { code: "de", website: "eu", locale: "de_DE", timeZone: "Europe/Berlin", baseCurrency: "EUR" },
  group: { id: 2, code: "Wholesale" }
}

describe("A4 customers", () => {
  it("become records of the vendor-neutral shape", () => {
    const record = recordOf(customers, { document: customer(), ...beside })
    const decoded = Schema.decodeUnknownSync(Customer, { onExcessProperty: "error" })(record)
    assert.strictEqual(decoded.name, "Nord GmbH")
    assert.deepInclude(record, {
      id: "12",
      state: "active",
      firstName: "Greta",
      company: "Nord GmbH",
      companyId: "4",
      vatNumber: "DE123456788",
      phone: "030 1234",
      group: "2",
      groupName: "Wholesale",
      website: "eu",
      language: "de_DE",
      currency: "EUR",
      updatedAt: "2026-03-02T09:00:00Z"
    })
  })

  it("have a region object on their addresses; a region that was typed has no code", () => {
    const { billingAddress, shippingAddress } = Schema.decodeUnknownSync(Customer)(
      recordOf(customers, { document: customer(), ...beside })
    )
    assert.deepInclude(billingAddress, { regionCode: "BE", region: "Berlin", city: "Berlin" })
    assert.deepEqual(billingAddress?.street, ["Invalidenstr. 4"])
    assert.strictEqual(shippingAddress?.region, "London")
    assert.notProperty(shippingAddress, "regionCode")
  })

  it("without addresses, without a company and with empty lists for maps are read", () => {
    const record = recordOf(
      customers,
      customer({
        addresses: [],
        default_billing: null,
        default_shipping: null,
        extension_attributes: { company_attributes: [] }
      })
    )
    assert.strictEqual(record["name"], "Greta Sommer")
    assert.notProperty(record, "companyId")
    assert.notProperty(record, "billingAddress")
    assert.strictEqual(recordOf(customers, customer({ extension_attributes: [] }))["state"], "active")
  })

  it.each([
    {
      what: "of no company",
      fields: { extension_attributes: { company_attributes: { company_id: 0, status: 0 } } },
      state: "active"
    },
    { what: "not yet confirmed", fields: { confirmation: "a1b2" }, state: "inactive" },
    {
      what: "locked in the company",
      fields: { extension_attributes: { company_attributes: { company_id: 4, status: 0 } } },
      state: "inactive"
    }
  ])("$what: $state", ({ fields, state }) => {
    assert.strictEqual(recordOf(customers, customer(fields))["state"], state)
  })
})

const payment = (fields: Fields = {}): Fields => ({
  transaction_id: 9,
  parent_id: 8,
  order_id: 5,
  payment_id: 5,
  txn_id: "ch_1-capture",
  parent_txn_id: "ch_1",
  txn_type: "capture",
  is_closed: 1,
  additional_information: [],
  created_at: "2026-03-31 22:30:00",
  child_transactions: [],
  ...fields
})

const order = (fields: Fields = {}): Fields => ({
  entity_id: 5,
  increment_id: "000000005",
  store_id: 1,
  order_currency_code: "USD",
  base_currency_code: "EUR",
  customer_id: 12,
  customer_email: "greta@example.com",
  billing_address: { firstname: "Greta", lastname: "Sommer" },
  payment: {
    method: "braintree",
    amount_paid: "119",
    base_amount_paid: "100.0000",
    amount_refunded: "11.9",
    base_amount_refunded: "10",
    amount_authorized: "119",
    base_amount_authorized: "100"
  },
  ...fields
})

describe("A4 payments", () => {
  it("take their amount from the invoice that names them", () => {
    const record = recordOf(transactions, {
      document: payment(),
      order: order(),
      invoice: { entity_id: 3, grand_total: "59.5", base_grand_total: "50" },
      ofItsType: 2
    })
    Schema.decodeUnknownSync(Payment, { onExcessProperty: "error" })(record)
    assert.deepInclude(record, {
      number: "ch_1-capture",
      type: "capture",
      state: "closed",
      currency: "USD",
      accountingCurrency: "EUR",
      amount: "59.50",
      accounting: { amount: "50.00" },
      amountFrom: "invoice",
      invoiceId: "3",
      parent: { id: "8", number: "ch_1" },
      order: { id: "5", number: "000000005" }
    })
  })

  it("take their amount from the credit memo that names them", () => {
    const record = recordOf(transactions, {
      document: payment({ txn_type: "refund" }),
      order: order(),
      creditMemo: { entity_id: 2, grand_total: "5.95", base_grand_total: "5" },
      ofItsType: 2
    })
    assert.deepInclude(record, { amount: "5.95", amountFrom: "credit-note", creditNoteId: "2" })
  })

  it.each([
    ["capture", "100.00"],
    ["payment", "100.00"],
    ["refund", "10.00"],
    ["authorization", "100.00"],
    ["void", "100.00"]
  ])("that are the only %s of their order have the order's own figure", (txn_type, amount) => {
    const record = recordOf(transactions, { document: payment({ txn_type }), order: order(), ofItsType: 1 })
    assert.deepInclude(record, { amountFrom: "order", accounting: { amount } })
  })

  it("of an order with several, and named by no document, are parked rather than guessed", () => {
    assert.strictEqual(
      problemOf(transactions, { document: payment(), order: order(), ofItsType: 2 }),
      "payment-amount-unknown"
    )
  })

  it("are parked with the reason when their order cannot be had", () => {
    const problem = { code: "order-unreadable", message: "order 5 cannot be read.", path: "order_id" }
    assert.strictEqual(problemOf(transactions, { document: payment(), problem }), "order-unreadable")
    assert.strictEqual(problemOf(transactions, payment()), "order-required")
  })

  it("that are their own parent, as releases before 2.4.8 store them, have none", () => {
    const record = recordOf(transactions, {
      document: payment({ parent_id: null, parent_txn_id: "ch_1-capture" }),
      order: order(),
      ofItsType: 1
    })
    assert.notProperty(record, "parent")
  })
})

describe("A4 products", () => {
  const product = (fields: Fields = {}): Fields => ({
    id: 120,
    sku: "SHIRT",
    name: "Shirt",
    attribute_set_id: 4,
    price: 29.99,
    status: 1,
    visibility: 4,
    type_id: "simple",
    created_at: "2026-03-01 08:00:00",
    updated_at: "2026-03-02 09:00:00",
    extension_attributes: { website_ids: [1, 2] },
    custom_attributes: [
      { attribute_code: "tax_class_id", value: "2" },
      { attribute_code: "gl_group", value: "TEXTILES" },
      { attribute_code: "category_ids", value: [] }
    ],
    ...fields
  })

  it("keep their price exact, their attributes by code, and the category that counts first", () => {
    const shirts = { id: "7", name: "Shirts", path: "Clothing/Shirts" }
    const clothing = { id: "3", name: "Clothing", path: "Clothing" }
    const record = recordOf(products, { document: product(), categories: [shirts, clothing] })
    assert.deepInclude(record, {
      number: "SHIRT",
      price: "29.99",
      state: "active",
      taxClass: "2",
      websites: ["1", "2"],
      category: shirts,
      categories: [shirts, clothing],
      attributes: { tax_class_id: "2", gl_group: "TEXTILES" }
    })
  })

  it("without a price of their own and in no category are read", () => {
    const record = recordOf(products, product({ price: null, type_id: "configurable", status: 2 }))
    assert.deepInclude(record, { type: "configurable", state: "inactive", categories: [] })
    assert.notProperty(record, "price")
    assert.notProperty(record, "category")
  })
})

describe("A4 companies", () => {
  it("have a flat region, and a state for each status", () => {
    const company = {
      id: 2,
      status: 1,
      company_name: "Nord GmbH",
      legal_name: "Nord Ausstatter GmbH",
      company_email: "office@example.com",
      vat_tax_id: "DE123456788",
      street: ["Domgasse 12"],
      city: "Köln",
      country_id: "DE",
      region: "Nordrhein-Westfalen",
      region_id: "88",
      postcode: "50667",
      telephone: "0221 1",
      customer_group_id: 2,
      super_user_id: 8,
      reject_reason: null,
      rejected_at: null
    }
    const record = recordOf(companies, { items: [company], total_count: 1 })
    assert.deepInclude(record, { id: "2", name: "Nord GmbH", state: "active", vatNumber: "DE123456788" })
    assert.deepInclude(record["address"], { region: "Nordrhein-Westfalen", country: "DE", postcode: "50667" })
    assert.strictEqual(recordOf(companies, { ...company, status: 3 })["state"], "blocked")
  })
})

describe("A4 company credits", () => {
  const entry = (fields: Fields = {}): Fields => ({
    id: 6,
    company_credit_id: 2,
    user_id: 1,
    user_type: 2,
    currency_credit: "EUR",
    currency_operation: "EUR",
    rate: 1,
    rate_credit: 0,
    amount: -250,
    balance: -250,
    credit_limit: 1000,
    available_limit: 750,
    type: 3,
    datetime: "2026-03-12 02:26:28",
    purchase_order: "A12345",
    comment: '{"custom":"Adding PO info"}',
    ...fields
  })

  it("keep the sign of the amount, and what a person wrote", () => {
    const record = recordOf(companyCredits, {
      document: entry(),
      company: { id: 2, company_name: "Nord GmbH" }
    })
    assert.deepInclude(record, {
      type: "purchased",
      amount: "-250.00",
      accounting: { amount: "-250.00" },
      balance: "-250.00",
      availableLimit: "750.00",
      company: { id: "2", name: "Nord GmbH" },
      purchaseOrderNumber: "A12345",
      comment: "Adding PO info",
      createdAt: "2026-03-12T02:26:28Z"
    })
    assert.notProperty(record, "details")
  })

  it.each([
    [1, "allocated"],
    [2, "updated"],
    [3, "purchased"],
    [4, "reimbursed"],
    [5, "refunded"],
    [6, "reverted"]
  ])("of type %s are %s", (type, word) => {
    assert.strictEqual(recordOf(companyCredits, entry({ type }))["type"], word)
  })

  it("of a type that is none of the six are parked", () => {
    assert.strictEqual(problemOf(companyCredits, entry({ type: 7 })), "unreadable-field")
  })

  it.each([
    ["", undefined, undefined],
    ["a plain word", "a plain word", undefined],
    ['{"system":{"order":"000000012"}}', undefined, '{"system":{"order":"000000012"}}']
  ])("with the comment %s", (comment, written, details) => {
    const record = recordOf(companyCredits, entry({ comment }))
    assert.strictEqual(record["comment"], written)
    assert.strictEqual(record["details"], details)
  })

  it("in another currency than the credit's have no accounting amount: no rate is applied", () => {
    const record = recordOf(companyCredits, entry({ currency_operation: "USD" }))
    assert.deepInclude(record, { currency: "USD", accountingCurrency: "EUR" })
    assert.notProperty(record, "accounting")
  })
})

describe("A4 a saved payload", () => {
  it("that is none of the source is refused, and says what is", () => {
    const made = customers
      .make({
        name: "shop",
        connection: connection(),
        config: Schema.decodeUnknownSync(customers.config)({})
      })
      .fixture({ grand_total: 1 })
    assert.strictEqual("code" in made && made.code, "not-a-payload")
  })
})

describe("B7 a look-up of customers", () => {
  it.effect("asks the shop by the column of the field, and gives the records in our own words", () =>
    Effect.gen(function* () {
      const found = { items: [customer()], total_count: 1 }
      const { layer, seen } = fakeShop(({ path }) => ({
        body: path.endsWith("/customers/search")
          ? found
          : path.endsWith("/search")
            ? { items: [], total_count: 0 }
            : []
      }))
      const source = customers.make({
        name: "shop",
        connection: connection(),
        config: Schema.decodeUnknownSync(customers.config)({})
      })
      const lookUp = source.lookUp ?? assert.fail("customers cannot be looked up")
      yield* Effect.gen(function* () {
        const open = yield* lookUp
        assert.deepStrictEqual(
          (yield* open.find("email", "greta@example.com")).map(({ id }) => id),
          ["12"]
        )
        // A key that is none must not be asked for: MySQL reads 12abc as 12.
        assert.deepStrictEqual(yield* open.find("id", "12abc"), [])
      }).pipe(Effect.scoped, Effect.provide(layer), inFastTime)
      assert.include(JSON.stringify(seen), "greta")
    })
  )
})

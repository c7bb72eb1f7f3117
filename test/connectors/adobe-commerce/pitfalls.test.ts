import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { customers, normaliseCustomer } from "../../../src/connectors/adobe-commerce/customers.ts"
import { invoices } from "../../../src/connectors/adobe-commerce/invoices.ts"
import { normaliseInvoice } from "../../../src/connectors/adobe-commerce/normaliseInvoice.ts"
import { normaliseOrder } from "../../../src/connectors/adobe-commerce/normaliseOrder.ts"
import type { Normalised } from "../../../src/connectors/adobe-commerce/salesDocumentOf.ts"
import { fingerprint } from "../../../src/engine/fingerprint.ts"
import { type EncodedSalesDocument, SalesDocument } from "../../../src/pipeline/SalesDocument.ts"
import { fieldsOf, type Json } from "../../../src/pipeline/SourceRecord.ts"
import { commerceServer } from "../../../src/sandbox/commerce/commerceServer.ts"
import { generateShop } from "../../../src/sandbox/commerce/generateShop.ts"
import { payloadsAt } from "../../../src/sandbox/commerce/Payload.ts"
import { applied, invoice, order, orderItem, placedItem, placedOrder, row, same } from "./payloads.ts"
import { startCustomers } from "./customers/openCustomers.ts"
import { inNovember, readAll, services } from "./sandboxReading.ts"

const shop = generateShop({ seed: 3, documents: 12 })

const documentOf = (normalised: Normalised): EncodedSalesDocument => {
  if (normalised._tag === "Problems") return assert.fail(JSON.stringify(normalised.problems))
  Schema.decodeSync(SalesDocument)(normalised.document)
  return normalised.document
}

const problemsOf = (normalised: Normalised) =>
  normalised._tag === "Problems" ? normalised.problems.map(({ path }) => path) : []

const billed = (document: Json = invoice(), of: Json = order()) =>
  documentOf(normaliseInvoice({ document, order: of }))

const placed = (document: Json) => documentOf(normaliseOrder({ document }))

const recordFor = (document: EncodedSalesDocument) => ({
  origin: {
    system: "adobe-commerce",
    resource: "invoice",
    id: document.id,
    number: document.number,
    revision: ""
  },
  raw: {},
  normalised: { _tag: "Document" as const, document }
})

const inYen = { order_currency_code: "JPY", base_currency_code: "EUR" }

describe("Pitfalls of Adobe Commerce", () => {
  describe("reading by updated_at", () => {
    it.live("an address that is changed without a stamp on its customer is found by the sweep", () =>
      Effect.gen(function* () {
        const server = yield* commerceServer({ shop })
        yield* server.editCustomer("1", (customer) => ({
          ...customer,
          addresses: payloadsAt(customer, "addresses").map((address) => ({ ...address, city: "Hamburg" }))
        }))
        const since = { watermark: "2026-11-06 22:00:00", swept: "2026-11-06 21:00:00" }
        const readAfter = (swept: string) =>
          readAll(customers, server.url, { pageSize: 5 }, { ...since, swept }).pipe(
            Effect.map((records) => records.filter(({ origin }) => origin.id === "1"))
          )
        assert.deepStrictEqual(yield* readAfter(since.swept), [])
        const [greta] = yield* readAfter("2026-11-05 21:00:00")
        assert.isDefined(greta)
        assert.strictEqual(greta.origin.revision, "2026-08-20 09:00:00")
        assert.include(JSON.stringify(fieldsOf(greta.normalised)), "Hamburg")
      }).pipe(inNovember, Effect.provide(services))
    )

    it("a stamp that moves for no reason of accounting changes no fingerprint", () => {
      const later = invoice({ updated_at: "2027-01-01 00:00:00" })
      assert.strictEqual(fingerprint(recordFor(billed(later))), fingerprint(recordFor(billed())))
    })

    it.live("documents of stores that are not asked for are not read, whatever store the address names", () =>
      Effect.gen(function* () {
        const { url } = yield* commerceServer({ shop })
        const settings = { states: ["open", "paid", "cancelled"], stores: [2], pageSize: 5 }
        const records = yield* readAll(invoices, url, settings)
        const wanted = shop.invoices.filter(({ store_id: store }) => store === 2)
        assert.isAbove(wanted.length, 0)
        assert.sameMembers(
          records.map(({ origin }) => origin.id),
          wanted.map(({ entity_id: id }) => String(id))
        )
      }).pipe(inNovember, Effect.provide(services))
    )
  })

  describe("who and which", () => {
    it("two invoices of one number in two stores are two documents", () => {
      const ids = [invoice(), invoice({ entity_id: 8, store_id: 2 })].map((document) => {
        const { id, number } = documentOf(normaliseInvoice({ document, order: order({ store_id: 2 }) }))
        return `${id} ${number}`
      })
      assert.deepStrictEqual(ids, ["7 000000007", "8 000000007"])
    })

    it("an order of a customer who was deleted since is no guest's", () => {
      const { customer_id: _customerId, ...orphaned } = order()
      assert.strictEqual(billed(invoice(), orphaned).customer.kind, "deleted")
      assert.strictEqual(billed(invoice(), { ...orphaned, customer_is_guest: 1 }).customer.kind, "guest")
    })

    it("a customer is known by his key although his e-mail address is another one now", () => {
      const customer = { id: 42, email: "ada.berg@example.com", firstname: "Ada", lastname: "Berg" }
      const now = fieldsOf(normaliseCustomer({ document: customer }))
      const then = billed().customer
      assert.strictEqual(now?.["id"], then.id)
      assert.notStrictEqual(now?.["email"], then.email)
    })

    it.live("the group that Commerce may change by itself is sent as it was read", () =>
      Effect.gen(function* () {
        const { open, server } = yield* startCustomers()
        yield* server.editCustomer("1", (customer) => ({
          ...customer,
          group_id: 3,
          disable_auto_group_change: 1
        }))
        const [greta] = yield* open.search("email", "greta.sommer@example.com")
        assert.isDefined(greta)
        yield* open.update(greta, { fields: { vatNumber: "DE1" }, addresses: [] })
        const stored = (yield* server.shop).customers.find(({ id }) => id === 1)
        assert.deepInclude(stored, { group_id: 3, disable_auto_group_change: 1, taxvat: "DE1" })
      })
    )
  })

  describe("fields that are not as they seem", () => {
    it("a status of the shop's own says nothing, only the state does", () => {
      assert.strictEqual(placed(placedOrder({ status: "closed_exchange_success" })).state, "processing")
    })

    it("an order without a status is read, and one without a state is a problem that names it", () => {
      const { state: _state, status: _status, ...bare } = placedOrder()
      assert.strictEqual(placed({ ...bare, state: "processing" }).state, "processing")
      assert.deepStrictEqual(problemsOf(normaliseOrder({ document: bare })), ["state"])
      assert.deepStrictEqual(problemsOf(normaliseOrder({ document: { ...bare, state: null } })), ["state"])
    })

    it("details of a payment without keys, with lists in lists and with the text null are not looked at", () => {
      const payment = {
        method: "purchaseorder",
        po_number: "PO-9",
        additional_information: ["Purchase order", null, [["deep"]]]
      }
      const extension = { payment_additional_info: [{ key: "method_title", value: "null" }] }
      assert.deepStrictEqual(placed(placedOrder({ payment }, extension)).payment, billed().payment)
    })

    it("fixed product taxes as a text of JSON, and gift wrapping as texts, are no trouble", () => {
      const item = placedItem({ weee_tax_applied: "[]", gw_base_price: "", gw_price: "0.0000" })
      assert.deepStrictEqual(placed(placedOrder({ items: [item] })), placed(placedOrder()))
    })

    it("items that are repeated among the shipping assignments are counted once", () => {
      const document = placedOrder()
      const repeated = {
        shipping_assignments: [
          {
            shipping: { address: { country_id: "DE" }, method: "flatrate_flatrate" },
            items: document["items"] ?? []
          }
        ]
      }
      assert.deepStrictEqual(placed(placedOrder({}, repeated)), placed(document))
    })

    it("a configurable product whose child is no longer listed carries its amounts all the same", () => {
      const of = order({ items: [orderItem({ product_type: "configurable" })] })
      assert.deepInclude(billed(invoice(), of).lines[0], { productType: "configurable", net: "100.00" })
    })

    it("an order of a list that leaves extension attributes out has its tax by the items' percentage", () => {
      const { extension_attributes: _extension, ...bare } = order()
      const taxes = billed(invoice(), bare).taxes
      assert.deepStrictEqual(
        taxes.map(({ amount, rate }) => [amount, rate]),
        [["19.95", "19"]]
      )
    })
  })

  describe("currencies", () => {
    const rate = 0.0061
    const yen = invoice({
      ...inYen,
      subtotal: 16393,
      base_subtotal: 100,
      shipping_amount: 820,
      base_shipping_amount: 5,
      shipping_tax_amount: 156,
      base_shipping_tax_amount: "0.95",
      tax_amount: 3271,
      base_tax_amount: "19.95",
      grand_total: 20484,
      base_grand_total: "124.95",
      base_to_order_rate: rate,
      store_to_base_rate: 0,
      store_to_order_rate: 0,
      items: [row({ row_total: 16393, base_row_total: 100, tax_amount: 3115, base_tax_amount: 19 })]
    })
    const bill = (document: Json) =>
      billed(
        document,
        order(
          {},
          {
            applied_taxes: [{ ...applied("DE-19", 19, 0), amount: 3271, base_amount: "19.95" }],
            item_applied_taxes: [
              {
                type: "product",
                item_id: 11,
                applied_taxes: [{ ...applied("DE-19", 19, 0), amount: 3115, base_amount: 19 }]
              },
              {
                type: "shipping",
                applied_taxes: [{ ...applied("DE-19", 19, 0), amount: 156, base_amount: "0.95" }]
              }
            ]
          }
        )
      )

    it("both amounts are those that were stored, and a rate of four decimals is not computed with", () => {
      const { totals } = bill(yen)
      assert.deepInclude(totals, { grand: "20484", residual: "0" })
      assert.deepInclude(totals.accounting, { grand: "124.95", residual: "0.00" })
    })

    it("a currency of three decimals keeps them, where Commerce itself rounds to two", () => {
      const dinar = invoice({
        order_currency_code: "KWD",
        base_currency_code: "KWD",
        ...same("subtotal", "10.125"),
        ...same("shipping_amount", 0),
        ...same("shipping_tax_amount", 0),
        ...same("tax_amount", 0),
        ...same("grand_total", "10.13"),
        items: [row({ ...same("row_total", "10.125"), ...same("tax_amount", 0) })]
      })
      const { lines, totals } = billed(dinar)
      assert.deepStrictEqual([lines[0]?.net, totals.grand, totals.residual], ["10.125", "10.130", "0.005"])
    })
  })
})

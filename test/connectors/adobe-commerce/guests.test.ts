/*
 * Guests as the shop's orders tell of them, against the local Commerce.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Schema } from "effect"
import { guests, normaliseGuest } from "../../../src/connectors/adobe-commerce/guests.ts"
import { invoices } from "../../../src/connectors/adobe-commerce/invoices.ts"
import { Customer } from "../../../src/pipeline/Customer.ts"
import { fieldsOf } from "../../../src/pipeline/SourceRecord.ts"
import { type CommerceServer, commerceServer } from "../../../src/sandbox/commerce/commerceServer.ts"
import { generateShop } from "../../../src/sandbox/commerce/generateShop.ts"
import type { PayloadObject } from "../../../src/sandbox/commerce/Payload.ts"
import { connectionTo, inNovember, readAll, services } from "./sandboxReading.ts"

const shop = generateShop({ seed: 7, documents: 60 })
const ofGuests = shop.orders.filter((order) => order["customer_is_guest"] === 1)
const emailOf = (order: PayloadObject) => String(order["customer_email"]).trim().toLowerCase()
const idOf = (order: PayloadObject) => Number(order["entity_id"])
const inOrder = (orders: ReadonlyArray<PayloadObject>) => orders.toSorted((a, b) => idOf(a) - idOf(b))
const people = [...new Set(ofGuests.map(emailOf))]
const firstOrder = (orders: ReadonlyArray<PayloadObject>, email: string) =>
  inOrder(orders.filter((order) => emailOf(order) === email))[0]
const keyIn = (orders: ReadonlyArray<PayloadObject>, email: string) =>
  `guest-${String(firstOrder(orders, email)?.["entity_id"])}`

const decode = Schema.decodeUnknownSync(Customer, { onExcessProperty: "error" })
type Records = Effect.Success<ReturnType<typeof readAll>>
const customersOf = (records: Records) => records.map(({ normalised }) => decode(fieldsOf(normalised)))

const open = Effect.fnUntraced(function* (server: CommerceServer) {
  const connection = yield* connectionTo(server.url, 100)
  const config = yield* Schema.decodeEffect(guests.config)({})
  return yield* guests.make({ name: "shop", connection, config }).open
})

const changeOrders = (server: CommerceServer, change: (order: PayloadObject) => PayloadObject) =>
  server.update((current) => ({ ...current, orders: current.orders.map(change) }))

/** A shop that fails inside is asked again after a while; here after a fiftieth of it. */
const hurried = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Clock.Clock, (clock) =>
    Effect.provideService(effect, Clock.Clock, {
      ...clock,
      sleep: (duration) => clock.sleep(Duration.times(duration, 0.02))
    })
  )

describe("C4 guests", () => {
  it.live("are read once for each e-mail address, under the key of its first order, as in its newest", () =>
    Effect.gen(function* () {
      assert.isAbove(people.length, 1)
      assert.isAbove(ofGuests.length, people.length)
      const server = yield* commerceServer({ shop })
      // In letters of another size, and with blanks that MySQL overlooks: still the same person.
      const [first = assert.fail("nobody is a guest")] = people
      const newest = inOrder(ofGuests.filter((order) => emailOf(order) === first)).at(-1)
      yield* changeOrders(server, (order) =>
        order["entity_id"] === newest?.["entity_id"]
          ? {
              ...order,
              customer_email: `${first.toUpperCase()} `,
              customer_firstname: null,
              customer_lastname: null,
              billing_address: {
                firstname: "Newest",
                lastname: "Name",
                telephone: "030 777",
                street: ["New 1"]
              }
            }
          : order
      )
      const records = yield* readAll(guests, server.url, { pageSize: 100 })
      assert.deepStrictEqual(
        records.map(({ origin }) => origin.id).toSorted(),
        people.map((email) => keyIn(shop.orders, email)).toSorted()
      )
      const found = customersOf(records).find(({ id }) => id === keyIn(shop.orders, first))
      assert.deepInclude(found, { name: "Newest Name", phone: "030 777", group: "0", state: "active" })
      assert.strictEqual(found?.billingAddress?.id, "billing")
      assert.deepStrictEqual(found?.billingAddress?.street, ["New 1"])
      for (const { origin } of records) {
        assert.deepInclude(origin, { resource: "guest", number: origin.id })
        assert.notInclude(`${origin.id}${origin.revision}`, "@")
      }
      // On every page once, and on each page as he is now.
      const pages = yield* readAll(guests, server.url, { pageSize: 2 })
      assert.deepStrictEqual(
        new Set(customersOf(pages).map((customer) => JSON.stringify(customer))),
        new Set(customersOf(records).map((customer) => JSON.stringify(customer)))
      )
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )

  it.live("are told apart by the very letters, though the shop's search overlooks accents", () =>
    Effect.gen(function* () {
      const [one, other] = inOrder(ofGuests)
      const server = yield* commerceServer({
        shop: {
          ...shop,
          orders: [
            { ...one, customer_email: "rené@example.com" },
            { ...other, customer_email: "rene@example.com" }
          ]
        }
      })
      const records = yield* readAll(guests, server.url, { pageSize: 100 })
      assert.deepStrictEqual(
        customersOf(records).map(({ email, id }) => [id, email]),
        [
          [`guest-${String(one?.["entity_id"])}`, "rené@example.com"],
          [`guest-${String(other?.["entity_id"])}`, "rene@example.com"]
        ]
      )
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )

  it.live("keep their key when the first order is assigned to an account, and are gone once all are", () =>
    Effect.gen(function* () {
      const email = people.find((each) => ofGuests.filter((order) => emailOf(order) === each).length > 1)
      if (email === undefined) return assert.fail("nobody ordered twice")
      const orders = inOrder(ofGuests.filter((order) => emailOf(order) === email))
      const server = yield* commerceServer({ shop: { ...shop, orders } })
      const key = keyIn(orders, email)
      const source = yield* open(server)
      assert.strictEqual((yield* source.fetch(key)).origin.id, key)
      const assign = (assigned: ReadonlyArray<PayloadObject>) =>
        changeOrders(server, (order) =>
          assigned.some(({ entity_id }) => entity_id === order["entity_id"])
            ? { ...order, customer_id: 99, customer_is_guest: 0 }
            : order
        )
      yield* assign(orders.slice(0, 1))
      assert.strictEqual((yield* source.fetch(key)).origin.id, key)
      const records = yield* readAll(guests, server.url, { pageSize: 100 })
      assert.deepStrictEqual(
        records.map(({ origin }) => origin.id),
        [key]
      )
      yield* assign(orders)
      assert.strictEqual((yield* Effect.flip(source.fetch(key))).reason._tag, "NotFound")
      assert.isEmpty(yield* readAll(guests, server.url, { pageSize: 100 }))
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )

  it.live("are not found under the key of a later order, of no order, or of an account", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({ shop })
      const source = yield* open(server)
      const email = people.find((each) => ofGuests.filter((order) => emailOf(order) === each).length > 1)
      const later = inOrder(shop.orders.filter((order) => emailOf(order) === email)).at(-1)
      const registered = shop.orders.find((order) => typeof order["customer_id"] === "number")
      const keys = [later, registered].map((order) => `guest-${String(order?.["entity_id"])}`)
      for (const key of [...keys, "guest-999999", "guest-", "7", "guest-7abc"]) {
        assert.strictEqual((yield* Effect.flip(source.fetch(key))).reason._tag, "NotFound", key)
      }
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )

  it.live("are read past an order that the shop cannot print, whose key keeps its place", () =>
    Effect.gen(function* () {
      const [email = assert.fail("nobody is a guest")] = people.filter(
        (each) => ofGuests.filter((order) => emailOf(order) === each).length > 2
      )
      const orders = inOrder(ofGuests.filter((order) => emailOf(order) === email))
      const [first, last] = [orders[0], orders.at(-1)]
      const isBroken = ({ entity_id }: PayloadObject) =>
        entity_id === first?.["entity_id"] || entity_id === last?.["entity_id"]
      const server = yield* commerceServer({
        shop: {
          ...shop,
          orders: orders.map((order) => (isBroken(order) ? { ...order, sandbox_unreadable: true } : order))
        }
      })
      const records = yield* readAll(guests, server.url, { pageSize: 100 })
      const person = records.find(({ normalised }) => normalised._tag === "Record")
      assert.strictEqual(person?.origin.id, keyIn(orders, email))
      assert.strictEqual(
        decode(fieldsOf(person?.normalised ?? assert.fail("nobody is read"))).updatedAt,
        `${String(orders.at(-2)?.["created_at"]).replace(" ", "T")}Z`
      )
      assert.deepStrictEqual(
        new Set(
          records.flatMap(({ normalised, origin }) => (normalised._tag === "Problems" ? origin.id : []))
        ),
        new Set([`guest-${String(first?.["entity_id"])}`, `guest-${String(last?.["entity_id"])}`])
      )
    }).pipe(hurried, inNovember, Effect.scoped, Effect.provide(services))
  )

  it("have one address where both say the same, and two where they differ", () => {
    const address = {
      street: ["Domgasse 12"],
      city: "Köln",
      region: "Berlin",
      region_code: "BE",
      region_id: 82
    }
    const shippedTo = (shipping: Readonly<Record<string, string>>) =>
      decode(
        fieldsOf(
          normaliseGuest({
            document: {
              entity_id: 3,
              customer_email: "emil@example.com",
              billing_address: {
                ...address,
                entity_id: 5,
                firstname: "Emil",
                lastname: "Roth",
                vat_id: "DE1"
              },
              extension_attributes: {
                shipping_assignments: [
                  {
                    shipping: {
                      address: {
                        ...address,
                        entity_id: 6,
                        firstname: "Emil",
                        lastname: "Roth",
                        vat_id: "DE1",
                        ...shipping
                      }
                    }
                  }
                ]
              }
            }
          })
        )
      )
    const same = shippedTo({})
    assert.deepStrictEqual(
      [same.shippingAddress?.id, same.addresses.map(({ id }) => id)],
      ["billing", ["billing"]]
    )
    assert.deepInclude(same, { name: "Emil Roth", firstName: "Emil", vatNumber: "DE1" })
    assert.deepInclude(same.billingAddress, { regionCode: "BE", region: "Berlin", name: "Emil Roth" })
    const other = shippedTo({ city: "Wien" })
    assert.deepStrictEqual(
      [other.shippingAddress?.id, other.addresses.map(({ id }) => id)],
      ["shipping", ["billing", "shipping"]]
    )
  })
})

describe("C4 documents of guests", () => {
  const guestIds = (records: Records) =>
    records.map(({ normalised }) =>
      normalised._tag === "Document" ? normalised.document.customer.guestId : normalised._tag
    )

  it.live("name the guest by the key under which he is read, where the source is told to", () =>
    Effect.gen(function* () {
      const server = yield* commerceServer({ shop })
      const expected = shop.invoices.map((invoice) => {
        const order = shop.orders.find(({ entity_id }) => entity_id === invoice["order_id"])
        return order?.["customer_is_guest"] === 1 ? keyIn(shop.orders, emailOf(order)) : undefined
      })
      assert.includeMembers(expected, [undefined, keyIn(shop.orders, people[0] ?? "")])
      const told = yield* readAll(invoices, server.url, {
        guests: true,
        states: ["open", "paid"],
        pageSize: 20
      })
      assert.deepStrictEqual(guestIds(told), expected)
      const untold = yield* readAll(invoices, server.url, { states: ["open", "paid"], pageSize: 20 })
      assert.deepStrictEqual(new Set(guestIds(untold)), new Set([undefined]))
    }).pipe(inNovember, Effect.scoped, Effect.provide(services))
  )
})

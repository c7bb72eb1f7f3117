/**
 * guests: the source `adobe-commerce/guests`, people who ordered without an account.
 *
 * Commerce keeps no guests, only their orders. Whoever ordered under one e-mail
 * address is one person, as he stated himself in his newest order as a guest.
 * Orders that were assigned to an account since are no guest's any more; who
 * has no others is gone from here.
 *
 * Source: AdobeDocs/commerce-webapi, sales-data-order-interface and
 * sales-data-order-address-interface, 2.4.6 to 2.4.9.
 */
import { Effect, Schema } from "effect"
import { CurrencyCode } from "../../accounting/CurrencyCode.ts"
import { Customer, type EncodedCustomer, type PostalAddress } from "../../pipeline/Customer.ts"
import type { Json, NormalisedRecord } from "../../pipeline/SourceRecord.ts"
import { addressOf, named, personName } from "./addressOf.ts"
import { Id, Instant } from "./decodePayload.ts"
import { addressIn, areOfGuests, guestPrefix, makeGuestOrders } from "./GuestOrders.ts"
import { type Given, type ListKind, listSource, normaliseItem, type OpenShop } from "./listSource.ts"
import { readingConfig } from "./readingConfig.ts"
import { textAt } from "./recordOf.ts"

const Config = Schema.Struct({
  ...readingConfig,
  stores: Schema.optionalKey(
    Schema.Array(Schema.Int)
      .annotate({
        description: "Ids of the store views whose orders are read; without it, all.",
        examples: [[1]]
      })
      .check(Schema.isMinLength(1))
  )
}).annotate({ identifier: "AdobeCommerceGuests" })

const Text = Schema.optionalKey(Schema.String)
const Key = Schema.optionalKey(Id)

const OrderAddress = Schema.Struct({
  region: Text,
  region_code: Text,
  region_id: Key,
  country_id: Text,
  street: Schema.optionalKey(Schema.Array(Schema.String)),
  company: Text,
  telephone: Text,
  postcode: Key,
  city: Text,
  firstname: Text,
  middlename: Text,
  lastname: Text,
  vat_id: Text
})

const GuestOrder = Schema.Struct({
  entity_id: Id,
  created_at: Schema.optionalKey(Instant),
  customer_email: Text,
  customer_firstname: Text,
  customer_middlename: Text,
  customer_lastname: Text,
  customer_group_id: Key,
  customer_taxvat: Key,
  billing_address: Schema.optionalKey(OrderAddress),
  extension_attributes: Schema.optionalKey(
    Schema.Struct({
      shipping_assignments: Schema.optionalKey(
        Schema.Array(
          Schema.Struct({
            shipping: Schema.optionalKey(Schema.Struct({ address: Schema.optionalKey(OrderAddress) }))
          })
        )
      )
    })
  )
})
type GuestOrder = typeof GuestOrder.Type

const isCurrency = Schema.is(CurrencyCode)

/**
 * An address of an order. Each order has rows of its own, so that what an address is for is its key: the next order
 * changes the address and adds none.
 */
const postalAddress = (
  id: "billing" | "shipping",
  { region, region_code, region_id, ...address }: typeof OrderAddress.Type
): PostalAddress =>
  addressOf({
    ...address,
    id,
    region: {
      ...(region === undefined ? {} : { region }),
      ...(region_code === undefined ? {} : { region_code }),
      ...(region_id === undefined ? {} : { region_id })
    }
  })

const saysTheSame = (left: PostalAddress, right: PostalAddress) =>
  JSON.stringify({ ...left, id: "" }) === JSON.stringify({ ...right, id: "" })

const addressesOf = ({ billing_address, extension_attributes }: GuestOrder) => {
  const shippingAddress = extension_attributes?.shipping_assignments?.[0]?.shipping?.address
  const billing = billing_address === undefined ? undefined : postalAddress("billing", billing_address)
  const shipping = shippingAddress === undefined ? undefined : postalAddress("shipping", shippingAddress)
  return {
    billing,
    shipping:
      billing !== undefined && shipping !== undefined && saysTheSame(billing, shipping) ? billing : shipping
  }
}

const toRecord =
  (given: Given) =>
  (order: GuestOrder): EncodedCustomer => {
    const { billing_address: invoiced } = order
    const { billing, shipping } = addressesOf(order)
    const key = `${guestPrefix}${textAt(given, "key") || order.entity_id}`
    const first = order.customer_firstname ?? invoiced?.firstname
    const middle = order.customer_middlename ?? invoiced?.middlename
    const last = order.customer_lastname ?? invoiced?.lastname
    const person = personName({
      ...named("firstname", first),
      ...named("middlename", middle),
      ...named("lastname", last)
    })
    const company = invoiced?.company?.trim() ?? ""
    const currency = textAt(given["store"], "baseCurrency")
    return {
      id: key,
      number: key,
      state: "active",
      name: [company, person, order.customer_email?.trim() ?? ""].find((name) => name !== "") ?? key,
      ...named("firstName", first),
      ...named("lastName", last),
      ...named("company", company),
      ...named("email", order.customer_email),
      ...named("phone", invoiced?.telephone),
      ...named("vatNumber", order.customer_taxvat ?? invoiced?.vat_id),
      group: order.customer_group_id ?? "0",
      ...named("website", textAt(given["store"], "website")),
      ...named("store", textAt(given["store"], "code")),
      ...named("language", textAt(given["store"], "locale")),
      ...(isCurrency(currency) ? { currency } : {}),
      ...(billing === undefined ? {} : { billingAddress: billing }),
      ...(shipping === undefined ? {} : { shippingAddress: shipping }),
      addresses: [...new Set([billing, shipping])].filter((address) => address !== undefined),
      // When he said so: what becomes of the order afterwards changes nothing about him.
      ...named("updatedAt", order.created_at)
    }
  }

/** The guest who placed the order, or what is wrong with it; `given.key` is the key of his first one. */
export const normaliseGuest = (given: Given): NormalisedRecord =>
  normaliseItem(GuestOrder, "order", given, toRecord(given))

/** The people who placed the orders, each once, by their newest orders; who is no guest any more is left out. */
const guestsBehind = Effect.fnUntraced(function* ({ client, stores }: OpenShop) {
  const placed = yield* makeGuestOrders(client)
  const guestAt = Effect.fnUntraced(function* (address: string) {
    const document = yield* placed.newest(address)
    const key = document === undefined ? undefined : yield* placed.first(address)
    return document === undefined || key === undefined ? [] : [{ document, key }]
  })
  return Effect.fnUntraced(function* (orders: ReadonlyArray<Json>) {
    const { byId } = yield* stores.known
    const addresses = [...new Set(orders.map(addressIn))].filter((address) => address !== "")
    const found = yield* Effect.forEach(addresses, guestAt, { concurrency: 4 })
    return found.flat().map(({ document, key }): Given => {
      const store = byId.get(textAt(document, "store_id"))
      return { document, key, ...(store === undefined ? {} : { store: { ...store } }) }
    })
  })
})

const kind: ListKind<typeof Config.Type> = {
  type: "adobe-commerce/guests",
  summary:
    "Reads people who ordered without an account from Adobe Commerce: one customer for each e-mail address, as in its newest order. Takes the right to view orders (Magento_Sales::actions_view), not that to customers.",
  resource: "guest",
  label: "guest",
  list: { resource: "orders", key: { column: "entity_id", field: "entity_id" } },
  time: "updated_at",
  prefix: guestPrefix,
  record: Customer,
  people: "guests",
  filters: ({ stores }) => [
    areOfGuests,
    // One `in` filter: an `or` of several on store_id finds nothing.
    ...(stores === undefined
      ? []
      : [{ field: "store_id", condition: "in", value: stores.join(",") } as const])
  ],
  beside: guestsBehind,
  normalise: normaliseGuest
}

/** Reads GET /V1/orders of guests by `updated_at`. An order without an e-mail address is nobody's. */
export const guests = listSource(kind, Config)

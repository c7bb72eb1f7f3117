/**
 * customers: the source `adobe-commerce/customers`.
 *
 * Commerce stamps a customer when the account changes and not when an address
 * of it does (magento2 issues 5013, 9419 and 2982, "by design"), so that once a
 * day all customers are read again; those that are as they were lead to nothing.
 *
 * Source: AdobeDocs/commerce-webapi, customer-data-customer-interface, 2.4.6 to 2.4.9.
 */
import { Effect, Schema } from "effect"
import { CurrencyCode } from "../../accounting/CurrencyCode.ts"
import { Customer, type EncodedCustomer } from "../../pipeline/Customer.ts"
import type { Json, NormalisedRecord } from "../../pipeline/SourceRecord.ts"
import { addressOf, CustomerAddress, named, noName, personName } from "./addressOf.ts"
import { Id, Instant } from "./decodePayload.ts"
import { type Given, type ListKind, listSource, normaliseItem, type OpenShop } from "./listSource.ts"
import { readAll } from "./readAll.ts"
import { wholeReadingConfig } from "./readingConfig.ts"
import { textAt } from "./recordOf.ts"

const Config = Schema.Struct({
  ...wholeReadingConfig,
  websites: Schema.optionalKey(
    Schema.Array(Schema.Int)
      .annotate({
        description: "Ids of the websites whose customers are read; without it, all.",
        examples: [[1]]
      })
      .check(Schema.isMinLength(1))
  )
}).annotate({ identifier: "AdobeCommerceCustomers" })

const Text = Schema.optionalKey(Schema.String)
const Key = Schema.optionalKey(Id)

const CommerceCustomer = Schema.Struct({
  id: Id,
  group_id: Key,
  confirmation: Text,
  created_at: Schema.optionalKey(Instant),
  updated_at: Schema.optionalKey(Instant),
  email: Text,
  firstname: Text,
  middlename: Text,
  lastname: Text,
  store_id: Key,
  taxvat: Key,
  website_id: Key,
  default_billing: Key,
  default_shipping: Key,
  addresses: Schema.optionalKey(Schema.Array(CustomerAddress)),
  extension_attributes: Schema.optionalKey(
    Schema.Struct({
      company_attributes: Schema.optionalKey(Schema.Struct({ company_id: Key, status: Key }))
    })
  )
})
type CommerceCustomer = typeof CommerceCustomer.Type

const isCurrency = Schema.is(CurrencyCode)

const toRecord =
  (given: Given) =>
  (customer: CommerceCustomer): EncodedCustomer => {
    const addresses = customer.addresses ?? []
    const chosen = (key: string | undefined, is: (address: CustomerAddress) => boolean | undefined) =>
      addresses.find(({ id }) => id !== undefined && id === key) ??
      addresses.find((address) => is(address) === true)
    const billing = chosen(customer.default_billing, (address) => address.default_billing)
    const shipping = chosen(customer.default_shipping, (address) => address.default_shipping)
    const membership = customer.extension_attributes?.company_attributes
    // Customers of no company have company 0 where the B2B module is installed.
    const companyId = membership?.company_id === "0" ? undefined : membership?.company_id
    const isLocked = companyId !== undefined && membership?.status === "0"
    const person = personName(customer)
    const company = billing?.company?.trim() ?? ""
    const currency = textAt(given["store"], "baseCurrency")
    return {
      id: customer.id,
      number: customer.id,
      state: customer.confirmation !== undefined || isLocked ? "inactive" : "active",
      name: company === "" ? (person === "" ? (customer.email ?? customer.id) : person) : company,
      // One name that stands for both is no person's.
      ...(customer.lastname === noName ? {} : named("firstName", customer.firstname)),
      ...(customer.lastname === noName ? {} : named("lastName", customer.lastname)),
      ...named("company", company),
      ...named("companyId", companyId),
      ...named("email", customer.email),
      ...named("phone", billing?.telephone),
      ...named("vatNumber", customer.taxvat ?? billing?.vat_id),
      ...named("group", customer.group_id),
      ...named("groupName", textAt(given["group"], "code")),
      ...named("website", textAt(given["store"], "website")),
      ...named("store", textAt(given["store"], "code")),
      ...named("language", textAt(given["store"], "locale")),
      ...(isCurrency(currency) ? { currency } : {}),
      ...(billing === undefined ? {} : { billingAddress: addressOf(billing) }),
      ...(shipping === undefined ? {} : { shippingAddress: addressOf(shipping) }),
      addresses: addresses.map(addressOf),
      ...named("createdAt", customer.created_at),
      ...named("updatedAt", customer.updated_at)
    }
  }

/** The customer, or what is wrong with it; `given.store` and `given.group` name what the account has only keys of. */
export const normaliseCustomer = (given: Given): NormalisedRecord =>
  normaliseItem(CommerceCustomer, "customer", given, toRecord(given))

/** Reads what accounts have only keys of: the store, the website and the group. */
export const customersBeside = Effect.fnUntraced(function* ({ client, pageSize, stores }: OpenShop) {
  const groupsList = { resource: "customerGroups/search", key: { column: "id", field: "id" } }
  const groups = yield* Effect.cached(readAll(client, groupsList, pageSize))
  return Effect.fnUntraced(function* (items: ReadonlyArray<Json>) {
    const { byId, websites } = yield* stores.known
    const names = new Map((yield* groups).map((group) => [textAt(group, "id"), group] as const))
    return items.map((document): Given => {
      const website = websites.get(textAt(document, "website_id"))
      const group = names.get(textAt(document, "group_id"))
      return {
        document,
        store: {
          ...byId.get(textAt(document, "store_id")),
          ...(website === undefined ? {} : { website })
        },
        ...(group === undefined ? {} : { group })
      }
    })
  })
})

const kind: ListKind<typeof Config.Type> = {
  type: "adobe-commerce/customers",
  summary:
    "Reads customers with their addresses from Adobe Commerce. A changed address is noticed by the daily sweep, since Commerce does not stamp it.",
  resource: "customer",
  label: "customer",
  list: { resource: "customers/search", key: { column: "entity_id", field: "id" } },
  time: "updated_at",
  number: "id",
  record: Customer,
  lookUpBy: { id: "entity_id", email: "email" },
  filters: ({ websites }) =>
    websites === undefined ? [] : [{ field: "website_id", condition: "in", value: websites.join(",") }],
  beside: customersBeside,
  normalise: normaliseCustomer
}

/** Reads GET /V1/customers/search by `updated_at`, and once a day all of it. */
export const customers = listSource(kind, Config)

/**
 * saveCustomer: `POST /V1/customers` and `PUT /V1/customers/:id`, as far as they change the shop.
 *
 * What Commerce does and a client must know: addresses that are sent are all that the customer has from
 * then on; an address that is the default and does not say so stops being it; a field that is left out
 * stays, also in an address that is sent with its key, and an empty text clears it; an address in a
 * country the shop does not sell to is left out of a new account without a word; attributes that the shop
 * does not have are dropped; and `updated_at` moves for the account, not for its addresses.
 *
 * Source: magento2 Customer/Model/ResourceModel/CustomerRepository.php, AccountManagement.php and
 * ResourceModel/Address/Relation.php; issues 2499 (addresses left out are deleted), 16854 (defaults lost
 * before 2.4), 18118 (regions), 21237 (fields left out, before 2.4), 5013 (updated_at). No shop was
 * reachable: the order of checks is ours.
 */
import { Result } from "effect"
import { CommerceRefusal, noSuchCustomer } from "./CommerceRefusal.ts"
import { countries } from "./countries.ts"
import {
  isPayloadList,
  isPayloadObject,
  payloadAt,
  payloadsAt,
  printPayload,
  type PayloadObject
} from "./Payload.ts"
import { losesDefaults, type Release } from "./Release.ts"
import type { Shop } from "./Shop.ts"

/** What is saved, and how the shop is set up. */
export interface CustomerToSave {
  /** Of an account that exists. */
  readonly id?: number
  /** The body of the request, with `customer` in it. */
  readonly body: PayloadObject
  /** As Commerce writes an instant. */
  readonly now: string
  readonly release: Release
  /** Codes of the attributes that the shop has added to its customers. */
  readonly attributes: ReadonlyArray<string>
}

/** The shop afterwards, and the customer as Commerce answers it. */
export interface SavedCustomer {
  readonly shop: Shop
  readonly customer: PayloadObject
}

type Saved<Value> = Result.Result<Value, CommerceRefusal>

const fieldNames = new Set(
  `id group_id default_billing default_shipping confirmation created_at updated_at created_in dob email
  firstname lastname middlename prefix suffix gender store_id taxvat website_id addresses
  disable_auto_group_change extension_attributes custom_attributes`.split(/\s+/u)
)
const addressFieldNames = new Set(
  `id customer_id region region_id country_id street company telephone fax postcode city firstname lastname
  middlename prefix suffix vat_id default_shipping default_billing extension_attributes
  custom_attributes`.split(/\s+/u)
)

const refused = (message: string, parameters: Readonly<Record<string, string>> = {}) =>
  new CommerceRefusal({ status: 400, message, parameters })

const isRequired = (fieldName: string) =>
  refused('"%fieldName" is required. Enter and try again.', { fieldName })

const isInvalid = (fieldName: string, value: string) =>
  refused('Invalid value of "%value" provided for the %fieldName field.', { fieldName, value })

const textAt = (payload: PayloadObject, ...path: ReadonlyArray<string>) => {
  const value = payloadAt(payload, ...path)
  return typeof value === "string" || typeof value === "number" ? `${value}`.trim() : ""
}

/** An empty text is stored as nothing, and nothing that is sent changes nothing. */
const stored = (given: PayloadObject): PayloadObject =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      value === undefined || value === null ? [] : [[name, value === "" ? undefined : value]]
    )
  )

const isKnown = (names: ReadonlySet<string>, given: PayloadObject): Saved<void> => {
  const unknown = Object.keys(given).find((name) => !names.has(name))
  return unknown === undefined
    ? Result.succeed(undefined)
    : Result.fail(refused(`Property "${unknown}" does not have accessor method.`))
}

const regionOf = (address: PayloadObject): Saved<PayloadObject> => {
  const country = countries.find(({ code }) => code === textAt(address, "country_id"))
  if (country === undefined) return Result.fail(isInvalid("countryId", textAt(address, "country_id")))
  const key = textAt(address, "region", "region_id") || textAt(address, "region_id")
  const region = country.regions.find(({ id }) => `${id}` === key)
  if (region !== undefined) {
    return Result.succeed({
      region: { region_code: region.code, region: region.name, region_id: region.id },
      region_id: region.id
    })
  }
  if (key !== "" && key !== "0") return Result.fail(isInvalid("regionId", key))
  if (country.needsRegion) return Result.fail(isRequired("regionId"))
  const text = textAt(address, "region", "region")
  return Result.succeed({
    region: text === "" ? undefined : { region_code: text, region: text, region_id: 0 },
    region_id: 0
  })
}

const addressOf = (given: PayloadObject, before: PayloadObject | undefined): Saved<PayloadObject> =>
  Result.gen(function* () {
    yield* isKnown(addressFieldNames, given)
    const address = { ...before, ...stored(given) }
    const missing = ["firstname", "lastname", "city", "telephone", "postcode", "country_id"].find(
      (name) => textAt(address, name) === ""
    )
    if (missing !== undefined) yield* Result.fail(isRequired(missing.replace("_id", "Id")))
    const { street } = address
    if (!isPayloadList(street) || street.every((line) => line === ""))
      yield* Result.fail(isRequired("street"))
    return { ...address, ...(yield* regionOf(address)) }
  })

const highest = (ids: ReadonlyArray<string>) => Math.max(0, ...ids.map(Number))

const defaults = ["default_billing", "default_shipping"] as const

/** All that the customer has from now on, and the keys of the defaults among them. */
const addressesOf = (
  { id, release }: CustomerToSave,
  shop: Shop,
  customer: PayloadObject,
  before: PayloadObject | undefined
): Saved<PayloadObject> =>
  Result.gen(function* () {
    if (customer["addresses"] === undefined) return {}
    const known = payloadsAt(before ?? {}, "addresses")
    let last = highest(
      shop.customers.flatMap((one) => payloadsAt(one, "addresses").map((address) => textAt(address, "id")))
    )
    const addresses: Array<PayloadObject> = []
    let chosen: PayloadObject = {
      default_billing: customer["default_billing"],
      default_shipping: customer["default_shipping"]
    }
    for (const given of payloadsAt(customer, "addresses")) {
      const own = known.find((address) => textAt(address, "id") === textAt(given, "id"))
      if (given["id"] !== undefined && own === undefined) {
        yield* Result.fail(
          new CommerceRefusal({
            status: 404,
            message: "No such entity with %fieldName = %fieldValue",
            parameters: { fieldName: "addressId", fieldValue: textAt(given, "id") }
          })
        )
      }
      const isSoldTo = countries.some(({ code }) => code === textAt(given, "country_id"))
      if (id === undefined && !isSoldTo) continue
      const address = yield* addressOf(given, own)
      const key = own === undefined ? ++last : Number(textAt(own, "id"))
      for (const role of defaults) {
        const isMarked = given[role] === true && !(own === undefined && losesDefaults(release, before ?? {}))
        const was = textAt(chosen, role) === `${key}`
        if (isMarked || was) chosen = { ...chosen, [role]: isMarked ? `${key}` : undefined }
      }
      addresses.push({ ...address, id: key })
    }
    const ids = addresses.map((address) => textAt(address, "id"))
    const kept = Object.fromEntries(
      defaults.map((role) => [role, ids.includes(textAt(chosen, role)) ? chosen[role] : undefined])
    )
    return { ...kept, addresses }
  })

/** Each address says what it is the default for, and whose it is. */
const marked = (customer: PayloadObject): PayloadObject => ({
  ...customer,
  addresses: payloadsAt(customer, "addresses").map((address) => ({
    ...address,
    customer_id: customer["id"],
    ...Object.fromEntries(
      defaults.map((role) => [role, textAt(customer, role) === textAt(address, "id") ? true : undefined])
    )
  }))
})

/** The account without its addresses: what `updated_at` is about. */
const accountOf = ({ addresses: _addresses, updated_at: _updatedAt, ...account }: PayloadObject) =>
  printPayload(
    Object.fromEntries(Object.entries(account).toSorted(([left], [right]) => (left < right ? -1 : 1)))
  )

const attributesOf = (
  { attributes }: CustomerToSave,
  customer: PayloadObject,
  before: PayloadObject | undefined
): PayloadObject => {
  const given = payloadsAt(customer, "custom_attributes").filter((attribute) =>
    attributes.includes(textAt(attribute, "attribute_code"))
  )
  const codes = given.map((attribute) => textAt(attribute, "attribute_code"))
  const kept = payloadsAt(before ?? {}, "custom_attributes").filter(
    (attribute) => !codes.includes(textAt(attribute, "attribute_code"))
  )
  const all = [...kept, ...given.filter((attribute) => textAt(attribute, "value") !== "")]
  return { custom_attributes: all.length === 0 ? undefined : all }
}

/** Saves the customer, or says why not; the shop is then as it was. */
export const saveCustomer = (save: CustomerToSave, shop: Shop): Saved<SavedCustomer> =>
  Result.gen(function* () {
    const before =
      save.id === undefined
        ? undefined
        : shop.customers.find(({ id }) => textAt({ id }, "id") === `${save.id}`)
    if (save.id !== undefined && before === undefined) yield* Result.fail(noSuchCustomer(save.id))
    const given = save.body["customer"]
    if (!isPayloadObject(given)) return yield* Result.fail(isRequired("customer"))
    yield* isKnown(fieldNames, given)
    const {
      addresses: _addresses,
      custom_attributes: _custom,
      extension_attributes: _extension,
      ...plain
    } = stored(given)
    const fields = { ...before, ...plain }
    if (textAt(fields, "email") === "") {
      yield* Result.fail(refused("The customer email is missing. Enter and try again."))
    }
    if (!/^[^@\s]+@[^@\s]+\.[^@\s]+$/u.test(textAt(fields, "email"))) {
      yield* Result.fail(refused('"%1" is not a valid email address.', { 1: textAt(fields, "email") }))
    }
    if (textAt(fields, "firstname") === "") yield* Result.fail(refused('"First Name" is a required value.'))
    if (textAt(fields, "lastname") === "") yield* Result.fail(refused('"Last Name" is a required value.'))
    const store = shop.stores.find((one) => textAt(one, "id") === (textAt(fields, "store_id") || "1"))
    const websiteId = Number(textAt(fields, "website_id") || textAt(store ?? {}, "website_id"))
    if (!shop.websites.some(({ id }) => id === websiteId) || store === undefined) {
      yield* Result.fail(isInvalid("websiteId", `${websiteId}`))
    }
    const groupId = Number(textAt(fields, "group_id") || "1")
    if (!shop.customerGroups.some(({ id }) => id === groupId)) {
      yield* Result.fail(isInvalid("groupId", `${groupId}`))
    }
    const isTaken = shop.customers.some(
      (other) =>
        other !== before &&
        other["website_id"] === websiteId &&
        textAt(other, "email").toLowerCase() === textAt(fields, "email").toLowerCase()
    )
    if (isTaken) {
      yield* Result.fail(
        refused("A customer with the same email address already exists in an associated website.")
      )
    }
    const id = save.id ?? highest(shop.customers.map((one) => textAt(one, "id"))) + 1
    const changed = marked({
      created_at: save.now,
      created_in: textAt(store ?? {}, "name"),
      disable_auto_group_change: 0,
      extension_attributes: { is_subscribed: false },
      addresses: [],
      ...fields,
      ...(yield* addressesOf(save, shop, { ...fields, ...given }, before)),
      ...attributesOf(save, given, before),
      id,
      group_id: groupId,
      store_id: Number(textAt(store ?? {}, "id")),
      website_id: websiteId
    })
    const isSame = before !== undefined && accountOf(changed) === accountOf(before)
    const customer = { ...changed, updated_at: isSame ? before["updated_at"] : save.now }
    return {
      customer,
      shop: {
        ...shop,
        customers:
          before === undefined
            ? [...shop.customers, customer]
            : shop.customers.map((one) => (one === before ? customer : one))
      }
    }
  })

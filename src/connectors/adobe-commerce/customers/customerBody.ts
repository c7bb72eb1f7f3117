/**
 * customerBody: the customer as it is sent to Commerce, made of what Commerce had and of a change.
 *
 * Commerce deletes every address that is not sent, takes the mark of the
 * default from one that does not say that it has it, and keeps what is left
 * out elsewhere. So all addresses are sent, as they were read but for the
 * change, and an empty text clears a field.
 */
import type { CustomerChange, AddressChange } from "../../../pipeline/CustomerSink.ts"
import type { Json } from "../../../pipeline/SourceRecord.ts"
import { noName, personName } from "../addressOf.ts"
import { textAt } from "../recordOf.ts"
import type { CustomersConfig } from "./CustomersConfig.ts"
import type { RegionField } from "./Regions.ts"

/** An object as Commerce gives and takes it. */
export type Payload = { readonly [field: string]: Json }

/** A change, with the regions of its addresses as the shop knows them. */
export interface ResolvedChange {
  readonly fields: CustomerChange["fields"]
  readonly externalId?: string
  readonly addresses: ReadonlyArray<AddressChange & { readonly region: RegionField }>
}

const isPayload = (value: Json): value is Payload =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The objects of the list at `field`. */
export const listAt = (payload: Payload, field: string): ReadonlyArray<Payload> => {
  const list = payload[field]
  return Array.isArray(list) ? list.filter(isPayload) : []
}

const unlessSame = (payload: Payload, field: string, text: string | null | undefined): Payload =>
  text === undefined || textAt(payload, field).trim() === (text ?? "").trim()
    ? payload
    : { ...payload, [field]: text ?? "" }

const linesOf = (payload: Payload) => {
  const { street } = payload
  return Array.isArray(street) ? street.filter((line) => typeof line === "string" && line.trim() !== "") : []
}

/** First and last name; Commerce demands both. */
const namesOf = (name: string) => {
  const words = name.trim().split(/\s+/u)
  return words.length === 1
    ? { firstname: words[0] ?? noName, lastname: noName }
    : { firstname: words.slice(0, -1).join(" "), lastname: words.at(-1) ?? noName }
}

/**
 * The fields of a change with its `name` in those that Commerce has: the
 * company where there is one, else the person. What the change says of these
 * itself goes before.
 */
const withName = (
  before: Payload,
  { name, ...fields }: CustomerChange["fields"],
  { newCustomers }: CustomersConfig
): CustomerChange["fields"] => {
  if (name === undefined || name === null || name.trim() === "") return fields
  const { company, firstName, lastName } = fields
  const isNew = textAt(before, "firstname") === ""
  const hasPerson = firstName !== undefined || lastName !== undefined
  const companyBefore = textAt(billingOf(listAt(before, "addresses")), "company")
  if (company === undefined && companyBefore !== "") return { ...fields, company: name }
  if (hasPerson) return fields
  const isCompany = isNew && (newCustomers === "companies" || (company ?? "") !== "")
  // What was written as one name stays one.
  if (isCompany || textAt(before, "lastname") === noName) {
    return {
      ...fields,
      firstName: name,
      lastName: noName,
      ...(isCompany ? { company: company ?? name } : {})
    }
  }
  if ((company ?? "") !== "") return fields
  const { firstname, lastname } = namesOf(name)
  return { ...fields, firstName: firstname, lastName: lastname }
}

const billingOf = (addresses: ReadonlyArray<Payload>) =>
  addresses.find((address) => address["default_billing"] === true)

/** Whose names count where an address has none of its own, and which of them is no person. */
interface Owner {
  readonly firstname: string
  readonly lastname: string
  readonly telephone: string
  readonly companies: ReadonlyArray<string>
}

const withNames = (payload: Payload, name: string | undefined, owner: Owner): Payload => {
  const before = personName({
    firstname: textAt(payload, "firstname"),
    middlename: textAt(payload, "middlename"),
    lastname: textAt(payload, "lastname")
  })
  if (before !== "" && (name === undefined || name === before)) return payload
  const { firstname, lastname } =
    name === undefined ? { firstname: owner.firstname, lastname: owner.lastname } : namesOf(name)
  return {
    ...payload,
    firstname,
    lastname,
    ...(textAt(payload, "middlename") === "" ? {} : { middlename: "" })
  }
}

const withRegion = (payload: Payload, region: RegionField): Payload => {
  const before = payload["region"]
  const isSame =
    region.region_id === 0
      ? textAt(before, "region").trim() === region.region.trim() && Number(textAt(before, "region_id")) === 0
      : textAt(before, "region_id") === `${region.region_id}`
  return isSame ? payload : { ...payload, region: { ...region }, region_id: region.region_id }
}

/** The address with what the change says; all of its other fields as they were. */
const changedAddress = (
  before: Payload,
  { address, region }: ResolvedChange["addresses"][number],
  owner: Owner
): Payload => {
  // A company's address often has the name of the company where a person's would have that of the person.
  const isCompany = address.company === undefined && owner.companies.includes(address.name ?? "")
  const street = address.street.filter((line) => line.trim() !== "")
  const named = withNames(before, isCompany ? undefined : address.name, owner)
  const lines = linesOf(named)
  const isSameStreet = lines.length === street.length && lines.every((line, index) => line === street[index])
  const placed = isSameStreet ? named : { ...named, street }
  const telephone = address.phone ?? (textAt(before, "telephone") || owner.telephone)
  return withRegion(
    (
      [
        ["company", isCompany ? address.name : (address.company ?? null)],
        ["postcode", address.postcode ?? null],
        ["city", address.city ?? null],
        ["country_id", address.country ?? null],
        ["telephone", telephone],
        ["vat_id", address.vatNumber ?? null]
      ] as const
    ).reduce((payload, [field, text]) => unlessSame(payload, field, text), placed),
    region
  )
}

const roles = [
  ["default_billing", "isBilling"],
  ["default_shipping", "isShipping"]
] as const

/** Marks `addresses[index]` as a default, and no other. */
const markedAt = (
  addresses: ReadonlyArray<Payload>,
  index: number,
  role: (typeof roles)[number][0]
): ReadonlyArray<Payload> =>
  addresses.map((address, other) => {
    const isMarked = address[role] === true
    return isMarked === (other === index) ? address : { ...address, [role]: other === index }
  })

const withAttribute = (payload: Payload, code: string, value: string): Payload => {
  const attributes = listAt(payload, "custom_attributes")
  const others = attributes.filter((attribute) => textAt(attribute, "attribute_code") !== code)
  const isSame = attributes.some(
    (attribute) => textAt(attribute, "attribute_code") === code && textAt(attribute, "value") === value
  )
  return isSame ? payload : { ...payload, custom_attributes: [...others, { attribute_code: code, value }] }
}

/** What Commerce keeps by itself, or what we do not write. */
const notSent = new Set(["extension_attributes", "created_at", "updated_at", "created_in"])

/** A customer as read, as it would be sent without any change. */
export const unchangedBody = (payload: Payload): Payload =>
  Object.fromEntries(Object.entries(payload).filter(([field]) => !notSent.has(field)))

const accountFields = {
  firstName: "firstname",
  lastName: "lastname",
  email: "email",
  vatNumber: "taxvat"
} as const

/** The customer as it is to be; `before` is what Commerce had, or what a new one begins with. */
export const customerBody = (before: Payload, change: ResolvedChange, config: CustomersConfig): Payload => {
  const { externalId } = change
  const fields = withName(before, change.fields, config)
  const account = Object.entries(accountFields).reduce<Payload>(
    (payload, [field, theirs]) =>
      unlessSame(payload, theirs, Object.entries(fields).find(([name]) => name === field)?.[1]),
    unchangedBody(before)
  )
  const existing = listAt(before, "addresses")
  const billingBefore = billingOf(existing)
  const owner: Owner = {
    firstname: textAt(account, "firstname"),
    lastname: textAt(account, "lastname"),
    telephone: (fields.phone ?? textAt(billingBefore, "telephone")) || (config.telephone ?? ""),
    companies: [fields.company, textAt(billingBefore, "company")].flatMap((company) =>
      company === undefined || company === null || company === "" ? [] : [company]
    )
  }

  const fresh = change.addresses.filter(({ id }) => id === undefined)
  const merged = [
    ...existing.map((address) => {
      const wanted = change.addresses.find(({ id }) => id !== undefined && id === textAt(address, "id"))
      return wanted === undefined ? address : changedAddress(address, wanted, owner)
    }),
    ...fresh.map((wanted) => changedAddress({}, wanted, owner))
  ]
  const placeOf = (wanted: AddressChange) =>
    wanted.id === undefined
      ? existing.length + fresh.findIndex((one) => one === wanted)
      : existing.findIndex((address) => textAt(address, "id") === wanted.id)
  const marks = roles.flatMap(([role, flag]) => {
    const wanted = change.addresses.find((one) => one[flag])
    return wanted === undefined ? [] : [{ role, index: placeOf(wanted), id: wanted.id }]
  })
  const marked = marks.reduce<ReadonlyArray<Payload>>(
    (addresses, { index, role }) => markedAt(addresses, index, role),
    merged
  )
  // Company and telephone of a customer are those of the address that invoices go to.
  const addresses = marked.map((address) =>
    address["default_billing"] === true
      ? unlessSame(
          unlessSame(address, "company", fields.company),
          "telephone",
          // Commerce demands one.
          fields.phone ?? undefined
        )
      : address
  )
  const body: Payload = {
    ...account,
    ...(addresses.length === 0 ? {} : { addresses }),
    // A new address has no key yet: its own mark makes it the default.
    ...Object.fromEntries(marks.flatMap(({ id, role }) => (id === undefined ? [] : [[role, id] as const])))
  }
  return externalId === undefined || config.externalIdAttribute === undefined
    ? body
    : withAttribute(body, config.externalIdAttribute, externalId)
}

/**
 * What is still to be sent where Commerce did not take over who is the
 * default: before 2.4 a new address never becomes it. Undefined where all is
 * as it was sent.
 */
export const defaultsBody = (sent: Payload, read: Payload): Payload | undefined => {
  const before = new Set(listAt(sent, "addresses").flatMap((address) => textAt(address, "id") || []))
  const fresh = listAt(read, "addresses").filter((address) => !before.has(textAt(address, "id")))
  const places = listAt(sent, "addresses")
  const missing = roles.flatMap(([role]) => {
    const place = places.findIndex((address) => address[role] === true)
    const wanted = places[place]
    if (wanted === undefined) return []
    const key =
      textAt(wanted, "id") ||
      textAt(fresh[places.slice(0, place).filter((address) => textAt(address, "id") === "").length], "id")
    return key === "" || textAt(read, role) === key ? [] : [{ role, key }]
  })
  if (missing.length === 0) return undefined
  const addresses = missing.reduce<ReadonlyArray<Payload>>(
    (all, { key, role }) =>
      markedAt(
        all,
        all.findIndex((address) => textAt(address, "id") === key),
        role
      ),
    listAt(read, "addresses")
  )
  return {
    ...unchangedBody(read),
    addresses,
    ...Object.fromEntries(missing.map(({ key, role }) => [role, key]))
  }
}

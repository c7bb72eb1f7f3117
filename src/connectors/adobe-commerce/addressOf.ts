/**
 * addressOf: an address of a customer or a company, in our own words.
 *
 * The region of a customer's address is an object, that of an order's or a
 * company's three flat fields. A region that a person typed has the key 0 and
 * repeats its name as its code: that is no code.
 */
import { Schema } from "effect"
import type { PostalAddress } from "../../pipeline/Customer.ts"
import { Id } from "./decodePayload.ts"

const Text = Schema.optionalKey(Schema.String)

/** An address in a customer's account. */
export const CustomerAddress = Schema.Struct({
  id: Schema.optionalKey(Id),
  region: Schema.optionalKey(
    Schema.Struct({ region_code: Text, region: Text, region_id: Schema.optionalKey(Id) })
  ),
  country_id: Text,
  street: Schema.optionalKey(Schema.Array(Schema.String)),
  company: Text,
  telephone: Text,
  postcode: Schema.optionalKey(Id),
  city: Text,
  firstname: Text,
  middlename: Text,
  lastname: Text,
  vat_id: Text,
  default_billing: Schema.optionalKey(Schema.Boolean),
  default_shipping: Schema.optionalKey(Schema.Boolean)
})
export type CustomerAddress = typeof CustomerAddress.Type

/** `text` without blanks around it, under `name`; nothing where it says nothing. */
export const named = <Name extends string>(
  name: Name,
  text: string | undefined
): { readonly [K in Name]?: string } => {
  const trimmed = text?.trim() ?? ""
  const field: { [K in Name]?: string } = {}
  return trimmed === "" ? field : { ...field, [name]: trimmed }
}

/** Stands in a name that Commerce demands and that is not there. */
export const noName = "-"

/** First, middle and last name in one. */
export const personName = (person: {
  readonly firstname?: string
  readonly middlename?: string
  readonly lastname?: string
}): string =>
  [person.firstname, person.middlename, person.lastname]
    .flatMap((part) => {
      const name = part?.trim() ?? ""
      return name === "" || name === noName ? [] : [name]
    })
    .join(" ")

/** The address. */
export const addressOf = (address: CustomerAddress): PostalAddress => {
  const { region } = address
  const isListed = region?.region_id !== undefined && region.region_id !== "0"
  return {
    ...named("id", address.id),
    ...named("name", personName(address)),
    ...named("company", address.company),
    street: (address.street ?? []).map((line) => line.trim()).filter((line) => line !== ""),
    ...named("postcode", address.postcode),
    ...named("city", address.city),
    ...named("region", region?.region),
    ...(isListed ? named("regionCode", region.region_code) : {}),
    ...named("country", address.country_id),
    ...named("phone", address.telephone),
    ...named("vatNumber", address.vat_id)
  }
}

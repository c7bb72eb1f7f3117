/**
 * addressText: where an address is, as one value.
 *
 * Street, postal code, city, region and country change together when somebody
 * moves; half of one place and half of another is no place at all.
 */
import { Schema } from "effect"
import type { PostalAddress } from "../../pipeline/Customer.ts"
import { comparable, mayBeStoredAs } from "./comparable.ts"

const Place = Schema.fromJsonString(
  Schema.Struct({
    street: Schema.Array(Schema.String),
    postcode: Schema.optionalKey(Schema.String),
    city: Schema.optionalKey(Schema.String),
    region: Schema.optionalKey(Schema.String),
    regionCode: Schema.optionalKey(Schema.String),
    country: Schema.optionalKey(Schema.String)
  })
)
/** Where an address is. */
export type Place = typeof Place.Type

const encode = Schema.encodeSync(Place)
/** The place that a text says. */
export const placeOf = Schema.decodeSync(Place)

/** The place of an address as one text. */
export const addressText = (address: Omit<PostalAddress, "id">): string => {
  const { city, country, postcode, region, regionCode } = address
  return encode({
    street: address.street,
    ...(postcode === undefined ? {} : { postcode }),
    ...(city === undefined ? {} : { city }),
    ...(region === undefined ? {} : { region }),
    ...(regionCode === undefined ? {} : { regionCode }),
    ...(country === undefined ? {} : { country })
  })
}

/** The place that a text says, as it stands on a letter, in one line. */
export const placeLine = (text: string): string => {
  const { city, country, postcode, region, regionCode, street } = placeOf(text)
  const town = [postcode, city].filter((part) => part !== undefined && part !== "").join(" ")
  return [...street, town, region ?? regionCode, country]
    .filter((part) => part !== undefined && part !== "")
    .join(", ")
}

/** In reading order, without the region: one system has its code and the other its name. */
const partsOf = ({ city = "", country = "", postcode = "", street }: Place) => [
  comparable("search", street.join(" ")),
  comparable("postcode", postcode),
  comparable("search", city),
  comparable("search", country)
]

/** Whether two places are the same one, however it is spelt. */
export const isSamePlace = (a: string, b: string): boolean => {
  const there = partsOf(placeOf(b))
  return partsOf(placeOf(a)).every((part, index) => part === there[index])
}

/** Whether a system that was sent one place may hold the other. */
export const mayBePlace = (sent: string, held: string): boolean => {
  const there = partsOf(placeOf(held))
  return partsOf(placeOf(sent)).every((part, index) => {
    const other = there[index] ?? ""
    return part === other || (part !== "" && other !== "" && mayBeStoredAs(part, other))
  })
}

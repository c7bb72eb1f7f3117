/**
 * customerProperties: what of a customer in our own words stands in which property of IFS.
 *
 * Nothing is shortened: what is longer than a column is refused by IFS, which
 * names it, and a person decides.
 */
import type { CustomerChange } from "../../../pipeline/CustomerSink.ts"
import type { AddressChange } from "../../../pipeline/CustomerSink.ts"
import type { Patch } from "../updateRow.ts"
import type { CustomersConfig } from "./CustomersConfig.ts"

const lines = ["Address1", "Address2", "Address3", "Address4", "Address5", "Address6"] as const

/** IFS has codes of two letters: `de_DE` is `de`. */
const languageOf = (language: string) => (language.split(/[-_]/u)[0] ?? language).toLowerCase()

const text = (value: string | undefined) => (value === undefined || value === "" ? null : value)

/** The properties of an address, those that it does not have as null. The company, where there is one, is its name. */
export const addressProperties = ({ address }: Pick<AddressChange, "address">): Patch => {
  const street = address.street.filter((line) => line !== "")
  const last = lines.length - 1
  // More lines than IFS has go into the last.
  const fitted =
    street.length > lines.length ? [...street.slice(0, last), street.slice(last).join(", ")] : street
  return {
    Name: text(address.company ?? address.name),
    ...Object.fromEntries(lines.map((property, index) => [property, text(fitted[index])])),
    ZipCode: text(address.postcode),
    City: text(address.city),
    State: text(address.regionCode ?? address.region),
    Country: text(address.country)
  }
}

/** The properties of the customer's own row that the change names. */
export const customerProperties = (
  { externalId, fields }: CustomerChange,
  { externalIdProperty, vatNumberProperty }: CustomersConfig
): Patch => ({
  ...(fields.name === undefined ? {} : { Name: fields.name }),
  ...(fields.language === undefined
    ? {}
    : { DefaultLanguage: fields.language === null ? null : languageOf(fields.language) }),
  ...(fields.vatNumber === undefined || vatNumberProperty === undefined
    ? {}
    : { [vatNumberProperty]: fields.vatNumber }),
  ...(externalId === undefined ? {} : { [externalIdProperty]: externalId })
})

/** The properties of what the company keeps that the change names. */
export const companyProperties = ({ fields }: CustomerChange): Patch => ({
  ...(fields.paymentTerms === undefined ? {} : { PayTermId: fields.paymentTerms }),
  ...(fields.currency === undefined ? {} : { DefCurrency: fields.currency })
})

/** What a new customer must have, as far as the change does not say it. */
export const newCustomer = (change: CustomerChange, config: CustomersConfig, today: string): Patch => {
  const billing = change.addresses.find(({ isBilling }) => isBilling) ?? change.addresses[0]
  const country = billing?.address.country ?? config.country
  return {
    CreationDate: today,
    DefaultLanguage: config.language,
    ...(country === undefined ? {} : { Country: country, CountryCode: country }),
    PartyType: "Customer",
    DefaultDomain: true,
    CustomerCategory: "Customer",
    OneTime: false,
    B2bCustomer: false,
    ValidDataProcessingPurpose: false,
    IdentifierRefValidation: "None",
    ...Object.fromEntries(
      Object.entries(customerProperties(change, config)).filter(([, value]) => value !== null)
    ),
    ...config.newCustomer
  }
}

/** Those of `wanted` that the row does not have so. */
export const differing = (row: Readonly<Record<string, unknown>>, wanted: Patch): Patch =>
  Object.fromEntries(Object.entries(wanted).filter(([name, value]) => (row[name] ?? null) !== value))

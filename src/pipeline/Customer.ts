/**
 * Customer: who buys or pays, in our own words.
 *
 * Every source of customers emits this record and every sink of customers takes
 * it, so that one can be held against the other whatever system it is from. A
 * field that a system does not know is absent, never empty: absent says
 * nothing about the customer, and must not clear what another system knows.
 */
import { Schema } from "effect"
import { CurrencyCode } from "../accounting/CurrencyCode.ts"

const Text = (description: string) => Schema.String.annotate({ description })
const Optional = (description: string) => Schema.optionalKey(Text(description))

/** Where a customer is reached. */
export const PostalAddress = Schema.Struct({
  id: Optional("Stable key of the address in the source."),
  name: Optional("Person, as printed."),
  company: Optional("Company, as printed."),
  street: Schema.Array(Schema.String).annotate({ description: "Lines of the street, first line first." }),
  postcode: Optional("Postal code."),
  city: Optional("City."),
  region: Optional("State or province, by name."),
  regionCode: Optional("State or province, by its code, for example CA; without the country."),
  country: Optional("ISO 3166 code of two letters."),
  phone: Optional("As written."),
  vatNumber: Optional("VAT number of this address.")
}).annotate({ identifier: "PostalAddress" })
export type PostalAddress = typeof PostalAddress.Type

/** A customer. */
export const Customer = Schema.Struct({
  id: Text("Stable key in the source."),
  number: Text("What people call the customer by in the source; the key where there is no number."),
  state: Schema.Literals(["active", "inactive"]).annotate({
    description: "inactive: not yet confirmed, locked or blocked."
  }),
  name: Text("Name of the company, or of the person where there is none."),
  firstName: Optional("First name of the person."),
  lastName: Optional("Last name of the person."),
  company: Optional("Name of the company."),
  companyId: Optional("Company in the source that the customer belongs to."),
  email: Optional("As in the source."),
  phone: Optional("As written; that of the billing address where the customer has none."),
  vatNumber: Optional("VAT number of the customer; that of the billing address where he has none."),
  group: Optional("Group of customers in the source, by its key."),
  groupName: Optional("Group of customers, by its name."),
  website: Optional("Short name of the website where the customer is at home."),
  store: Optional("Short name of the store where the customer signed up."),
  language: Optional("Language and country, for example de_DE."),
  currency: Schema.optionalKey(
    CurrencyCode.annotateKey({ description: "Currency the customer is kept in." })
  ),
  paymentTerms: Optional("Terms of payment in the source, where it has any."),
  billingAddress: Schema.optionalKey(
    PostalAddress.annotateKey({ description: "Where invoices go; absent where none is named." })
  ),
  shippingAddress: Schema.optionalKey(
    PostalAddress.annotateKey({ description: "Where goods go; absent where none is named." })
  ),
  addresses: Schema.Array(PostalAddress).annotate({
    description: "All addresses, those two included."
  }),
  createdAt: Optional("Instant, ISO 8601 in UTC."),
  updatedAt: Optional("Instant, ISO 8601 in UTC; does not move for every change in every system.")
}).annotate({ identifier: "Customer" })
export type Customer = typeof Customer.Type
/** As JSON. */
export type EncodedCustomer = typeof Customer.Encoded

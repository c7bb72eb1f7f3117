/**
 * customerOf: a customer of IFS in our own words.
 */
import { Option, Schema } from "effect"
import { CurrencyCode } from "../../../accounting/CurrencyCode.ts"
import type { EncodedCustomer, PostalAddress } from "../../../pipeline/Customer.ts"
import type { RawRow } from "../IfsClient.ts"
import { textOf } from "../seekRows.ts"
import { present } from "../Table.ts"
import type { AddressRow, CustomerRows, MethodRow } from "./CustomerRows.ts"
import type { CustomerDetails } from "./CustomersConfig.ts"

const isCurrency = Schema.is(CurrencyCode)

/** Codes of states are short and in capitals; anything else is a name. */
const stateOf = (state: string | null) =>
  /^[A-Z0-9]{1,3}$/u.test(state ?? "") ? { regionCode: state } : { region: state }

/** The lines of its street, in their order. */
export const streetOf = (row: AddressRow): ReadonlyArray<string> =>
  [row.Address1, row.Address2, row.Address3, row.Address4, row.Address5, row.Address6].flatMap((line) =>
    line === null || line === "" ? [] : [line]
  )

const addressOf = (row: AddressRow): PostalAddress => ({
  ...present({
    id: row.AddressId,
    name: row.Name,
    postcode: row.ZipCode,
    city: row.City,
    ...stateOf(row.State),
    country: row.Country
  }),
  street: streetOf(row)
})

const isKind = (kind: string, method: MethodRow) =>
  method.MethodId.toLowerCase().replace(/\W/gu, "") === kind.toLowerCase()

const methodOf = (rows: Pick<CustomerRows, "methods">, kind: string): MethodRow | undefined => {
  const ofKind = rows.methods.filter((method) => isKind(kind, method))
  return ofKind.find(({ MethodDefault }) => MethodDefault === true) ?? ofKind[0]
}

/** The rows that hold e-mail address and telephone number: the default of their kind, else the first; a mobile telephone where there is no other. */
export const methodsOf = (
  rows: Pick<CustomerRows, "methods">,
  { email, phone }: CustomerDetails["methods"]
): { readonly email: MethodRow | undefined; readonly phone: MethodRow | undefined } => ({
  email: methodOf(rows, email),
  phone: methodOf(rows, phone) ?? methodOf(rows, "Mobile")
})

/** What is read of the customer himself, whose properties are named by settings too. */
export interface OwnRow {
  readonly row: RawRow
  readonly vatNumber: string | undefined
}

/** The customer; `rows` is absent where only his name was read. */
export const customerOf = (
  { row, vatNumber }: OwnRow,
  rows: Option.Option<CustomerRows>,
  { addressTypes, methods }: CustomerDetails
): EncodedCustomer => {
  const below = Option.getOrElse(rows, (): CustomerRows => ({
    addresses: [],
    addressTypes: [],
    methods: [],
    companies: []
  }))
  const addressFor = (type: string) => {
    const fits = below.addressTypes.filter(({ AddressTypeCode }) => AddressTypeCode === type)
    const chosen = fits.find(({ DefAddress }) => DefAddress === true) ?? fits[0]
    const address = below.addresses.find(({ AddressId }) => AddressId === chosen?.AddressId)
    return address === undefined ? undefined : addressOf(address)
  }
  const reachedBy = methodsOf(below, methods)
  const id = textOf(row, "CustomerId") ?? ""
  const name = textOf(row, "Name") ?? id
  const [company] = below.companies
  const currency = company?.DefCurrency
  const billingAddress = addressFor(addressTypes.billing)
  const shippingAddress = addressFor(addressTypes.shipping)
  return {
    id,
    number: id,
    state: "active",
    name,
    ...present({
      email: reachedBy.email?.Value,
      phone: reachedBy.phone?.Value,
      vatNumber,
      group: textOf(row, "CustomerCategory"),
      language: textOf(row, "DefaultLanguage"),
      paymentTerms: company?.PayTermId
    }),
    ...(isCurrency(currency) ? { currency } : {}),
    ...(billingAddress === undefined ? {} : { billingAddress }),
    ...(shippingAddress === undefined ? {} : { shippingAddress }),
    addresses: below.addresses.map(addressOf)
  }
}

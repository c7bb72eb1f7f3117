/**
 * CustomerRows: the rows of IFS that one customer is made of.
 *
 * A customer is the same for all companies; below stand addresses, what each
 * address is for, telephone and e-mail, and what a company keeps of him.
 *
 * Source: CustomerHandling with its arrays as public clients use them; keys of
 * communication methods and of company rows are of release 21R1.
 */
import { Effect, Schema } from "effect"
import type { ConnectorError } from "../../../pipeline/ConnectorError.ts"
import type { Connection } from "../Connection.ts"
import type { IfsClient, RawRow } from "../IfsClient.ts"
import { odata } from "../odata.ts"
import { Text } from "../Table.ts"
import type { CustomerDetails } from "./CustomersConfig.ts"

/** As in IFS; rows that were read from a file may lack it. */
const Version = { "@odata.etag": Schema.optionalKey(Schema.String) }

/** The customer himself, without the properties that settings name. */
export const CustomerRow = Schema.Struct({
  CustomerId: Schema.String,
  Name: Schema.String,
  DefaultLanguage: Text,
  CustomerCategory: Text
})

export const AddressRow = Schema.Struct({
  ...Version,
  CustomerId: Schema.String,
  AddressId: Schema.String,
  Name: Text,
  Address1: Text,
  Address2: Text,
  Address3: Text,
  Address4: Text,
  Address5: Text,
  Address6: Text,
  ZipCode: Text,
  City: Text,
  State: Text,
  Country: Text
})
export type AddressRow = typeof AddressRow.Type

export const AddressTypeRow = Schema.Struct({
  ...Version,
  CustomerId: Schema.String,
  AddressId: Schema.String,
  AddressTypeCode: Schema.String,
  DefAddress: Schema.NullOr(Schema.Boolean)
})
export type AddressTypeRow = typeof AddressTypeRow.Type

export const MethodRow = Schema.Struct({
  ...Version,
  CustomerId: Schema.String,
  CommId: Schema.Union([Schema.String, Schema.Int]),
  MethodId: Schema.String,
  Value: Schema.String,
  MethodDefault: Schema.NullOr(Schema.Boolean)
})
export type MethodRow = typeof MethodRow.Type

export const CompanyRow = Schema.Struct({
  ...Version,
  Company: Schema.String,
  Identity: Schema.String,
  PartyType: Schema.String,
  PayTermId: Text,
  DefCurrency: Text
})
export type CompanyRow = typeof CompanyRow.Type

/** What stands below a customer. Companies are one or none: the one that was asked for. */
export const CustomerRows = Schema.Struct({
  addresses: Schema.Array(AddressRow),
  addressTypes: Schema.Array(AddressTypeRow),
  methods: Schema.Array(MethodRow),
  companies: Schema.Array(CompanyRow)
})
export type CustomerRows = typeof CustomerRows.Type

/** A customer as read: his own row, as much of it as is read, and what stands below. */
export interface ReadCustomer {
  readonly id: string
  readonly row: RawRow
  readonly rows: CustomerRows
  /** Whether we have just created him. */
  readonly isNew: boolean
}

/** Addresses of one customer of which the types are read at one time. */
const addressesTogether = 4

/** The path of a customer, and of arrays and rows below him. */
export const pathsOf = ({ projections }: Connection, id: string) => {
  const customer = `${projections.customers}${odata.key({ CustomerId: odata.string(id) })}`
  const addresses = `${customer}/${projections.customerAddresses}`
  return {
    customer,
    addresses,
    addressTypes: (addressId: string) =>
      `${addresses}${odata.key({ CustomerId: odata.string(id), AddressId: odata.string(addressId) })}/${projections.customerAddressTypes}`,
    methods: `${customer}/${projections.customerMethods}`,
    companies: `${customer}/${projections.customerCompanies}`
  }
}

/** An IFS to read customers in. */
export interface CustomerReading {
  readonly client: IfsClient
  readonly connection: Connection
  /** Fails unless IFS shows us something of the company: only then is it believed that there is no row of it. */
  readonly prove: (company: string) => Effect.Effect<void, ConnectorError>
}

/**
 * Reads what stands below the customer: a request each for addresses, methods
 * and company, and one for the types of each address.
 */
export const readCustomerRows = Effect.fn("CustomerRows.read")(function* (
  { client, connection, prove }: CustomerReading,
  { company }: CustomerDetails,
  id: string
): Effect.fn.Return<CustomerRows, ConnectorError> {
  const paths = pathsOf(connection, id)
  const addresses = yield* client.list({
    entitySet: paths.addresses,
    row: AddressRow,
    orderBy: ["CustomerId", "AddressId"]
  })
  const addressTypes = yield* Effect.forEach(
    addresses,
    ({ AddressId }) =>
      client.list({
        entitySet: paths.addressTypes(AddressId),
        row: AddressTypeRow,
        orderBy: ["CustomerId", "AddressId", "AddressTypeCode"]
      }),
    { concurrency: addressesTogether }
  )
  const methods = yield* client.list({
    entitySet: paths.methods,
    row: MethodRow,
    orderBy: ["CustomerId", "CommId"]
  })
  const companies =
    company === undefined
      ? []
      : yield* client.list({
          entitySet: paths.companies,
          row: CompanyRow,
          filter: odata.equal("Company", odata.string(company)),
          orderBy: ["Company", "Identity", "PartyType"]
        })
  if (company !== undefined && companies.length === 0) yield* prove(company)
  return { addresses, addressTypes: addressTypes.flat(), methods, companies }
})

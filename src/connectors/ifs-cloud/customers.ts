/**
 * customers: customers of the ERP, with their addresses and ways to reach them.
 *
 * A customer is the same for all companies. Addresses and communication methods
 * stand below each customer, so they cost two requests a customer. Which
 * address is for invoices IFS says in yet another place, which is not read:
 * `billingAddress` and `shippingAddress` are absent.
 *
 * Source: CustomersHandling and CustomerHandling with their properties as
 * public clients use them; those of communication methods are of release 21R1.
 */
import { Effect, Schema } from "effect"
import { Customer, type PostalAddress } from "../../pipeline/Customer.ts"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import type { Json } from "../../pipeline/SourceRecord.ts"
import { entitySet } from "./Connection.ts"
import { type IfsClient, type RawRow } from "./IfsClient.ts"
import { odata } from "./odata.ts"
import { textOf } from "./seekRows.ts"
import { present, Text } from "./Table.ts"
import { tableFields } from "./TableConfig.ts"
import { tableSource } from "./tableSource.ts"

const Address = Schema.Struct({
  AddressId: Schema.String,
  Name: Text,
  Address1: Text,
  Address2: Text,
  ZipCode: Text,
  City: Text,
  State: Text,
  CountryCode: Text
})
const Method = Schema.Struct({
  MethodId: Schema.String,
  Value: Schema.String,
  MethodDefault: Schema.NullOr(Schema.Boolean)
})
const Beside = Schema.Struct({
  addresses: Schema.Array(Address),
  methods: Schema.Array(Method)
})
const decodeBeside = Schema.decodeUnknownOption(Beside)

const addressOf = (address: typeof Address.Type): typeof PostalAddress.Encoded => ({
  ...present({
    id: address.AddressId,
    name: address.Name,
    postcode: address.ZipCode,
    city: address.City,
    region: address.State,
    country: address.CountryCode
  }),
  street: [address.Address1, address.Address2].flatMap((line) => (line === null || line === "" ? [] : [line]))
})

const Config = Schema.Struct({
  ...tableFields("CustomersHandling.svc/CustomerInfoSet", "public clients"),
  details: entitySet(
    "Where one customer is read, with addresses and communication methods below it.",
    "CustomerHandling.svc/CustomerInfoSet"
  ),
  addresses: Schema.Boolean.annotate({
    description:
      "Whether to read addresses, telephone and e-mail too, at two requests a customer. false for very many customers."
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(true)))
})

const beside = Effect.fn("customers.beside")(function* (
  client: IfsClient,
  config: typeof Config.Type,
  row: RawRow
): Effect.fn.Return<Json, ConnectorError> {
  const id = textOf(row, "CustomerId")
  if (!config.addresses || id === undefined) return null
  const customer = `${config.details}${odata.key({ CustomerId: odata.string(id) })}`
  const addresses = yield* client.list({
    entitySet: `${customer}/CustomerInfoAddresses`,
    row: Address,
    orderBy: ["CustomerId", "AddressId"]
  })
  const methods = yield* client.list({
    entitySet: `${customer}/CommunicationMethods`,
    row: Method,
    orderBy: ["CustomerId", "CommId"]
  })
  return { addresses, methods }
})

/** `ifs-cloud/customers` */
export const customers = tableSource({
  type: "ifs-cloud/customers",
  summary: "Reads customers with their addresses.",
  resource: "customer",
  perCompany: false,
  lookUpBy: { id: "CustomerId", associationNumber: "AssociationNo", name: "Name" },
  config: Config,
  record: Customer,
  row: Schema.Struct({
    CustomerId: Schema.String,
    Name: Schema.String,
    CountryCode: Text,
    DefaultLanguage: Text,
    CustomerCategory: Text
  }),
  key: { CustomerId: "string" },
  beside,
  normalise: (row, found) => {
    const { addresses, methods } = decodeBeside(found).pipe((option) =>
      option._tag === "Some" ? option.value : { addresses: [], methods: [] }
    )
    const reachedBy = (kinds: ReadonlyArray<string>) => {
      const all = methods.filter(({ MethodId }) => kinds.includes(MethodId.toLowerCase().replace(/\W/gu, "")))
      return (all.find(({ MethodDefault }) => MethodDefault === true) ?? all[0])?.Value
    }
    return {
      ...present({
        id: row.CustomerId,
        number: row.CustomerId,
        state: "active",
        name: row.Name,
        company: row.Name,
        email: reachedBy(["email"]),
        phone: reachedBy(["phone", "mobile"]),
        group: row.CustomerCategory,
        language: row.DefaultLanguage
      }),
      addresses: addresses.map(addressOf)
    }
  }
})

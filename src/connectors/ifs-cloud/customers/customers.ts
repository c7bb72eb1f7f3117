/**
 * customers: customers of the ERP, with their addresses and ways to reach them.
 *
 * What stands below a customer costs three requests and one more for each
 * address. Without it only name, language and group are read.
 *
 * Source: CustomersHandling and CustomerHandling with their properties as
 * public clients use them.
 */
import { Effect, Option, Schema } from "effect"
import { Customer } from "../../../pipeline/Customer.ts"
import type { ConnectorError } from "../../../pipeline/ConnectorError.ts"
import type { Json } from "../../../pipeline/SourceRecord.ts"
import type { RawRow } from "../IfsClient.ts"
import { textOf } from "../seekRows.ts"
import { Text } from "../Table.ts"
import { tableFields } from "../TableConfig.ts"
import { tableSource } from "../tableSource.ts"
import { customerOf } from "./customerOf.ts"
import { type CustomerReading, CustomerRows, pathsOf, readCustomerRows } from "./CustomerRows.ts"
import { detailFields } from "./CustomersConfig.ts"

const Beside = Schema.Struct({ ...CustomerRows.fields, vatNumber: Text })
const decodeBeside = Schema.decodeUnknownOption(Beside)

const Config = Schema.Struct({
  ...tableFields("CustomersHandling.svc/CustomerInfoSet", "public clients"),
  ...detailFields,
  addresses: Schema.Boolean.annotate({
    description:
      "Whether to read addresses, telephone, e-mail and what the company keeps, at three requests a customer and one for each address. false for very many customers."
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(true)))
})

const beside = Effect.fn("customers.beside")(function* (
  opened: CustomerReading,
  config: typeof Config.Type,
  row: RawRow
): Effect.fn.Return<Json, ConnectorError> {
  const id = textOf(row, "CustomerId")
  if (!config.addresses || id === undefined) return null
  const rows = yield* readCustomerRows(opened, config, id)
  const property = config.vatNumberProperty
  const vatNumber =
    property === undefined
      ? undefined
      : textOf(yield* opened.client.row(pathsOf(opened.connection, id).customer, [property]), property)
  return { ...rows, vatNumber: vatNumber ?? null }
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
  normalise: (row, found, config) => {
    const rows = decodeBeside(found)
    return customerOf({ row, vatNumber: Option.getOrUndefined(rows)?.vatNumber ?? undefined }, rows, config)
  }
})

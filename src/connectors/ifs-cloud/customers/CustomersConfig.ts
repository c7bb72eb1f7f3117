/**
 * CustomersConfig: what a pipeline says under `with` of the sink `ifs-cloud/customers`.
 *
 * Where a customer's details stand differs between companies and releases, so
 * source and sink share these settings: what one reads, the other writes.
 */
import { Effect, Schema } from "effect"

const publicClient = "public client in 2026 (knakit/ifs-mcp-server-local); not verified on a tenant"
const names21R1 = "release 21R1; not verified on a tenant"

const named = (description: string, usual: string, factSource: string) =>
  Schema.String.annotate({ description, factSource })
    .check(Schema.isPattern(/^[A-Za-z]\w*$/u))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(usual)))

/** Settings that say where IFS keeps what. */
export const detailFields = {
  company: Schema.optionalKey(
    Schema.NonEmptyString.annotate({
      description:
        "Company whose payment terms and currency count. IFS keeps both for each company; without it they are neither read nor written.",
      examples: ["10"]
    })
  ),
  vatNumberProperty: Schema.optionalKey(
    Schema.String.annotate({
      description:
        "Property of the customer that holds the VAT number, often a custom field. IFS documents none in this projection; without it VAT numbers are neither read nor written.",
      examples: ["IdentifierReference"]
    }).check(Schema.isPattern(/^[A-Za-z]\w*$/u))
  ),
  addressTypes: Schema.Struct({
    billing: named("Address type of the address that invoices go to.", "Document", publicClient),
    shipping: named("Address type of the address that goods go to.", "Delivery", publicClient)
  })
    .annotate({ description: "Address types of IFS." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed({}))),
  methods: Schema.Struct({
    email: named("Communication method of e-mail addresses.", "EMail", names21R1),
    phone: named("Communication method of telephone numbers.", "Phone", names21R1)
  })
    .annotate({ description: "Communication methods of IFS." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed({})))
}

const Details = Schema.Struct(detailFields)

/** Where IFS keeps what. */
export type CustomerDetails = typeof Details.Type

const further = (description: string, examples: ReadonlyArray<Readonly<Record<string, string | boolean>>>) =>
  Schema.Record(
    Schema.String.check(Schema.isPattern(/^[A-Za-z]\w*$/u)),
    Schema.Union([Schema.String, Schema.Boolean])
  )
    .annotate({ description, examples: [...examples] })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed({})))

/** Settings of the sink. */
export const CustomersConfig = Schema.Struct({
  ...detailFields,
  externalIdProperty: named(
    "Property of the customer that holds his key in the other system. By it a customer is found whose creation got no answer, so use it for nothing else: where it holds registration numbers, name another one, such as a custom field.",
    "AssociationNo",
    publicClient
  ),
  language: Schema.String.annotate({ description: "Language of new customers who bring none." })
    .check(Schema.isPattern(/^[a-z]{2}$/u))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("en"))),
  country: Schema.optionalKey(
    Schema.String.annotate({
      description: "Country of new customers who bring no address.",
      examples: ["DE"]
    }).check(Schema.isPattern(/^[A-Z]{2}$/u))
  ),
  newCustomer: further(
    "Further properties of new customers, by the names that IFS has for them; they replace ours.",
    [{ CustomerCategory: "Customer" }]
  ),
  newCompanyRow: further(
    "Further properties of what the company keeps of a new customer; IFS misses there what your company made mandatory.",
    [{ PayTermId: "30" }]
  )
})
  .annotate({ identifier: "IfsCloudCustomersSink" })
  .check(
    Schema.makeFilter(
      ({ externalIdProperty, vatNumberProperty }) =>
        externalIdProperty !== vatNumberProperty || {
          path: ["vatNumberProperty"],
          issue: "is the property of the external id already; choose another for one of the two"
        }
    )
  )
export type CustomersConfig = typeof CustomersConfig.Type

/**
 * companies: the source `adobe-commerce/companies`.
 *
 * The B2B module keeps no time of change for a company, so that every reading
 * reads all of them; those that are as they were lead to nothing.
 *
 * Source: AdobeDocs/commerce-webapi, company-data-company-interface, 2.4.6 to 2.4.9.
 */
import { Schema } from "effect"
import { PostalAddress } from "../../pipeline/Customer.ts"
import type { NormalisedRecord } from "../../pipeline/SourceRecord.ts"
import { addressOf, named } from "./addressOf.ts"
import { Id } from "./decodePayload.ts"
import { type Given, type ListKind, listSource, normaliseItem } from "./listSource.ts"
import { paceConfig } from "./readingConfig.ts"

const Config = Schema.Struct(paceConfig).annotate({ identifier: "AdobeCommerceCompanies" })

const Words = (description: string) => Schema.String.annotate({ description })
const Optional = (description: string) => Schema.optionalKey(Words(description))

/** A company that buys. */
const Company = Schema.Struct({
  id: Words("Stable key in the shop."),
  number: Words("The key; companies have no number."),
  name: Words("Name of the company."),
  legalName: Optional("Name in the register of companies."),
  state: Schema.Literals(["pending", "active", "rejected", "blocked"]).annotate({
    description: "Whether it may buy; pending: not yet approved."
  }),
  email: Optional("As in the shop."),
  vatNumber: Optional("VAT number."),
  resellerNumber: Optional("Reseller number."),
  group: Optional("Customer group, by its key."),
  administratorId: Optional("Customer who administers the company."),
  address: PostalAddress.annotateKey({ description: "Legal address." })
}).annotate({ identifier: "Company" })

const Text = Schema.optionalKey(Schema.String)
const Key = Schema.optionalKey(Id)

const CommerceCompany = Schema.Struct({
  id: Id,
  status: Key,
  company_name: Text,
  legal_name: Text,
  company_email: Text,
  vat_tax_id: Key,
  reseller_id: Key,
  street: Schema.optionalKey(Schema.Array(Schema.String)),
  city: Text,
  country_id: Text,
  region: Text,
  region_id: Key,
  postcode: Key,
  telephone: Text,
  customer_group_id: Key,
  super_user_id: Key
})
type CommerceCompany = typeof CommerceCompany.Type

const states: Readonly<Record<string, (typeof Company.Type)["state"]>> = {
  "0": "pending",
  "1": "active",
  "2": "rejected",
  "3": "blocked"
}

const toRecord = (company: CommerceCompany): typeof Company.Encoded => {
  const address = addressOf({
    ...(company.street === undefined ? {} : { street: company.street }),
    ...named("city", company.city),
    ...named("country_id", company.country_id),
    ...named("postcode", company.postcode),
    ...named("telephone", company.telephone),
    ...named("company", company.company_name),
    ...(company.region === undefined ? {} : { region: { region: company.region } })
  })
  return {
    id: company.id,
    number: company.id,
    name: company.company_name ?? company.legal_name ?? company.id,
    ...named("legalName", company.legal_name),
    state: states[company.status ?? ""] ?? "pending",
    ...named("email", company.company_email),
    ...named("vatNumber", company.vat_tax_id),
    ...named("resellerNumber", company.reseller_id),
    ...named("group", company.customer_group_id),
    ...named("administratorId", company.super_user_id),
    address
  }
}

/** The company, or what is wrong with it. */
export const normaliseCompany = (given: Given): NormalisedRecord =>
  normaliseItem(CommerceCompany, "company", given, toRecord)

const kind: ListKind<typeof Config.Type> = {
  type: "adobe-commerce/companies",
  summary:
    "Reads companies from Adobe Commerce with the B2B module. Every reading reads all of them, since they have no time of change.",
  resource: "company",
  label: "company",
  list: { resource: "company/", key: { column: "entity_id", field: "id" } },
  number: "id",
  record: Company,
  normalise: normaliseCompany
}

/** Reads GET /V1/company/. */
export const companies = listSource(kind, Config)

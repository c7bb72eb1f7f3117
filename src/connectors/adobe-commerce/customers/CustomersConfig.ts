/**
 * CustomersConfig: what a pipeline says under `with` of the sink `adobe-commerce/customers`.
 */
import { Effect, Schema } from "effect"

const id = (description: string, example: number) =>
  Schema.optionalKey(
    Schema.Int.annotate({ description, examples: [example] }).check(Schema.isGreaterThanOrEqualTo(1))
  )

/** Settings of the sink. */
export const CustomersConfig = Schema.Struct({
  website: id(
    "Website of new customers, by its id, and the only one in which customers are searched for. Without it new ones go to that of the connection's store view, and all are searched.",
    1
  ),
  store: id("Store view of new customers, by its id; its language is theirs.", 1),
  group: id("Group of new customers, by its id; without it the shop's default.", 2),
  newCustomers: Schema.Literals(["companies", "people"])
    .annotate({
      description:
        "What a new customer is of whom the other system knows one name only. companies (default): the name is that of the company, and stands for the person whom Commerce demands too. people: it is taken apart into first and last name."
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("companies" as const))),
  telephone: Schema.optionalKey(
    Schema.NonEmptyString.annotate({
      description:
        "Telephone number of new addresses that come without one, for shops that demand one. Without it the shop refuses such an address.",
      examples: ["-"]
    })
  ),
  externalIdAttribute: Schema.optionalKey(
    Schema.String.annotate({
      description:
        "Customer attribute, made in the shop for this, that holds the customer's key in the other system. Without it the shop stores none, and a customer whose creation got no answer is found by e-mail address.",
      examples: ["erp_customer_id"]
    }).check(Schema.isPattern(/^[a-z][a-z0-9_]{0,59}$/u))
  ),
  erasedEmails: Schema.Array(Schema.NonEmptyString)
    .annotate({
      description:
        "Ends of the e-mail addresses that your shop gives to customers whom it makes anonymous. Commerce itself deletes them; those with such an address are treated as deleted.",
      examples: [["@anonymous.invalid"]]
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed([])))
}).annotate({ identifier: "AdobeCommerceCustomersSink" })
export type CustomersConfig = typeof CustomersConfig.Type

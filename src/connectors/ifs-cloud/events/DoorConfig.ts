/**
 * DoorConfig: how an event action of IFS reports changes, in connections.yaml under `events`.
 */
import { Effect, Schema } from "effect"
import { doorPath } from "../../../http/eventBody.ts"
import { EventSecrets } from "../../../http/eventSecrets.ts"

const field = (description: string, usual: string) =>
  Schema.String.annotate({ description, default: usual })
    .check(Schema.isPattern(/^[\w-]+(\.[\w-]+)*$/u))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(usual)))

/** The resources that can be reported, and the source that reads each. */
export const resources: Readonly<Record<string, string>> = {
  customer: "ifs-cloud/customers",
  "customer-order": "ifs-cloud/customer-orders",
  invoice: "ifs-cloud/invoices",
  payment: "ifs-cloud/payments"
}

/** The REST call of an event action. IFS signs nothing, so a secret in a header is all that proves it. */
export const DoorConfig = Schema.Struct({
  family: Schema.Literal("header-secret").annotate({
    description:
      "The REST call of an event action. IFS signs nothing: a secret in one of its headers proves who calls."
  }),
  path: Schema.String.annotate({
    description: "Path of the URL that the event action calls; no two doors may have the same.",
    examples: ["/events/erp"]
  }).check(Schema.isPattern(doorPath, { expected: "a path such as /events/erp, in lower case" })),
  header: Schema.String.annotate({
    description: "Header with the secret, as under Headers of the event action.",
    default: "x-api-key"
  })
    .check(Schema.isPattern(/^[A-Za-z0-9-]+$/u))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("x-api-key"))),
  secrets: EventSecrets("The secret in that header."),
  resource: Schema.optionalKey(
    Schema.Literals(Object.keys(resources)).annotate({
      description: "What every call at this door is about, where the body does not say it."
    })
  ),
  fields: Schema.Struct({
    resource: field("Where the body says what it is about.", "resource"),
    id: field("Where the body has the key of the record.", "id"),
    eventId: field("Where the body has a name of this one event, if it has one.", "eventId")
  })
    .annotate({ description: "Fields of the body, as the template of the event action writes them." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed({})))
}).annotate({ identifier: "IfsCloudEventDoor" })
export type DoorConfig = typeof DoorConfig.Type

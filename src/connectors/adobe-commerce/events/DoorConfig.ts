/**
 * DoorConfig: how a shop reports changes, in connections.yaml under `events`.
 */
import { Effect, Schema } from "effect"
import { EventSecrets } from "../../../http/eventSecrets.ts"
import { doorPath } from "../../../http/eventBody.ts"
import { SecretReference } from "../../../pipeline/Secrets.ts"
import { duration } from "../duration.ts"
import { resources } from "./Topic.ts"

const path = Schema.String.annotate({
  description: "Path of the URL that the sender is given; no two doors may have the same.",
  examples: ["/events/shop"]
}).check(Schema.isPattern(doorPath, { expected: "a path such as /events/shop, in lower case" }))

const headerName = (description: string, usual: string) =>
  Schema.String.annotate({ description, examples: [usual] }).check(Schema.isPattern(/^[A-Za-z0-9-]+$/u))

const FieldPaths = Schema.Array(Schema.String.check(Schema.isPattern(/^[\w-]+(\.[\w-]+)*$/u))).check(
  Schema.isMinLength(1)
)

const OwnName = Schema.Literals(
  Object.keys(resources).flatMap((resource) => [resource, `${resource}.created`, `${resource}.updated`])
)

/** Where a body says which record it is about. */
const recordFields = {
  event: Schema.optionalKey(
    OwnName.annotate({
      description:
        "What every request at this door is about, where the sender has a URL for each kind of event and does not say it.",
      examples: ["order.created"]
    })
  ),
  topics: Schema.optionalKey(
    Schema.Record(Schema.String, OwnName).annotate({
      description: "The sender's own names of events, where Ledgerline would not understand them.",
      examples: [{ beleg_neu: "invoice.created" }]
    })
  ),
  id: Schema.optionalKey(
    FieldPaths.annotate({
      description:
        "Fields of the body in which the entity_id may stand, first one first. Without it the usual places are looked at.",
      examples: [["payload.order_id"]]
    })
  )
}

/** A third-party module that signs with a shared secret. */
export const HmacDoor = Schema.Struct({
  family: Schema.Literal("hmac").annotate({
    description: "A module of the shop that signs the body with HMAC-SHA256 and a shared secret."
  }),
  path,
  secrets: EventSecrets("Shared secret, as the module has it."),
  header: headerName("Header with the signature.", "X-Magento-Hmac-Sha256").pipe(
    Schema.withDecodingDefaultKey(Effect.succeed("x-magento-signature"))
  ),
  encoding: Schema.Literals(["hex", "base64", "base64url"])
    .annotate({ description: "How the signature is written; hex in lower case.", default: "hex" })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("hex" as const))),
  prefix: Schema.String.annotate({
    description: "Text before the signature in its header.",
    examples: ["sha256="],
    default: ""
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(""))),
  timestamp: Schema.optionalKey(
    Schema.Struct({
      header: headerName("Header with the time of signing, in seconds since 1970.", "X-Connector-Timestamp"),
      tolerance: duration("Older or newer requests are refused.", "5 minutes")
    }).annotate({ description: "The sender signs <time>.<body> instead of the body alone." })
  ),
  topicHeader: Schema.optionalKey(
    headerName(
      "Header with the sender's name of the event. Without it X-Magento-Topic, then the body.",
      "X-Magento-Topic"
    )
  ),
  eventIdHeader: Schema.optionalKey(
    headerName("Header with a name that is the sender's own for each event.", "X-Magento-Webhook-Id")
  ),
  ...recordFields
}).annotate({ identifier: "AdobeCommerceHmacDoor" })
export type HmacDoor = typeof HmacDoor.Type

/** Adobe Commerce Webhooks, which run inside a request of the shop. */
export const WebhooksDoor = Schema.Struct({
  family: Schema.Literal("commerce-webhooks").annotate({
    description:
      "Adobe Commerce Webhooks, signed with the key pair of the shop. They run inside the shopper's own request: set required to false and a short timeout there."
  }),
  path,
  publicKeys: Schema.Array(SecretReference)
    .annotate({
      description:
        "The public key that the shop shows, in PEM. Two while a new key pair is made, since the old one ends at once."
    })
    .check(Schema.isMinLength(1), Schema.isMaxLength(2)),
  ifNotStored: Schema.Literals(["accept", "refuse"])
    .annotate({
      description:
        "What the shop is told when our database is away. accept: success, so that nobody is kept from buying, and the next poll brings the document. refuse: 503.",
      default: "accept"
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("accept" as const))),
  ...recordFields
}).annotate({ identifier: "AdobeCommerceWebhooksDoor" })
export type WebhooksDoor = typeof WebhooksDoor.Type

/** Adobe I/O Events. */
export const IoEventsDoor = Schema.Struct({
  family: Schema.Literal("io-events").annotate({
    description: "Adobe I/O Events: the registration's webhook URL, single or batch delivery."
  }),
  path,
  clientIds: Schema.Array(Schema.NonEmptyString)
    .annotate({
      description:
        "Client id of the project in the Developer Console that holds the registration: events for others are refused. Two while it is being changed."
    })
    .check(Schema.isMinLength(1), Schema.isMaxLength(2)),
  adobe: Schema.optionalKey(
    Schema.String.annotate({
      description:
        "Stands in for Adobe's own hosts, for keys and validation; only with insecure, for a local sandbox.",
      examples: ["http://127.0.0.1:4030"]
    }).check(Schema.isPattern(/^http:\/\/127\.0\.0\.1:\d{1,5}$/u))
  ),
  ...recordFields
}).annotate({ identifier: "AdobeCommerceIoEventsDoor" })
export type IoEventsDoor = typeof IoEventsDoor.Type

/** The doors of a shop. */
export const DoorConfig = Schema.Union([HmacDoor, WebhooksDoor, IoEventsDoor])
export type DoorConfig = typeof DoorConfig.Type

/**
 * Connection: the settings of one Adobe Commerce shop in connections.yaml.
 */
import { Duration, Effect, Schema } from "effect"
import { SecretReference } from "../../pipeline/Secrets.ts"

/** A time such as "10 minutes", longer than zero, with a default; `description` becomes the docs. */
export const duration = (description: string, usual: string) =>
  Schema.String.annotate({ description, examples: [usual], default: usual }).pipe(
    Schema.decodeTo(Schema.DurationFromString),
    Schema.check(
      Schema.makeFilter(
        (value: Duration.Duration) =>
          (Duration.isGreaterThan(value, Duration.zero) && Duration.isFinite(value)) ||
          `a time longer than zero, such as ${usual}`
      )
    ),
    Schema.withDecodingDefaultKey(Effect.succeed(usual))
  )

const Address = (description: string) =>
  Schema.String.annotate({ description, examples: ["https://shop.example.com"] }).check(
    Schema.isPattern(/^https?:\/\/[^/?#\s]+(\/[^?#\s]*)?$/u)
  )

const secret = (description: string) => SecretReference.annotateKey({ description })

/** Settings of a connection to Adobe Commerce. Durations are text such as "60 seconds". */
export const Connection = Schema.Struct({
  baseUrl: Address("Address of the shop, without /rest."),
  signingUrl: Schema.optionalKey(
    Address(
      "Address the shop sees itself under, where a proxy changes scheme or host; without it baseUrl. A signature covers this address."
    )
  ),
  insecure: Schema.Boolean.annotate({
    description: "Allows http:// in baseUrl; only for a local sandbox.",
    default: false
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(false))),
  storeCode: Schema.String.annotate({
    description:
      "Store view code in the path, /rest/<storeCode>/V1. It sets the language of labels and filters nothing: choose documents with `stores`.",
    default: "all"
  })
    .check(Schema.isPattern(/^[A-Za-z]\w*$/u))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("all"))),
  deployment: Schema.Literals(["paas"])
    .annotate({
      description: "paas: on-premises, Cloud or Open Source, with an integration's OAuth 1.0a credentials.",
      default: "paas"
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("paas" as const))),
  credentials: Schema.Struct({
    consumerKey: secret("Consumer Key of the integration."),
    consumerSecret: secret("Consumer Secret of the integration."),
    accessToken: secret("Access Token of the integration."),
    accessTokenSecret: secret("Access Token Secret of the integration.")
  }).annotate({ description: "The four values under System > Extensions > Integrations." }),
  signatureMethod: Schema.Literals(["HMAC-SHA256", "HMAC-SHA1"])
    .annotate({ description: "HMAC-SHA1 only for shops older than 2.4.4.", default: "HMAC-SHA256" })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("HMAC-SHA256" as const))),
  timeout: duration("How long we wait for one answer. Order searches are slow before 2.4.8.", "60 seconds"),
  pageSize: Schema.Int.annotate({
    description:
      "Documents asked for at a time. A shop with input limits switched on allows 300 at most by default.",
    default: 50
  })
    .check(Schema.isBetween({ minimum: 1, maximum: 300 }))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(50))),
  requestsPerMinute: Schema.Int.annotate({
    description:
      "Pace at which we ask. Commerce publishes no limit for reading; when it answers 429 we also pause.",
    default: 600
  })
    .check(Schema.isBetween({ minimum: 1, maximum: 100_000 }))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(600)))
})
  .check(
    Schema.makeFilter(
      (connection) =>
        connection.insecure ||
        connection.baseUrl.startsWith("https:") || {
          path: ["baseUrl"],
          issue:
            "the address must start with https://, since documents travel over it. For a local sandbox write insecure: true"
        }
    )
  )
  .annotate({ identifier: "AdobeCommerceConnection" })
export type Connection = typeof Connection.Type

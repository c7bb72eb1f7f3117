/**
 * Connection: the settings of one Adobe Commerce shop in connections.yaml.
 *
 * `deployment` chooses how the shop is spoken to. The credentials of both kinds
 * may stand in the file, so that a move from one to the other is one word.
 */
import { Effect, Schema } from "effect"
import { SecretReference } from "../../pipeline/Secrets.ts"
import { duration } from "./duration.ts"
import { DoorConfig } from "./events/DoorConfig.ts"
import { ImsCredentials } from "./ImsCredentials.ts"

const Address = (description: string) =>
  Schema.String.annotate({ description, examples: ["https://shop.example.com"] }).check(
    Schema.isPattern(/^https?:\/\/[^/?#\s@]+(\/[^?#\s]*)?$/u)
  )

const secret = (description: string) => SecretReference.annotateKey({ description })

/** The four values of an integration, for `deployment: paas`. */
const IntegrationCredentials = Schema.Struct({
  consumerKey: secret("Consumer Key of the integration."),
  consumerSecret: secret("Consumer Secret of the integration."),
  accessToken: secret("Access Token of the integration."),
  accessTokenSecret: secret("Access Token Secret of the integration.")
}).annotate({
  description: "For paas: the four values under System > Extensions > Integrations.",
  identifier: "IntegrationCredentials"
})

const Settings = Schema.Struct({
  baseUrl: Address(
    "Address of the shop, without /rest; for saas https://<server>.api.commerce.adobe.com/<tenant>."
  ),
  signingUrl: Schema.optionalKey(
    Address(
      "Address the shop sees itself under, where a proxy changes scheme or host; without it baseUrl. A signature covers this address."
    )
  ),
  insecure: Schema.Boolean.annotate({
    description: "Allows http:// and any host in baseUrl; only for a local sandbox.",
    default: false
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(false))),
  storeCode: Schema.String.annotate({
    description:
      "Store view code: in the path for paas, /rest/<storeCode>/V1, in the header Store for saas. It sets the language of labels and filters nothing: choose documents with `stores`.",
    default: "all",
    factSource: "Adobe, Web APIs; that it filters nothing: magento2 issues 8121 and 15461"
  })
    .check(Schema.isPattern(/^[A-Za-z]\w*$/u))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("all"))),
  deployment: Schema.Literals(["paas", "saas"])
    .annotate({
      description:
        "paas: on-premises, Cloud or Open Source, with an integration's OAuth 1.0a credentials. saas: Adobe Commerce as a Cloud Service, with IMS credentials.",
      default: "paas"
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("paas" as const))),
  credentials: Schema.optionalKey(IntegrationCredentials),
  ims: Schema.optionalKey(ImsCredentials),
  signatureMethod: Schema.Literals(["HMAC-SHA256", "HMAC-SHA1"])
    .annotate({
      description: "HMAC-SHA1 only for shops older than 2.4.4.",
      default: "HMAC-SHA256",
      factSource: "Adobe's documentation of OAuth names HMAC-SHA256 only; magento2 Framework/Oauth/Oauth.php"
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("HMAC-SHA256" as const))),
  timeout: duration(
    "How long we wait for one answer. Order searches are slow before 2.4.8.",
    "60 seconds",
    "our own choice; slowness: Adobe, release notes of 2.4.8"
  ),
  pageSize: Schema.Int.annotate({
    description:
      "Documents asked for at a time. A shop with input limits switched on allows 300 at most by default.",
    default: 50,
    factSource: "limit of 300: Adobe, Web APIs, API security"
  })
    .check(Schema.isBetween({ minimum: 1, maximum: 300 }))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(50))),
  requestsPerMinute: Schema.Int.annotate({
    description:
      "Pace at which we ask. Commerce publishes no limit for reading; when it answers 429 we also pause.",
    default: 600,
    factSource: "assumed; Adobe publishes none for reading (rate limiting covers placing orders)"
  })
    .check(Schema.isBetween({ minimum: 1, maximum: 100_000 }))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(600))),
  events: Schema.Array(DoorConfig)
    .annotate({
      description:
        "How the shop reports changes to `ledgerline run --listen`, one entry for each URL. Documents are read by polling in any case; an event only makes it sooner."
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed([])))
})
type Settings = typeof Settings.Type

const saasAddress = /^https:\/\/(?:[A-Za-z0-9-]+\.)?api\.commerce\.adobe\.com\/[A-Za-z0-9-]+\/?$/u

/** What no single setting can tell: whether they fit the deployment. */
const mistakesIn = (connection: Settings): ReadonlyArray<Schema.FilterIssue> => {
  const { baseUrl, deployment, events, ims, insecure } = connection
  const standIn = events.findIndex((door) => door.family === "io-events" && door.adobe !== undefined)
  const isSaas = deployment === "saas"
  const hasSaasHost = /^https?:\/\/[^/]*\bapi\.commerce\.adobe\.com(?:[:/]|$)/u.test(baseUrl)
  const mistakes: ReadonlyArray<readonly [boolean, ReadonlyArray<PropertyKey>, string]> = [
    [
      !insecure && standIn >= 0,
      ["events", standIn, "adobe"],
      "stands in for Adobe's own hosts in a local sandbox only. Leave it out"
    ],
    [
      !insecure && !baseUrl.startsWith("https:"),
      ["baseUrl"],
      "the address must start with https://, since documents travel over it. For a local sandbox write insecure: true"
    ],
    [
      !insecure && baseUrl.startsWith("https:") && isSaas && !saasAddress.test(baseUrl),
      ["baseUrl"],
      "a shop on SaaS has an address such as https://na1.api.commerce.adobe.com/<tenant>, with the tenant as its whole path: no /rest, no store code, no /V1. Copy the REST endpoint of the instance from Commerce Cloud Manager"
    ],
    [
      !isSaas && hasSaasHost,
      ["baseUrl"],
      "this is the address of a shop on SaaS. Write deployment: saas, and its credentials under ims"
    ],
    [
      isSaas && ims === undefined,
      ["deployment"],
      "saas needs the block ims with clientId, clientSecret and organization, from the OAuth Server-to-Server credential of the project in the Adobe Developer Console"
    ],
    [
      !isSaas && connection.credentials === undefined,
      [],
      "it lacks the block credentials with consumerKey, consumerSecret, accessToken and accessTokenSecret, which deployment: paas needs; they stand under System > Extensions > Integrations. For a shop on SaaS write deployment: saas"
    ],
    [
      !insecure && ims !== undefined && !ims.tokenUrl.startsWith("https:"),
      ["ims", "tokenUrl"],
      "the address must start with https://, since the client secret travels to it"
    ]
  ]
  return mistakes.flatMap(([applies, path, issue]) => (applies ? [{ path, issue }] : []))
}

/** Settings of a connection to Adobe Commerce. Durations are text such as "60 seconds". */
export const Connection = Settings.check(Schema.makeFilter(mistakesIn)).annotate({
  identifier: "AdobeCommerceConnection"
})
export type Connection = typeof Connection.Type

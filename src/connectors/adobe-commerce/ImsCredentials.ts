/**
 * ImsCredentials: how a shop on SaaS knows us, the settings under `ims` in connections.yaml.
 *
 * They are those of an OAuth Server-to-Server credential in the Adobe Developer
 * Console. Two client secrets may be alive at once there, so that one can be
 * replaced without an hour in which none is right.
 *
 * Source: AdobeDocs/commerce-webapi rest/authentication/server-to-server.md;
 * Adobe Developer Console, Server-to-Server authentication, ims.md.
 */
import { Effect, Schema } from "effect"
import { SecretReference } from "../../pipeline/Secrets.ts"

const secret = (description: string) => SecretReference.annotateKey({ description })

// As the documentation of Commerce lists them.
const usualScopes = [
  "openid",
  "AdobeID",
  "email",
  "profile",
  "additional_info.roles",
  "additional_info.projectedProductContext",
  "commerce.accs"
]

// Without them the token opens no shop: the minimum that Adobe's own SDK asks for (aio-commerce-sdk, lib-auth).
const requiredScopes = ["openid", "additional_info.projectedProductContext", "commerce.accs"]

const Scopes = Schema.Array(Schema.NonEmptyString)
  .annotate({
    description: `Scopes the token is asked for. ${requiredScopes.join(", ")} are needed.`,
    default: usualScopes,
    factSource:
      "Adobe, Commerce Web APIs, server-to-server authentication; the needed ones: Adobe's SDK, lib-auth"
  })
  .check(
    Schema.makeFilter((scopes: ReadonlyArray<string>) => {
      const missing = requiredScopes.filter((scope) => !scopes.includes(scope))
      return (
        missing.length === 0 || `it lacks ${missing.join(", ")}, without which the shop refuses the token`
      )
    })
  )
  .pipe(Schema.withDecodingDefaultKey(Effect.succeed(usualScopes)))

const usualTokenUrl = "https://ims-na1.adobelogin.com/ims/token/v3"

/** The credentials of a project in the Adobe Developer Console, for `deployment: saas`. */
export const ImsCredentials = Schema.Struct({
  clientId: secret("Client ID of the OAuth Server-to-Server credential."),
  clientSecret: secret("Client Secret of the credential."),
  previousClientSecret: Schema.optionalKey(
    secret("The client secret before it, during a rotation: tried when clientSecret is refused.")
  ),
  organization: Schema.String.annotate({
    description: "Organization ID of the project, with @AdobeOrg.",
    examples: ["1234567890ABCDEF12345678@AdobeOrg"]
  }).check(Schema.isPattern(/^[A-Za-z0-9]+@AdobeOrg$/u)),
  scopes: Scopes,
  tokenUrl: Schema.String.annotate({
    description: "Where IMS gives out tokens.",
    default: usualTokenUrl,
    factSource: "Adobe Developer Console, server-to-server authentication, ims.md"
  })
    .check(Schema.isPattern(/^https?:\/\/[^/?#\s]+(\/[^?#\s]*)?$/u))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(usualTokenUrl)))
}).annotate({
  description:
    "For saas: the OAuth Server-to-Server credential of a project in the Adobe Developer Console (IMS).",
  identifier: "ImsCredentials"
})
export type ImsCredentials = typeof ImsCredentials.Type

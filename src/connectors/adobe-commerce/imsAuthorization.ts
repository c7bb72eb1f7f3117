/**
 * imsAuthorization: gives requests to a shop on SaaS a token of Adobe's identity service, IMS.
 *
 * There is no refresh token: a token of some 24 hours is asked for ahead of its
 * end, and shared through the `TokenCache`, because IMS slows down clients that
 * ask too often.
 *
 * Source: AdobeDocs/commerce-webapi rest/authentication/server-to-server.md;
 * the codes are those of OAuth 2.0 (RFC 6749), since IMS documents none.
 */
import { Effect, Redacted } from "effect"
import { type HttpClient, HttpClientRequest } from "effect/http"
import { makeOAuthToken } from "../../http/OAuthToken.ts"
import type { RestClientOptions } from "../../http/RestClient.ts"
import { type SecretMissing, Secrets } from "../../pipeline/Secrets.ts"
import type { Connection } from "./Connection.ts"

const credentialPage = "the OAuth Server-to-Server credential of the project in the Adobe Developer Console"

const remedies = {
  invalid_client: `Compare clientId and clientSecret with ${credentialPage}; a secret that was deleted there is refused at once.`,
  unauthorized_client: `The client may not ask for tokens this way. It must be ${credentialPage}; other kinds of credentials do not work.`,
  invalid_scope: `A scope is not granted. Compare ims.scopes with those shown on ${credentialPage}, and add the API of Adobe Commerce to the project.`,
  access_denied:
    "The project has no access to this product. Add the API of Adobe Commerce and a product profile to it.",
  unsupported_grant_type: "Check ims.tokenUrl: it must be the token endpoint /ims/token/v3."
}

/** Adds token, client and organisation to every request. The credentials are looked up now, and again for every token. */
export const imsAuthorization = Effect.fn("imsAuthorization")(function* (
  name: string,
  connection: Connection
): Effect.fn.Return<RestClientOptions["authorize"], SecretMissing, HttpClient.HttpClient | Secrets> {
  const secrets = yield* Secrets
  const { ims } = connection
  if (ims === undefined) return yield* Effect.die("a connection for saas without ims")
  const clientId = secrets.resolve(ims.clientId)
  const credentials = Effect.gen(function* () {
    const previous = ims.previousClientSecret
    return {
      clientId: yield* clientId,
      clientSecret: yield* secrets.resolve(ims.clientSecret),
      ...(previous === undefined ? {} : { previousClientSecret: yield* secrets.resolve(previous) })
    }
  })
  // A credential that is missing is told now, not at the first request.
  const { clientId: apiKey } = yield* credentials

  const token = yield* makeOAuthToken({
    connection: name,
    tokenUrl: ims.tokenUrl,
    scope: ims.scopes.join(","),
    credentials,
    timeout: connection.timeout,
    remedy: `Check ims.tokenUrl, clientId and clientSecret against ${credentialPage}.`,
    remedies
  })
  return (request) =>
    token.authorize(
      HttpClientRequest.setHeaders(request, {
        "x-api-key": Redacted.value(apiKey),
        "x-gw-ims-org-id": ims.organization,
        store: connection.storeCode
      })
    )
})

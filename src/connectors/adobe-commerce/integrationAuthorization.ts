/**
 * integrationAuthorization: signs requests to a shop on PaaS with an integration's credentials.
 *
 * They never expire; they end when somebody re-authorises the integration. So a
 * 401 may mean that new ones stand where ours came from: they are looked up
 * once more, and only if they differ is the request signed again.
 */
import { Effect, Redacted, Ref } from "effect"
import { HttpClientRequest } from "effect/http"
import type { Authorized, RestClientOptions } from "../../http/RestClient.ts"
import { ConnectorError, Unauthorized } from "../../pipeline/ConnectorError.ts"
import { type SecretMissing, Secrets } from "../../pipeline/Secrets.ts"
import type { Connection } from "./Connection.ts"
import { type Credentials, sign, withoutSlash } from "./sign.ts"

const areSame = (left: Credentials, right: Credentials): boolean =>
  (["consumerKey", "consumerSecret", "accessToken", "accessTokenSecret"] as const).every(
    (field) => Redacted.value(left[field]) === Redacted.value(right[field])
  )

/** Looks the four credentials up; a connection that has none is a bug, for its schema asks for them. */
const lookUp = (connection: Connection): Effect.Effect<Credentials, SecretMissing, Secrets> =>
  Effect.gen(function* () {
    const secrets = yield* Secrets
    const { credentials } = connection
    if (credentials === undefined) return yield* Effect.die("a connection for paas without credentials")
    return yield* Effect.all({
      consumerKey: secrets.resolve(credentials.consumerKey),
      consumerSecret: secrets.resolve(credentials.consumerSecret),
      accessToken: secrets.resolve(credentials.accessToken),
      accessTokenSecret: secrets.resolve(credentials.accessTokenSecret)
    })
  })

/** Signs every attempt anew, for the address the shop sees itself under. The credentials are resolved now. */
export const integrationAuthorization = Effect.fn("integrationAuthorization")(function* (
  name: string,
  connection: Connection
): Effect.fn.Return<RestClientOptions["authorize"], SecretMissing, Secrets> {
  const secrets = yield* Secrets
  const connectUrl = withoutSlash(connection.baseUrl)
  const signingUrl = withoutSlash(connection.signingUrl ?? connection.baseUrl)
  const current = lookUp(connection).pipe(Effect.provideService(Secrets, secrets))
  const held = yield* Ref.make(yield* current)

  const renew = (used: Credentials) =>
    current.pipe(
      Effect.mapError(
        ({ message }) => new ConnectorError({ connection: name, reason: new Unauthorized({ message }) })
      ),
      Effect.tap((fresh) => Ref.set(held, fresh)),
      Effect.map((fresh) => !areSame(used, fresh)),
      Effect.tap((isReplaced) =>
        isReplaced
          ? Effect.logInfo(`${name}: the credentials were replaced; signing with the new ones`)
          : Effect.void
      )
    )

  return (request) =>
    Effect.gen(function* () {
      const credentials = yield* Ref.get(held)
      const header = yield* sign(
        { method: request.method, url: `${signingUrl}${request.url.slice(connectUrl.length)}` },
        { credentials, signatureMethod: connection.signatureMethod }
      )
      const authorized: Authorized = {
        request: HttpClientRequest.setHeader(request, "authorization", header),
        renew: renew(credentials)
      }
      return authorized
    })
})

/**
 * credentialsRefused: which of our credentials or rights a 401 or 403 is about.
 *
 * On PaaS the answer for a missing right is also that for a wrong or revoked
 * token; only whether the same credentials were accepted before tells them
 * apart. On SaaS a gateway stands in front of the shop: it refuses tokens and
 * scopes with 401, organisations and projects with 403.
 *
 * Source: AdobeDocs/commerce-webapi get-started/authentication/oauth-errors.md
 * and rest/authentication/server-to-server.md; magento2 Webapi/ErrorProcessor.php.
 */
import { type ConnectorReason, Unauthorized, Unreachable } from "../../pipeline/ConnectorError.ts"
import type { Connection } from "./Connection.ts"
import { grants } from "./grants.ts"

/** What was answered, and to whom. */
export interface Refused {
  readonly status: 401 | 403
  /** What the answer says, in one line; undefined when it is none of Commerce. */
  readonly said: string | undefined
  readonly path: string
  readonly connection: Pick<Connection, "deployment" | "ims">
  /** Whether the same credentials were accepted for another request. */
  readonly hasBeenAccepted: boolean
}

const unauthorized = (message: string) => new Unauthorized({ message })

const missingRight = (said: string | undefined): string | undefined =>
  /isn't authorized to access (.+?)\.?$/u.exec(said ?? "")?.[1]

const reauthorise = "If the integration was re-authorised, run ledgerline connect commerce"

const onPaas = ({ hasBeenAccepted, said = "it gives no reason." }: Refused): ConnectorReason => {
  const right = missingRight(said)
  if (right !== undefined) {
    const lacking = `the integration may not access ${grants(right)}. Grant it under System > Extensions > Integrations > API and reauthorise`
    return unauthorized(
      hasBeenAccepted
        ? `${lacking}; the shop accepted the same credentials for another request. If they were revoked since, run ledgerline connect commerce.`
        : `${lacking}; if it is granted, the access token is wrong or revoked. ${reauthorise}.`
    )
  }
  if (/signature/iu.test(said)) {
    return unauthorized(
      `the shop refuses our signature. Check consumerSecret and accessTokenSecret; behind a proxy set signingUrl to the address the shop sees itself under. ${reauthorise}.`
    )
  }
  if (/nonce is already/iu.test(said)) {
    return new Unreachable({
      message:
        "the shop says it has seen this request before. Check whether a proxy between us and the shop repeats requests."
    })
  }
  if (/nonce|timestamp/iu.test(said)) {
    return unauthorized(
      "the shop refuses the time of our request. Set this machine's clock: it is more than 10 minutes ahead of the shop's."
    )
  }
  return unauthorized(
    `the shop refuses our credentials: ${said} Check consumerKey and accessToken, and that the integration is active. ${reauthorise}.`
  )
}

const onSaas = ({ connection, said, status }: Refused): ConnectorReason => {
  const right = missingRight(said)
  if (right !== undefined) {
    return unauthorized(
      `the technical account of our project may not access ${grants(right)}. Grant it to the account's role in the Admin, under System > Permissions.`
    )
  }
  const quoted = `(${status}${said === undefined ? "" : `: ${said}`})`
  if (/api.?key/iu.test(said ?? "")) {
    return unauthorized(
      `the gateway does not know our client ${quoted}. Check ims.clientId, and that the API of Adobe Commerce is added to its project in the Adobe Developer Console.`
    )
  }
  return unauthorized(
    status === 401
      ? `the shop refuses our token, although it was just renewed ${quoted}. Check that ims.scopes has commerce.accs and that the tenant in baseUrl is the one the project is for.`
      : `the shop refuses our organization or its rights ${quoted}. Check ims.organization (${connection.ims?.organization ?? "none"}), and that the project in the Adobe Developer Console has a product profile for this tenant.`
  )
}

/** The reason for a 401 or 403, with what to check or grant. */
export const credentialsRefused = (refused: Refused): ConnectorReason => {
  if (refused.connection.deployment === "saas") return onSaas(refused)
  if (refused.status === 401) return onPaas(refused)
  const by =
    refused.said === undefined
      ? " by something in front of the shop, such as a firewall"
      : `: ${refused.said}`
  return unauthorized(`access to ${refused.path} is forbidden${by}. Allow this machine there.`)
}

/**
 * refusal: what an answer of Commerce that is not 2xx means, for people.
 *
 * Commerce answers 401 for a wrong signature, for a used nonce and for a
 * missing right alike, 400 for anything a business rule refuses, and leaves the
 * placeholders of its messages open for the client to fill in.
 *
 * Source: magento2 Framework/Webapi/ErrorProcessor.php; commerce-webapi
 * get-started/gs-web-api-response.md and authentication/oauth-errors.md.
 */
import { Option, Schema } from "effect"
import { type RestResponse, rateLimited } from "../../http/RestClient.ts"
import {
  type ConnectorReason,
  NotFound,
  Rejected,
  Unauthorized,
  UnexpectedResponse,
  Unreachable
} from "../../pipeline/ConnectorError.ts"

const Parameters = Schema.Union([Schema.Array(Schema.Unknown), Schema.Record(Schema.String, Schema.Unknown)])

const Phrase = Schema.Struct({
  message: Schema.String,
  parameters: Schema.optionalKey(Schema.NullOr(Parameters))
})
type Phrase = typeof Phrase.Type

const ErrorBody = Schema.Union([
  Schema.Struct({ ...Phrase.fields, errors: Schema.optionalKey(Schema.NullOr(Schema.Array(Phrase))) }),
  // A fatal error of PHP, caught outside the REST controller.
  Schema.Struct({
    messages: Schema.Struct({ error: Schema.Array(Schema.Struct({ message: Schema.String })) })
  })
])

/** The message with `%1` or `%fieldName` filled in; a list counts from 1. */
const filledIn = ({ message, parameters }: Phrase): string =>
  Object.entries(parameters ?? {})
    .map(([key, value]) => [`%${Array.isArray(parameters) ? Number(key) + 1 : key}`, String(value)] as const)
    .toSorted(([left], [right]) => right.length - left.length)
    .reduce((text, [placeholder, value]) => text.replaceAll(placeholder, value), message)

/** What Commerce said, in one line; undefined when the body is none of its error bodies. */
const saidBy = (response: RestResponse): string | undefined =>
  Option.match(Schema.decodeUnknownOption(ErrorBody)(response.body), {
    onNone: () => undefined,
    onSome: (body) =>
      "messages" in body
        ? body.messages.error.map(({ message }) => message).join(" ")
        : [body, ...(body.errors ?? [])].map(filledIn).join(" ")
  })

const unauthorized = (message: string) => new Unauthorized({ message })

const from401 = (said: string): ConnectorReason => {
  const right = /isn't authorized to access (.+?)\.?$/u.exec(said)?.[1]
  if (right !== undefined) {
    return unauthorized(
      `the integration may not access ${right}. Grant it under System > Extensions > Integrations > API and reauthorise; if it is granted, the access token is wrong or revoked.`
    )
  }
  if (/signature/iu.test(said)) {
    return unauthorized(
      "the shop refuses our signature. Check consumerSecret and accessTokenSecret; behind a proxy set signingUrl to the address the shop sees itself under."
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
    `the shop refuses our credentials: ${said} Check consumerKey and accessToken, and that the integration is active.`
  )
}

const from400 = (said: string): ConnectorReason => {
  const most = /maximum searchcriteria pagesize is (\d+)/iu.exec(said)?.[1]
  if (most !== undefined) {
    return new UnexpectedResponse({
      message: `the shop allows at most ${most} documents a page. Set pageSize: ${most} for this connection.`
    })
  }
  return /signature method/iu.test(said)
    ? unauthorized(`${said}. Remove signatureMethod from this connection, or choose the other one.`)
    : new UnexpectedResponse({ message: `the shop refuses the request: ${said}` })
}

/** Code of the `Rejected` that stands for a failure inside the shop; a single bad order can cause it for a whole page. */
export const internalError = "internal-error"

/** The reason for an answer to a reading request; undefined when it may simply be tried again. */
export const refusal = (
  response: RestResponse,
  request: { readonly method: string; readonly path: string }
): ConnectorReason | undefined => {
  const limited = rateLimited(response)
  if (limited !== undefined) return limited
  const said = saidBy(response)
  switch (response.status) {
    case 400:
      return from400(said ?? "it gives no reason.")
    case 401:
      return from401(said ?? "it gives no reason.")
    case 403:
      return unauthorized(
        `access to ${request.path} is forbidden${said === undefined ? " by something in front of the shop, such as a firewall" : `: ${said}`}. Allow this machine there.`
      )
    case 404:
      return said === undefined || /match any route/iu.test(said)
        ? new UnexpectedResponse({
            message: `the shop has no ${request.path}. Check baseUrl and storeCode of this connection.`
          })
        : new NotFound({ message: `${request.path}: ${said}` })
    case 503:
      return new Unreachable({
        message: "the shop is in maintenance mode (503). Wait until it is back, or ask who runs it."
      })
    default:
      return response.status >= 500 && said !== undefined
        ? new Rejected({
            code: internalError,
            message: `the shop failed inside (${response.status}): ${said} Ask who runs it to look the report up in var/log.`
          })
        : undefined
  }
}

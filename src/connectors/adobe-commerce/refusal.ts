/**
 * refusal: what an answer of Commerce that is not 2xx means, for people.
 *
 * Commerce answers 400 for anything a business rule refuses, 500 for a document
 * it cannot print, and leaves the placeholders of its messages open for the
 * client to fill in.
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
import { credentialsRefused, type Refused } from "./credentialsRefused.ts"

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
  }),
  // The gateway in front of a shop on SaaS may answer as OAuth 2.0 does.
  Schema.Struct({ error: Schema.String, error_description: Schema.optionalKey(Schema.String) })
])

/** A text or number as it is; anything else as JSON, since a field toString would make String() fail. */
const shown = (value: unknown): string =>
  typeof value === "object" && value !== null ? (JSON.stringify(value) ?? "") : String(value)

/** The message with `%1` or `%fieldName` filled in; a list counts from 1. */
const filledIn = ({ message, parameters }: Phrase): string =>
  Object.entries(parameters ?? {})
    .map(([key, value]) => [`%${Array.isArray(parameters) ? Number(key) + 1 : key}`, shown(value)] as const)
    .toSorted(([left], [right]) => right.length - left.length)
    .reduce((text, [placeholder, value]) => text.replaceAll(placeholder, value), message)

/** What Commerce said, in one line; undefined when the body is none of its error bodies. */
const saidBy = (response: RestResponse): string | undefined =>
  Option.match(Schema.decodeUnknownOption(ErrorBody)(response.body), {
    onNone: () => undefined,
    onSome: (body) =>
      "messages" in body
        ? body.messages.error.map(({ message }) => message).join(" ")
        : "message" in body
          ? [body, ...(body.errors ?? [])].map(filledIn).join(" ")
          : (body.error_description ?? body.error)
  })

const perPage = "documents a page."

/** How many a page may have at most, where the reason is that it was asked for more. */
export const largestPageIn = (reason: ConnectorReason): number | undefined => {
  const most = new RegExp(`at most (\\d+) ${perPage}`, "u").exec(reason.message)?.[1]
  return most === undefined || Number(most) < 1 ? undefined : Number(most)
}

const from400 = (said: string): ConnectorReason => {
  const most = /maximum searchcriteria pagesize is (\d+)/iu.exec(said)?.[1]
  if (most !== undefined) {
    return new UnexpectedResponse({
      message: `the shop allows at most ${most} ${perPage} Set pageSize: ${most} for this connection.`
    })
  }
  return /signature method/iu.test(said)
    ? new Unauthorized({
        message: `${said}. Remove signatureMethod from this connection, or choose the other one.`
      })
    : new UnexpectedResponse({ message: `the shop refuses the request: ${said}` })
}

/** What a business rule of the shop said to something that we wanted to write. */
const refusedWrite = (said: string): ConnectorReason =>
  new Rejected(
    /same email address already exists/iu.test(said)
      ? { code: "exists-already", message: `the shop refused it: ${said}` }
      : { code: "refused", message: `the shop refused it: ${said} Correct what it names, then retry.` }
  )

/** Code of the `Rejected` that stands for a failure inside the shop; a single bad order can cause it for a whole page. */
export const internalError = "internal-error"

/**
 * The reason for an answer; undefined when a reading request may simply be
 * tried again, and when it leaves open whether a writing one took effect: a
 * failure inside the shop may come after the work, and a 503 from a proxy
 * behind which the work goes on.
 */
export const refusal = (
  response: RestResponse,
  request: Pick<Refused, "path" | "connection" | "hasBeenAccepted"> & { readonly method: string }
): ConnectorReason | undefined => {
  const isReading = request.method === "GET"
  if (!isReading && (response.status === 408 || response.status >= 500)) return undefined
  const limited = rateLimited(response)
  if (limited !== undefined) return limited
  const said = saidBy(response)
  switch (response.status) {
    case 400:
      return isReading ? from400(said ?? "it gives no reason.") : refusedWrite(said ?? "it gives no reason.")
    case 401:
    case 403:
      return credentialsRefused({ ...request, status: response.status, said })
    case 404:
      return said === undefined || /match any route/iu.test(said)
        ? new UnexpectedResponse({
            message: `the shop has no ${request.path}. Check baseUrl${request.connection.deployment === "saas" ? ", which ends with the tenant," : ""} and storeCode of this connection${request.path.startsWith("/V1/compan") ? ", and that the shop has the B2B module: without it there are no companies" : ""}.`
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

/**
 * IfsClient: questions to projections of IFS Cloud, and requests that write.
 *
 * Amounts travel as decimal strings (`IEEE754Compatible=true`); where a gateway
 * swallows that parameter they travel as JSON numbers, written from and read to
 * exact decimals. Every question names its properties, orders by the full key
 * and asks for a bounded page.
 *
 * Source: techdocs "Using IFS RESTful APIs" 21R2 to 24R1; pages, keys and error
 * bodies as recorded on a live tenant in 2026.
 */
import { Duration, Effect, Schema, SchemaGetter } from "effect"
import type { HttpClient } from "effect/http"
import { type Decimal, formatDecimal } from "../../accounting/Decimal.ts"
import { makeOAuthToken } from "../../http/OAuthToken.ts"
import { connectionPace } from "../../http/RateLimit.ts"
import { makeRestClient, type RestResponse } from "../../http/RestClient.ts"
import {
  ConnectorError,
  type ConnectorReason,
  UnexpectedResponse,
  Unreachable
} from "../../pipeline/ConnectorError.ts"
import { type SecretMissing, Secrets } from "../../pipeline/Secrets.ts"
import type { Json } from "../../pipeline/SourceRecord.ts"
import type { Connection } from "./Connection.ts"
import { fieldNamesOf, ourFields, theirFilter, theirName } from "./fieldNames.ts"
import { ifsReason } from "./ifsReason.ts"
import type { Filter } from "./odata.ts"

declare global {
  interface JSON {
    /** Number text that `JSON.stringify` writes digit by digit; in Node since version 21. */
    rawJSON(text: string): { readonly rawJSON: string }
  }
}

/** A decimal in an answer: text, a JSON number, or null, which IFS writes where an amount is not used. */
export const WireDecimal = Schema.NullOr(Schema.Union([Schema.String, Schema.Int])).pipe(
  Schema.decodeTo(Schema.BigDecimalFromString, {
    decode: SchemaGetter.transform((value) => `${value ?? 0}`),
    encode: SchemaGetter.transform((text) => text)
  })
)

/** What is asked of an entity set. The fields of `row` become `$select`. */
export interface Question<Row, Encoded> {
  /** `<Projection>.svc/<EntitySet>`. */
  readonly entitySet: string
  readonly row: Schema.Codec<Row, Encoded> & { readonly fields: Readonly<Record<string, Schema.Top>> }
  readonly filter?: Filter
  /** The full key, so that pages neither repeat nor miss rows; `Name desc` counts down. */
  readonly orderBy: ReadonlyArray<string>
}

/** Rows of one request. */
export interface Page<Row> {
  readonly rows: ReadonlyArray<Row>
  readonly hasNextLink: boolean
  /** The server's clock, as in its `Date` header. */
  readonly date: string | undefined
}

/** One IFS Cloud. */
export interface IfsClient {
  /** The first `top` rows; 1 asks "is there any". */
  page<Row, Encoded>(
    question: Question<Row, Encoded>,
    window: { readonly top: number; readonly skip?: number }
  ): Effect.Effect<Page<Row>, ConnectorError>
  /** All rows. */
  list<Row, Encoded>(question: Question<Row, Encoded>): Effect.Effect<ReadonlyArray<Row>, ConnectorError>
  /**
   * Writes something that posts nothing by itself, such as a row of a temporary
   * voucher. An unclear outcome leaves at worst a draft nobody will finish, so
   * it is `Unreachable`: start again with a new draft.
   */
  draft(
    path: string,
    body: Json,
    headers?: Readonly<Record<string, string>>
  ): Effect.Effect<RestResponse, ConnectorError>
  /** Writes something that posts. An unclear outcome is `OutcomeUnknown`. `beforeSending` as in `RestClient`. */
  commit(
    path: string,
    body: Json,
    options: {
      readonly headers: Readonly<Record<string, string>>
      readonly beforeSending: Effect.Effect<void, ConnectorError>
    }
  ): Effect.Effect<RestResponse, ConnectorError>
  /** A decimal as this tenant wants it in a body. */
  decimal(value: Decimal): Json
  /** An error of this connection. */
  fail(reason: ConnectorReason): ConnectorError
}

const Answer = Schema.Struct({
  value: Schema.Array(Schema.Record(Schema.String, Schema.Unknown)),
  "@odata.nextLink": Schema.optionalKey(Schema.String)
})

/** Requests on their way bunch up: evenly spaced here, they could be one too many in some minute there. */
const used = 0.98
const pageSize = 500
/** More rows than any voucher has: beyond it the server ignores `$skip`. */
const pagesMaximum = 100

/** Opens a client: credentials are looked up, but nothing is contacted until the first request. */
export const makeIfsClient = Effect.fn("IfsClient.make")(function* (options: {
  readonly name: string
  readonly connection: Connection
}): Effect.fn.Return<IfsClient, SecretMissing, HttpClient.HttpClient | Secrets> {
  const { connection, name } = options
  const secrets = yield* Secrets
  const baseUrl = connection.baseUrl.replace(/\/$/u, "")
  const fail = (reason: ConnectorReason) => new ConnectorError({ connection: name, reason })
  const mediaType = connection.ieee754Compatible
    ? "application/json;IEEE754Compatible=true"
    : "application/json"

  const credentials = Effect.all({
    clientId: secrets.resolve(connection.credentials.clientId),
    clientSecret: secrets.resolve(connection.credentials.clientSecret)
  })
  // A credential that is missing is told now, not at the first voucher.
  yield* credentials

  const token = yield* makeOAuthToken({
    connection: name,
    tokenUrl:
      connection.tokenUrl ?? `${baseUrl}/auth/realms/${connection.realm}/protocol/openid-connect/token`,
    scope: connection.scope,
    credentials,
    timeout: connection.timeout,
    remedy:
      "Check realm, client id and client secret, and that the client in Identity and Access Manager is enabled and has service accounts on."
  })
  const rest = yield* makeRestClient({
    connection: name,
    baseUrl: `${baseUrl}/${connection.endpoint}/ifsapplications/projection/v1`,
    timeout: connection.timeout,
    pace: yield* connectionPace(name, connection.requestsPerMinute * used),
    authorize: token.authorize,
    refuse: ifsReason
  })

  const page: IfsClient["page"] = Effect.fn("IfsClient.page")(function* <Row, Encoded>(
    question: Question<Row, Encoded>,
    window: { readonly top: number; readonly skip?: number }
  ): Effect.fn.Return<Page<Row>, ConnectorError> {
    const names = fieldNamesOf(connection, question.entitySet)
    const response = yield* rest.get(`/${question.entitySet}`, {
      parameters: [
        [
          "$select",
          // Annotations such as the ETag come by themselves.
          Object.keys(question.row.fields)
            .filter((name) => !name.startsWith("@"))
            .map((name) => theirName(names, name))
            .join(",")
        ],
        ...(question.filter === undefined ? [] : [["$filter", theirFilter(names, question.filter)] as const]),
        ["$orderby", question.orderBy.map((name) => theirName(names, name)).join(",")],
        ["$top", `${window.top}`],
        ...(window.skip === undefined ? [] : [["$skip", `${window.skip}`] as const])
      ],
      headers: { accept: mediaType }
    })
    const answer = yield* Schema.decodeUnknownEffect(Answer)(response.body).pipe(
      Effect.flatMap(({ value, ...rest }) =>
        Effect.map(
          Schema.decodeUnknownEffect(Schema.Array(question.row))(value.map((row) => ourFields(names, row))),
          (rows) => ({ ...rest, value: rows })
        )
      ),
      Effect.mapError((error) =>
        fail(
          new UnexpectedResponse({
            message: `the rows of ${question.entitySet} do not look as documented: ${error.message}. Compare $metadata of the projection.`
          })
        )
      )
    )
    return {
      rows: answer.value,
      hasNextLink: answer["@odata.nextLink"] !== undefined,
      date: response.headers["date"]
    }
  })

  // A next link says that a short page is not the end. It is answered with
  // $skip: an address taken from an answer is never followed.
  const list: IfsClient["list"] = Effect.fn("IfsClient.list")(function* <Row, Encoded>(
    question: Question<Row, Encoded>
  ): Effect.fn.Return<ReadonlyArray<Row>, ConnectorError> {
    const rows: Array<Row> = []
    for (let asked = 0; asked < pagesMaximum; asked++) {
      const next = yield* page(question, { top: pageSize, ...(asked > 0 && { skip: rows.length }) })
      rows.push(...next.rows)
      if (next.rows.length === 0 || (next.rows.length < pageSize && !next.hasNextLink)) return rows
    }
    return yield* fail(
      new UnexpectedResponse({
        message: `${question.entitySet} gives pages without end; it seems to ignore $skip. Check the projection.`
      })
    )
  })

  const commit: IfsClient["commit"] = (path, body, { beforeSending, headers }) =>
    rest.write("POST", path, {
      body,
      headers: { accept: mediaType, "content-type": mediaType, ...headers },
      beforeSending
    })

  const draft: IfsClient["draft"] = (path, body, headers = {}) =>
    commit(path, body, { headers, beforeSending: Effect.void }).pipe(
      Effect.mapError((error) =>
        error.reason._tag === "OutcomeUnknown"
          ? fail(new Unreachable({ message: `${error.reason.message} Only a draft can be left behind.` }))
          : error
      )
    )

  const decimal = (value: Decimal): Json =>
    connection.ieee754Compatible ? formatDecimal(value) : JSON.rawJSON(formatDecimal(value))

  return { page, list, draft, commit, decimal, fail }
})

/** Seconds that IFS may spend on a request: it must give up before we do, so that we hear of it. */
export const waitSeconds = (timeout: Duration.Duration): number =>
  Math.max(1, Math.floor(Duration.toSeconds(timeout)) - 5)

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
import { Duration, Effect, Schema, SchemaGetter, type Stream } from "effect"
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
import type { ETag } from "./ETag.ts"
import { type FieldNames, ourFields, theirFields, theirFilter, theirName, theirPath } from "./fieldNames.ts"
import { ifsReason } from "./ifsReason.ts"
import type { Filter } from "./odata.ts"
import { type Place, type Seek, seekRows, type SoughtPage } from "./seekRows.ts"
import { type Patch, type UpdateOf, updateRow } from "./updateRow.ts"

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

/** A row as received: property to value. Amounts are decimal strings or whole numbers. */
export const RawRow = Schema.Record(Schema.String, Schema.Json)
export type RawRow = typeof RawRow.Type
const isRawRow = Schema.is(RawRow)

/** What is asked of an entity set whose properties are known from settings only. */
export interface RawQuestion {
  readonly entitySet: string
  readonly select: ReadonlyArray<string>
  readonly filter?: Filter
  readonly orderBy: ReadonlyArray<string>
  /** The tenant's names beside those that the connection knows. */
  readonly names?: FieldNames
}

/** Rows of one request. */
export interface Page<Row> {
  readonly rows: ReadonlyArray<Row>
  /** Whether the server said that more follows. The address itself is never followed. */
  readonly hasNextLink: boolean
  /** The server's clock, as in its `Date` header. */
  readonly date: string | undefined
}

const decodeAnswer = Schema.decodeUnknownEffect(
  Schema.Struct({
    value: Schema.Array(RawRow),
    "@odata.nextLink": Schema.optionalKey(Schema.String)
  })
)

/** One IFS Cloud. */
export interface IfsClient {
  /** The first `top` rows; 1 asks "is there any". */
  page<Row, Encoded>(
    question: Question<Row, Encoded>,
    window: { readonly top: number; readonly skip?: number }
  ): Effect.Effect<Page<Row>, ConnectorError>
  /** As `page`, for rows whose properties are known from settings only. */
  rawPage(
    question: RawQuestion,
    window: { readonly top: number; readonly skip?: number }
  ): Effect.Effect<Page<RawRow>, ConnectorError>
  /** Rows to ask for at once. */
  readonly pageRows: number
  /** How long lists are read. */
  readonly paging: Connection["paging"]
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
  /** One row by its path, `<Projection>.svc/<EntitySet>(<key>)`, with the properties named; `NotFound` when there is none. */
  row(path: string, select: ReadonlyArray<string>): Effect.Effect<RawRow, ConnectorError>
  /**
   * Changes the row at `path` if it is still the version of `etag`, and gives
   * the answer. Without an ETag IFS would insert what is not there, so none can
   * be left out. An unclear outcome is `OutcomeUnknown`.
   */
  patch(path: string, row: Patch, etag: ETag): Effect.Effect<RestResponse, ConnectorError>
  /** A new row of the set or array at `path`, as IFS answers it; empty where the answer says nothing. An unclear outcome is `OutcomeUnknown`. */
  insert(path: string, row: Patch): Effect.Effect<RawRow, ConnectorError>
  /** Removes the row at `path` if it is still the version of `etag`. An unclear outcome is `OutcomeUnknown`. */
  remove(path: string, etag: ETag): Effect.Effect<void, ConnectorError>
  /** Rows after a place, all of them without one, page by page; see `seekRows`. */
  seek(seek: Seek, after?: Place): Stream.Stream<SoughtPage, ConnectorError>
  /** Changes a row as `decide` says, never over somebody else's change; see `updateRow`. */
  update(of: UpdateOf, decide: (row: RawRow) => Patch | undefined): Effect.Effect<RawRow, ConnectorError>
  /** A document beside the rows, such as `$metadata`. */
  document(path: string, mediaType: string): Effect.Effect<RestResponse, ConnectorError>
  /** A decimal as this tenant wants it in a body. */
  decimal(value: Decimal): Json
  /** An error of this connection. */
  fail(reason: ConnectorReason): ConnectorError
}

/** Requests on their way bunch up: evenly spaced here, they could be one too many in some minute there. */
const used = 0.98
/** More rows than any voucher has: beyond it the server ignores `$skip`. */
const pagesMaximum = 100

/** Annotations such as the ETag come by themselves. */
const propertiesOf = (row: { readonly fields: Readonly<Record<string, Schema.Top>> }) =>
  Object.keys(row.fields).filter((name) => !name.startsWith("@"))

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
  const reading = { accept: mediaType }

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

  const { pageRows, paging } = connection
  const unlike = (entitySet: string, issue: string) =>
    fail(
      new UnexpectedResponse({
        message: `the rows of ${entitySet} do not look as documented: ${issue}. Compare $metadata of the projection.`
      })
    )

  const ask = Effect.fn("IfsClient.ask")(function* (
    question: RawQuestion,
    window: { readonly top: number; readonly skip?: number }
  ): Effect.fn.Return<Page<RawRow>, ConnectorError> {
    const their = theirPath(connection, question.entitySet)
    const names = { ...their.names, ...question.names }
    const response = yield* rest.get(`/${their.path}`, {
      parameters: [
        ["$select", question.select.map((name) => theirName(names, name)).join(",")],
        ...(question.filter === undefined ? [] : [["$filter", theirFilter(names, question.filter)] as const]),
        ["$orderby", question.orderBy.map((name) => theirName(names, name)).join(",")],
        ["$top", `${window.top}`],
        ...(window.skip === undefined ? [] : [["$skip", `${window.skip}`] as const])
      ],
      headers: reading
    })
    const answer = yield* Effect.mapError(decodeAnswer(response.body), (error) =>
      unlike(question.entitySet, error.message)
    )
    return {
      rows: answer.value.map((row) => ourFields(names, row)),
      hasNextLink: answer["@odata.nextLink"] !== undefined,
      date: response.headers["date"]
    }
  })

  const page: IfsClient["page"] = Effect.fn("IfsClient.page")(function* <Row, Encoded>(
    question: Question<Row, Encoded>,
    window: { readonly top: number; readonly skip?: number }
  ): Effect.fn.Return<Page<Row>, ConnectorError> {
    const answer = yield* ask({ ...question, select: propertiesOf(question.row) }, window)
    const rows = yield* Schema.decodeUnknownEffect(Schema.Array(question.row))(answer.rows).pipe(
      Effect.mapError((error) => unlike(question.entitySet, error.message))
    )
    return { ...answer, rows }
  })

  const rawPage: IfsClient["rawPage"] = ask

  const row: IfsClient["row"] = Effect.fn("IfsClient.row")(function* (path, select) {
    const their = theirPath(connection, path)
    const { body } = yield* rest.get(`/${their.path}`, {
      parameters: [["$select", select.map((name) => theirName(their.names, name)).join(",")]],
      headers: reading
    })
    return isRawRow(body) ? ourFields(their.names, body) : yield* unlike(path, "it is no object")
  })

  // A next link says that a short page is not the end. It is answered with
  // $skip: an address taken from an answer is never followed.
  const list: IfsClient["list"] = Effect.fn("IfsClient.list")(function* <Row, Encoded>(
    question: Question<Row, Encoded>
  ): Effect.fn.Return<ReadonlyArray<Row>, ConnectorError> {
    const rows: Array<Row> = []
    for (let asked = 0; asked < pagesMaximum; asked++) {
      const next = yield* page(question, { top: pageRows, ...(asked > 0 && { skip: rows.length }) })
      rows.push(...next.rows)
      if (next.rows.length === 0 || (next.rows.length < pageRows && !next.hasNextLink)) return rows
    }
    return yield* fail(
      new UnexpectedResponse({
        message: `${question.entitySet} gives pages without end; it seems to ignore $skip. Check the projection.`
      })
    )
  })

  const sent = { accept: mediaType, "content-type": mediaType }

  const commit: IfsClient["commit"] = (path, body, { beforeSending, headers }) =>
    rest.write("POST", path, { body, headers: { ...sent, ...headers }, beforeSending })

  const prefer = `wait=${waitSeconds(connection.timeout)}`

  const patch: IfsClient["patch"] = (path, body, etag) => {
    const their = theirPath(connection, path)
    return rest.write("PATCH", `/${their.path}`, {
      body: theirFields(their.names, body),
      headers: { ...sent, "if-match": etag, prefer }
    })
  }

  const insert: IfsClient["insert"] = Effect.fn("IfsClient.insert")(function* (path, row) {
    const their = theirPath(connection, path)
    const { body } = yield* rest.write("POST", `/${their.path}`, {
      body: theirFields(their.names, row),
      headers: { ...sent, prefer }
    })
    return isRawRow(body) ? ourFields(their.names, body) : {}
  })

  const remove: IfsClient["remove"] = (path, etag) =>
    Effect.asVoid(
      rest.write("DELETE", `/${theirPath(connection, path).path}`, {
        headers: { ...sent, "if-match": etag, prefer }
      })
    )

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

  return {
    page,
    rawPage,
    pageRows,
    paging,
    list,
    row,
    seek: (seek, after) => seekRows({ rawPage, pageRows, paging, fail }, seek, after),
    update: (of, decide) => updateRow({ row, patch, fail }, of, decide),
    draft,
    commit,
    patch,
    insert,
    remove,
    document: (path, accept) => rest.get(path, { headers: { accept } }),
    decimal,
    fail
  }
})

/** Seconds that IFS may spend on a request: it must give up before we do, so that we hear of it. */
export const waitSeconds = (timeout: Duration.Duration): number =>
  Math.max(1, Math.floor(Duration.toSeconds(timeout)) - 5)

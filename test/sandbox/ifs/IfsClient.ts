/**
 * IfsClient: what the tests of the local IFS Cloud say to it, over plain fetch.
 */
import { Effect, Schema } from "effect"
import type { IfsServer } from "../../../src/sandbox/ifs/ifsServer.ts"

export const moneyType = "application/json;IEEE754Compatible=true"

const Json = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown))
const decodeJson = Schema.decodeUnknownEffect(Json)

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Readonly<Record<string, unknown>>
}

/** One request, with the JSON of its answer (an empty object if there is none). */
export const send = (
  url: string,
  init: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string } = {}
): Effect.Effect<Answer, unknown> =>
  Effect.gen(function* () {
    const response = yield* Effect.tryPromise((signal) => fetch(url, { ...init, signal }))
    const text = yield* Effect.tryPromise(() => response.text())
    const isJson = (response.headers.get("content-type") ?? "").includes("json") && text !== ""
    const body = isJson ? yield* decodeJson(text) : {}
    return { status: response.status, headers: response.headers, text, body }
  })

export const requestToken = (server: IfsServer, secret = server.clientSecret) =>
  send(`${server.url}/auth/realms/${server.realm}/protocol/openid-connect/token`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: server.clientId,
      client_secret: secret,
      scope: "openid microprofile-jwt"
    }).toString()
  })

export interface IfsClient {
  readonly server: IfsServer
  readonly get: (path: string, headers?: Record<string, string>) => Effect.Effect<Answer, unknown>
  readonly post: (
    path: string,
    body: unknown,
    headers?: Record<string, string>
  ) => Effect.Effect<Answer, unknown>
  readonly patch: (
    path: string,
    body: unknown,
    headers?: Record<string, string>
  ) => Effect.Effect<Answer, unknown>
}

/** A client with a token; paths are below /projection/v1/ and percent-encoded as by a browser. */
export const connect = (server: IfsServer): Effect.Effect<IfsClient, unknown> =>
  Effect.map(requestToken(server), (token) => {
    const base = `${server.url}/main/ifsapplications/projection/v1/`
    const common = {
      authorization: `Bearer ${String(token.body["access_token"])}`,
      accept: moneyType,
      "content-type": moneyType
    }
    const write =
      (method: string) =>
      (path: string, body: unknown, headers: Record<string, string> = {}) =>
        send(base + encodeURI(path), {
          method,
          headers: { ...common, ...headers },
          body: JSON.stringify(body)
        })
    return {
      server,
      get: (path, headers = {}) => send(base + encodeURI(path), { headers: { ...common, ...headers } }),
      post: write("POST"),
      patch: write("PATCH")
    }
  })

/** A header that is accepted. */
export const header: Record<string, unknown> = {
  OpennedFrom: "NEW_VOUCHER",
  Company: "10",
  VoucherDate: "2026-09-30",
  UserGroup: "AC",
  VoucherType: "M",
  AccountingYear: "2026",
  AccountingPeriod: "9",
  VoucherNo: "0",
  VoucherStatus: "Approved",
  AmountMethod: "NetAmountEntry",
  VoucherText2: "Invoice 100000123"
}

const row = {
  Company: "10",
  CurrencyCode: "EUR",
  CurrencyType: "1",
  CurrencyRate: "1",
  ConversionFactor: "1",
  Text: "Invoice 100000123",
  ReferenceSerie: "SHOP",
  ReferenceNumber: "I-100000123"
}

export const debit = (account: string, amount: string, more: Record<string, unknown> = {}) => ({
  ...row,
  Account: account,
  CurrencyDebetAmount: amount,
  DebetAmount: amount,
  ...more
})

export const credit = (account: string, amount: string, more: Record<string, unknown> = {}) => ({
  ...row,
  Account: account,
  CurrencyCreditAmount: amount,
  CreditAmount: amount,
  ...more
})

/** 100.00 net and 19.00 VAT. */
export const invoiceRows = [
  debit("1510", "119.00"),
  credit("4000", "100.00", { CodeB: "100", CodeC: "DE" }),
  credit("2610", "19.00")
]

const assistant = "VoucherEntryAssistantHandling.svc/VoucherSet"
const action = (name: string) => `IfsApp.VoucherEntryAssistantHandling.VoucherEntry_${name}`

export const temporaryPath = (objkey: string) => `${assistant}(Objkey='${objkey}')`
export const rowPath = (objkey: string) => `${temporaryPath(objkey)}/VoucherPostingArray`
export const createPath = (objkey: string) => `${temporaryPath(objkey)}/${action("CreateVoucher")}`
export const removePath = (objkey: string) => `${temporaryPath(objkey)}/${action("RemoveTempVoucher")}`

/** Posts a header and rows, and says how to create the voucher; nothing is created yet. */
export const enter = (
  client: IfsClient,
  changes: Record<string, unknown> = {},
  rows: ReadonlyArray<Record<string, unknown>> = invoiceRows
) =>
  Effect.gen(function* () {
    const opened = yield* client.post(assistant, { ...header, ...changes })
    if (opened.status !== 201) return { refusal: opened, objkey: "", etag: "" }
    const objkey = String(opened.body["Objkey"])
    const etag = String(opened.body["@odata.etag"])
    for (const values of rows) {
      const added = yield* client.post(rowPath(objkey), values)
      if (added.status !== 201) return { refusal: added, objkey, etag }
    }
    return { refusal: undefined, objkey, etag }
  })

/** The whole sequence; answers what the last request answered. */
export const postVoucher = (
  client: IfsClient,
  changes: Record<string, unknown> = {},
  rows: ReadonlyArray<Record<string, unknown>> = invoiceRows
) =>
  Effect.gen(function* () {
    const entered = yield* enter(client, changes, rows)
    if (entered.refusal !== undefined) return entered.refusal
    return yield* client.post(createPath(entered.objkey), {}, { "if-match": entered.etag, prefer: "wait=60" })
  })

/** The rows of a page, each value as text. */
export const pageOf = (answer: Answer): ReadonlyArray<Record<string, unknown>> =>
  Array.isArray(answer.body["value"]) ? answer.body["value"] : []

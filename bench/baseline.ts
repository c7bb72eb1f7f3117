/**
 * baseline: the job as a loop that somebody writes by hand in a week.
 *
 * It is there to be compared with. Plain fetching, plain SQL, one document at a
 * time. It is as durable as the engine: the document and the voucher to be made
 * of it are committed before the ledger sees anything, the outcome after, and
 * what a crash left in between is looked up before it is sent again. It knows
 * no configuration, no exact decimals, no changes of a document, no audit, no
 * retries, and neither looks up a new voucher nor reads it back.
 */
import { createHmac } from "node:crypto"
import { request } from "@effect/platform-node/Undici"
import jsonata from "jsonata"
import OAuth from "oauth-1.0a"
import { baselineSale, type DocumentKind, type Order, type Payload } from "./baselineSale.ts"
import { baselineBodies, baselineVoucher, type BaselineVoucher } from "./baselineVoucher.ts"
import type { Target } from "./Target.ts"

/** Runs one statement with `$1`, `$2`, … and gives its rows; each is a transaction of its own. */
export type Query = <Row extends object>(
  statement: string,
  parameters: ReadonlyArray<string | number>
) => Promise<ReadonlyArray<Row>>

/** What a run did. */
export interface BaselineSummary {
  readonly posted: number
  readonly parked: number
}

const pageSize = 50

const tables = [
  `CREATE TABLE document (
     kind text, id bigint, updated_at text NOT NULL, raw jsonb NOT NULL, PRIMARY KEY (kind, id))`,
  `CREATE TABLE intent (
     reference text PRIMARY KEY, kind text NOT NULL, id bigint NOT NULL, state text NOT NULL,
     voucher jsonb, problem text, receipt text)`,
  `CREATE INDEX intent_sending ON intent (state) WHERE state = 'sending'`,
  `CREATE TABLE last_read (kind text PRIMARY KEY, id bigint NOT NULL)`
]

const fail = (message: string): Promise<never> => Promise.reject(new Error(message))

const makeShop = ({ commerce }: Target) => {
  const { credentials } = commerce
  const oauth = new OAuth({
    consumer: { key: credentials.consumerKey, secret: credentials.consumerSecret },
    signature_method: "HMAC-SHA256",
    hash_function: (text, key) => createHmac("sha256", key).update(text).digest("base64")
  })
  const token = { key: credentials.accessToken, secret: credentials.accessTokenSecret }

  const get = async (path: string, query: Readonly<Record<string, string>> = {}): Promise<string> => {
    const url = `${commerce.url}/rest/all/V1/${path}`
    const headers = oauth.toHeader(oauth.authorize({ url, method: "GET", data: query }, token))
    const response = await request(url, {
      query,
      headers: { authorization: headers.Authorization }
    })
    const body = await response.body.text()
    return response.statusCode === 200 ? body : fail(`${url}: ${response.statusCode} ${body}`)
  }

  const search = (resource: string, [field, condition, value]: readonly [string, string, string]) => {
    const filter = "searchCriteria[filter_groups][0][filters][0]"
    return get(resource, {
      [`${filter}[field]`]: field,
      [`${filter}[value]`]: value,
      [`${filter}[condition_type]`]: condition,
      "searchCriteria[sortOrders][0][field]": "entity_id",
      "searchCriteria[sortOrders][0][direction]": "ASC",
      "searchCriteria[pageSize]": `${pageSize}`,
      "searchCriteria[currentPage]": "1"
    })
  }

  return {
    stores: async (): Promise<ReadonlyMap<number, string>> => {
      const views: ReadonlyArray<{ readonly id: number; readonly code: string }> = JSON.parse(
        await get("store/storeViews")
      )
      return new Map(views.map(({ code, id }) => [id, code]))
    },
    documentsAfter: async (resource: string, id: number): Promise<ReadonlyArray<Payload>> => {
      const found: { readonly items: ReadonlyArray<Payload> } = JSON.parse(
        await search(resource, ["entity_id", "gt", `${id}`])
      )
      return found.items
    },
    orders: async (ids: ReadonlyArray<number>): Promise<ReadonlyMap<number, Order>> => {
      const found: { readonly items: ReadonlyArray<Order> } = JSON.parse(
        await search("orders", ["entity_id", "in", ids.join(",")])
      )
      return new Map(found.items.map((order) => [order.entity_id, order]))
    }
  }
}

const mediaType = "application/json;IEEE754Compatible=true"

const makeLedger = ({ ifs }: Target) => {
  const root = `${ifs.url}/main/ifsapplications/projection/v1`
  const drafts = "VoucherEntryAssistantHandling.svc/VoucherSet"
  let token = { text: "", renewAt: 0 }

  const authorization = async (): Promise<string> => {
    if (performance.now() >= token.renewAt) {
      const response = await request(`${ifs.url}/auth/realms/${ifs.realm}/protocol/openid-connect/token`, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({
          grant_type: "client_credentials",
          client_id: ifs.clientId,
          client_secret: ifs.clientSecret,
          scope: "openid microprofile-jwt"
        }).toString()
      })
      const answer: { readonly access_token: string; readonly expires_in: number } = JSON.parse(
        await response.body.text()
      )
      token = { text: answer.access_token, renewAt: performance.now() + answer.expires_in * 750 }
    }
    return `Bearer ${token.text}`
  }

  const send = async (
    method: "GET" | "POST",
    path: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {}
  ): Promise<string> => {
    const response = await request(`${root}/${path}`, {
      method,
      headers: {
        authorization: await authorization(),
        accept: mediaType,
        ...(body === undefined ? {} : { "content-type": mediaType }),
        ...headers
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    const text = await response.body.text()
    return response.statusCode < 300 ? text : fail(`${method} ${path}: ${response.statusCode} ${text}`)
  }

  const post = async (voucher: BaselineVoucher): Promise<string> => {
    const { header, rows } = baselineBodies(voucher)
    const draft: { readonly Objkey: string; readonly "@odata.etag": string } = JSON.parse(
      await send("POST", drafts, header)
    )
    const path = `${drafts}(Objkey='${encodeURIComponent(draft.Objkey)}')`
    for (const row of rows) await send("POST", `${path}/VoucherPostingArray`, row)
    const action = `${path}/IfsApp.VoucherEntryAssistantHandling.VoucherEntry`
    const created: { readonly value: string | number } = JSON.parse(
      await send("POST", `${action}_CreateVoucher`, {}, { "if-match": draft["@odata.etag"] })
    )
    await send("POST", `${action}_RemoveTempVoucher`, {})
    return `10/${voucher.date.slice(0, 4)}/M/${created.value}`
  }

  const find = async (reference: string): Promise<string | undefined> => {
    const query = new URLSearchParams({
      $select: "AccountingYear,VoucherNo",
      $filter: `Company eq '10' and ReferenceSerie eq 'LEDGERLINE' and ReferenceNumber eq '${reference}'`,
      $top: "1"
    })
    for (const rows of [
      "VoucherRowsAnalysis.svc/VoucherRowSet",
      "GenLedVoucherRowsAnalysis.svc/GenLedVoucherRowSet"
    ]) {
      const found: {
        readonly value: ReadonlyArray<{ readonly AccountingYear: string; readonly VoucherNo: string }>
      } = JSON.parse(await send("GET", `${rows}?${query.toString().replaceAll("+", "%20")}`))
      const [first] = found.value
      if (first !== undefined) return `10/${first.AccountingYear}/M/${first.VoucherNo}`
    }
    return undefined
  }

  return { post, find }
}

/**
 * Reads and posts everything there is. `expressions` are the shipped ones;
 * `onDocument` is called after each document. Rejects on the first failure.
 */
export const baseline = async (options: {
  readonly target: Target
  readonly query: Query
  readonly expressions: Readonly<Record<DocumentKind, string>>
  readonly onDocument: () => void
}): Promise<BaselineSummary> => {
  const { query, target } = options
  const shop = makeShop(target)
  const ledger = makeLedger(target)
  for (const table of tables) await query(table, [])
  const stores = await shop.stores()
  let posted = 0
  let parked = 0

  const settle = async (reference: string, receipt: string) => {
    await query(`UPDATE intent SET state = 'posted', receipt = $2 WHERE reference = $1`, [reference, receipt])
    posted += 1
  }

  // What a crash left behind may or may not be in the ledger.
  const open = await query<{ readonly reference: string; readonly voucher: BaselineVoucher }>(
    `SELECT reference, voucher FROM intent WHERE state = 'sending'`,
    []
  )
  for (const { reference, voucher } of open) {
    await settle(reference, (await ledger.find(reference)) ?? (await ledger.post(voucher)))
  }

  for (const [kind, resource] of [
    ["invoice", "invoices"],
    ["credit-note", "creditmemos"]
  ] as const) {
    const expression = jsonata(options.expressions[kind])
    const [position] = await query<{ readonly id: number }>(
      `SELECT id::int AS id FROM last_read WHERE kind = $1`,
      [kind]
    )
    let last = position?.id ?? 0
    while (true) {
      const documents = await shop.documentsAfter(resource, last)
      if (documents.length === 0) break
      const orders = await shop.orders([...new Set(documents.map((document) => document.order_id))])
      for (const document of documents) {
        const order = orders.get(document.order_id)
        const sale = order === undefined ? undefined : baselineSale(kind, document, order, stores)
        const result =
          sale === undefined
            ? { problem: "it does not add up" }
            : baselineVoucher(await expression.evaluate({ ...sale, raw: { document, order } }))
        const isParked = "problem" in result
        const reference = isParked ? `${kind}-${document.entity_id}` : result.reference
        const fresh = await query(
          `WITH new AS (
             INSERT INTO document (kind, id, updated_at, raw) VALUES ($1, $2, $3, $4::jsonb)
             ON CONFLICT DO NOTHING RETURNING kind, id)
           INSERT INTO intent (reference, kind, id, state, voucher, problem)
           SELECT $5, kind, id, $6, $7::jsonb, $8 FROM new RETURNING id`,
          [
            kind,
            document.entity_id,
            document.updated_at,
            JSON.stringify({ document, order }),
            reference,
            isParked ? "parked" : "sending",
            JSON.stringify(isParked ? null : result),
            isParked ? result.problem : ""
          ]
        )
        if (fresh.length > 0 && isParked) parked += 1
        if (fresh.length > 0 && !isParked) await settle(reference, await ledger.post(result))
        options.onDocument()
      }
      last = documents.at(-1)?.entity_id ?? last
      await query(
        `INSERT INTO last_read (kind, id) VALUES ($1, $2)
         ON CONFLICT (kind) DO UPDATE SET id = EXCLUDED.id`,
        [kind, last]
      )
    }
  }
  return { posted, parked }
}

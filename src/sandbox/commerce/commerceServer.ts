/**
 * commerceServer: a local Adobe Commerce, on PaaS or on SaaS, over HTTP.
 *
 * It answers REST requests from a shop in memory, keeps the customers that it is sent, and checks what a real server checks: credentials (see
 * `Door`), search criteria, routes. Beside that `POST /sandbox/faults` asks for a failure, `GET
 * /sandbox/shop` counts what the shop holds, and `POST /sandbox/reauthorize` with `{"callbackUrl": …}`
 * presses the button of that name; all are open to anyone on this machine.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { Clock, DateTime, Effect, Ref, Result, Schema, type Scope } from "effect"
import { HttpServerRequest, HttpServerResponse, type HttpServerError } from "effect/http"
import { createServer } from "node:http"
import { makeFaults, type Faults } from "../Faults.ts"
import { collections } from "./collections.ts"
import {
  CommerceRefusal,
  failsInside,
  noEntity,
  noRoute,
  noSuchCustomer,
  notGranted
} from "./CommerceRefusal.ts"
import { countryPayloads } from "./countries.ts"
import { type Door, paasDoor, saasDoor, sandboxTenant } from "./Door.ts"
import { editCustomer } from "./editCustomer.ts"
import { graphQlAnswer } from "./graphQlAnswer.ts"
import { type Ims, makeIms, sandboxImsClient } from "./Ims.ts"
import { type Integration, makeIntegration } from "./Integration.ts"
import type { Credentials } from "./OAuthCheck.ts"
import { payloadsAt, printPayload, type Payload, type PayloadObject } from "./Payload.ts"
import { projectFields } from "./projectFields.ts"
import { parseSearchCriteria, queryPairs } from "./SearchCriteria.ts"
import { loopsOnTransactions, type Release, repeatsLastPage, shownBy } from "./Release.ts"
import { saveCustomer } from "./saveCustomer.ts"
import { searchPayloads } from "./searchPayloads.ts"
import type { Shop } from "./Shop.ts"
import { timestamp } from "./timestamp.ts"

/** How the local Commerce is set up. */
export interface CommerceServerOptions {
  readonly shop: Shop
  /** 0 or absent: any free port. */
  readonly port?: number
  /** Which door is open. Default paas. */
  readonly deployment?: "paas" | "saas"
  /** Absent: `sandboxCredentials`. */
  readonly credentials?: Credentials
  /** Whose habits to show; absent: "2.4.9". */
  readonly release?: Release
  /** Whether the B2B module is there; absent: it is. */
  readonly hasB2b?: boolean
  /** ACL resources that the integration was not granted; absent: it has all. */
  readonly denied?: ReadonlyArray<string>
  /** How long a token of IMS lives. Default: 86399 seconds, as with Adobe. */
  readonly tokenLifetimeSeconds?: number
  /** Codes of attributes that the shop has added to its customers; absent: `erp_customer_id`. */
  readonly customerAttributes?: ReadonlyArray<string>
  /** Switches the input limits on: larger pages are refused, and 20 rows are the default. */
  readonly maximumPageSize?: number
}

/** A running local Commerce. */
export interface CommerceServer {
  /** Such as `http://127.0.0.1:41234`, without a slash at the end. */
  readonly url: string
  /** What a connection to it has as baseUrl: `url`, with the tenant on SaaS. */
  readonly baseUrl: string
  readonly credentials: Credentials
  readonly integration: Integration
  readonly ims: Ims
  /** What the shop holds now. */
  readonly shop: Effect.Effect<Shop>
  /** Changes the shop; the next request sees it. */
  readonly update: (change: (shop: Shop) => Shop) => Effect.Effect<void>
  /** What a person does to a customer there; see `editCustomer`. */
  readonly editCustomer: (
    id: string,
    edit: (customer: PayloadObject) => PayloadObject | undefined
  ) => Effect.Effect<void>
  readonly faults: Faults
}

/** The integration the local Commerce accepts unless told otherwise; no secret, it opens nothing else. */
export const sandboxCredentials: Credentials = {
  consumerKey: "sandboxconsumerkey00000000000001",
  consumerSecret: "sandboxconsumersecret00000000001",
  accessToken: "sandboxaccesstoken00000000000001",
  accessTokenSecret: "sandboxaccesstokensecret00000001"
}

const sandboxCustomerAttributes: ReadonlyArray<string> = ["erp_customer_id"]

/** Starts the server on 127.0.0.1 and stops it with the scope. Fails if the port is taken. */
export const commerceServer = Effect.fn("commerceServer")(function* (
  options: CommerceServerOptions
): Effect.fn.Return<CommerceServer, HttpServerError.ServeError, Scope.Scope> {
  const credentials = options.credentials ?? sandboxCredentials
  const shop = yield* Ref.make(options.shop)
  const faults = yield* makeFaults
  const isSaas = options.deployment === "saas"
  const integration = yield* makeIntegration({
    credentials,
    acceptsSha1: options.release === "2.2" || options.release === "2.3"
  })
  const ims = yield* makeIms({
    client: sandboxImsClient,
    tokenLifetimeSeconds: options.tokenLifetimeSeconds ?? 86_399
  })
  const door: Door = isSaas ? saasDoor(ims) : paasDoor(integration)
  const server = yield* NodeHttpServer.make(() => createServer({ keepAliveTimeout: 1000 }), {
    host: "127.0.0.1",
    port: options.port ?? 0,
    gracefulShutdownTimeout: "1 second"
  })

  const save = Effect.fn("commerceServer.save")(function* (
    request: HttpServerRequest.HttpServerRequest,
    id: number | undefined
  ): Effect.fn.Return<Payload, CommerceRefusal> {
    const body = yield* Effect.flatMap(request.text, decodeBody).pipe(Effect.mapError(() => noJson))
    const now = timestamp(Math.floor((yield* Clock.currentTimeMillis) / 1000))
    const saving = {
      ...(id === undefined ? {} : { id }),
      body,
      now,
      release: options.release ?? "2.4.9",
      attributes: options.customerAttributes ?? sandboxCustomerAttributes
    }
    return yield* Effect.fromResult(
      yield* Ref.modify(shop, (current): [Result.Result<Payload, CommerceRefusal>, Shop] =>
        Result.match(saveCustomer(saving, current), {
          onFailure: (refusal) => [Result.fail(refusal), current],
          onSuccess: (saved) => [Result.succeed(saved.customer), saved.shop]
        })
      )
    )
  })

  const answer = Effect.fn("commerceServer.answer")(function* (
    request: HttpServerRequest.HttpServerRequest
  ): Effect.fn.Return<Payload, CommerceRefusal> {
    const [, query = ""] = request.url.split("?", 2)
    const current = yield* Ref.get(shop)
    const asked = door.pathOf(request)
    const route = routeOf(request.method, asked, current)
    const written = writtenCustomer(request.method, asked?.path)
    const resource = route?.resource ?? (written === undefined ? undefined : customerResource)
    if (resource === undefined) return yield* noRoute
    yield* door.admit(request, resource)
    if (options.denied?.includes(resource) === true) return yield* notGranted(resource)
    const payload =
      route === undefined ? yield* save(request, written?.id) : yield* route.read(query, options)
    const fields = queryPairs(query).find(([name]) => name === "fields")
    return fields === undefined ? payload : projectFields(payload, fields[1])
  })

  const counts = Effect.map(Ref.get(shop), (current) =>
    json(200, Object.fromEntries(Object.entries(current).map(([name, list]) => [name, list.length])))
  )

  const { address } = server
  const url = `http://127.0.0.1:${address._tag === "UnixPathAddress" ? 0 : address.port}`

  const pressReauthorize = (request: HttpServerRequest.HttpServerRequest) =>
    request.text.pipe(
      Effect.flatMap(Schema.decodeUnknownEffect(Reauthorize)),
      Effect.flatMap(({ callbackUrl }) => integration.reauthorise({ callbackUrl, storeBaseUrl: `${url}/` })),
      Effect.as(HttpServerResponse.empty()),
      Effect.catchTag("CallbackFailed", ({ message }) =>
        Effect.succeed(HttpServerResponse.text(message, { status: 502 }))
      ),
      Effect.catch((error) => Effect.succeed(HttpServerResponse.text(error.message, { status: 400 })))
    )

  const respond = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const { headers, method, url: asked } = request
    const [path, query = ""] = asked.split("?", 2)
    if (method === "GET" && path === (isSaas ? `/${sandboxTenant}/graphql` : "/graphql")) {
      const current = yield* Ref.get(shop)
      return json(200, graphQlAnswer(current, { query, headers, hasB2b: options.hasB2b ?? true }))
    }
    return (
      (yield* door.answer(request)) ??
      (yield* Effect.match(answer(request), {
        onFailure: (refusal) => json(refusal.status, refusal.body),
        onSuccess: (payload) => json(200, payload)
      }))
    )
  })

  yield* server.serve(
    Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      const path = request.url.split("?", 1)[0]
      const response =
        path === "/sandbox/faults"
          ? yield* faults.control(request)
          : path === "/sandbox/shop"
            ? yield* counts
            : path === "/sandbox/reauthorize" && request.method === "POST"
              ? yield* pressReauthorize(request)
              : yield* faults.around(request, respond(request), refuse)
      const now = yield* DateTime.now
      return HttpServerResponse.setHeader(response, "date", DateTime.toDateUtc(now).toUTCString())
    })
  )
  return {
    url,
    baseUrl: isSaas ? `${url}/${sandboxTenant}` : url,
    credentials,
    integration,
    ims,
    shop: Ref.get(shop),
    update: (change) => Ref.update(shop, change),
    editCustomer: (id, edit) => Ref.update(shop, (current) => editCustomer(current, id, edit)),
    faults
  }
})

const Json: Schema.Codec<Payload> = Schema.suspend(() =>
  Schema.Union([
    Schema.Null,
    Schema.Boolean,
    Schema.Finite,
    Schema.String,
    Schema.Array(Json),
    Schema.Record(Schema.String, Json)
  ])
)
const decodeBody = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Record(Schema.String, Json)))

const noJson = new CommerceRefusal({
  status: 400,
  message: "Decoding error: Syntax error"
})

const customerResource = "Magento_Customer::manage"

/** What `POST customers` and `PUT customers/:id` write; undefined for everything else. */
const writtenCustomer = (
  method: string,
  path: string | undefined
): { readonly id: number | undefined } | undefined => {
  if (method === "POST" && path === "customers") return { id: undefined }
  const [, id] = /^customers\/(\d+)$/u.exec(path ?? "") ?? []
  return method === "PUT" && id !== undefined ? { id: Number(id) } : undefined
}

const Reauthorize = Schema.fromJsonString(Schema.Struct({ callbackUrl: Schema.String }))

const json = (status: number, payload: Payload) =>
  HttpServerResponse.text(printPayload(payload), {
    status,
    contentType: "application/json; charset=utf-8"
  })

/** How Commerce words a status that it did not choose: 503 is the maintenance page, in HTML. */
const refuse = (status: number) => {
  if (status === 503) {
    const page = "<!doctype html><title>503 Service Temporarily Unavailable</title>"
    return HttpServerResponse.text(page, { status, contentType: "text/html; charset=utf-8" })
  }
  const message =
    status === 429
      ? "Too Many Requests"
      : "Internal Error. Details are available in Magento log file. Report ID: webapi-0000000000000"
  return json(status, status === 429 ? { message, trace: null } : { message })
}

interface Route {
  readonly resource: string
  readonly read: (query: string, options: CommerceServerOptions) => Effect.Effect<Payload, CommerceRefusal>
}

/** What a place in the shop stands for; undefined if nothing, or if its store code is unknown. */
const routeOf = (method: string, asked: ReturnType<Door["pathOf"]>, shop: Shop): Route | undefined => {
  if (method !== "GET" || asked === undefined) return undefined
  const { path, store } = asked
  const isKnownStore = store === "all" || shop.stores.some(({ code }) => code === store)
  if (!isKnownStore) return undefined
  return structureRoute(path, shop) ?? directoryRoute(path) ?? listRoute(path, shop) ?? itemRoute(path, shop)
}

const structureRoute = (path: string, shop: Shop): Route | undefined => {
  const lists = new Map([
    ["store/storeViews", shop.stores],
    ["store/websites", shop.websites],
    ["store/storeConfigs", shop.storeConfigs]
  ])
  const list = lists.get(path)
  return list === undefined
    ? undefined
    : { resource: "Magento_Backend::store", read: () => Effect.succeed(list) }
}

const directoryRoute = (path: string): Route | undefined => {
  const country = countryPayloads.find(({ id }) => path === `directory/countries/${String(id)}`)
  if (country === undefined && path !== "directory/countries") return undefined
  // Anybody may read it.
  return { resource: "anonymous", read: () => Effect.succeed(country ?? countryPayloads) }
}

const listRoute = (path: string, shop: Shop): Route | undefined => {
  const collection = collections.find((each) => each.path === path)
  if (collection === undefined) return undefined
  return {
    resource: collection.resource,
    read: Effect.fnUntraced(function* (query, options) {
      const { hasB2b = true, maximumPageSize, release = "2.4.9" } = options
      if (collection.isB2b === true && !hasB2b) return yield* noRoute
      const criteria = yield* parseSearchCriteria(query)
      const found = yield* searchPayloads(
        {
          items: shop[collection.from],
          columns:
            collection.from === "customers"
              ? new Set([...collection.columns, ...(options.customerAttributes ?? sandboxCustomerAttributes)])
              : collection.columns,
          repeatsLastPage: repeatsLastPage(release),
          maximumPageSize
        },
        criteria
      )
      const items = payloadsAt(found, "items")
      if (items.some((item) => cannotPrint(item, release))) return yield* failsInside
      return { ...found, items: items.map((item) => shownBy(release, collection.path, item)) }
    })
  }
}

/** A marked item stands for one whose payment details are no text; no release prints it. */
const cannotPrint = (item: PayloadObject, release: Release) =>
  item["sandbox_unreadable"] === true ||
  (loopsOnTransactions(release) &&
    typeof item["parent_txn_id"] === "string" &&
    item["parent_txn_id"] === item["txn_id"])

const itemRoute = (path: string, shop: Shop): Route | undefined => {
  const [, parent, id] = /^(.+)\/(\d+)$/u.exec(path) ?? []
  const collection = collections.find(({ itemPath }) => itemPath !== undefined && itemPath === parent)
  if (collection === undefined) return undefined
  const item = shop[collection.from].find((each) => (each["entity_id"] ?? each["id"]) === Number(id))
  return {
    resource: collection.resource,
    read: (_query, { release = "2.4.9" }) => {
      if (item === undefined) {
        return Effect.fail(collection.from === "customers" ? noSuchCustomer(Number(id)) : noEntity)
      }
      return cannotPrint(item, release)
        ? Effect.fail(failsInside)
        : Effect.succeed(shownBy(release, collection.path, item))
    }
  }
}

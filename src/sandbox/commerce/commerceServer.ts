/**
 * commerceServer: a local Adobe Commerce (PaaS) over HTTP.
 *
 * It answers `/rest/V1/…` and `/rest/<store>/V1/…` from a shop in memory, and checks what a real server
 * checks: OAuth 1.0a, search criteria, routes. Beside that `POST /sandbox/faults` asks for a failure and
 * `GET /sandbox/shop` counts what the shop holds; both are open to anyone on this machine.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { DateTime, Effect, Ref, type Scope } from "effect"
import { HttpServerRequest, HttpServerResponse, type HttpServerError } from "effect/http"
import { createServer } from "node:http"
import { makeFaults, type Faults } from "../Faults.ts"
import { collections } from "./collections.ts"
import { CommerceRefusal, failsInside, noEntity, noRoute, notGranted } from "./CommerceRefusal.ts"
import { makeOAuthCheck, type Credentials } from "./OAuthCheck.ts"
import { payloadsAt, printPayload, type Payload, type PayloadObject } from "./Payload.ts"
import { projectFields } from "./projectFields.ts"
import { parseSearchCriteria, queryPairs } from "./SearchCriteria.ts"
import { loopsOnTransactions, type Release, repeatsLastPage, shownBy } from "./Release.ts"
import { searchPayloads } from "./searchPayloads.ts"
import type { Shop } from "./Shop.ts"

/** How the local Commerce is set up. */
export interface CommerceServerOptions {
  readonly shop: Shop
  /** 0 or absent: any free port. */
  readonly port?: number
  /** Absent: `sandboxCredentials`. */
  readonly credentials?: Credentials
  /** Whose habits to show; absent: "2.4.9". */
  readonly release?: Release
  /** Whether the B2B module is there; absent: it is. */
  readonly hasB2b?: boolean
  /** ACL resources that the integration was not granted; absent: it has all. */
  readonly denied?: ReadonlyArray<string>
  /** Switches the input limits on: larger pages are refused, and 20 rows are the default. */
  readonly maximumPageSize?: number
}

/** A running local Commerce. */
export interface CommerceServer {
  /** Such as `http://127.0.0.1:41234`, without a slash at the end. */
  readonly url: string
  readonly credentials: Credentials
  /** What the shop holds now. */
  readonly shop: Effect.Effect<Shop>
  /** Changes the shop; the next request sees it. */
  readonly update: (change: (shop: Shop) => Shop) => Effect.Effect<void>
  readonly faults: Faults
}

/** The integration the local Commerce accepts unless told otherwise; no secret, it opens nothing else. */
export const sandboxCredentials: Credentials = {
  consumerKey: "sandboxconsumerkey00000000000001",
  consumerSecret: "sandboxconsumersecret00000000001",
  accessToken: "sandboxaccesstoken00000000000001",
  accessTokenSecret: "sandboxaccesstokensecret00000001"
}

/** Starts the server on 127.0.0.1 and stops it with the scope. Fails if the port is taken. */
export const commerceServer = Effect.fn("commerceServer")(function* (
  options: CommerceServerOptions
): Effect.fn.Return<CommerceServer, HttpServerError.ServeError, Scope.Scope> {
  const credentials = options.credentials ?? sandboxCredentials
  const shop = yield* Ref.make(options.shop)
  const faults = yield* makeFaults
  const oauth = yield* makeOAuthCheck(credentials)
  const server = yield* NodeHttpServer.make(() => createServer({ keepAliveTimeout: 1000 }), {
    host: "127.0.0.1",
    port: options.port ?? 0,
    gracefulShutdownTimeout: "1 second"
  })

  const answer = Effect.fn("commerceServer.answer")(function* (
    request: HttpServerRequest.HttpServerRequest
  ): Effect.fn.Return<Payload, CommerceRefusal> {
    const [path = "", query = ""] = request.url.split("?", 2)
    const current = yield* Ref.get(shop)
    const route = routeOf(request.method, path, current)
    if (route === undefined) return yield* noRoute
    const host = (request.headers["host"] ?? "").replace(/:80$/u, "")
    yield* oauth.check(
      {
        method: request.method,
        url: `http://${host}${path}`,
        query,
        authorization: request.headers["authorization"]
      },
      route.resource
    )
    if (options.denied?.includes(route.resource) === true) return yield* notGranted(route.resource)
    const payload = yield* route.read(query, options)
    const fields = queryPairs(query).find(([name]) => name === "fields")
    return fields === undefined ? payload : projectFields(payload, fields[1])
  })

  const counts = Effect.map(Ref.get(shop), (current) =>
    json(200, Object.fromEntries(Object.entries(current).map(([name, list]) => [name, list.length])))
  )

  yield* server.serve(
    Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      const path = request.url.split("?", 1)[0]
      const response =
        path === "/sandbox/faults"
          ? yield* faults.control(request)
          : path === "/sandbox/shop"
            ? yield* counts
            : yield* faults.around(
                request,
                Effect.match(answer(request), {
                  onFailure: (refusal) => json(refusal.status, refusal.body),
                  onSuccess: (payload) => json(200, payload)
                }),
                refuse
              )
      const now = yield* DateTime.now
      return HttpServerResponse.setHeader(response, "date", DateTime.toDateUtc(now).toUTCString())
    })
  )
  const { address } = server
  return {
    url: `http://127.0.0.1:${address._tag === "UnixPathAddress" ? 0 : address.port}`,
    credentials,
    shop: Ref.get(shop),
    update: (change) => Ref.update(shop, change),
    faults
  }
})

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

/** What a path stands for; undefined if nothing, or if its store code is unknown. */
const routeOf = (method: string, path: string, shop: Shop): Route | undefined => {
  const match = /^\/rest(?:\/([^/]+))?\/V1\/(.+?)\/?$/u.exec(path)
  const [, store = "default", rest = ""] = match ?? []
  const isKnownStore = store === "all" || shop.stores.some(({ code }) => code === store)
  if (method !== "GET" || match === null || !isKnownStore) return undefined
  return structureRoute(rest, shop) ?? listRoute(rest, shop) ?? itemRoute(rest, shop)
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
          columns: collection.columns,
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
  const item = shop[collection.from].find(({ entity_id: entityId }) => entityId === Number(id))
  return {
    resource: collection.resource,
    read: (_query, { release = "2.4.9" }) => {
      if (item === undefined) return Effect.fail(noEntity)
      return cannotPrint(item, release)
        ? Effect.fail(failsInside)
        : Effect.succeed(shownBy(release, collection.path, item))
    }
  }
}

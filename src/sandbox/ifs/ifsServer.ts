/**
 * ifsServer: a local IFS Cloud over HTTP, as strict as the real one is known to be.
 *
 * It issues tokens, takes manual vouchers, shows the hold table, the general
 * ledger and the basic data, and keeps books of its own that say what really
 * was posted. It shares no code with the connector it is there to test.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Redacted, Ref, Schema } from "effect"
import type { PlatformError, Scope } from "effect"
import type { HttpServerError } from "effect/http"
import { HttpServer, HttpServerRequest, HttpServerResponse } from "effect/http"
import { createServer } from "node:http"
import type { Faults } from "../Faults.ts"
import { makeFaults } from "../Faults.ts"
import { basicDataSets } from "./basicDataSets.ts"
import { type Books, openBooks } from "./Books.ts"
import type { CompanyData } from "./CompanyData.ts"
import { type CustomerRegister, customerType, makeCustomerRegister } from "./CustomerRegister.ts"
import { defaultCompanies, defaultUser } from "./defaultCompany.ts"
import { directProjection, enterDirectly } from "./DirectVouchers.ts"
import { makeExternalLoads } from "./ExternalLoads.ts"
import { external, externalProjections, externalSets } from "./ExternalVouchers.ts"
import { gatewayError, malformedRequest, notFound } from "./IfsError.ts"
import type { IfsError } from "./IfsError.ts"
import { customerSets, keepCustomers } from "./keepCustomers.ts"
import { decodePercent } from "./Query.ts"
import { readEntitySet } from "./readEntitySet.ts"
import { makeRequestLimit } from "./RequestLimit.ts"
import { parseResourcePath } from "./ResourcePath.ts"
import { respondError } from "./respond.ts"
import { saleSets } from "./Sale.ts"
import type { Statistics } from "./Statistics.ts"
import { routeOf } from "./Statistics.ts"
import { describeProjection } from "./describeProjection.ts"
import { documentedNames, documentedProjection, type TenantNames, withTenantNames } from "./TenantNames.ts"
import { makeTemporaryVouchers } from "./TemporaryVouchers.ts"
import { makeTokens } from "./Tokens.ts"
import { updateVoucher } from "./updateVoucher.ts"
import { BooksContent } from "./Voucher.ts"
import { assist, assistantProjection } from "./VoucherAssistant.ts"
import { voucherSets } from "./voucherSets.ts"

/** How the server is set up; everything has a default. */
export interface IfsServerOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number
  /** The namespace in the token address; default "sandbox". */
  readonly realm?: string
  readonly clientId?: string
  readonly clientSecret?: string
  /** The service user behind the IAM client; default LEDGERLINE. */
  readonly user?: string
  /** Default 180. */
  readonly tokenLifetimeSeconds?: number
  /** Whether CreateVoucher needs the ETag of the temporary header; default true. */
  readonly requireIfMatch?: boolean
  /** More requests in sixty seconds are refused with 429; default no limit. */
  readonly requestsPerMinute?: number
  /** Rows in a page asked for without `$top`; default 5000. */
  readonly pageSizeMaximum?: number
  /** Default companies 10 and 20. */
  readonly companies?: ReadonlyArray<CompanyData>
  /** Whether customers' texts that are too long are cut off without a word, instead of refused; default false. */
  readonly cutsTexts?: boolean
  /** Names of projections and fields that are not the documented ones. */
  readonly names?: TenantNames
  /** JSON lines that let the vouchers outlive the server. */
  readonly stateFile?: string
}

/** A running server. */
export interface IfsServer {
  /** "http://127.0.0.1:<port>", without a slash at the end. */
  readonly url: string
  readonly realm: string
  readonly clientId: string
  readonly clientSecret: string
  readonly faults: Faults
  /** What was really posted. */
  readonly books: Effect.Effect<BooksContent>
  readonly statistics: Effect.Effect<Statistics>
  /** Lets somebody change, enter and delete vouchers in IFS itself, past every check. */
  readonly editBooks: Books["edit"]
  /** Ends every token at once. */
  readonly revokeTokens: Effect.Effect<void>
  /** Moves every approved voucher to the general ledger and says how many. */
  readonly updateGeneralLedger: Effect.Effect<number>
  /** Customers, to be looked at and changed by somebody else. */
  readonly customers: CustomerRegister
  /** Writes that IFS lets pass and a careful client never sends. */
  readonly violations: Effect.Effect<ReadonlyArray<string>>
  /** Changes the basic data while running, for example to close a period. */
  readonly updateCompanies: (
    change: (companies: ReadonlyArray<CompanyData>) => ReadonlyArray<CompanyData>
  ) => Effect.Effect<void>
}

const encodeBooks = Schema.encodeEffect(BooksContent)

/** Starts the server on 127.0.0.1; it stops with the scope. Fails if the port is taken or the state file cannot be opened. */
export const ifsServer = Effect.fn("ifsServer")(function* (
  options: IfsServerOptions = {}
): Effect.fn.Return<IfsServer, HttpServerError.ServeError | PlatformError.PlatformError, Scope.Scope> {
  const realm = options.realm ?? "sandbox"
  const clientId = options.clientId ?? "ledgerline"
  const clientSecret = options.clientSecret ?? "sandbox-secret"
  const user = options.user ?? defaultUser
  const books = yield* openBooks(options.stateFile)
  const temporary = makeTemporaryVouchers()
  const loads = makeExternalLoads()
  const customers = makeCustomerRegister()
  const violations: Array<string> = []
  const names = options.names ?? documentedNames
  const entitySets = [
    ...voucherSets,
    ...basicDataSets,
    ...externalSets(loads),
    ...customerSets(customers),
    ...saleSets
  ].map((set) => withTenantNames(names, set))
  const companies = yield* Ref.make(options.companies ?? defaultCompanies)
  const faults = yield* makeFaults
  const limit = makeRequestLimit(options.requestsPerMinute)
  const tokens = makeTokens({
    clientId,
    clientSecret: Redacted.make(clientSecret),
    tokenLifetimeSeconds: options.tokenLifetimeSeconds ?? 180
  })
  const requests = new Map<string, number>()
  let throttled = 0
  let unauthorized = 0

  const content = Effect.sync((): BooksContent => ({
    vouchers: books.vouchers(),
    temporary: temporary.unfinished()
  }))
  const statistics = Effect.sync((): Statistics => ({
    requests: Object.fromEntries(requests),
    throttled,
    unauthorized,
    tokensIssued: tokens.issued()
  }))
  const count = (route: string) => requests.set(route, (requests.get(route) ?? 0) + 1)

  const project = Effect.fnUntraced(function* (
    request: HttpServerRequest.HttpServerRequest,
    address: { readonly root: string; readonly path: string; readonly queryString: string }
  ): Effect.fn.Return<HttpServerResponse.HttpServerResponse, IfsError> {
    if (!(yield* tokens.accepts(request.headers["authorization"]))) {
      unauthorized++
      return yield* gatewayError(401, "UNAUTHORIZED", "The access token is missing, unknown or expired.")
    }
    const wait = yield* limit
    if (wait > 0) {
      throttled++
      const refusal = respondError(gatewayError(429, "TOO_MANY_REQUESTS", "Too many requests."))
      return HttpServerResponse.setHeader(refusal, "retry-after", `${wait}`)
    }
    const [, called = "", rest = ""] = /^(\w+)\.svc(?:\/(.*))?$/u.exec(address.path) ?? []
    const projectionUrl = `${address.root}${called}.svc`
    const about = request.method === "GET" ? describeProjection(names, entitySets, called, rest) : undefined
    if (about !== undefined) return about
    const projection = documentedProjection(names, called)
    if (projection === undefined) {
      return yield* gatewayError(404, "ODP_METADATA_NOTFOUND", "Metadata not found.")
    }
    // Actions are qualified with the projection's name.
    const resource = yield* parseResourcePath(rest.replace(`IfsApp.${called}.`, `IfsApp.${projection}.`))
    const all = yield* Ref.get(companies)
    const entering = { books, companies: all, user, requireIfMatch: options.requireIfMatch ?? true }
    if (projection === assistantProjection) {
      return yield* assist({ ...entering, temporary }, request, resource, projectionUrl)
    }
    if (projection === directProjection) {
      return yield* enterDirectly(entering, request, resource, projectionUrl)
    }
    if (request.method === "POST" && externalProjections.includes(projection)) {
      const context = { ...entering, loads }
      return yield* external(context, request, resource, { name: projection, url: projectionUrl })
    }
    const known = entitySets.filter((it) => it.entityType.projection === projection)
    if (known.length === 0) return yield* gatewayError(404, "ODP_METADATA_NOTFOUND", "Metadata not found.")
    // A company the user is not allowed for reads as empty, not as forbidden.
    const visible = all.filter((it) => it.allowedUsers.includes(user))
    const reading = {
      books,
      companies: visible,
      projectionUrl,
      queryString: address.queryString,
      pageSizeMaximum: options.pageSizeMaximum ?? 5000
    }
    if (projection === customerType.projection) {
      const violation = (what: string) => violations.push(what)
      const cutsTexts = options.cutsTexts ?? false
      const keeping = { ...reading, cutsTexts, names, register: customers, violation }
      return yield* keepCustomers(keeping, request, resource)
    }
    const entitySet = known.find((it) => it.entityType.entitySet === resource.set)
    if (entitySet === undefined || resource.rest !== undefined) {
      return yield* notFound(
        `Cannot find EntitySet, Singleton, ActionImport or FunctionImport with name '${rest}'.`
      )
    }
    const context = { ...reading, entitySet }
    if (request.method === "GET") return yield* readEntitySet(request, resource, context)
    if (request.method === "PATCH" && projection === "VoucherHandling" && resource.keyText !== undefined) {
      return yield* updateVoucher(request, resource.keyText, context)
    }
    return yield* gatewayError(
      405,
      "ODP_METHOD_NOT_ALLOWED",
      `HTTP method '${request.method}' not allowed for this resource.`
    )
  })

  const control = (request: HttpServerRequest.HttpServerRequest, path: string) => {
    switch (`${request.method} ${path}`) {
      case "POST /sandbox/faults":
      case "DELETE /sandbox/faults":
        return faults.control(request)
      case "GET /sandbox/books":
        return Effect.map(Effect.flatMap(content, encodeBooks), (it) => HttpServerResponse.jsonUnsafe(it))
      case "GET /sandbox/statistics":
        return Effect.map(statistics, (it) => HttpServerResponse.jsonUnsafe(it))
      case "POST /sandbox/update-general-ledger":
        return Effect.map(books.updateGeneralLedger, (moved) => HttpServerResponse.jsonUnsafe({ moved }))
      default:
        return Effect.succeed(HttpServerResponse.empty({ status: 404 }))
    }
  }

  const handle = Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const [rawPath = "", queryString = ""] = request.url.split("?", 2)
    if (rawPath.startsWith("/sandbox/")) return yield* control(request, rawPath)
    const refuse = (status: number) =>
      respondError(gatewayError(status, "SERVICE_ERROR", "The service answered so on request."))
    if (rawPath.startsWith("/auth/realms/")) {
      count(`${request.method} token`)
      const isTokenEndpoint =
        request.method === "POST" && rawPath === `/auth/realms/${realm}/protocol/openid-connect/token`
      const answer = isTokenEndpoint
        ? tokens.issue(request)
        : Effect.succeed(HttpServerResponse.jsonUnsafe({ error: "Realm does not exist" }, { status: 404 }))
      return yield* faults.around(request, answer, refuse)
    }
    const path = yield* decodePercent(rawPath)
    const [, root = "", below] = /^(\/(?:main|int)\/ifsapplications\/projection\/v1\/)(.*)$/u.exec(path) ?? []
    if (below === undefined) return yield* malformedRequest("The URI is malformed.")
    count(routeOf(request.method, below))
    const answer = project(request, { root: `${url}${root}`, path: below, queryString }).pipe(
      Effect.catch((error) => Effect.succeed(respondError(error)))
    )
    return yield* faults.around(request, answer, refuse)
  }).pipe(Effect.catchTag("IfsError", (error) => Effect.succeed(respondError(error))))

  const node = createServer()
  const server = yield* NodeHttpServer.make(() => node, {
    host: "127.0.0.1",
    port: options.port ?? 0,
    disablePreemptiveShutdown: true
  })
  // Clients keep connections open between requests; the server does not wait for them to let go.
  yield* Effect.addFinalizer(() => Effect.sync(() => node.closeAllConnections()))
  const url = HttpServer.formatAddress(server.address)
  yield* server.serve(handle)

  return {
    url,
    realm,
    clientId,
    clientSecret,
    faults,
    books: content,
    statistics,
    editBooks: books.edit,
    customers,
    violations: Effect.sync(() => [...violations]),
    revokeTokens: tokens.revokeAll,
    updateGeneralLedger: books.updateGeneralLedger,
    updateCompanies: (change) => Ref.update(companies, change)
  }
})

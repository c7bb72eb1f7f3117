/**
 * Door: how a request gets into the local Commerce, on PaaS or on SaaS.
 *
 * Behind the door both are the same shop. On PaaS the path is `/rest/<store>/V1/…` and an integration
 * signs; on SaaS it is `/<tenant>/V1/…`, the store stands in a header, and a gateway asks for a token of
 * IMS. Each knows nothing of the other's paths.
 */
import { Effect } from "effect"
import { HttpServerResponse, type HttpServerRequest } from "effect/http"
import { CommerceRefusal } from "./CommerceRefusal.ts"
import type { Ims } from "./Ims.ts"
import type { Integration } from "./Integration.ts"
import type { SignedRequest } from "./OAuthCheck.ts"

/** One way in. */
export interface Door {
  /** The answer to a request that gets no further than the door: a token, or a refusal of the gateway. */
  readonly answer: (
    request: HttpServerRequest.HttpServerRequest
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse | undefined>
  /** What is asked for, after `/V1/`, in which store; undefined for a path that leads nowhere. */
  readonly pathOf: (
    request: HttpServerRequest.HttpServerRequest
  ) => { readonly store: string; readonly path: string } | undefined
  /** Succeeds for a request that may read `resource`. */
  readonly admit: (
    request: HttpServerRequest.HttpServerRequest,
    resource: string
  ) => Effect.Effect<void, CommerceRefusal>
}

/** The tenant of the local Commerce on SaaS. */
export const sandboxTenant = "SandboxTenant01"

const pathOf = (request: HttpServerRequest.HttpServerRequest) => request.url.split("?", 1)[0] ?? ""

/** The request as far as its signature goes; the shop sees itself under http and the host it is called by. */
const signedRequest = (request: HttpServerRequest.HttpServerRequest): SignedRequest => {
  const [path = "", query = ""] = request.url.split("?", 2)
  return {
    method: request.method,
    url: `http://${(request.headers["host"] ?? "").replace(/:80$/u, "")}${path}`,
    query,
    authorization: request.headers["authorization"]
  }
}

/** The door of a shop on premises or on Cloud. */
export const paasDoor = (integration: Integration): Door => ({
  answer: (request) => {
    const [, step] = /^\/oauth\/token\/(request|access)\/?$/u.exec(pathOf(request)) ?? []
    return request.method === "POST" && (step === "request" || step === "access")
      ? integration.exchange(step, signedRequest(request))
      : Effect.undefined
  },
  pathOf: (request) => {
    const [, store = "default", path] = /^\/rest(?:\/([^/]+))?\/V1\/(.+?)\/?$/u.exec(pathOf(request)) ?? []
    return path === undefined ? undefined : { store, path }
  },
  admit: (request, resource) => integration.check(signedRequest(request), resource)
})

/** The door of a shop on SaaS. The gateway comes first, whatever the path. */
export const saasDoor = (ims: Ims): Door => ({
  answer: (request) => (pathOf(request) === ims.tokenPath ? ims.issue(request) : ims.refuse(request.headers)),
  pathOf: (request) => {
    const [, tenant, path] = /^\/([^/]+)\/V1\/(.+?)\/?$/u.exec(pathOf(request)) ?? []
    return path === undefined || tenant !== sandboxTenant
      ? undefined
      : { store: request.headers["store"] ?? "default", path }
  },
  admit: () => Effect.void
})

/**
 * guardedHttp: the HTTP client for all that goes out, with a guard at the door.
 *
 * A URL is text from a file, and a host name whatever its owner says at the
 * moment, so the check sits where the connection is made: the name is looked up
 * once, every address it has is judged, and it is those addresses that are
 * connected to. A name that changes its address meanwhile gains nothing.
 * Redirects are not followed, so no answer leads anywhere else.
 */
import { lookup as lookUpByDns } from "node:dns"
import { isIP, type LookupFunction } from "node:net"
import { NodeHttpClient } from "@effect/platform-node"
import Undici, { type buildConnector } from "@effect/platform-node/Undici"
import { Cache, Context, Effect, Layer, Predicate, Scope } from "effect"
import { HttpClient, type HttpClientError } from "effect/http"
import { type AllowedHosts, configuredAllowedHosts, type Destination, HostRefused } from "./AllowedHosts.ts"

/** The connection on whose behalf a request is made: the operator may open hosts for one of them only. */
export const CurrentConnection = Context.Reference<string>("ledgerline/http/CurrentConnection", {
  defaultValue: () => ""
})

/** The refusal behind a failed request, wherever the layers between have put it. */
export const hostRefusedIn = (error: unknown): HostRefused | undefined =>
  error instanceof HostRefused
    ? error
    : Predicate.hasProperty(error, "cause")
      ? hostRefusedIn(error.cause)
      : undefined

/** Headers of an answer, in bytes; more breaks the connection off. */
const headerBytesMaximum = 32 * 1024

const connectTimeoutMillis = 10_000

/** Looks a host up, and gives no address at all when one of them is refused. */
const guardedLookup =
  (hosts: AllowedHosts, to: Omit<Destination, "host">, lookUp: LookupFunction): LookupFunction =>
  (hostname, options, answer) =>
    lookUp(hostname, options, (error, found, family) => {
      if (error !== null) return answer(error, found, family)
      const host = hostname.toLowerCase().replace(/\.$/u, "")
      const addresses = typeof found === "string" ? [found] : found.map(({ address }) => address)
      const refusal = addresses
        .map((address) => hosts.refusalOfAddress({ ...to, host }, address))
        .find((refused) => refused !== undefined)
      return refusal === undefined ? answer(null, found, family) : answer(refusal, "")
    })

/** Connects to what the operator allows for this connection, and to nothing else. */
const connectorFor = (
  connection: string,
  hosts: AllowedHosts,
  lookUp: LookupFunction
): buildConnector.connector => {
  const connectorOf = (isEncrypted: boolean) =>
    Undici.buildConnector({
      timeout: connectTimeoutMillis,
      allowH2: false,
      lookup: guardedLookup(hosts, { connection, isEncrypted }, lookUp)
    })
  const [encrypted, plain] = [connectorOf(true), connectorOf(false)]
  return (options, answer) => {
    const isEncrypted = options.protocol === "https:"
    const host = options.hostname.toLowerCase().replace(/\.$/u, "")
    const to = { connection, isEncrypted, host }
    // What is written as an address is not looked up.
    const refusal =
      hosts.refusalOfHost(to) ?? (isIP(host) === 0 ? undefined : hosts.refusalOfAddress(to, host))
    if (refusal !== undefined) return answer(refusal, null)
    return (isEncrypted ? encrypted : plain)(options, answer)
  }
}

/** Connections of their own for each connection: what one may reach, another must not. */
const clientFor = (connection: string, hosts: AllowedHosts, lookUp: LookupFunction) =>
  NodeHttpClient.makeUndici.pipe(
    Effect.provideServiceEffect(
      NodeHttpClient.Dispatcher,
      NodeHttpClient.makeDispatcherOptions({
        connect: connectorFor(connection, hosts, lookUp),
        maxHeaderSize: headerBytesMaximum,
        allowH2: false
      })
    )
  )

/** The client, over the operator's list; `lookUp` is the name server's answer, for tests. */
export const guardedHttp = (options: { readonly lookUp?: LookupFunction } = {}) =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.gen(function* () {
      const hosts = yield* configuredAllowedHosts
      const scope = yield* Effect.scope
      const clients = yield* Cache.make({
        capacity: Number.POSITIVE_INFINITY,
        lookup: (connection: string) =>
          clientFor(connection, hosts, options.lookUp ?? lookUpByDns).pipe(
            Effect.provideService(Scope.Scope, scope)
          )
      })
      return HttpClient.makeWith<never, never, HttpClientError.HttpClientError, never>(
        Effect.flatMap((request) =>
          CurrentConnection.pipe(
            Effect.flatMap((connection) => Cache.get(clients, connection)),
            Effect.flatMap((client) => client.execute(request))
          )
        ),
        Effect.succeed
      )
    })
  )

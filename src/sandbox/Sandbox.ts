/**
 * Sandbox: a local Commerce and a local IFS Cloud, with the connections file that leads to them.
 *
 * Nothing leaves this machine. The credentials are written to files, as a
 * container would mount them, so that the connections file has references and
 * no secrets, like a real one.
 */
import { Effect, FileSystem, Path, type PlatformError, type Scope } from "effect"
import type { HttpServerError } from "effect/http"
import { type EventSender, startEventSender } from "./EventSender.ts"
import { type CommerceServer, commerceServer } from "./commerce/commerceServer.ts"
import { generateShop } from "./commerce/generateShop.ts"
import { defaultCustomers } from "./ifs/defaultCustomers.ts"
import { type IfsServer, ifsServer } from "./ifs/ifsServer.ts"
import type { TenantNames } from "./ifs/TenantNames.ts"

/** How the sandbox is set up. */
export interface SandboxOptions {
  /** Where connections file, credentials and the books of the local IFS are kept. */
  readonly folder: string
  readonly seed: number
  /** Invoices and credit memos in the shop. */
  readonly documents: number
  /** 0 takes a free port. */
  /** Whether the local Commerce is one on PaaS or on SaaS. Default paas. */
  readonly deployment?: "paas" | "saas"
  readonly commercePort: number
  readonly ifsPort: number
  /** 0 allows any number. */
  readonly ifsRequestsPerMinute: number
  /** Whether the books of the local IFS outlive the process. */
  readonly keepsBooks: boolean
  /** Names of the local IFS that are not the documented ones. */
  readonly ifsNames?: TenantNames
}

/** A running sandbox. */
export interface Sandbox {
  readonly commerce: CommerceServer
  readonly ifs: IfsServer
  /** Reports changes; nothing is reported unless it is asked to. */
  readonly events: EventSender
  /** Path of the connections file. */
  readonly connections: string
}

/** Starts both systems; they stop with the scope. */
export const startSandbox = Effect.fn("startSandbox")(function* (
  options: SandboxOptions
): Effect.fn.Return<
  Sandbox,
  HttpServerError.ServeError | PlatformError.PlatformError,
  Scope.Scope | FileSystem.FileSystem | Path.Path
> {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  yield* files.makeDirectory(path.join(options.folder, "credentials"), { recursive: true })
  const commerce = yield* commerceServer({
    shop: generateShop({ seed: options.seed, documents: options.documents }),
    port: options.commercePort,
    deployment: options.deployment ?? "paas"
  })
  const ifs = yield* ifsServer({
    port: options.ifsPort,
    ...(options.ifsNames === undefined ? {} : { names: options.ifsNames }),
    ...(options.ifsRequestsPerMinute === 0 ? {} : { requestsPerMinute: options.ifsRequestsPerMinute }),
    ...(options.keepsBooks ? { stateFile: path.join(options.folder, "ifs-books.jsonl") } : {})
  })

  yield* defaultCustomers(ifs.customers)

  const secretFile = Effect.fnUntraced(function* (name: string, value: string) {
    const file = path.resolve(options.folder, "credentials", name)
    yield* files.writeFileString(file, value)
    return `{ file: ${JSON.stringify(file)} }`
  })
  const events = yield* startEventSender
  const references = yield* Effect.forEach(Object.entries(events.credentials), ([name, value]) =>
    Effect.map(secretFile(name, value), (reference) => [`<${name}>`, reference] as const)
  )
  const doors = (lines: ReadonlyArray<string>) =>
    lines.map((line) =>
      references.reduce((text, [name, reference]) => text.replace(name, reference), `      ${line}`)
    )
  const { credentials, ims } = commerce
  const connections = path.join(options.folder, "connections.yaml")
  yield* files.writeFileString(
    connections,
    [
      "# Written by the sandbox: two systems on this machine. insecure allows http, which only a sandbox may use.",
      "connections:",
      "  shop:",
      "    type: adobe-commerce",
      `    deployment: ${options.deployment ?? "paas"}`,
      `    baseUrl: ${commerce.baseUrl}`,
      "    insecure: true",
      "    requestsPerMinute: 100000",
      "    credentials:",
      `      consumerKey: ${yield* secretFile("consumer-key", credentials.consumerKey)}`,
      `      consumerSecret: ${yield* secretFile("consumer-secret", credentials.consumerSecret)}`,
      `      accessToken: ${yield* secretFile("access-token", credentials.accessToken)}`,
      `      accessTokenSecret: ${yield* secretFile("access-token-secret", credentials.accessTokenSecret)}`,
      "    ims:",
      `      clientId: ${yield* secretFile("ims-client-id", ims.client.clientId)}`,
      `      clientSecret: ${yield* secretFile("ims-client-secret", ims.client.clientSecret)}`,
      `      organization: ${ims.client.organization}`,
      `      tokenUrl: ${commerce.url}${ims.tokenPath}`,
      "    events:",
      ...doors(events.doors.shop),
      "  erp:",
      "    type: ifs-cloud",
      `    baseUrl: ${ifs.url}`,
      "    insecure: true",
      `    realm: ${ifs.realm}`,
      `    requestsPerMinute: ${options.ifsRequestsPerMinute === 0 ? 100_000 : options.ifsRequestsPerMinute}`,
      "    timeout: 10 seconds",
      "    statementTimeout: 10 seconds",
      "    credentials:",
      `      clientId: ${yield* secretFile("client-id", ifs.clientId)}`,
      `      clientSecret: ${yield* secretFile("client-secret", ifs.clientSecret)}`,
      "    events:",
      ...doors(events.doors.erp),
      ""
    ].join("\n")
  )
  return { commerce, ifs, events, connections }
})

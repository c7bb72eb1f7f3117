/**
 * AllowedHosts: which hosts ledgerline may speak to.
 *
 * It is for the operator to say, in the environment, and not for the files of
 * the pipelines: whoever may change an address in connections.yaml could
 * otherwise have credentials sent to a host of their own, or let ledgerline
 * knock at doors inside the network it runs in.
 */
import { BlockList, isIP } from "node:net"
import { Config, Effect, Result, Schema } from "effect"
import { addressKind } from "./addressKind.ts"

/** A host that is not contacted. `message` says which and why, and what to set if it is meant to be. */
export class HostRefused extends Schema.TaggedError<HostRefused>()("HostRefused", {
  message: Schema.String
}) {}

/** Name of the variable with the list. */
export const allowedHostsVariable = "LEDGERLINE_ALLOWED_HOSTS"

/** What holds where the variable is not set. */
export const allowedHostsUsually = "public, loopback"

/** One entry: what it opens, and the connection it opens it for, or all. */
interface Entry {
  readonly connection: string | undefined
  readonly opens:
    | { readonly _tag: "Public" }
    | { readonly _tag: "Loopback" }
    | { readonly _tag: "Name"; readonly name: string }
    | { readonly _tag: "NamesUnder"; readonly suffix: string }
    | { readonly _tag: "Addresses"; readonly list: BlockList }
}

/** What is to be contacted. `host` is a name in lower case or an address without brackets. */
export interface Destination {
  readonly connection: string
  readonly isEncrypted: boolean
  readonly host: string
}

/** The operator's list. */
export interface AllowedHosts {
  /** What is wrong with contacting the host at all, before it is looked up. */
  refusalOfHost(to: Destination): HostRefused | undefined
  /** What is wrong with one of its addresses. */
  refusalOfAddress(to: Destination, address: string): HostRefused | undefined
}

const namePattern = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/u

const addressesOf = (text: string): BlockList | undefined => {
  const [network = "", prefix, ...more] = text.split("/")
  const version = isIP(network)
  const bits = version === 4 ? 32 : 128
  const size = prefix === undefined ? bits : /^\d{1,3}$/u.test(prefix) ? Number(prefix) : bits + 1
  if (version === 0 || more.length > 0 || size > bits) return undefined
  const list = new BlockList()
  list.addSubnet(network, size, version === 4 ? "ipv4" : "ipv6")
  return list
}

const readEntry = (text: string): Entry | undefined => {
  const parts = /^(?:([\w.-]+)=)?(.*)$/u.exec(text)
  const connection = parts?.[1]
  const opened = (parts?.[2] ?? "").toLowerCase()
  if (opened === "public") return { connection, opens: { _tag: "Public" } }
  if (opened === "loopback") return { connection, opens: { _tag: "Loopback" } }
  const list = addressesOf(opened.replace(/^\[(.*)\]$/u, "$1"))
  if (list !== undefined) return { connection, opens: { _tag: "Addresses", list } }
  if (opened.startsWith("*.") && namePattern.test(opened.slice(2))) {
    return { connection, opens: { _tag: "NamesUnder", suffix: opened.slice(1) } }
  }
  // A last label of digits only would be an address that was misspelt.
  return namePattern.test(opened) && !/(?:^|\.)\d+$/u.test(opened)
    ? { connection, opens: { _tag: "Name", name: opened } }
    : undefined
}

const isNamed = (entry: Entry, host: string): boolean =>
  entry.opens._tag === "Name"
    ? entry.opens.name === host
    : entry.opens._tag === "NamesUnder" && host.endsWith(entry.opens.suffix)

const isListed = (entry: Entry, address: string): boolean =>
  entry.opens._tag === "Addresses" && entry.opens.list.check(address, isIP(address) === 4 ? "ipv4" : "ipv6")

const kinds = {
  public: "is on the internet",
  private: "is in a private network",
  loopback: "is this machine itself",
  never: ""
} as const

/** Reads the list, or says which entry cannot be read. */
export const parseAllowedHosts = (text: string): Result.Result<AllowedHosts, string> => {
  const words = text.split(/[\s,]+/u).filter((word) => word !== "")
  const entries: Array<Entry> = []
  for (const word of words) {
    const entry = readEntry(word)
    if (entry === undefined) {
      return Result.fail(
        `${allowedHostsVariable} has the entry ${word.slice(0, 80)}, which is neither a host name, an address, a range such as 10.0.0.0/8, nor one of the words public and loopback. Write a host without https:// and without a port.`
      )
    }
    entries.push(entry)
  }
  if (entries.length === 0) {
    return Result.fail(
      `${allowedHostsVariable} is empty, so nothing could be contacted. Name the hosts, or leave it unset.`
    )
  }
  const settingFor = (host: string) => `${allowedHostsVariable}="${[...words, host].join(", ")}"`
  const forConnection = (name: string) =>
    entries.filter(({ connection }) => connection === undefined || connection === name)

  return Result.succeed({
    refusalOfHost: ({ connection, host }) => {
      const mine = forConnection(connection)
      // Whether it lies in a range, on the internet or on this machine is seen once it is looked up.
      const mayBe = mine.some((entry) => !entry.opens._tag.startsWith("Name") || isNamed(entry, host))
      return mayBe
        ? undefined
        : new HostRefused({
            message: `${host} is not among the hosts that ${allowedHostsVariable} opens for ${connection || "this"}. If it is the right one, the operator sets ${settingFor(host)}; else correct connections.yaml.`
          })
    },
    refusalOfAddress: ({ connection, host, isEncrypted }, address) => {
      const kind = addressKind(address)
      const where = host === address ? host : `${host}, which stands at ${address},`
      if (kind === "never") {
        return new HostRefused({
          message: `${where} is never contacted: no business system has such an address, and some give away credentials of the machine. Correct the address in connections.yaml, or the entry of the name server.`
        })
      }
      const mine = forConnection(connection)
      if (mine.some((entry) => isNamed(entry, host) || isListed(entry, address))) return undefined
      const has = (tag: Entry["opens"]["_tag"]) => mine.some(({ opens }) => opens._tag === tag)
      if (kind === "public" && isEncrypted && has("Public")) return undefined
      if (kind === "loopback" && !isEncrypted && has("Loopback")) return undefined
      const why =
        kind === "public" && has("Public")
          ? "would be spoken to without encryption, so that everybody on the way could read the credentials"
          : `${kinds[kind]} and is not among the hosts that ${allowedHostsVariable} opens for ${connection || "this"}`
      const https = kind === "loopback" || isEncrypted ? "" : "Use https://. "
      return new HostRefused({
        message: `${where} ${why}. ${https}If it is the right one, the operator sets ${settingFor(host)}; else correct connections.yaml.`
      })
    }
  })
}

/** The operator's list has an entry that cannot be read; `message` says which and what may stand there. */
export class AllowedHostsWrong extends Schema.TaggedError<AllowedHostsWrong>()("AllowedHostsWrong", {
  message: Schema.String
}) {}

/** The list of this environment; fails with a sentence when an entry of it cannot be read. */
export const configuredAllowedHosts = Effect.gen(function* () {
  const text = yield* Config.String(allowedHostsVariable).pipe(Config.withDefault(allowedHostsUsually))
  return yield* Effect.fromResult(parseAllowedHosts(text)).pipe(
    Effect.mapError((message) => new AllowedHostsWrong({ message }))
  )
})
